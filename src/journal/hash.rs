//! The two hashes by which journal files find their data.

#![expect(clippy::many_single_char_names, reason = "as in lookup3.c")]

/// Bob Jenkins' lookup3 (`hashlittle2`) as 64 bits: `jenkins_hash64` of systemd's src/libsystemd/sd-journal/lookup3.h.
pub(super) fn jenkins(data: &[u8]) -> u64 {
    let length = u32::try_from(data.len() & 0xffff_ffff).unwrap_or_default();
    let [mut a, mut b, mut c] = [0xdead_beef_u32.wrapping_add(length); 3];
    // The last block is whole or the rest, and is mixed in another way.
    let whole = data.len().saturating_sub(1) / 12 * 12;
    let (blocks, rest) = data.split_at(whole);
    for block in blocks.chunks_exact(12) {
        let [x, y, z] = words(block);
        (a, b, c) = mix(a.wrapping_add(x), b.wrapping_add(y), c.wrapping_add(z));
    }
    if !rest.is_empty() {
        let [x, y, z] = words(rest);
        (b, c) = last(a.wrapping_add(x), b.wrapping_add(y), c.wrapping_add(z));
    }
    u64::from(c) << 32 | u64::from(b)
}

/// Up to twelve bytes, with zeros after them.
fn words(bytes: &[u8]) -> [u32; 3] {
    let mut padded = [0; 12];
    padded[..bytes.len()].copy_from_slice(bytes);
    let word = |at: usize| u32::from_le_bytes([padded[at], padded[at + 1], padded[at + 2], padded[at + 3]]);
    [word(0), word(4), word(8)]
}

fn mix(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    a = a.wrapping_sub(c) ^ c.rotate_left(4);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(6);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(8);
    b = b.wrapping_add(a);
    a = a.wrapping_sub(c) ^ c.rotate_left(16);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(19);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(4);
    b = b.wrapping_add(a);
    (a, b, c)
}

fn last(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32) {
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    c = (c ^ b).wrapping_sub(b.rotate_left(24));
    (b, c)
}

/// SipHash-2-4 with the file's id as its key.
pub(super) fn siphash(key: [u8; 16], data: &[u8]) -> u64 {
    let (low, high) = (u128::from_le_bytes(key) & u128::from(u64::MAX), u128::from_le_bytes(key) >> 64);
    let keys = [low, high].map(|half| u64::try_from(half).unwrap_or_default());
    let mut state = State::new(keys);
    let mut words = data.chunks_exact(8);
    for word in &mut words {
        state.take(word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    let length = (data.len() as u64) << 56;
    state.take(words.remainder().iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)) | length);
    state.end()
}

struct State([u64; 4]);

impl State {
    fn new([low, high]: [u64; 2]) -> Self {
        Self([
            0x736f_6d65_7073_6575 ^ low,
            0x646f_7261_6e64_6f6d ^ high,
            0x6c79_6765_6e65_7261 ^ low,
            0x7465_6462_7974_6573 ^ high,
        ])
    }

    fn take(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.round();
        self.0[0] ^= word;
    }

    fn end(mut self) -> u64 {
        self.0[2] ^= 0xff;
        for _ in 0..4 {
            self.round();
        }
        self.0.iter().fold(0, |all, word| all ^ word)
    }

    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.0;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.0 = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookup3_is_that_of_its_author() {
        // The driver5 of lookup3.c.
        assert_eq!(jenkins(b""), 0xdead_beef_dead_beef);
        assert_eq!(jenkins(b"Four score and seven years ago"), 0x1777_0551_ce72_26e6);
    }

    #[test]
    fn siphash_is_that_of_its_authors() {
        // Appendix A of the paper, and the first and eighth of its table of vectors.
        let key: [u8; 16] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let data: [u8; 15] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        assert_eq!(siphash(key, &data), 0xa129_ca61_49be_45e5);
        assert_eq!(siphash(key, b""), 0x726f_db47_dd0e_0e31);
        assert_eq!(siphash(key, &data[..8]), 0x93f5_f579_9a93_2462);
    }
}
