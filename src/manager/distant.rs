//! An app is checked where it is to run, be that another host, a container or another user: a shell there says what there is.

use crate::app::{Fact, Facts, FileAccess, FoundPath, Gathering, Question};
use crate::error::{Error, Kind, Result};
use crate::location::Location;
use crate::process::quoted;

const FIND: &str = include_str!("distant/find.sh");
/// How often is asked at most: an answer leads to few further questions.
const MOST_ROUNDS: usize = 10;

/// Does this with a machine, and again with what it wanted to know, until nothing is open.
pub(super) async fn gathered<T: Send>(
    location: &Location,
    check: impl Fn(&Gathering<'_>) -> T + Send + Sync,
) -> Result<T> {
    let mut facts = Facts::new();
    for _ in 0..MOST_ROUNDS {
        let open = {
            let gathering = Gathering::new(&facts);
            let done = check(&gathering);
            let open = gathering.open();
            if open.is_empty() {
                return Ok(done);
            }
            open
        };
        facts.extend(ask(location, open).await?);
    }
    Err(Error::new(Kind::Unavailable, format!("{location} does not tell what it was asked")))
}

async fn ask(location: &Location, questions: Vec<Question>) -> Result<Facts> {
    let other = if location.user().is_some() { "yes" } else { "no" };
    let mut script = format!("other={other}\n{FIND}");
    script.extend(questions.iter().map(|question| match question {
        Question::CurrentFolder => "say \"$PWD\"\n".to_owned(),
        Question::Program(name) => format!("program {}\n", quoted(name)),
        Question::Path(path) => format!("path {}\n", quoted(path)),
    }));
    script.push_str("exit 0\n");
    let said = location.ask(&script).await?;
    answers(questions, &said.output).ok_or_else(|| location.without_shell(&said))
}

/// The answers in the order of the questions; none where one is missing.
fn answers(questions: Vec<Question>, said: &[u8]) -> Option<Facts> {
    let text = String::from_utf8_lossy(said).into_owned();
    let mut words = text.split_terminator('\0');
    let mut facts = Facts::new();
    for question in questions {
        let fact = match &question {
            Question::CurrentFolder | Question::Program(_) => Fact::Place(some(words.next()?)),
            Question::Path(_) => Fact::Path(path(words.next()?, words.next()?, words.next()?)),
        };
        facts.insert(question, fact);
    }
    words.next().is_none().then_some(facts)
}

fn some(word: &str) -> Option<String> {
    Some(word.to_owned()).filter(|word| !word.is_empty())
}

fn path(kind: &str, canonical: &str, access: &str) -> FoundPath {
    FoundPath {
        is_file: matches!(kind, "file" | "program"),
        is_executable: kind == "program",
        is_folder: kind == "folder",
        canonical: some(canonical),
        access: match access {
            "missing" => FileAccess::Missing,
            "restricted" => FileAccess::Restricted,
            "everybody" => FileAccess::Everybody,
            _ => FileAccess::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::app::{Lookup as _, Machine};
    use crate::flow::block::block;

    #[test]
    fn a_shell_says_what_this_process_finds() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for (name, mode) in [("file", 0o644), ("it's a program", 0o711), ("closed", 0o600), ("other", 0o4701)]
        {
            std::fs::write(at(name), "").unwrap();
            std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        std::os::unix::fs::symlink("nowhere", at("dangling")).unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut paths: Vec<String> = [
            "file",
            "it's a program",
            "closed",
            "other",
            "link",
            "dangling",
            "none",
            "file/x",
            ".",
            "x/../file",
        ]
        .map(at)
        .into();
        paths.extend(["/", "/etc/passwd", "/bin/sh", "/dev/null", "/nonexistent/x"].map(str::to_owned));
        let questions: Vec<Question> = paths.iter().cloned().map(Question::Path).collect();
        let facts = block(ask(&Location::default(), questions), None).unwrap().unwrap();
        let known = Gathering::new(&facts);
        for path in &paths {
            let all = |it: &dyn Fn() -> String| it();
            let of = |is_file, is_executable, is_dir, canonical: Option<String>, access| {
                format!("{is_file} {is_executable} {is_dir} {canonical:?} {access:?}")
            };
            let there = || {
                of(
                    known.is_file(path),
                    known.is_executable(path),
                    known.is_dir(path),
                    known.canonicalize(path),
                    known.file_access(path),
                )
            };
            let here = || {
                of(
                    Machine.is_file(path),
                    Machine.is_executable(path),
                    Machine.is_dir(path),
                    Machine.canonicalize(path),
                    Machine.file_access(path),
                )
            };
            assert_eq!(all(&there), all(&here), "{path}");
        }
        assert!(known.open().is_empty());
    }

    #[test]
    fn programs_are_found_in_path() {
        let questions = ["sh", "no-such-program", "it's"].map(|name| Question::Program(name.to_owned()));
        let facts = block(ask(&Location::default(), questions.clone().into()), None).unwrap().unwrap();
        for question in &questions {
            let Question::Program(name) = question else { panic!() };
            assert_eq!(facts[question], Fact::Place(Machine.which(name)));
        }
        let home = block(ask(&Location::default(), vec![Question::CurrentFolder]), None).unwrap().unwrap();
        assert_eq!(home[&Question::CurrentFolder], Fact::Place(std::env::var("HOME").ok()));
    }
}
