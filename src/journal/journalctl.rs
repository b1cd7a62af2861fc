//! What is asked of the journal, in the words of journalctl(1).

use std::path::Path;

use super::asked::{Asked, parse_priority};
use super::cursor::{id_text, parse_id};
use super::query::{Beginning, Boot, Query};
use super::units::INVOCATION;
use crate::error::{Error, Kind, Result};
use crate::location::Location;
use crate::scope::Scope;

/// Tells the cursor of the last entry that there is, in a line of its own, and then what comes behind that. `journalctl --follow`
/// alone begins with what comes when it has got as far as that, which nobody is told.
const FROM_NOW: &str = "last=$(journalctl \"$@\" --quiet --output=cat --lines=1 --show-cursor); \
    last=${last##*-- cursor: }; printf \"%s\\n\" \"$last\"; \
    exec journalctl \"$@\" --follow --no-tail ${last:+\"--after-cursor=$last\"}";

/// The command that writes the entries.
pub(super) fn command(
    asked: &Asked,
    query: &Query,
    location: &Location,
    follow: bool,
) -> Result<Vec<String>> {
    let words = words(asked, query, location, follow)?;
    let begin: &[&str] = if follow && query.is_of_what_comes() {
        &["sh", "-c", FROM_NOW, "journalctl"]
    } else {
        &["journalctl"]
    };
    let words: Vec<&str> = begin.iter().copied().chain(words.iter().map(String::as_str)).collect();
    Ok(location.command(&words))
}

/// What is asked, as options of it.
fn words(asked: &Asked, query: &Query, location: &Location, follow: bool) -> Result<Vec<String>> {
    let scope = asked.scope.unwrap_or(Scope::System);
    let machine = location.options_there(Scope::System);
    if !machine.is_empty() {
        check_for_container(asked, scope)?;
    }
    let mut words = ["--no-pager", "--all", "--output=export"].map(str::to_owned).to_vec();
    words.extend(machine);
    of_whom(asked, scope, &mut words);
    of_where(asked, &mut words)?;
    of_when(asked, query, follow, &mut words);
    if let Some(priority) = &asked.priority {
        words.push(format!("--priority={}", parse_priority(priority)?));
    }
    words.extend(asked.grep.iter().map(|grep| format!("--grep={grep}")));
    if !asked.fields.is_empty() {
        words.push(format!("--output-fields={}", asked.fields.join(",")));
    }
    of_fields(asked, &mut words)?;
    Ok(words)
}

/// Refuses what journalctl cannot do with `--machine`, or does not heed.
fn check_for_container(asked: &Asked, scope: Scope) -> Result<()> {
    let told = [
        ("scope", scope != Scope::System),
        ("namespace", asked.namespace.is_some()),
        ("folder", asked.folder.is_some()),
        ("files", !asked.files.is_empty()),
    ];
    let Some((name, _)) = told.into_iter().find(|(_, is_given)| *is_given) else { return Ok(()) };
    let message = format!("journalctl reads only the system's journal of a container, and takes no {name}");
    Err(Error::new(Kind::Unsupported, message)
        .with_hint(format!("leave {name} out, or read it in the container")))
}

fn of_whom(asked: &Asked, scope: Scope, words: &mut Vec<String>) {
    let is_user = scope == Scope::User;
    if asked.units.is_empty() {
        let whose = if is_user { "--user" } else { "--system" };
        words.extend(asked.scope.map(|_| whose.to_owned()));
    }
    let option = if is_user { "--user-unit" } else { "--unit" };
    words.extend(asked.units.iter().map(|unit| format!("{option}={unit}")));
}

fn of_where(asked: &Asked, words: &mut Vec<String>) -> Result<()> {
    words.extend(asked.namespace.iter().map(|name| format!("--namespace={name}")));
    for (option, path) in asked
        .folder
        .iter()
        .map(|folder| ("--directory", folder))
        .chain(asked.files.iter().map(|file| ("--file", file)))
    {
        words.push(format!("{option}={}", utf8(path)?));
    }
    Ok(())
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::config(format!("{} is not UTF-8", path.display())).with_path(path))
}

fn of_when(asked: &Asked, query: &Query, follow: bool, words: &mut Vec<String>) {
    let at = |time: u64| format!("@{}.{:06}", time / 1_000_000, time % 1_000_000);
    // It takes only one of a time and a cursor to begin with; that of systemd 262 tells nothing of a way back from a cursor to
    // entries before a time. Who reads looks at the times himself.
    let has_cursor = query.beginning != Beginning::Unset;
    let since = query.since.filter(|_| !has_cursor);
    let until = query.until.filter(|_| !(has_cursor && query.reverse));
    words.extend(since.map(|time| format!("--since={}", at(time))));
    words.extend(until.map(|time| format!("--until={}", at(time))));
    words.extend(query.boot.as_ref().map(|boot| match boot {
        Boot::Id(id) => format!("--boot={id}"),
        Boot::Number(number) => format!("--boot={number}"),
    }));
    words.extend(asked.cursor.iter().map(|cursor| format!("--cursor={cursor}")));
    words.extend(asked.after_cursor.iter().map(|cursor| format!("--after-cursor={cursor}")));
    if follow && query.is_of_what_comes() {
        return;
    }
    if follow {
        words.push("--follow".to_owned());
        words.push(query.lines.map_or("--no-tail".to_owned(), |lines| format!("--lines={lines}")));
    } else if query.reverse || query.is_of_last() {
        // `--lines` and `--until` together tell nothing with systemd 252: the last ones are counted by who reads.
        words.push("--reverse".to_owned());
    }
}

