//! Any text as part of a unit name and back, byte for byte as systemd-escape(1) does it.

use crate::error::{Error, Result};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Whether a byte may stand in a unit name (`@` is not among them: it has a meaning of its own).
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_' | b'.' | b'\\')
}

/// Appends `\xNN`.
pub(super) fn push_hex(out: &mut String, byte: u8) {
    out.push_str("\\x");
    push_digits(out, byte);
}

/// Appends the two hexadecimal digits of a byte.
pub(super) fn push_digits(out: &mut String, byte: u8) {
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

/// The byte that two hexadecimal digits stand for.
pub(super) fn hex_byte(digits: Option<&[u8]>) -> Option<u8> {
    let [high, low] = digits? else { return None };
    let high = char::from(*high).to_digit(16)?;
    let low = char::from(*low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// The text escaped for a unit name, as `systemd-escape TEXT` does: `/` becomes `-`, what is not allowed `\xNN`.
///
/// A NUL byte becomes `\x00`, which [`unescape`] refuses: no name stands for it.
#[must_use]
pub fn escape(text: impl AsRef<[u8]>) -> String {
    let mut out = String::new();
    for (index, &byte) in text.as_ref().iter().enumerate() {
        match byte {
            b'/' => out.push('-'),
            b'.' if index == 0 => push_hex(&mut out, byte),
            b'-' | b'\\' => push_hex(&mut out, byte),
            _ if is_name_byte(byte) => out.push(char::from(byte)),
            _ => push_hex(&mut out, byte),
        }
    }
    out
}

/// The bytes that an escaped text stands for, as `systemd-escape --unescape TEXT` prints them.
pub fn unescape(text: &str) -> Result<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        index += 1;
        match byte {
            b'-' => out.push(b'/'),
            b'\\' => {
                out.push(escaped_byte(bytes, index).ok_or_else(|| bad_escape(text, index - 1))?);
                index += 3;
            }
            _ => out.push(byte),
        }
    }
    Ok(out)
}

/// The byte that `xNN` at this place stands for.
fn escaped_byte(bytes: &[u8], index: usize) -> Option<u8> {
    if bytes.get(index) != Some(&b'x') {
        return None;
    }
    hex_byte(bytes.get(index + 1..index + 3)).filter(|&byte| byte != 0)
}

fn bad_escape(text: &str, index: usize) -> Error {
    Error::config(format!("{text:?} cannot be unescaped: byte {index} starts no \\xNN"))
        .with_hint("in an escaped name every backslash starts \\x and two hexadecimal digits, not 00")
}

/// The path escaped for a unit name, as `systemd-escape --path PATH` does; the root is `-`.
///
/// Slashes at both ends, doubled slashes and `.` components disappear; `..` is refused, as systemd refuses it.
pub fn escape_path(path: impl AsRef<[u8]>) -> Result<String> {
    let path = path.as_ref();
    let parts: Vec<&[u8]> =
        path.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    if parts.contains(&&b".."[..]) {
        return Err(not_normalized(path));
    }
    if parts.is_empty() { Ok("-".to_owned()) } else { Ok(escape(parts.join(&b'/'))) }
}

/// The absolute path that an escaped text stands for, as `systemd-escape --unescape --path TEXT` prints it.
pub fn unescape_path(text: &str) -> Result<Vec<u8>> {
    if text == "-" {
        return Ok(b"/".to_vec());
    }
    let path = unescape(text)?;
    let normal = |part: &[u8]| !part.is_empty() && part != b"." && part != b"..";
    if !path.split(|&byte| byte == b'/').all(normal) {
        return Err(not_normalized(&path));
    }
    Ok([b"/", &path[..]].concat())
}

fn not_normalized(path: &[u8]) -> Error {
    Error::config(format!("{:?} is not a normalized path", String::from_utf8_lossy(path)))
        .with_hint("give it without \"..\" components")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_values() {
        for (text, escaped) in [
            ("", ""),
            ("my app/1", r"my\x20app-1"),
            ("my app@1/x.y", r"my\x20app\x401-x.y"),
            ("é", r"\xc3\xa9"),
            (".hidden", r"\x2ehidden"),
            ("a-b_c:d\\", r"a\x2db_c:d\x5c"),
            ("//", "--"),
        ] {
            assert_eq!(escape(text), escaped);
            assert_eq!(unescape(escaped).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn known_paths() {
        for (path, escaped) in [
            ("", "-"),
            ("/", "-"),
            ("//", "-"),
            ("/var//log/./x/", "var-log-x"),
            ("/.a", r"\x2ea"),
            ("a/b", "a-b"),
        ] {
            assert_eq!(escape_path(path).unwrap(), escaped, "{path}");
        }
        assert!(escape_path("/a/../b").is_err());
        assert_eq!(unescape_path("-").unwrap(), b"/");
        assert_eq!(unescape_path(r"var-log\x2dx").unwrap(), b"/var/log-x");
    }

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["\\", "\\x", "\\x1", "\\xg0", "\\n41", "\\x00"] {
            assert!(unescape(text).is_err(), "{text}");
        }
        for text in ["", "-a", "a-", "a--b", "..", "a-.-b"] {
            assert!(unescape_path(text).is_err(), "{text}");
        }
    }

    /// What systemd-escape(1) prints, where it is installed.
    fn systemd_escape(arguments: &[&str]) -> Option<String> {
        let output = Command::new("systemd-escape").args(arguments).output().ok()?;
        let text = output.status.success().then(|| String::from_utf8(output.stdout).unwrap());
        Some(text.map_or_else(|| "error".to_owned(), |text| text.trim_end_matches('\n').to_owned()))
    }

    #[test]
    fn like_systemd_escape() {
        let texts = [
            "my app",
            "a/b",
            ".x",
            "é\u{1f600}",
            "-",
            "a@b",
            "\\",
            "\t",
            "/var/./log//x/",
            "/",
            "/.x/y",
            "a/../b",
        ];
        for text in texts {
            let Some(expected) = systemd_escape(&["--", text]) else { return };
            assert_eq!(escape(text), expected);
            let path = escape_path(text).unwrap_or_else(|_| "error".to_owned());
            assert_eq!(Some(path), systemd_escape(&["--path", "--", text]), "{text}");
        }
        for text in ["a-b", r"a\x20b", r"\x2ex", "a-", "-", "--", "a.b-.c", r"a\x2"] {
            let plain = unescape(text).map_or_else(|_| "error".to_owned(), |b| String::from_utf8(b).unwrap());
            assert_eq!(Some(plain), systemd_escape(&["-u", "--", text]), "{text}");
            let path =
                unescape_path(text).map_or_else(|_| "error".to_owned(), |b| String::from_utf8(b).unwrap());
            assert_eq!(Some(path), systemd_escape(&["-u", "--path", "--", text]), "{text}");
        }
    }

    proptest! {
        #[test]
        fn unescape_undoes_escape(bytes in prop::collection::vec(1u8.., 0..64)) {
            let escaped = escape(&bytes);
            prop_assert!(escaped.bytes().all(is_name_byte));
            prop_assert_eq!(unescape(&escaped).unwrap(), bytes);
        }

        #[test]
        fn unescape_path_undoes_escape_path(parts in prop::collection::vec("[^/\0.][^/\0]{0,8}", 0..5)) {
            let path = format!("/{}", parts.join("/"));
            prop_assert_eq!(unescape_path(&escape_path(&path).unwrap()).unwrap(), path.into_bytes());
        }
    }
}
