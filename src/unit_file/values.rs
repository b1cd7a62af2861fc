//! From the text of settings back to values, as systemd reads them.
//!
//! Text that has no fixed value, because systemd puts something in for a specifier or a variable, is an error.

use super::quote;
use super::rules::WHITESPACE;
use crate::error::{Error, Result};

/// The value of an `ExecStart=` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecCommand {
    /// The special characters before the program: any of `@ - : + ! |` (systemd.service(5)).
    pub prefixes: String,
    /// The program and its arguments; with the prefix `@`, the second word is what the program sees as `argv[0]`.
    pub argv: Vec<String>,
}

/// Reads a value of `ExecStart=` and its kin.
pub fn parse_exec_command(value: &str) -> Result<ExecCommand> {
    let mut words = split(value, true)?.into_iter();
    let first = words.next().ok_or_else(|| Error::config("the command is empty"))?.into_text()?;
    let program = first.trim_start_matches(['@', '-', ':', '+', '!', '|']);
    let prefixes = first[..first.len() - program.len()].to_owned();
    let verbatim = prefixes.contains(':');
    let program = unexpanded(program, false)?;
    let mut argv = vec![program];
    for word in words {
        if word.separator {
            return Err(Error::config("the line holds more than one command"));
        }
        argv.push(unexpanded(&word.into_text()?, !verbatim)?);
    }
    if !verbatim && argv[0].contains('$') {
        return Err(Error::config("the program's path has a \"$\", which systemd expands in argv[0]")
            .with_hint("the prefix \":\" stops that"));
    }
    Ok(ExecCommand { prefixes, argv })
}

/// Reads a value of `Environment=`: one or more variables with their values.
pub fn parse_environment(value: &str) -> Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for word in split(value, false)? {
        let text = unexpanded(&word.into_text()?, false)?;
        let (name, value) =
            text.split_once('=').ok_or_else(|| Error::config("a word of Environment= has no \"=\""))?;
        // The check of the writer is the one of systemd, which ignores what does not pass.
        quote::environment(name, value)?;
        variables.push((name.to_owned(), value.to_owned()));
    }
    Ok(variables)
}

/// Reads a value that is plain text, such as `Description=`.
pub fn parse_plain(value: &str) -> Result<String> {
    unexpanded(value, false)
}

/// Reads a value that is one absolute path, such as `WorkingDirectory=`, simplified as systemd does it.
pub fn parse_path(value: &str) -> Result<String> {
    let path = unexpanded(value, false)?;
    quote::path("the path", &path)?;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    Ok(format!("/{}", parts.join("/")))
}

/// Reads a value that is `yes` or `no`, in any of systemd's spellings.
pub fn parse_boolean(value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => Ok(true),
        "0" | "no" | "n" | "false" | "f" | "off" => Ok(false),
        _ => Err(Error::config(format!("{value:?} is neither yes nor no"))),
    }
}

/// Text without its doubled `%` (and `$` where systemd expands variables).
fn unexpanded(text: &str, dollars: bool) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        match c {
            '%' | '$' if next == Some(c) && (c == '%' || dollars) => {
                rest.next();
            }
            '%' if next.is_some_and(|c| c.is_ascii_alphanumeric()) => {
                return Err(not_fixed("a specifier such as %n"));
            }
            '$' if dollars && next.is_some_and(|c| c == '{' || c == '_' || c.is_ascii_alphanumeric()) => {
                return Err(not_fixed("a variable such as $NAME"));
            }
            _ => {}
        }
        out.push(c);
    }
    Ok(out)
}

fn not_fixed(what: &str) -> Error {
    Error::config(format!("the value has {what}, so that it is only known when systemd reads it"))
}

/// The words of a value, without their quotes and escapes.
pub(crate) fn words(value: &str) -> Result<Vec<String>> {
    split(value, false)?.into_iter().map(Word::into_text).collect()
}

