//! Compressed data of journal files, made whole: src/basic/compress.c of systemd.

use std::io::Read as _;

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::fault::{Fault, Read};
use super::format::Compression;

/// Data that has more bytes is none: `DATA_SIZE_MAX` of systemd's journal-def.h.
pub(super) const MOST: usize = 768 << 20;
/// The most that a decoder has to look back. systemd compresses at zstd's usual level, which needs 2 MiB, and for xz
/// takes 1 MiB.
const MOST_WINDOW: u32 = 16 << 20;
/// LZ4 cannot make less of it.
const MOST_OF_LZ4: usize = 256;
const DAMAGED: Fault = Fault::Damaged("compressed data is damaged");

/// Makes data whole again; kept, as a new one costs more than most data.
#[derive(Default)]
pub(super) struct Decompressor(Option<FrameDecoder>);

impl std::fmt::Debug for Decompressor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Decompressor")
    }
}

impl Decompressor {
    /// Puts what `data` was before it was compressed behind what is in `into`.
    pub(super) fn decompress(
        &mut self,
        compression: Compression,
        data: &[u8],
        into: &mut Vec<u8>,
    ) -> Read<()> {
        let before = into.len();
        let result = match compression {
            Compression::Zstd => self.zstd(data, into),
            Compression::Lz4 => lz4(data, into),
            Compression::Xz => xz(data, into),
        };
        if result.is_none() {
            into.truncate(before);
        }
        result.ok_or(DAMAGED)
    }

    fn zstd(&mut self, data: &[u8], into: &mut Vec<u8>) -> Option<()> {
        let decoder = self.0.get_or_insert_with(|| {
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(MOST_WINDOW.into());
            decoder
        });
        whole(StreamingDecoder::new_with_decoder(data, decoder).ok()?, into)
    }
}

/// Reads to the end, which has to come.
fn whole(mut reader: impl std::io::Read, into: &mut Vec<u8>) -> Option<()> {
    let read = reader.by_ref().take(MOST as u64).read_to_end(into).ok()?;
    let more = if read == MOST { reader.read(&mut [0]).ok()? } else { 0 };
    (more == 0).then_some(())
}

/// The size, then one block: `compress_blob_lz4`.
fn lz4(data: &[u8], into: &mut Vec<u8>) -> Option<()> {
    let (size, block) = data.split_first_chunk::<8>()?;
    let size = usize::try_from(u64::from_le_bytes(*size)).ok()?;
    if size > MOST || size / MOST_OF_LZ4 > block.len() {
        return None;
    }
    let before = into.len();
    into.resize(before + size, 0);
    (lz4_flex::block::decompress_into(block, &mut into[before..]).ok()? == size).then_some(())
}

/// A stream of one block without a check: `compress_blob_xz`.
fn xz(data: &[u8], into: &mut Vec<u8>) -> Option<()> {
    const STREAM_HEADER: usize = 12;
    let (header, block) = data.split_at_checked(STREAM_HEADER)?;
    header.starts_with(b"\xfd7zXZ\0").then_some(())?;
    let length = (usize::from(*block.first()?) + 1) * 4;
    let (header, data) = block.split_at_checked(length)?;
    let window = lzma2_window(header)?;
    whole(lzma_rust2::Lzma2Reader::new(data, window, None), into)
}

/// How far back the only filter of a block may look.
fn lzma2_window(header: &[u8]) -> Option<u32> {
    const LZMA2: u64 = 0x21;
    let flags = *header.get(1)?;
    let mut rest = header.get(2..)?;
    let (more_filters, sizes) = (flags & 0b11, flags.count_ones() - (flags & 0b0011_1111).count_ones());
    for _ in 0..sizes {
        number(&mut rest)?;
    }
    let is_lzma2 = more_filters == 0 && number(&mut rest)? == LZMA2 && number(&mut rest)? == 1;
    let bits = u32::from(*rest.first()?);
    let window = (2 | (bits & 1)).checked_shl(bits / 2 + 11)?;
    (is_lzma2 && bits < 40 && window <= MOST_WINDOW).then_some(window)
}

/// A number of xz: seven bits a byte, the lowest first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 600 times `a`, as liblzma writes it (one LZMA2 filter of 1 MiB, no check), and one run of LZ4 and of zstd.
    const XZ: &[u8] =
        b"\xfd\x37\x7a\x58\x5a\x00\x00\x00\xff\x12\xd9\x41\x02\x00\x21\x01\x10\x00\x00\x00\xa8\x70\x8e\x86\
        \xe0\x02\x57\x00\x0a\x5d\x00\x30\xef\xfb\xbf\xfe\x78\xf8\x0a\x6b\x00\x00\x00\x00\x00\x01\x1e\xd8\
        \x04\x00\x00\x00\xf9\x14\x6e\xcc\xa8\x00\x0a\xfc\x02\x00\x00\x00\x00\x00\x59\x5a";
    const LZ4: &[u8] = b"\x58\x02\0\0\0\0\0\0\x1fa\x01\0\xff\xff\x41\x50aaaaa";
    const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x60\x58\x01\xc3\x12\0a";

    const EACH: [(Compression, &[u8]); 3] =
        [(Compression::Xz, XZ), (Compression::Lz4, LZ4), (Compression::Zstd, ZSTD)];

    fn decompress(compression: Compression, data: &[u8]) -> Read<Vec<u8>> {
        let mut into = b"before".to_vec();
        Decompressor::default().decompress(compression, data, &mut into)?;
        Ok(into.split_off(6))
    }

    #[test]
    fn data_is_made_whole() {
        for (compression, data) in EACH {
            assert_eq!(decompress(compression, data).unwrap(), [b'a'; 600], "{compression:?}");
        }
    }

    #[test]
    fn what_is_cut_off_or_claims_too_much_is_an_error() {
        for (compression, data) in EACH {
            // Of xz, the index at the end is not read.
            let needed = if compression == Compression::Xz { 30 } else { data.len() };
            for end in 0..needed {
                assert!(decompress(compression, &data[..end]).is_err(), "{compression:?} {end}");
            }
        }
        let claims = [&u64::MAX.to_le_bytes(), &LZ4[8..]].concat();
        assert!(decompress(Compression::Lz4, &claims).is_err());
    }
}
