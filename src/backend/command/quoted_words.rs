//! Lists of words as `systemctl show` prints them: quoted for a shell where they need it.

/// The words; `None` if the text is no such list.
///
/// `shell_maybe_quote` of systemd writes `"..."` with a backslash before `"`, `\`, `` ` `` and `$`, and
/// control characters as C escapes.
pub(super) fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text.as_bytes();
    while let Some(first) = rest.first() {
        let (word, after) = match first {
            b' ' => {
                rest = &rest[1..];
                continue;
            }
            b'"' => quoted(&rest[1..])?,
            _ => {
                let end = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
                (rest[..end].to_vec(), &rest[end..])
            }
        };
        words.push(String::from_utf8(word).ok()?);
        rest = after;
    }
    Some(words)
}

/// The word up to the closing quote, and what comes after that.
fn quoted(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return Some((word, rest)),
            b'\\' => rest = escaped(rest, &mut word)?,
            _ => word.push(byte),
        }
    }
}

fn escaped<'a>(rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&code, after) = rest.split_first()?;
    let byte = match code {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        b'x' => return number(after, 2, 16, word),
        b'0'..=b'3' => return number(rest, 3, 8, word),
        other => other,
    };
    word.push(byte);
    Some(after)
}

fn number<'a>(rest: &'a [u8], digits: usize, base: u32, word: &mut Vec<u8>) -> Option<&'a [u8]> {
    let text = std::str::from_utf8(rest.get(..digits)?).ok()?;
    word.push(u8::from_str_radix(text, base).ok()?);
    Some(&rest[digits..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_from_systemctl_252() {
        let text = r#""A=b c" "B=x\"y" "C=\$d" "E=tab\tx" F=ü "G=nl\nx" "H=back\\slash" I= "J=\`x\`" "K=a;b|c&d*e?f[g]h~i#j!k%l^m""#;
        let words = [
            "A=b c",
            "B=x\"y",
            "C=$d",
            "E=tab\tx",
            "F=ü",
            "G=nl\nx",
            "H=back\\slash",
            "I=",
            "J=`x`",
            "K=a;b|c&d*e?f[g]h~i#j!k%l^m",
        ];
        assert_eq!(split(text).unwrap(), words);
    }

    #[test]
    fn edges() {
        for (text, words) in [
            ("", Some(vec![])),
            ("a", Some(vec!["a"])),
            ("  a  b ", Some(vec!["a", "b"])),
            (r#""" x"#, Some(vec!["", "x"])),
            (r#""\x01\033""#, Some(vec!["\u{1}\u{1b}"])),
            (r#""open"#, None),
            (r#""\"#, None),
            (r#""\x0"#, None),
        ] {
            let words = words.map(|words| words.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(split(text), words, "{text}");
        }
    }
}