/// One word, unquoted.
#[derive(Default)]
struct Word {
    bytes: Vec<u8>,
    /// A lone `;`, neither quoted nor escaped: the end of one command and the beginning of the next.
    separator: bool,
}

impl Word {
    fn into_text(self) -> Result<String> {
        String::from_utf8(self.bytes).map_err(|_| Error::config("a word of the value is not UTF-8"))
    }
}

/// Splits a value into words at white space and removes quotes and escapes; `commands` knows `;` and `\;`.
fn split(value: &str, commands: bool) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = value.trim_start_matches(WHITESPACE);
    while !rest.is_empty() {
        let end = rest.find(WHITESPACE).unwrap_or(rest.len());
        if commands && matches!(&rest[..end], ";" | "\\;") {
            words.push(Word { bytes: b";".to_vec(), separator: !rest.starts_with('\\') });
            rest = &rest[end..];
        } else {
            let (word, tail) = take_word(rest)?;
            words.push(word);
            rest = tail;
        }
        rest = rest.trim_start_matches(WHITESPACE);
    }
    Ok(words)
}

/// Takes the first word, which is not empty.
fn take_word(text: &str) -> Result<(Word, &str)> {
    let mut word = Word::default();
    let mut quote = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        match (c, quote) {
            (c, None) if WHITESPACE.contains(&c) => return Ok((word, rest)),
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('\\', _) => {
                rest = take_escape(&mut word.bytes, tail);
                continue;
            }
            (c, _) => push_char(&mut word.bytes, c),
        }
        rest = tail;
    }
    match quote {
        None => Ok((word, rest)),
        Some(_) => Err(Error::config("the value has a quote that is not closed")),
    }
}

/// Takes what follows a backslash; an unknown escape stays as it is, backslash included.
fn take_escape<'a>(bytes: &mut Vec<u8>, text: &'a str) -> &'a str {
    let Some(c) = text.chars().next() else {
        bytes.push(b'\\');
        return text;
    };
    let simple = match c {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        '"' => b'"',
        '\'' => b'\'',
        's' => b' ',
        _ => return take_numeric_escape(bytes, c, text),
    };
    bytes.push(simple);
    &text[1..]
}

fn take_numeric_escape<'a>(bytes: &mut Vec<u8>, c: char, text: &'a str) -> &'a str {
    let (start, length, radix) = match c {
        'x' => (1, 2, 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        '0'..='7' => (0, 3, 8),
        _ => (0, 0, 0),
    };
    let digits =
        text.get(start..start + length).filter(|d| length > 0 && d.chars().all(|d| d.is_digit(radix)));
    let code = digits.and_then(|digits| u32::from_str_radix(digits, radix).ok()).filter(|&code| code != 0);
    match (c, code) {
        ('u' | 'U', Some(code)) if char::from_u32(code).is_some() => {
            push_char(bytes, char::from_u32(code).unwrap_or_default());
        }
        ('x' | '0'..='7', Some(code)) if u8::try_from(code).is_ok() => {
            bytes.push(u8::try_from(code).unwrap_or(0));
        }
        _ => {
            bytes.push(b'\\');
            push_char(bytes, c);
            return &text[c.len_utf8()..];
        }
    }
    &text[start + length..]
}

