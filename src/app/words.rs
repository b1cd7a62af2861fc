//! A line of words as a shell splits it, with its quotes, and without anything that a shell puts in.

/// The words of a line; none where a quotation mark or a backslash is left open.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let (quoted, after) = rest.as_str().split_once('\'')?;
                word.get_or_insert_default().push_str(quoted);
                rest = after.chars();
            }
            '"' => quoted(&mut rest, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(rest.next()?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

/// What stands in double quotes: there a backslash escapes only them and itself.
fn quoted(rest: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '"' => return Some(()),
            '\\' => match rest.next()? {
                escaped @ ('"' | '\\') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_shells_do() {
        for (line, expected) in [
            ("", Some(&[][..])),
            ("  -p  '8 0' ", Some(&["-p", "8 0"])),
            ("a\"b c\"'d e'f", Some(&["ab cd ef"])),
            ("'' \"\"", Some(&["", ""])),
            (r#"\a \  "\"\\\a$x""#, Some(&["a", " ", "\"\\\\a$x"])),
            ("#no comment", Some(&["#no", "comment"])),
            ("'", None),
            ("\"a", None),
            ("\\", None),
            ("\"\\", None),
        ] {
            let expected =
                expected.map(|words| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
            assert_eq!(words(line), expected, "{line}");
        }
    }
}
