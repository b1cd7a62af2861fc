//! Whose unit file it is: ours carry an `[X-Pm2go]` section, which systemd ignores.

/// The section header that marks a unit file as written by this library.
pub const MARK: &str = "[X-Pm2go]";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Says whether a unit file's content has the section header `[X-Pm2go]`, read as systemd reads it
/// (systemd.syntax(7)): a comment, a value, or the rest of a continued line does not count.
#[must_use]
pub fn is_owned(content: &[u8]) -> bool {
    let mut rest = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
    let mut continued = false;
    while let Some((whole, after)) = split_line(rest) {
        rest = after;
        let line = trim(whole);
        // systemd skips a comment also in the middle of a continued line, which then goes on.
        if matches!(line.first(), Some(b'#' | b';')) {
            continue;
        }
        if !continued && line == MARK.as_bytes() {
            return true;
        }
        continued = ends_in_odd_backslashes(whole);
    }
    false
}

/// Splits off the first line. LF, CR and NUL each end one; a run of different ones, such as CR LF, is one end.
fn split_line(content: &[u8]) -> Option<(&[u8], &[u8])> {
    if content.is_empty() {
        return None;
    }
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0);
    let length = content.iter().position(is_end).unwrap_or(content.len());
    let mut next = length;
    while let Some(byte) = content.get(next).filter(|byte| is_end(byte)) {
        let seen = &content[length..next];
        if seen.contains(byte) || seen.last() == Some(&0) {
            break;
        }
        next += 1;
    }
    Some((&content[..length], &content[next..]))
}

/// systemd takes away spaces and tabs, no other white space.
fn trim(line: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = line.iter().position(is_text).unwrap_or(line.len());
    let end = line.iter().rposition(is_text).map_or(start, |last| last + 1);
    &line[start..end]
}

fn ends_in_odd_backslashes(line: &[u8]) -> bool {
    line.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_section_headers_as_systemd_does() {
        let cases: &[(bool, &[u8])] = &[
            (true, b"[X-Pm2go]"),
            (true, b"[X-Pm2go]\n"),
            (true, b"[Service]\nExecStart=/bin/true\n\n[X-Pm2go]\nApp={}\n"),
            (true, b"[Service]\r\n[X-Pm2go]\r\n"),
            (true, b"[Service]\r[X-Pm2go]\r"),
            (true, b"[Service]\0[X-Pm2go]"),
            (true, b"  \t[X-Pm2go]  \n"),
            (true, b"\xef\xbb\xbf[X-Pm2go]\n"),
            (true, b"Description=ends in two \\\\\n[X-Pm2go]\n"),
            (true, b"# a comment does not continue \\\n[X-Pm2go]\n"),
            (true, b"Description=a \\\n\n[X-Pm2go]\n"),
            (true, b"Description=not UTF-8 \xff\n[X-Pm2go]\n"),
            (false, b""),
            (false, b"[Service]\nExecStart=/bin/true\n"),
            (false, b"# [X-Pm2go]\n"),
            (false, b";[X-Pm2go]\n"),
            (false, b"[x-pm2go]\n"),
            (false, b"[X-Pm2go] x\n"),
            (false, b"[[X-Pm2go]]\n"),
            (false, b"[ X-Pm2go ]\n"),
            (false, b"[X-Pm2go]\x0b\n"),
            (false, b"[X-Pm2go]\x0c\n"),
            (true, b"Description=a backslash and a space do not continue \\ \n[X-Pm2go]\n"),
            (false, b"[X-Pm2go-Other]\n"),
            (false, b"Description=[X-Pm2go]\n"),
            (false, b"Description=a \\\n[X-Pm2go]\n"),
            (false, b"Description=a \\\r\n[X-Pm2go]\r\n"),
            (false, b"Description=a \\\n# comment\n[X-Pm2go]\n"),
            (false, b"Description=a \\\\\\\n[X-Pm2go]\n"),
            (false, b"\n\xef\xbb\xbf[X-Pm2go]\n"),
        ];
        for (expected, content) in cases {
            assert_eq!(is_owned(content), *expected, "{:?}", String::from_utf8_lossy(content));
        }
    }

    proptest! {
        #[test]
        fn splitting_loses_nothing_and_ends(content in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut rest = content.as_slice();
            let mut seen = 0;
            while let Some((line, after)) = split_line(rest) {
                prop_assert!(after.len() < rest.len());
                prop_assert!(!line.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)));
                seen += rest.len() - after.len();
                rest = after;
            }
            prop_assert_eq!(seen, content.len());
        }

        #[test]
        fn a_mark_line_of_its_own_always_counts(before in "([a-z=#; ]*\n){0,5}", after in "[a-z\\\\\n]*") {
            let content = format!("{before}{MARK}\n{after}");
            prop_assert!(is_owned(content.as_bytes()));
        }
    }
}
