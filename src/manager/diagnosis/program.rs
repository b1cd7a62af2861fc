//! Why the kernel cannot execute a program, from the program's first bytes: execve(2).

use super::Finding;
use crate::error::Hint;

/// The machine that this was built for, as the header of its programs has it (`e_machine`, elf(5)).
const MACHINE: Option<u16> = if cfg!(target_arch = "x86_64") {
    Some(62)
} else if cfg!(target_arch = "aarch64") {
    Some(183)
} else if cfg!(target_arch = "riscv64") {
    Some(243)
} else {
    None
};

/// Why this program could not be executed; `None` where its bytes do not tell.
pub(super) fn not_executed(
    program: &str,
    read: impl Fn(&str) -> Option<Vec<u8>>,
    exists: impl Fn(&str) -> bool,
) -> Option<Finding> {
    if !exists(program) {
        return finding(
            format!("its program {program} does not exist"),
            "deploy it, and start the app again",
        );
    }
    let head = read(program)?;
    if let Some(found) = wrong_line_ends(program, &head) {
        return Some(found);
    }
    if head.is_empty() {
        return finding(format!("{program} is empty"), "write the program into it");
    }
    if let Some(line) = head.strip_prefix(b"#!") {
        return bad_interpreter(program, line, exists);
    }
    if head.starts_with(b"\xef\xbb\xbf") {
        let hint = "take the byte order mark away: an editor for Windows put it before the \"#!\"";
        return finding(format!("{program} begins with a byte order mark, not with \"#!\""), hint);
    }
    if head.starts_with(b"\x7fELF") {
        let machine = head.get(18..20).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
        if MACHINE.is_some_and(|own| machine.is_some_and(|other| other != own)) {
            let hint = "install the program for this machine";
            return finding(format!("{program} is a program for another kind of processor"), hint);
        }
        return None;
    }
    let what = if first_line(&head).iter().all(u8::is_ascii_whitespace) {
        "its first line is blank"
    } else {
        "its first line names no interpreter"
    };
    finding(
        format!("{program} is neither a program of this machine nor a script with \"#!\": {what}"),
        "write \"#!\" and the interpreter's path into its first line, or give interpreter",
    )
}

/// A script that was written with Windows' line ends: the carriage return belongs to the interpreter's name.
pub(super) fn wrong_line_ends(program: &str, head: &[u8]) -> Option<Finding> {
    let line = first_line(head);
    if head.starts_with(b"\x7fELF") || !line.ends_with(b"\r") {
        return None;
    }
    finding(
        format!(
            "the lines of {program} end in CRLF, as on Windows, so that no interpreter of that name is found"
        ),
        format!("convert it: `sed -i 's/\\r$//' {program}`"),
    )
}

/// A script with `#!/usr/bin/env NAME`, where that did not find the name.
pub(super) fn not_in_path(program: &str, head: &[u8]) -> Option<Finding> {
    let words = interpreter_words(head.strip_prefix(b"#!")?);
    let (env, name) = (words.first()?, words.iter().skip(1).find(|word| !word.starts_with('-'))?);
    if !env.ends_with("/env") {
        return None;
    }
    finding(
        format!(
            "{name}, which the first line of {program} asks for, is not in the PATH that systemd gives (exit code 127)"
        ),
        format!("give interpreter with the path of {name}, or PATH in env"),
    )
}

fn bad_interpreter(program: &str, line: &[u8], exists: impl Fn(&str) -> bool) -> Option<Finding> {
    let words = interpreter_words(line);
    let Some(interpreter) = words.first() else {
        let hint = "write the interpreter's path behind the \"#!\"";
        return finding(format!("the first line of {program} names no interpreter"), hint);
    };
    if exists(interpreter) {
        return None;
    }
    finding(
        format!("{interpreter}, which the first line of {program} names, does not exist"),
        "install it, correct the line, or give interpreter",
    )
}

/// The interpreter and its argument.
fn interpreter_words(line: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(first_line(line)).into_owned();
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

#[expect(clippy::unnecessary_wraps, reason = "all who call this may find nothing as well")]
fn finding(reason: String, hint: impl Into<Hint>) -> Option<Finding> {
    Some(Finding { reason, hint: hint.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELF: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xff\xff\x01\0\0\0";

    #[test]
    fn the_first_bytes_tell_why() {
        let cases: &[(&[u8], Option<&str>)] = &[
            (b"", Some("/x is empty")),
            (b"#!/bin/sh\r\necho\r\n", Some("end in CRLF")),
            (b"#!/usr/bin/env node\r\n", Some("end in CRLF")),
            (
                b"#!/no/python\nprint()\n",
                Some("/no/python, which the first line of /x names, does not exist"),
            ),
            (b"#! /no/python -u\n", Some("/no/python, which")),
            (b"#!\n/bin/sh\n", Some("names no interpreter")),
            (b"#!", Some("names no interpreter")),
            (b"\n#!/bin/sh\n", Some("its first line is blank")),
            (b"\xef\xbb\xbf#!/bin/sh\n", Some("byte order mark")),
            (b"echo hi\n", Some("its first line names no interpreter")),
            (ELF, MACHINE.map(|_| "another kind of processor")),
            // Why these were not executed is not to be seen in them.
            (b"#!/bin/sh\n", None),
            (b"#!/bin/sh", None),
        ];
        for (head, expected) in cases {
            let found = not_executed("/x", |_| Some(head.to_vec()), |path| matches!(path, "/x" | "/bin/sh"));
            let shown = String::from_utf8_lossy(head).into_owned();
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    assert!(found.reason.contains(expected), "{shown:?}: {}", found.reason);
                    assert!(!found.hint.parts().is_empty());
                }
                (found, expected) => assert!(found.is_none() && expected.is_none(), "{shown:?}: {found:?}"),
            }
        }
        assert_eq!(not_executed("/x", |_| None, |_| true), None);
        assert!(not_executed("/x", |_| None, |_| false).unwrap().reason.contains("does not exist"));
    }

    #[test]
    fn env_may_not_find_a_command() {
        for (head, expected) in [
            (&b"#!/usr/bin/env node\n"[..], Some("node")),
            (b"#!/usr/bin/env -S deno run\n", Some("deno")),
            (b"#!/bin/sh\nnode\n", None),
            (b"#!/usr/bin/env\n", None),
            (b"", None),
        ] {
            let found = not_in_path("/x", head);
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            if let (Some(found), Some(name)) = (found, expected) {
                assert!(found.reason.starts_with(name), "{}", found.reason);
            }
        }
    }

    #[test]
    fn any_bytes_are_looked_at_without_a_panic() {
        for length in 0..ELF.len() {
            let _ = not_executed("/x", |_| Some(ELF[..length].to_vec()), |_| true);
        }
    }
}
