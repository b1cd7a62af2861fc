//! What `systemctl` does with unit files alone, where no manager is or none is to be asked: it works on the files itself then.

use std::path::PathBuf;

use super::{Command, changes};
use crate::backend::Gave;
use crate::error::{Error, Kind, Result};
use crate::flow::own_thread::on_own_thread;
use crate::process;
use crate::store::{BESIDE, Root, Search, UnitStore};
use crate::unit::UnitFileChanges;
use crate::value::Value;
use crate::verb::{Gives, Install, Systemctl, Verb};

/// How systemctl words why it cannot, and what that is.
const REASONS: [(&str, Kind); 10] = [
    ("Permission denied", Kind::PermissionDenied),
    ("Read-only file system", Kind::PermissionDenied),
    ("does not exist", Kind::UnitNotFound),
    ("No such file", Kind::UnitNotFound),
    ("not-found", Kind::UnitNotFound),
    ("exists", Kind::UnitExists),
    ("is masked", Kind::UnitMasked),
    ("alias", Kind::Unsupported),
    ("linked unit", Kind::Unsupported),
    ("transient or generated", Kind::Unsupported),
];

/// What systemctl printed, and how it ended.
pub(super) struct Told {
    pub(super) success: bool,
    pub(super) printed: String,
    pub(super) remarked: String,
}

/// How systemctl is made to work on files.
pub(super) struct How<'a> {
    pub(super) options: Vec<String>,
    pub(super) environment: Vec<(&'static str, PathBuf)>,
    /// What is made of what it says.
    pub(super) reword: &'a (dyn Fn(&str) -> String + Sync),
}

impl Command {
    /// What a row says, done to the files of a root folder, or to those of all users.
    pub(super) async fn do_to_files(&self, verb: &'static Verb, arguments: &[Value]) -> Result<Gave> {
        let options = self.whose.location.options(self.whose.scope);
        let how = How { options, environment: Vec::new(), reword: &str::to_owned };
        let words = match verb.systemctl {
            Systemctl::Words(_) if verb.changes_files() => {
                return self.change_files(&how, verb, arguments).await.map(Gave::Changes);
            }
            Systemctl::WordsAndAnswer(words, read) | Systemctl::WordsAndAnyAnswer(words, read)
                if verb.is_about_files() =>
            {
                (words, read)
            }
            _ => {
                self.whose.check_manager("it")?;
                return Err(Error::new(Kind::Unsupported, format!("cannot {} without a manager", verb.act)));
            }
        };
        let (words, read) = words;
        let said = self.in_files(&how, &words(arguments)).await?;
        // It ends as if it had failed where the answer is no.
        if said.success || !matches!(said.printed.trim(), "" | "not-found") {
            return read(&said.printed).map(Gave::Value);
        }
        Err(refused(verb, arguments, &said))
    }

    /// The changes that a row's verb makes.
    pub(super) async fn change_files(
        &self,
        how: &How<'_>,
        verb: &'static Verb,
        arguments: &[Value],
    ) -> Result<UnitFileChanges> {
        let Systemctl::Words(words) = verb.systemctl else {
            return Err(Error::new(Kind::Unsupported, format!("systemctl cannot {} files alone", verb.act)));
        };
        Self::changes_of(verb, arguments, &self.in_files(how, &words(arguments)).await?)
    }

    /// The changes that systemctl told of.
    pub(super) fn changes_of(verb: &Verb, arguments: &[Value], said: &Told) -> Result<UnitFileChanges> {
        if !said.success {
            return Err(refused(verb, arguments, said));
        }
        let told = verb.gives == Gives::Changes(Install::Told);
        let carries = told.then(|| changes::carries_install_info(&said.remarked));
        let about = verb.about(arguments).unwrap_or_default();
        Ok(UnitFileChanges::new(&about, carries, changes::parse(&said.remarked)))
    }

    /// The unit files in some states and of some patterns (all, without): each its name, its state, and what the vendor
    /// wishes.
    pub(crate) async fn list_files(
        &self,
        states: &[String],
        patterns: &[String],
    ) -> Result<Vec<(String, String, Option<&'static str>)>> {
        let options = self.whose.location.options(self.whose.scope);
        let how = How { options, environment: Vec::new(), reword: &str::to_owned };
        let mut words = ["list-unit-files", "--plain", "--no-legend", "--full"].map(str::to_owned).to_vec();
        words.extend((!states.is_empty()).then(|| format!("--state={}", states.join(","))));
        words.push("--".to_owned());
        words.extend(patterns.iter().cloned());
        let said = self.in_files(&how, &words).await?;
        if !said.success {
            let reason = reason(&said);
            return Err(Error::new(kind_of(&reason), format!("cannot list unit files: {reason}")));
        }
        let file = |line: &str| {
            let mut words = line.split_ascii_whitespace().map(str::to_owned);
            let (name, state) = (words.next()?, words.next()?);
            let preset = words.next();
            let preset = ["enabled", "disabled", "ignored"]
                .into_iter()
                .find(|&known| preset.as_deref() == Some(known));
            Some((name, state, preset))
        };
        Ok(said.printed.lines().filter_map(file).collect())
    }