/// Fields are joined by "and", values of one by "or"; an invocation has several names, with "+" between them.
fn of_fields(asked: &Asked, words: &mut Vec<String>) -> Result<()> {
    let mut fields = Vec::new();
    for (name, values) in &asked.matches {
        if values.is_empty() {
            let message = format!("journalctl looks for no {name} without a value");
            return Err(Error::new(Kind::Unsupported, message).with_hint("give one, or leave the field out"));
        }
        for value in values {
            let value = std::str::from_utf8(value).ok().filter(|value| !value.contains('\0'));
            let value = value.ok_or_else(|| {
                let message = format!("journalctl takes no value of {name} that is not text");
                Error::new(Kind::Unsupported, message).with_hint("look for another field")
            })?;
            fields.push(format!("{name}={value}"));
        }
    }
    match asked.invocation.as_deref().and_then(parse_id) {
        None => words.extend(fields),
        Some(id) => {
            let groups = INVOCATION.map(|name| [&fields[..], &[format!("{name}={}", id_text(id))]].concat());
            words.extend(groups.join(&"+".to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(asked: &Asked, follow: bool) -> String {
        let query = if follow { asked.query_to_follow().unwrap() } else { asked.query().unwrap() };
        let location = Location::new(None, Some("box"), None).unwrap();
        command(asked, &query, &location, follow).unwrap().join(" ")
    }

    #[test]
    fn what_journalctl_cannot_do_is_refused() {
        let refused = |asked: Asked| {
            let location = Location::new(None, Some("box"), None).unwrap();
            let error = command(&asked, &asked.query().unwrap(), &location, false).unwrap_err();
            assert_eq!(error.kind(), Kind::Unsupported);
            error.facts().message.clone()
        };
        let all = Asked::default;
        for (asked, name) in [
            (Asked { scope: Some(Scope::User), ..all() }, "scope"),
            (Asked { namespace: Some("a".to_owned()), ..all() }, "namespace"),
            (Asked { folder: Some("/".into()), ..all() }, "folder"),
            (Asked { files: vec!["/a".into()], ..all() }, "files"),
        ] {
            assert!(refused(asked).ends_with(&format!("takes no {name}")));
        }
        for (value, reason) in
            [(None, "looks for no A without a value"), (Some(&b"\xff"[..]), "that is not text")]
        {
            let values = value.map(<[u8]>::to_vec).into_iter().collect();
            assert!(refused(Asked { matches: vec![("A".to_owned(), values)], ..all() }).ends_with(reason));
        }
    }

    #[test]
    fn on_a_host_its_shell_gets_them_whole() {
        let asked =
            Asked { namespace: Some("a".to_owned()), grep: Some("it's".to_owned()), ..Asked::default() };
        let location = Location::new(Some("web1".parse().unwrap()), None, None).unwrap();
        let line = command(&asked, &asked.query().unwrap(), &location, false).unwrap();
        let said = line.last().unwrap();
        assert!(said.contains("--namespace=a ") && said.contains(r"--grep=it'\''s"), "{said}");
    }

    #[test]
    fn what_is_asked_is_said_in_its_words() {
        const BEGIN: &str = "journalctl --no-pager --all --output=export --machine=box";
        let some = |word: &str| Some(word.to_owned());
        let all = Asked::default;
        let id = "0123456789abcdef0123456789abcdef";
        let cases = [
            (all(), false, String::new()),
            (
                Asked { since: Some(1_500_000), ..all() },
                true,
                " --since=@1.500000 --follow --no-tail".to_owned(),
            ),
            (Asked { lines: Some(3), ..all() }, true, " --follow --lines=3".to_owned()),
            (
                Asked { lines: Some(3), until: Some(0), ..all() },
                false,
                " --until=@0.000000 --reverse".to_owned(),
            ),
            (
                Asked { after_cursor: some("t=1"), lines: Some(3), ..all() },
                false,
                " --after-cursor=t=1".to_owned(),
            ),
            (
                Asked { cursor: some("t=1"), until: Some(0), reverse: true, ..all() },
                false,
                " --cursor=t=1 --reverse".to_owned(),
            ),
            (
                Asked {
                    units: vec!["a.service".to_owned()],
                    priority: some("err"),
                    grep: some("x"),
                    ..all()
                },
                false,
                " --unit=a.service --priority=3 --grep=x".to_owned(),
            ),
            (
                Asked {
                    scope: Some(Scope::System),
                    boot: Some(Boot::Number(-1)),
                    fields: vec!["MESSAGE".to_owned(), "_PID".to_owned()],
                    matches: vec![("A".to_owned(), vec![b"1".to_vec(), b"2".to_vec()])],
                    ..all()
                },
                false,
                " --system --boot=-1 --output-fields=MESSAGE,_PID A=1 A=2".to_owned(),
            ),
            (
                Asked { invocation: some(id), matches: vec![("A".to_owned(), vec![b"1".to_vec()])], ..all() },
                false,
                format!(
                    " A=1 _SYSTEMD_INVOCATION_ID={id} + A=1 OBJECT_SYSTEMD_INVOCATION_ID={id} + A=1 \
                     INVOCATION_ID={id} + A=1 USER_INVOCATION_ID={id}"
                ),
            ),
        ];
        let from_now = told(&all(), true);
        assert_eq!(from_now, format!("sh -c {FROM_NOW} {BEGIN}"));
        for (asked, follow, expected) in cases {
            assert_eq!(told(&asked, follow), format!("{BEGIN}{expected}"));
        }
    }
}
