//! Values that are made of words: names of units, paths, exit statuses, addresses.

use std::net::IpAddr;

use crate::unit::{UnitName, UnitType, signal_number};
use crate::unit_file::numbers::integer;
use crate::unit_file::{known_words, parse_environment, parse_exec_command};

type Checked = std::result::Result<(), String>;

/// Whether the text holds a specifier such as `%n`, so that only systemd knows what it is.
pub(super) fn has_specifier(text: &str) -> bool {
    let plain = text.replace("%%", "");
    plain.split('%').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Whether quotes or escapes make words of the text in a way that is not looked into here.
fn is_quoted(text: &str) -> bool {
    text.contains(['"', '\'', '\\'])
}

pub(super) fn units(value: &str) -> Checked {
    let mut words = value.split_whitespace().filter(|word| !has_specifier(word));
    if words.all(|word| word.parse::<UnitName>().is_ok()) {
        return Ok(());
    }
    Err("give the names of units with their types, such as db.service".to_owned())
}

pub(super) fn slice(value: &str) -> Checked {
    let is_slice = value.parse::<UnitName>().is_ok_and(|name| name.unit_type() == UnitType::Slice);
    if is_slice || has_specifier(value) {
        Ok(())
    } else {
        Err("give the name of a slice, such as web.slice".to_owned())
    }
}

pub(super) fn urls(value: &str) -> Checked {
    const BEGINNINGS: [&str; 5] = ["http://", "https://", "file:/", "info:", "man:"];
    let known =
        |word: &str| BEGINNINGS.iter().any(|beginning| word.starts_with(beginning)) || has_specifier(word);
    if is_quoted(value) || value.split_whitespace().all(known) {
        return Ok(());
    }
    Err("give addresses that begin with http://, https://, file:/, info: or man:".to_owned())
}

/// One absolute path.
pub(super) fn path(value: &str) -> Checked {
    if value.starts_with(['/', '%']) { Ok(()) } else { Err("give an absolute path".to_owned()) }
}

/// Absolute paths, each behind any of `prefixes`.
pub(super) fn paths(value: &str, prefixes: &[char]) -> Checked {
    let absolute = |word: &str| word.trim_start_matches(prefixes).starts_with(['/', '%']);
    if is_quoted(value) || value.split_whitespace().all(absolute) {
        return Ok(());
    }
    Err("give absolute paths".to_owned())
}

/// Names of folders below one of systemd's own.
pub(super) fn folders(value: &str) -> Checked {
    let below = |word: &str| !word.starts_with('/') && !word.split([':', '/']).any(|part| part == "..");
    if is_quoted(value) || value.split_whitespace().all(below) {
        return Ok(());
    }
    Err("give names of folders, relative to systemd's own, such as myapp".to_owned())
}

pub(super) fn condition_path(value: &str) -> Checked {
    let rest = value.strip_prefix('|').unwrap_or(value).trim_start();
    path(rest.strip_prefix('!').unwrap_or(rest).trim_start())
}

pub(super) fn environment(value: &str) -> Checked {
    if parse_environment(value).is_ok() || has_specifier(value) {
        return Ok(());
    }
    Err("write \"NAME=VALUE\", quoted where the value has white space; or use env".to_owned())
}

/// A command: its program is an absolute path, or a name that systemd looks up.
pub(super) fn command(value: &str) -> Checked {
    match parse_exec_command(value) {
        Ok(command) => program(&command.argv[0]),
        // Specifiers, variables and several commands are fine, but not read here.
        Err(_) if value.contains(['%', '$', ';']) => Ok(()),
        Err(_) => Err("write the program and its arguments, with quotes that are closed".to_owned()),
    }
}

/// What systemd can run as a program; version 255 and newer cannot run all that 252 can.
pub(in crate::app) fn program(path: &str) -> Checked {
    if path.contains('/') && !path.starts_with('/') {
        return Err("give the program's absolute path".to_owned());
    }
    if path.ends_with(' ') {
        return Err(
            "some versions of systemd cannot run a program whose path ends in a space; rename it".to_owned()
        );
    }
    if path.contains(['*', '?', '[']) {
        return Err("some versions of systemd cannot run a program with one of * ? [ in its path; rename it"
            .to_owned());
    }
    Ok(())
}

pub(super) fn exit_statuses(value: &str) -> Checked {
    let known = |word: &str| {
        integer(word).is_some_and(|number| (0..=255).contains(&number))
            || known_words::is_in(known_words::EXIT_STATUSES, word)
            || signal_number(word).is_some()
    };
    if value.split_whitespace().all(known) {
        return Ok(());
    }
    Err("give numbers from 0 to 255, names such as TEMPFAIL, or signals such as SIGKILL".to_owned())
}

/// A list that may begin with `~`.
pub(super) fn masks(value: &str, known: impl Fn(&str) -> bool, expected: &str) -> Checked {
    let list = value.strip_prefix('~').unwrap_or(value);
    if list.split_whitespace().all(known) { Ok(()) } else { Err(expected.to_owned()) }
}

pub(super) fn system_calls(value: &str) -> Checked {
    let name = |word: &str| {
        let call = word.split_once(':').map_or(word, |(call, _)| call);
        if call.starts_with('@') {
            return known_words::is_in(known_words::SYSTEM_CALL_GROUPS, call);
        }
        !call.is_empty() && call.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    masks(value, name, "give names of system calls, or groups such as @system-service")
}

pub(super) fn addresses(value: &str) -> Checked {
    let address = |word: &str| {
        let (address, prefix) = word.split_once('/').unwrap_or((word, "0"));
        ["any", "localhost", "link-local", "multicast"].contains(&word)
            || (prefix.parse::<u8>().is_ok() && address.parse::<IpAddr>().is_ok())
    };
    if value.split_whitespace().all(address) {
        return Ok(());
    }
    Err("give addresses such as 10.0.0.0/8, or any, localhost, link-local, multicast".to_owned())
}

/// Numbers and ranges of processors.
pub(super) fn processors(value: &str) -> Checked {
    let number = |text: &str| text.parse::<u16>().is_ok();
    let range = |word: &str| {
        word.split_once('-').map_or_else(|| number(word), |(from, to)| number(from) && number(to))
    };
    let words = value.split([' ', ',']).filter(|word| !word.is_empty());
    if has_specifier(value) || ["numa", "all"].contains(&value) || words.into_iter().all(range) {
        return Ok(());
    }
    Err("give numbers and ranges, such as 0-3,6".to_owned())
}

/// The name of a service on a message bus.
pub(super) fn bus_name(value: &str) -> Checked {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    let is_name = value.len() <= 255 && value.contains('.') && value.split('.').all(part);
    if is_name || has_specifier(value) {
        Ok(())
    } else {
        Err("give a name such as org.example.App".to_owned())
    }
}

/// Where a process's output goes, or its input comes from: a word, or one of `kinds` and a path.
pub(super) fn stream(value: &str, words: &[&str], kinds: &[&str]) -> Checked {
    let is_known = words.contains(&value)
        || value.starts_with("fd:")
        || kinds.iter().any(|kind| value.strip_prefix(kind).is_some_and(|file| path(file).is_ok()));
    if is_known {
        return Ok(());
    }
    Err(format!("give one of {}; or fd:NAME; or {} and an absolute path", words.join(", "), kinds.join(", ")))
}

/// A device and what is set for it.
pub(super) fn device(value: &str, check: impl Fn(&str) -> Checked) -> Checked {
    let expected = || "give the path of a device, a space, and the value".to_owned();
    let (_, setting) = value.split_once(char::is_whitespace).ok_or_else(expected)?;
    check(setting.trim())
}
