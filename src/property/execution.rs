//! Commands, and what they are run with.

use super::basics::{Made, split};
use crate::value::Value;

/// `MS_REC`, as systemd binds where nothing else is said.
const RECURSIVE: u64 = 16_384;

/// The characters before a program, and what each asks for (systemd.service(5)).
const FLAGS: [(char, &str); 4] =
    [('-', "ignore-failure"), (':', "no-env-expand"), ('+', "privileged"), ('!', "no-setuid")];

/// A command line; none takes back those that were set before.
pub(super) fn command(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::List(Vec::new()));
    }
    let mut words = split(text)?;
    let program = words.first().cloned().unwrap_or_default();
    let path = program.trim_start_matches(['@', '-', ':', '+', '!', '|']).to_owned();
    let prefixes = &program[..program.len() - path.len()];
    if prefixes.contains('|') {
        return Err("the prefix \"|\" is for unit files alone".to_owned());
    }
    if !path.starts_with('/') {
        return Err("begin with the absolute path of a program".to_owned());
    }
    if prefixes.contains('@') {
        words.remove(0);
    } else if let Some(first) = words.first_mut() {
        first.clone_from(&path);
    }
    let flags = FLAGS.iter().filter(|(prefix, _)| prefixes.contains(*prefix));
    let flags = flags.map(|(_, flag)| Value::Text((*flag).to_owned())).collect();
    Ok(Value::List(vec![command_of(path, words, flags)]))
}

/// A command as D-Bus takes it: its path, its arguments with their first, its flags.
pub(super) fn command_of(path: String, argv: Vec<String>, flags: Vec<Value>) -> Value {
    let argv = argv.into_iter().map(Value::Text).collect();
    Value::Tuple(vec![Value::Text(path), Value::List(argv), Value::List(flags)])
}

pub(super) fn environment_file(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::List(Vec::new()));
    }
    let (ignore, path) = text.strip_prefix('-').map_or((false, text), |path| (true, path));
    if !path.starts_with('/') {
        return Err("give an absolute path, after a \"-\" where it may be missing".to_owned());
    }
    let file = Value::Tuple(vec![Value::Text(path.to_owned()), Value::Boolean(ignore)]);
    Ok(Value::List(vec![file]))
}

/// Where input comes from and output goes: a word, a descriptor's name, or a file in one of some ways.
pub(super) fn stream(name: &str, text: &str, files: &[&str]) -> Made {
    let sent = |name: String, value: &str| Ok(vec![(name, "s", Value::Text(value.to_owned()))]);
    if let Some(descriptor) = text.strip_prefix("fd:") {
        return sent(format!("{name}FileDescriptorName"), descriptor);
    }
    let Some((way, path)) = files.iter().find_map(|way| Some((*way, text.strip_prefix(way)?))) else {
        return sent(name.to_owned(), text);
    };
    if !path.starts_with('/') {
        return Err("give an absolute path".to_owned());
    }
    let suffix = match way {
        "append:" => "FileToAppend",
        "truncate:" => "FileToTruncate",
        _ => "File",
    };
    sent(format!("{name}{suffix}"), path)
}

/// Folders and files that are seen elsewhere: `SOURCE[:PLACE[:OPTIONS]]`, after `-` where they may be missing.
pub(super) fn binds(words: &[String]) -> Result<Value, String> {
    let bind = |word: &String| {
        let (ignore, word) = word.strip_prefix('-').map_or((false, word.as_str()), |rest| (true, rest));
        let mut parts = word.splitn(3, ':');
        let source = parts.next().unwrap_or_default();
        let place = parts.next().filter(|place| !place.is_empty()).unwrap_or(source);
        let flags = match parts.next() {
            None | Some("" | "rbind") => RECURSIVE,
            Some("norbind") => 0,
            Some(_) => return Err("the options of a bind are rbind and norbind".to_owned()),
        };
        if !source.starts_with('/') || !place.starts_with('/') {
            return Err("give absolute paths, such as \"/srv:/data\"".to_owned());
        }
        Ok(Value::Tuple(vec![
            Value::Text(source.to_owned()),
            Value::Text(place.to_owned()),
            Value::Boolean(ignore),
            Value::Unsigned(flags),
        ]))
    };
    words.iter().map(bind).collect::<Result<_, _>>().map(Value::List)
}

/// Folders with the options of their file systems.
pub(super) fn folders(words: &[String]) -> Value {
    let folder = |word: &String| {
        let (path, options) = word.split_once(':').unwrap_or((word, ""));
        Value::Tuple(vec![Value::Text(path.to_owned()), Value::Text(options.to_owned())])
    };
    Value::List(words.iter().map(folder).collect())
}

pub(super) fn credential(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::List(Vec::new()));
    }
    // Without a path systemd looks for one that it has been given itself.
    let (id, path) = text.split_once(':').unwrap_or((text, text));
    if id.is_empty() {
        return Err("give a name and a path, such as \"token:/etc/token\"".to_owned());
    }
    Ok(Value::List(vec![Value::Tuple(vec![Value::Text(id.to_owned()), Value::Text(path.to_owned())])]))
}

pub(super) fn credential_data(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::List(Vec::new()));
    }
    match text.split_once(':') {
        Some((id, data)) if !id.is_empty() => {
            let data = Value::Bytes(data.as_bytes().to_vec());
            Ok(Value::List(vec![Value::Tuple(vec![Value::Text(id.to_owned()), data])]))
        }
        _ => Err("give a name and what it holds, such as \"token:secret\"".to_owned()),
    }
}

/// A test before the start: after `|` one of several that may hold, after `!` one that must not.
pub(super) fn condition(name: &str, text: &str) -> Value {
    if text.is_empty() {
        return Value::List(Vec::new());
    }
    let (triggers, rest) = text.strip_prefix('|').map_or((false, text), |rest| (true, rest));
    let (negates, rest) = rest.strip_prefix('!').map_or((false, rest), |rest| (true, rest));
    Value::List(vec![Value::Tuple(vec![
        Value::Text(name.to_owned()),
        Value::Boolean(triggers),
        Value::Boolean(negates),
        Value::Text(rest.to_owned()),
    ])])
}
