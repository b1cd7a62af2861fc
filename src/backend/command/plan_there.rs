//! What a verb would change of unit files where the manager runs, be that another host, a container or another user: a shell there
//! has its `systemctl` do it in a copy of their folders.

use super::Command;
use super::without_manager::Told;
use crate::error::{Error, Kind, Result};
use crate::process::quoted;
use crate::scope::Scope;
use crate::store::{BESIDE, UnitStore};
use crate::unit::UnitFileChanges;
use crate::value::Value;
use crate::verb::{Systemctl, Verb};

const PLAN: &str = include_str!("plan_there/plan.sh");

impl Command {
    /// What the verb would change there; nothing is changed.
    pub(super) async fn plan_there(
        &self,
        verb: &'static Verb,
        arguments: &[Value],
    ) -> Result<UnitFileChanges> {
        let Systemctl::Words(words) = verb.systemctl else {
            return Err(Error::new(Kind::Unsupported, format!("systemctl cannot {} files alone", verb.act)));
        };
        let (scope, location) = (self.whose.scope, &self.whose.location);
        let words: Vec<String> = words(arguments).iter().map(|word| quoted(word)).collect();
        let other = if location.user().is_some() { "yes" } else { "no" };
        let folders = quoted(&folders(scope, arguments)?);
        let set = format!("scope={scope}\nother={other}\nfolders={folders}\nset -- {}\n", words.join(" "));
        let said = location.ask(&(set + PLAN)).await?;
        let told =
            told(&String::from_utf8_lossy(&said.output)).ok_or_else(|| location.without_shell(&said))?;
        Self::changes_of(verb, arguments, &told)
    }
}

/// The words of a shell for all that is copied: folders of unit files, presets, and the files that are named by their paths. A
/// user's own folders are known there.
fn folders(scope: Scope, arguments: &[Value]) -> Result<String> {
    if scope == Scope::User {
        return Ok(String::new());
    }
    let store = UnitStore::for_scope(scope, |_| None)?;
    let folders = store.all_folders();
    let paths: Vec<String> = arguments.iter().filter_map(Value::as_texts).flatten().collect();
    let paths = paths.iter().map(String::as_str).filter(|path| path.starts_with('/'));
    let all = folders.iter().filter_map(|folder| folder.to_str()).chain(BESIDE).chain(paths);
    Ok(all.map(quoted).collect::<Vec<_>>().join(" "))
}

/// What `systemctl` said, of the folders and not of their copies.
fn told(output: &str) -> Option<Told> {
    let mut moved = Vec::new();
    let mut remarked = String::new();
    let mut code = None;
    for line in output.lines() {
        match line.split_once(' ') {
            Some(("copy", copy)) => moved.push((copy.to_owned(), String::new())),
            Some(("moved", pair)) => {
                let (copy, original) = pair.split_once(' ')?;
                moved.push((copy.to_owned(), original.to_owned()));
            }
            Some(("ended", status)) => code = Some(status.parse::<i32>().ok()?),
            _ => {
                let line = moved.iter().fold(line.to_owned(), |line, (from, to)| line.replace(from, to));
                remarked.push_str(&line);
                remarked.push('\n');
            }
        }
    }
    Some(Told { success: code? == 0, printed: String::new(), remarked })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_copy_is_said_of_what_it_stands_for() {
        let output = "moved /tmp/x/config /h/.config\nmoved /tmp/x/run /run/user/7\n\
                      Created symlink /tmp/x/config/systemd/user/a.wants/b -> /tmp/x/config/systemd/user/b.\nended 0\n";
        let found = told(output).unwrap();
        assert!(found.success);
        assert_eq!(
            found.remarked,
            "Created symlink /h/.config/systemd/user/a.wants/b -> /h/.config/systemd/user/b.\n"
        );
        let failed = told("copy /tmp/x\nFailed to enable unit: x\nended 1\n").unwrap();
        assert!(!failed.success && failed.remarked.contains("Failed"));
        assert!(told("sh: not found\n").is_none());
    }
}