    async fn in_files(&self, how: &How<'_>, words: &[String]) -> Result<Told> {
        self.check_folders().await?;
        let mut command = std::process::Command::new(&self.systemctl);
        command.arg("--no-pager").args(&how.options).args(words).envs(how.environment.iter().cloned());
        command.env("LC_ALL", "C").env("SYSTEMD_LOG_TARGET", "console").env("SYSTEMD_LOG_COLOR", "0");
        command.env("SYSTEMD_LOG_LEVEL", "info").env("SYSTEMCTL_SKIP_SYSV", "1");
        command.env("SYSTEMD_COLORS", "0").env("SYSTEMD_URLIFY", "0");
        let output = process::run(command).await?;
        Ok(Told {
            success: output.status.is_none_or(|status| status.success()),
            printed: String::from_utf8_lossy(&output.stdout).into_owned(),
            remarked: (how.reword)(&String::from_utf8_lossy(&output.stderr)),
        })
    }
}

impl Command {
    /// systemctl follows links of folders, be they of units or of presets, as they are for it, and not as they are in a root folder.
    async fn check_folders(&self) -> Result<()> {
        let Some(root) = self.whose.location.root().map(Root::new) else { return Ok(()) };
        let scope = self.whose.scope;
        on_own_thread("pm2go-files", move || {
            let store = UnitStore::for_scope(scope, |name| std::env::var_os(name))?;
            let folders = store.all_folders();
            let beside = BESIDE.iter().filter(|path| path.ends_with("-preset")).map(PathBuf::from);
            let own = folders.iter().cloned().chain(beside).find(|folder| root.leads_out(folder));
            let leading_out = match own {
                None => Search::of(&root, &folders)?.leading_out(),
                found => found,
            };
            match leading_out {
                None => Ok(()),
                Some(folder) => {
                    let path = root.outside(&folder);
                    let message = format!("a link in {} leads out of the root folder", path.display());
                    Err(Error::new(Kind::Unsupported, message)
                        .with_hint("systemctl would follow it: make it a relative link")
                        .with_path(path))
                }
            }
        })
        .await?
    }
}

fn refused(verb: &Verb, arguments: &[Value], said: &Told) -> Error {
    let reason = reason(said);
    let about = verb.about(arguments).map_or_else(String::new, |about| format!(" {about}"));
    let error = Error::new(kind_of(&reason), format!("cannot {}{about}: {reason}", verb.act));
    let error = match error.kind() {
        Kind::UnitNotFound => error.with_hint("check the name or the path"),
        Kind::UnitExists => error.with_hint("remove what is there; force replaces only links"),
        Kind::PermissionDenied => error.with_hint("run it as root"),
        _ => error,
    };
    match verb.unit(arguments) {
        Some(unit) => error.with_unit(unit),
        None => error,
    }
}

/// The last that it said.
fn reason(said: &Told) -> String {
    let lines = || said.remarked.lines().chain(said.printed.lines()).filter(|line| !line.is_empty());
    let last = lines().next_back().unwrap_or("systemctl refuses it").trim_end_matches('.');
    last.strip_prefix("Failed to ")
        .and_then(|rest| rest.split_once(": "))
        .map_or(last, |(_, said)| said)
        .to_owned()
}

fn kind_of(reason: &str) -> Kind {
    REASONS.iter().find(|(words, _)| reason.contains(words)).map_or(Kind::Systemd, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verb::{ENABLE_UNIT, named};

    fn told(remarked: &str, printed: &str) -> Told {
        Told { success: false, printed: printed.to_owned(), remarked: remarked.to_owned() }
    }

    #[test]
    fn why_systemctl_did_not_do_it() {
        let state = named("get_unit_file_state").unwrap();
        let (one, many) = (Value::Text("a.service".to_owned()), |name: &str| Value::Text(name.to_owned()));
        let names = Value::List(vec![many("a.service")]);
        // systemctl 252, and 257 for the second.
        for (verb, argument, remarked, printed, kind, message) in [
            (
                state,
                &one,
                "Failed to get unit file state for a.service: No such file or directory\n",
                "",
                Kind::UnitNotFound,
                "cannot read the state of the file of a.service: No such file or directory",
            ),
            (
                state,
                &one,
                "",
                "not-found\n",
                Kind::UnitNotFound,
                "cannot read the state of the file of a.service: not-found",
            ),
            (
                &ENABLE_UNIT,
                &names,
                "Failed to enable unit, unit a.service does not exist.\n",
                "",
                Kind::UnitNotFound,
                "cannot enable a.service: Failed to enable unit, unit a.service does not exist",
            ),
            (
                &ENABLE_UNIT,
                &names,
                "Failed to enable unit, file \"/i/x.service\" already exists and is not a symlink to \"/y\".\n",
                "",
                Kind::UnitExists,
                "cannot enable a.service: Failed to enable unit, file \"/i/x.service\" already exists and is not a \
                 symlink to \"/y\"",
            ),
            (
                &ENABLE_UNIT,
                &names,
                "Failed to enable: Permission denied.\n",
                "",
                Kind::PermissionDenied,
                "cannot enable a.service: Permission denied",
            ),
            (&ENABLE_UNIT, &names, "", "", Kind::Systemd, "cannot enable a.service: systemctl refuses it"),
        ] {
            let error = refused(verb, std::slice::from_ref(argument), &told(remarked, printed));
            assert_eq!((error.kind(), &*error.facts().message), (kind, message));
            assert_eq!(error.facts().unit.as_deref(), Some("a.service"));
        }
    }
}
