//! A time zone's file, as tzfile(5) has it.

use super::posix::{Clock, Rule};
use super::zone::Zone;

const HEADER: usize = 44;

impl Zone {
    /// Reads a file of the time zone database; none where it is none.
    #[must_use]
    pub fn parse(file: &[u8]) -> Option<Self> {
        let head = Head::read(file)?;
        if head.version == 0 {
            return read(&head, file.get(HEADER..)?, 4, None);
        }
        // What has room for times after 2038 follows what has not.
        let file = file.get(HEADER + head.length(4)..)?;
        let head = Head::read(file)?;
        let body = file.get(HEADER..)?;
        let footer = std::str::from_utf8(body.get(head.length(8)..)?).ok()?.trim_matches('\n');
        read(&head, body, 8, Rule::parse(footer))
    }
}

fn read(head: &Head, body: &[u8], width: usize, rule: Option<Rule>) -> Option<Zone> {
    let (times, rest) = body.split_at_checked(head.times * width)?;
    let (kinds, rest) = rest.split_at_checked(head.times)?;
    let (types, rest) = rest.split_at_checked(head.types * 6)?;
    let letters = rest.get(..head.letters)?;
    let clocks: Vec<Clock> = types.chunks_exact(6).map(|kind| clock(kind, letters)).collect::<Option<_>>()?;
    let is_known = !clocks.is_empty() && kinds.iter().all(|&kind| usize::from(kind) < clocks.len());
    let changes = times.chunks_exact(width).map(number).zip(kinds.iter().map(|&kind| kind.into())).collect();
    is_known.then_some(Zone { changes, clocks, rule })
}

/// Four bytes of the offset, one that tells whether it is summer, and where its name begins, which a zero byte ends.
fn clock(kind: &[u8], letters: &[u8]) -> Option<Clock> {
    let name = letters.get(usize::from(kind[5])..)?;
    let name = name.split(|&byte| byte == 0).next()?;
    Some(Clock { offset: number(&kind[..4]), name: std::str::from_utf8(name).ok()?.to_owned() })
}

/// What the beginning of a file tells of its length.
struct Head {
    version: u8,
    utc: usize,
    standard: usize,
    leaps: usize,
    times: usize,
    types: usize,
    letters: usize,
}

impl Head {
    fn read(file: &[u8]) -> Option<Self> {
        let head = file.get(..HEADER)?;
        if !head.starts_with(b"TZif") {
            return None;
        }
        let count =
            |at: usize| usize::try_from(number(&head[at..at + 4])).ok().filter(|&count| count < 1 << 20);
        Some(Self {
            version: head[4],
            utc: count(20)?,
            standard: count(24)?,
            leaps: count(28)?,
            times: count(32)?,
            types: count(36)?,
            letters: count(40)?,
        })
    }

    /// How long what follows it is, where times have so many bytes.
    fn length(&self, width: usize) -> usize {
        self.times * (width + 1)
            + self.types * 6
            + self.letters
            + self.leaps * (width + 4)
            + self.standard
            + self.utc
    }
}

/// A number with a sign, of four or eight bytes.
fn number(bytes: &[u8]) -> i64 {
    match (<[u8; 4]>::try_from(bytes), <[u8; 8]>::try_from(bytes)) {
        (Ok(four), _) => i32::from_be_bytes(four).into(),
        (_, Ok(eight)) => i64::from_be_bytes(eight),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file() {
        for file in [&b""[..], b"TZif", b"TZif2", &[0; 100]] {
            assert_eq!(Zone::parse(file), None);
        }
        let mut huge = b"TZif2".to_vec();
        huge.extend([0xff; 60]);
        assert_eq!(Zone::parse(&huge), None);
        assert!(Zone::of_rule("Mars/Crater").is_err());
    }
}
