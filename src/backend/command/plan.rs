//! What a verb would change of unit files: `systemctl` does it in a copy of their folders.

use super::{Command, changes};
use crate::error::{Error, Kind, Result};
use crate::flow::own_thread::on_own_thread;
use crate::process;
use crate::scope::Scope;
use crate::store::{Shadow, UnitStore};
use crate::unit::UnitFileChanges;
use crate::value::Value;
use crate::verb::{Gives, Install, Systemctl, Verb};

/// How systemctl words why it cannot, and what that is.
const REASONS: [(&str, Kind); 7] = [
    ("does not exist", Kind::UnitNotFound),
    ("No such file", Kind::UnitNotFound),
    ("exists", Kind::UnitExists),
    ("is masked", Kind::UnitMasked),
    ("alias", Kind::Unsupported),
    ("linked unit", Kind::Unsupported),
    ("transient or generated", Kind::Unsupported),
];

impl Command {
    /// What the verb would change; nothing is changed.
    pub(crate) async fn plan(&self, verb: &'static Verb, arguments: &[Value]) -> Result<UnitFileChanges> {
        let Systemctl::Words(words) = verb.systemctl else { return Err(cannot_plan(verb)) };
        if !self.whose.location.is_default() || !verb.changes_files() {
            return Err(cannot_plan(verb));
        }
        let scope = self.whose.scope;
        let runtime = self.runtime_folder.clone();
        let paths: Vec<String> = arguments.iter().filter_map(Value::as_texts).flatten().collect();
        let shadow = on_own_thread("pm2go-files", move || -> Result<Shadow> {
            let environment = |name: &str| match (name, &runtime) {
                ("XDG_RUNTIME_DIR", Some(folder)) => Some(folder.clone().into_os_string()),
                _ => std::env::var_os(name),
            };
            let store = UnitStore::for_scope(scope, environment)?;
            let paths: Vec<&str> =
                paths.iter().map(String::as_str).filter(|path| path.starts_with('/')).collect();
            match (scope, &runtime) {
                (Scope::User, Some(runtime)) => Shadow::of_user(&store, runtime),
                _ => Shadow::of_system(&store, &paths),
            }
        })
        .await??;
        let (options, environment) = shadow.how(scope);
        let mut command = std::process::Command::new(&self.systemctl);
        command.arg("--no-pager").args(options).args(words(arguments)).envs(environment);
        command.env("LC_ALL", "C").env("SYSTEMD_LOG_TARGET", "console").env("SYSTEMD_LOG_COLOR", "0");
        command.env("SYSTEMD_LOG_LEVEL", "info").env("SYSTEMCTL_SKIP_SYSV", "1");
        let output = process::run(command).await?;
        let said = shadow.said_of_original(&String::from_utf8_lossy(&output.stderr));
        let about = verb.about(arguments).unwrap_or_default();
        if output.status.is_none_or(|status| status.success()) {
            let told = verb.gives == Gives::Changes(Install::Told);
            let carries = told.then(|| changes::carries_install_info(&said));
            return Ok(UnitFileChanges::new(&about, carries, changes::parse(&said)));
        }
        let error = refused(verb, &about, &said);
        Err(match verb.unit(arguments) {
            Some(unit) => error.with_unit(unit),
            None => error,
        })
    }
}

fn cannot_plan(verb: &Verb) -> Error {
    let message =
        format!("what it would change to {} something is only known on the machine itself", verb.act);
    Error::new(Kind::Unsupported, message).with_hint("do it, or ask there")
}

fn refused(verb: &Verb, about: &str, said: &str) -> Error {
    let reason =
        said.lines().rfind(|line| !line.is_empty()).unwrap_or("systemctl refuses it").trim_end_matches('.');
    let kind =
        REASONS.iter().find(|(words, _)| reason.contains(words)).map_or(Kind::Systemd, |(_, kind)| *kind);
    Error::new(kind, format!("cannot {} {about}: {reason}", verb.act))
}
