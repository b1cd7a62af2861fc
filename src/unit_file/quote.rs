//! From values to the text of settings: exact, or refused.

use std::fmt::Write as _;

use super::rules::{WHITESPACE, check_text, check_value, show, shown_name};
use crate::error::{Error, Result};

/// The longest argument or environment variable that Linux hands to a program, in bytes (`MAX_ARG_STRLEN`, execve(2)).
const LONGEST_ARGUMENT: usize = 131_071;
/// The longest path and the longest part of it, in bytes (`PATH_MAX`, `NAME_MAX`).
const LONGEST_PATH: usize = 4095;
const LONGEST_COMPONENT: usize = 255;

/// The value of `ExecStart=` that starts a program with exactly these arguments (systemd.service(5)).
///
/// `argv[0]` is the program's absolute path. Where that has a `$`, the prefix `:` is used, which systemd knows from
/// version 244 on; older ones refuse the unit.
pub fn exec_command(argv: &[impl AsRef<str>]) -> Result<String> {
    let Some(program) = argv.first().map(AsRef::as_ref) else {
        return Err(Error::config("the command is empty").with_hint("give at least the program to run"));
    };
    check_program(program)?;
    // The path itself is never expanded, but the copy of it that the program sees as argv[0] is; ":" stops that, for
    // the whole line, so that "$" then stands for itself everywhere.
    let verbatim = program.contains('$');
    let mut out = String::from(if verbatim { ":" } else { "" });
    for (index, word) in argv.iter().map(AsRef::as_ref).enumerate() {
        let field = format!("argument {index} of the command");
        check_text(&field, word)?;
        check_length(&field, word.len())?;
        if index > 0 {
            out.push(' ');
        }
        out.push('"');
        push_quoted(&mut out, word, !verbatim);
        out.push('"');
    }
    check_value("ExecStart", &out)?;
    Ok(out)
}

/// The value of `Environment=` that sets one variable (systemd.exec(5)); the error never shows the value.
///
/// Control characters arrive as they are on current versions of systemd; those before 246 or so drop such a variable.
pub fn environment(name: &str, value: &str) -> Result<String> {
    check_variable_name(name)?;
    let field = format!("environment variable {name}");
    check_text(&field, value)?;
    check_length(&field, name.len() + 1 + value.len())?;
    let mut out = format!("\"{name}=");
    push_quoted(&mut out, value, false);
    out.push('"');
    check_value("Environment", &out)?;
    Ok(out)
}

/// The value of a setting that is one absolute path, such as `WorkingDirectory=`; `field` names it in errors.
pub fn path(field: &str, path: &str) -> Result<String> {
    check_text(field, path)?;
    let refuse =
        |reason: &str, hint: &'static str| Err(Error::config(format!("{field} {reason}")).with_hint(hint));
    if !path.starts_with('/') {
        return refuse("is no absolute path", "begin it with \"/\"");
    }
    if path.split('/').any(|part| part == "..") {
        return refuse("has a \"..\" component, which systemd refuses", "give the path without it");
    }
    check_path_length(field, path)?;
    let mut value = path.replace('%', "%%");
    // systemd strips white space at the end and takes a backslash there for a continuation; it drops the slash.
    if value.ends_with(WHITESPACE) || value.ends_with('\\') {
        value.push('/');
    }
    check_value(field, &value)?;
    Ok(value)
}

/// The value of a setting that is plain text, such as `Description=` and `User=`; `field` names it in errors.
///
/// Control characters, line breaks, white space at the ends and a backslash at the end are refused: the text would not
/// arrive as it is, or would reach terminals.
pub fn plain(field: &str, text: &str) -> Result<String> {
    if text.is_empty() {
        return Err(Error::config(format!("{field} is empty")).with_hint("leave it out instead"));
    }
    if let Some(c) = text.chars().find(|c| c.is_control() && *c != '\0') {
        return Err(Error::config(format!("{field} contains the control character {}", show(c)))
            .with_hint("leave control characters and line breaks out"));
    }
    check_text(field, text)?;
    let value = text.replace('%', "%%");
    check_value(field, &value)?;
    Ok(value)
}