fn push_char(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{UnitFile, environment, exec_command, path, plain};
    use super::*;

    #[test]
    fn commands() {
        for (value, prefixes, argv) in [
            ("/bin/a b  'c d' e\"f g\"h", "", &["/bin/a", "b", "c d", "ef gh"][..]),
            (r"-@/bin/a \x41\101\u00e9\s\t\q \; \\;", "-@", &["/bin/a", "AAé \t\\q", ";", "\\;"]),
            (":/bin/$a $b ${c} $$", ":", &["/bin/$a", "$b", "${c}", "$$"]),
            ("\"+!/a\" $$b a$$$$ $", "+!", &["/a", "$b", "a$$", "$"]),
            ("/a 100%% %% %- %", "", &["/a", "100%", "%", "%-", "%"]),
            ("/a '' \"\"", "", &["/a", "", ""]),
        ] {
            let expected = ExecCommand {
                prefixes: prefixes.to_owned(),
                argv: argv.iter().map(|&word| word.to_owned()).collect(),
            };
            assert_eq!(parse_exec_command(value).unwrap(), expected, "{value}");
        }
        for value in ["", " ", "/a \"b", "/a %n", "/a $B", "/a ${B}", "/a ; /b", "/a \\xff", "/$a", "/%z"] {
            assert!(parse_exec_command(value).is_err(), "{value}");
        }
    }

    #[test]
    fn variables() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            parse_environment("A=1 \"B=x y\" 'C=$D %%' D=").unwrap(),
            [pair("A", "1"), pair("B", "x y"), pair("C", "$D %"), pair("D", "")]
        );
        for value in ["A", "A=%h", "1=2", "\"A=1", "A=\\xff", "=x"] {
            assert!(parse_environment(value).is_err(), "{value}");
        }
    }

    #[test]
    fn small_values() {
        assert_eq!(parse_path("/a//./b/").unwrap(), "/a/b");
        assert_eq!(parse_path("/").unwrap(), "/");
        assert!(parse_path("a").is_err() && parse_path("/%h").is_err());
        assert!(parse_boolean("On").unwrap() && !parse_boolean("f").unwrap() && parse_boolean("").is_err());
    }

    /// Text with what is special to systemd far more often than chance has it.
    fn text() -> impl Strategy<Value = String> {
        const SPECIAL: &str = r#"[ \t\n\r"'%$\\;#=@:+!{}xnu0-9a-f\x01-\x1f\x7f-\u{9f}é\u{feff}]{0,12}"#;
        prop_oneof![SPECIAL, prop::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter)]
    }

    proptest! {
        #[test]
        fn commands_come_back(program in "/[a-z$%{} é;@:]{1,12}", args in prop::collection::vec(text(), 0..5)) {
            let argv: Vec<String> = std::iter::once(program).chain(args).collect();
            let Ok(line) = exec_command(&argv) else {
                prop_assert!(argv.iter().any(|word| word.contains(super::super::rules::is_noncharacter) || word.contains('\0')));
                return Ok(());
            };
            prop_assert_eq!(&parse_exec_command(&line).unwrap().argv, &argv);
            let mut file = UnitFile::new();
            file.add("Service", "ExecStart", &line).unwrap();
            let file = UnitFile::parse(file.render()).unwrap();
            prop_assert_eq!(file.get("Service", "ExecStart"), Some(line.as_str()));
        }

        #[test]
        fn variables_come_back(name in "[A-Za-z_][A-Za-z0-9_]{0,8}", value in text()) {
            let Ok(line) = environment(&name, &value) else { return Ok(()) };
            prop_assert_eq!(parse_environment(&line).unwrap(), [(name, value)]);
            let mut file = UnitFile::new();
            file.add("Service", "Environment", &line).unwrap();
            let file = UnitFile::parse(file.render()).unwrap();
            prop_assert_eq!(file.get("Service", "Environment"), Some(line.as_str()));
        }

        #[test]
        fn plain_text_and_paths_come_back(value in text()) {
            if let Ok(quoted) = plain("x", &value) {
                prop_assert_eq!(parse_plain(&quoted).unwrap(), value.as_str());
            }
            let absolute = format!("/{}", value.replace('/', ""));
            if let Ok(quoted) = path("x", &absolute) {
                let mut file = UnitFile::new();
                file.add("Service", "WorkingDirectory", &quoted).unwrap();
                let file = UnitFile::parse(file.render()).unwrap();
                let expected = if absolute == "/." { "/" } else { &absolute };
                prop_assert_eq!(parse_path(file.get("Service", "WorkingDirectory").unwrap()).unwrap(), expected);
            }
        }

        #[test]
        fn reading_never_panics(value in text()) {
            let _ = (parse_exec_command(&value), parse_environment(&value), parse_path(&value), parse_plain(&value));
        }
    }
}
