//! What a unit executes, and where, in the properties that systemd tells.

use crate::app::Environment;
use crate::backend::{Properties, find};
use crate::value::Value;

/// `WorkingDirectory`: what is written as "-/x" (it may be missing) is "!/x" here.
pub(crate) fn working_directory(properties: &Properties) -> Option<String> {
    let folder = find(properties, "WorkingDirectory").and_then(Value::as_text)?;
    match folder.strip_prefix('!') {
        Some(folder) => Some(format!("-{folder}")),
        None => Some(folder.to_owned()).filter(|folder| !folder.is_empty()),
    }
}

/// The commands in `ExecStartEx`, `a(sasasttttuii)`, or before systemd 243 in `ExecStart`, `a(sasbttttuii)`.
pub(crate) fn exec_start(properties: &Properties) -> Option<Vec<Vec<String>>> {
    let found = find(properties, "ExecStartEx").or_else(|| find(properties, "ExecStart"))?;
    let Value::List(commands) = found else { return None };
    let commands: Option<Vec<_>> = commands.iter().map(command).collect();
    commands.filter(|commands| !commands.is_empty())
}

/// The program and its arguments. Environment variables are put in when the program is executed, and until then $$
/// stands for $; not so with the prefix ":".
fn command(command: &Value) -> Option<Vec<String>> {
    let Value::Tuple(fields) = command else { return None };
    let words = fields.get(1)?.as_texts()?;
    let flags = fields.get(2).and_then(Value::as_texts).unwrap_or_default();
    if flags.iter().any(|flag| flag == "no-env-expand") {
        return Some(words);
    }
    Some(words.iter().map(|word| word.replace("$$", "$")).collect())
}

/// The assignments in `Environment`.
pub(crate) fn environment(properties: &Properties) -> Option<Environment> {
    let assignments = find(properties, "Environment")?.as_texts()?;
    let pairs = assignments.iter().filter_map(|assignment| assignment.split_once('='));
    Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn texts(texts: &[&str]) -> Value {
        Value::List(texts.iter().map(|word| text(word)).collect())
    }

    fn with(name: &str, value: Value) -> Properties {
        vec![(name.to_owned(), value)]
    }

    #[test]
    fn a_folder_is_shown_as_it_is_written() {
        for (told, expected) in
            [("/x", Some("/x")), ("!/x", Some("-/x")), ("~", Some("~")), ("!~", Some("-~")), ("", None)]
        {
            let found = working_directory(&with("WorkingDirectory", text(told)));
            assert_eq!(found.as_deref(), expected, "{told:?}");
        }
        assert_eq!(working_directory(&Vec::new()), None);
    }

    #[test]
    fn every_command_is_shown_with_its_dollars() {
        let command =
            |flags: Value| Value::Tuple(vec![text("/bin/a"), texts(&["/bin/a", "$$", "a$$b$$$$"]), flags]);
        let plain = ["/bin/a", "$", "a$b$$"].map(str::to_owned).to_vec();
        let verbatim = ["/bin/a", "$$", "a$$b$$$$"].map(str::to_owned).to_vec();
        for (name, flags, expected) in [
            ("ExecStartEx", texts(&["no-env-expand"]), &verbatim),
            ("ExecStartEx", texts(&["ignore-failure", "no-env-expand"]), &verbatim),
            ("ExecStartEx", texts(&["ignore-failure"]), &plain),
            ("ExecStartEx", texts(&[]), &plain),
            ("ExecStart", Value::Boolean(true), &plain),
        ] {
            let commands = Value::List(vec![command(flags.clone()), command(flags)]);
            let found = exec_start(&with(name, commands)).unwrap();
            assert_eq!(found, [expected.clone(), expected.clone()], "{name}");
        }
        assert_eq!(exec_start(&with("ExecStartEx", texts(&[]))), None);
    }
}
