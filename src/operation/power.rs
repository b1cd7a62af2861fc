//! Ends the manager or the machine, where that is meant: in order, with all units stopped first, or at once.

use crate::backend::{AskedJob, Backend, JobMode, JobOptions, JobVerb};
use crate::client::{Asked, Step};
use crate::error::hint::{given, text};
use crate::error::{Error, Hint, Kind, Part, Result};
use crate::scope::Scope;
use crate::unit::UnitName;
use crate::value::Value;
use crate::verb::power::{EXIT, HALT, KEXEC, POWER_OFF, REBOOT, SOFT_REBOOT, SWITCH_ROOT};
use crate::verb::{Argument, Repeat, SET_EXIT_CODE, Verb};

/// What ends, the target whose start ends it in order, and whether a user's manager can end so.
struct Row(&'static Verb, Option<&'static str>, bool);

const ROWS: [Row; 7] = [
    Row(&REBOOT, Some("reboot.target"), false),
    Row(&POWER_OFF, Some("poweroff.target"), false),
    Row(&HALT, Some("halt.target"), false),
    Row(&KEXEC, Some("kexec.target"), false),
    Row(&SOFT_REBOOT, Some("soft-reboot.target"), false),
    Row(&EXIT, Some("exit.target"), true),
    Row(&SWITCH_ROOT, None, false),
];

/// The end of the manager or of the machine.
#[derive(Clone, Debug)]
pub struct Power {
    verb: &'static Verb,
    /// The target to start; none where it is to end at once.
    target: Option<&'static str>,
    of_users: bool,
    arguments: Vec<Value>,
    exit_code: Option<Value>,
}

impl Power {
    /// What a caller means by what he gave. It is refused until he `confirm`s it; with `force` nothing is stopped first.
    pub fn new(
        name: &str,
        confirm: bool,
        force: bool,
        given: Vec<Value>,
        exit_code: Option<Value>,
    ) -> Result<Self> {
        let row = ROWS.iter().find(|row| row.0.name == name);
        let Row(verb, target, of_users) =
            row.ok_or_else(|| Error::config(format!("there is no verb {name:?}")))?;
        if !confirm {
            let message = format!("{name} ends what runs, and was not confirmed");
            return Err(Error::config(message).with_hint([
                text("give "),
                Part::TurnedOn("confirm"),
                text(" if it is meant"),
            ]));
        }
        let read = |(argument, value): (&Argument, Value)| argument.read(value);
        let arguments = verb.takes.iter().zip(given).map(read).collect::<Result<_>>()?;
        let code = |value| SET_EXIT_CODE.takes[0].read(value);
        Ok(Self {
            verb,
            target: target.filter(|_| !force),
            of_users: *of_users,
            arguments,
            exit_code: exit_code.map(code).transpose()?,
        })
    }

    fn check_scope(&self, scope: Scope) -> Result<()> {
        if scope == Scope::System || self.of_users {
            return Ok(());
        }
        let message = format!("a user's manager cannot {}", self.verb.act);
        Err(Error::new(Kind::Unsupported, message)
            .with_hint(Hint::from([text("ask the machine's: "), given("scope", "system")])))
    }
}

impl Asked for Power {
    fn what(&self) -> String {
        self.verb.noun.to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        Repeat::UnlessSent
    }
}

impl Step for Power {
    type Answer = ();

    async fn over(&self, backend: &Backend) -> Result<()> {
        self.check_scope(backend.scope())?;
        if let Some(code) = &self.exit_code {
            backend.call(&SET_EXIT_CODE, std::slice::from_ref(code)).await?;
        }
        let Some(target) = self.target else {
            return backend.call(self.verb, &self.arguments).await.map(drop);
        };
        let options = JobOptions { mode: JobMode::ReplaceIrreversibly, ..JobOptions::default() };
        let asked = AskedJob::now(JobVerb::Start, &target.parse()?, options);
        // That systemd has taken it on is all that there is to wait for.
        backend.begin_job(&asked, true).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_unasked() {
        for row in &ROWS {
            let error = Power::new(row.0.name, false, true, Vec::new(), None).unwrap_err();
            assert_eq!(error.kind(), Kind::Config);
            assert!(error.to_string().contains("confirm turned on"), "{error}");
        }
        assert!(Power::new("start", true, false, Vec::new(), None).is_err());
        let code = |number| Power::new("exit", true, false, Vec::new(), Some(Value::Integer(number)));
        assert!(code(255).is_ok() && code(256).is_err());
    }

    #[test]
    fn only_exit_is_for_users() {
        for row in &ROWS {
            let power = Power::new(row.0.name, true, false, Vec::new(), None).unwrap();
            assert_eq!(power.check_scope(Scope::User).is_ok(), row.0.name == "exit");
            assert!(power.check_scope(Scope::System).is_ok());
        }
    }
}