/// The value of a setting that is `yes` or `no`.
#[must_use]
pub fn boolean(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// The value of a setting that is a size in bytes, such as `MemoryMax=`.
#[must_use]
pub fn bytes(value: u64) -> String {
    value.to_string()
}

/// Appends text for the inside of double quotes; `dollars` doubles `$` where systemd would expand variables.
fn push_quoted(out: &mut String, text: &str, dollars: bool) {
    for c in text.chars() {
        match c {
            '%' => out.push_str("%%"),
            '$' if dollars => out.push_str("$$"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if c.is_ascii_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

fn check_program(program: &str) -> Result<()> {
    let refuse = |reason: &str, hint: &'static str| {
        Err(Error::config(format!("the program {program:?} {reason}")).with_hint(hint))
    };
    if !program.starts_with('/') {
        return refuse(
            "is no absolute path",
            "begin it with \"/\"; systemd does not look in the working directory",
        );
    }
    if program.ends_with('/') {
        return refuse("is a folder", "name the file to run");
    }
    if program.contains(|c: char| c.is_ascii_control() || matches!(c, '"' | '\'' | '\\')) {
        return refuse(
            "has a quote, a backslash or a control character in its path, which systemd refuses",
            "rename it, or run it through an interpreter",
        );
    }
    check_path_length("the program", program)
}

fn check_path_length(field: &str, path: &str) -> Result<()> {
    if path.len() > LONGEST_PATH || path.split('/').any(|part| part.len() > LONGEST_COMPONENT) {
        return Err(Error::config(format!("{field} is too long for a path"))
            .with_hint("Linux takes 4095 bytes, 255 between two slashes"));
    }
    Ok(())
}

fn check_length(field: &str, length: usize) -> Result<()> {
    if length > LONGEST_ARGUMENT {
        return Err(Error::config(format!("{field} is {length} bytes long"))
            .with_hint("Linux hands at most 131071 bytes in one piece to a program; use a file"));
    }
    Ok(())
}

/// Refuses names of variables that systemd ignores.
fn check_variable_name(name: &str) -> Result<()> {
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(Error::config(format!("{:?} is no name of an environment variable", shown_name(name)))
        .with_hint("such names have letters, digits and \"_\", and begin with no digit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        for (argv, line) in [
            (&["/bin/echo"][..], r#""/bin/echo""#),
            (&["/bin/a b", "", ";", "'", "-x"], r#""/bin/a b" "" ";" "'" "-x""#),
            (&["/bin/50%", "100%n", "$HOME ${X} $$"], r#""/bin/50%%" "100%%n" "$$HOME $${X} $$$$""#),
            (&["/bin/$a", "$b"], r#":"/bin/$a" "$b""#),
            (&["/a", "\\x25\"\n\t\r\u{1b}\u{7f}é\u{85}"], "\"/a\" \"\\\\x25\\\"\\n\\t\\r\\x1b\\x7fé\u{85}\""),
        ] {
            assert_eq!(exec_command(argv).unwrap(), line);
        }
    }

    #[test]
    fn commands_that_cannot_be_written() {
        let long = "x".repeat(LONGEST_ARGUMENT + 1);
        let many = vec!["/a".to_owned(); 300_000];
        for argv in [
            &[][..],
            &["a"],
            &["./a"],
            &["/a/"],
            &["/a'b"],
            &["/a\"b"],
            &["/a\\b"],
            &["/a\nb"],
            &["/a\u{7f}"],
            &[""],
            &["/a", "\0"],
            &["/a", "\u{fffe}"],
            &["/a", "\u{1ffff}"],
            &["/a", &long],
            &["/a\u{fdd0}"],
        ] {
            assert!(exec_command(argv).is_err(), "{argv:?}");
        }
        assert!(exec_command(&many).is_err());
        assert!(exec_command(&[&format!("/{}", "x".repeat(256))]).is_err());
        let error = exec_command(&["/a", "secret\0"]).unwrap_err().to_string();
        assert!(error.contains("argument 1") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn variables() {
        for (name, value, line) in [
            ("A", "", r#""A=""#),
            ("_a1", "$x %h 'y' \"z\" \\", r#""_a1=$x %%h 'y' \"z\" \\""#),
            ("A", "l1\nl2\t\u{1}", r#""A=l1\nl2\t\x01""#),
        ] {
            assert_eq!(environment(name, value).unwrap(), line);
        }
        for name in ["", "1a", "a-b", "a b", "a=b", "é", "BASH_FUNC_x%%", "a\n"] {
            assert!(environment(name, "x").is_err(), "{name:?}");
        }
        for value in ["\0", "\u{ffff}", &"x".repeat(LONGEST_ARGUMENT)] {
            let error = environment("NAME", &format!("secret{value}")).unwrap_err().to_string();
            assert!(error.contains("NAME") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn paths() {
        for (given, value) in [
            ("/", "/"),
            ("/a b/'\"$%", "/a b/'\"$%%"),
            ("/a ", "/a /"),
            ("/a\t", "/a\t/"),
            ("/a\\", "/a\\/"),
            ("/a\\\\", "/a\\\\/"),
        ] {
            assert_eq!(path("cwd", given).unwrap(), value);
        }
        for given in
            ["", "a", "~", "-/a", "/a/../b", "/a\nb", "/a\r", "/a\0", "/\u{fdef}", &"/a".repeat(3000)]
        {
            assert!(path("cwd", given).unwrap_err().to_string().starts_with("cwd "), "{given:?}");
        }
    }

    #[test]
    fn plain_text() {
        assert_eq!(plain("description", "100% \"so\" \\n é").unwrap(), "100%% \"so\" \\n é");
        assert_eq!(plain("description", "a\\\\").unwrap(), "a\\\\");
        for text in [
            "",
            " ",
            " a",
            "a ",
            "a\nb",
            "a\tb",
            "\u{1b}[1m",
            "a\u{7f}",
            "a\u{9b}",
            "a\0",
            "a\\",
            "a\u{fffe}",
        ] {
            let error = plain("description", text).unwrap_err().to_string();
            assert!(error.starts_with("description "), "{error}");
        }
    }

    #[test]
    fn small_values() {
        assert_eq!(
            (boolean(true), boolean(false), bytes(u64::MAX).as_str()),
            ("yes", "no", "18446744073709551615")
        );
    }
}
