//! Units without a file: systemd-run(1) starts services, and what triggers them. All else goes over systemd-stdio-bridge(1),
//! as what a run passes on does.

use std::ffi::OsStr;

use super::Command;
use super::job::CommandJob;
use super::stderr;
use crate::backend::JobMode;
use crate::backend::job::{AskedJob, BegunJob};
use crate::backend::transient::{TransientUnit, WithoutFile};
use crate::error::hint::over_dbus;
use crate::error::{Error, Kind, Result};
use crate::property::Assignments;
use crate::scope::Scope;
use crate::unit::{UnitName, UnitType};
use crate::unit_file::words;

const PROGRAM: &str = "systemd-run";

/// What systemd-run is told, or why it cannot do it.
type Told<T> = std::result::Result<T, &'static str>;

impl Command {
    /// Starts a unit that has no file, and waits for the job.
    pub(in crate::backend) async fn start_transient(&self, asked: &AskedJob) -> Result<BegunJob> {
        let named = asked.transient.as_deref().and_then(WithoutFile::named);
        let told = named.ok_or("systemd-run passes no file descriptors on").and_then(|unit| {
            let is_remote = self.whose().location.host().is_some();
            if is_remote && self.scope() == Scope::User {
                return Err("systemd-run reaches no user's manager on another host");
            }
            line(asked, unit)
        });
        let reason = match told {
            Ok(words) => match self.run_systemd_run(asked, &words).await? {
                Some(job) => return Ok(BegunJob::Command(Box::new(job))),
                None => "systemd-run is not installed, or does not know a property of it",
            },
            Err(reason) => reason,
        };
        match self.over_bridge().await {
            Ok(dbus) => Ok(BegunJob::Dbus(Box::new(dbus.begin_job(asked, false).await?))),
            Err(_) => Err(Error::new(
                Kind::Unsupported,
                format!("cannot start {} without D-Bus: {reason}", asked.unit),
            )
            .with_unit(asked.unit.as_str())
            .with_hint(over_dbus())),
        }
    }

    /// The job that it has waited for; none where it has asked for nothing, as it cannot.
    async fn run_systemd_run(&self, asked: &AskedJob, words: &[String]) -> Result<Option<CommandJob>> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let process = match self.start_program(OsStr::new(PROGRAM), &words) {
            Err(error) if error.facts().unsent => return Ok(None),
            process => process?,
        };
        let answer = self.end_of_systemctl(process).await?;
        if !answer.success && stderr::is_unknown_property(&answer.stderr) {
            return Ok(None);
        }
        self.ended_job(asked, &answer).map(Some)
    }
}

/// The arguments of systemd-run.
fn line(asked: &AskedJob, unit: &TransientUnit) -> Told<Vec<String>> {
    // Its own mode is "fail", which for a unit that is not there yet makes no difference to the usual one.
    if !matches!(asked.options.mode, JobMode::Replace | JobMode::Fail) {
        return Err("systemd-run has no job modes");
    }
    let (trigger, service) = parts(&asked.unit, unit)?;
    let mut line = vec![format!("--unit={}", service_of(&asked.unit))];
    if let Some((option, properties)) = trigger {
        line.extend(described(properties, asked.unit.as_str()).map(|word| format!("{option}={word}")));
    }
    let Some(service) = service else { return Ok(line) };
    line.push(format!("--service-type={}", service_type(service)));
    // It would look for the program itself, if all had the same root.
    if !service.has("RootDirectory") {
        line.push("--property=RootDirectory=".to_owned());
    }
    let is_said = |word: &String| !word.starts_with("ExecStart=") && !word.starts_with("Type=");
    let name = service_of(&asked.unit);
    line.extend(described(service, &name).filter(is_said).map(|word| format!("--property={word}")));
    line.push("--".to_owned());
    line.extend(command(service)?);
    Ok(line)
}

/// The option for a trigger's settings with those, and the service's settings.
type Parts<'a> = (Option<(&'static str, &'a Assignments)>, Option<&'a Assignments>);

fn parts<'a>(name: &UnitName, unit: &'a TransientUnit) -> Told<Parts<'a>> {
    let option = match name.unit_type() {
        UnitType::Service if unit.auxiliary.is_empty() => return Ok((None, Some(&unit.properties))),
        UnitType::Timer => "--timer-property",
        UnitType::Path => "--path-property",
        UnitType::Socket => "--socket-property",
        UnitType::Service
        | UnitType::Target
        | UnitType::Device
        | UnitType::Mount
        | UnitType::Automount
        | UnitType::Swap
        | UnitType::Slice
        | UnitType::Scope => {
            return Err("systemd-run starts services, and timers, paths and sockets for them");
        }
    };
    let has = |name: &str, value: &str| {
        unit.properties.all().iter().any(|one| one.name.starts_with(name) && one.value.starts_with(value))
    };
    // It sets the one, and takes settings for those of a timer only with the other.
    if name.unit_type() == UnitType::Timer && !(has("RemainAfterElapse", "no") && has("On", "")) {
        return Err("systemd-run makes no such timers");
    }
    if unit.properties.is_empty() {
        return Err("systemd-run makes nothing without a setting");
    }
    match &unit.auxiliary[..] {
        [] => Ok((Some((option, &unit.properties)), None)),
        [(service, settings)] if service.as_str() == service_of(name) => {
            Ok((Some((option, &unit.properties)), Some(settings)))
        }
        _ => Err("systemd-run starts with a timer, a path or a socket no unit but its service"),
    }
}

/// The service that a unit of this name triggers, or is.
fn service_of(unit: &UnitName) -> String {
    unit.with_type(UnitType::Service)
}

/// Settings with a description: systemd-run would make one of the command.
fn described<'a>(settings: &'a Assignments, name: &str) -> impl Iterator<Item = String> + use<'a> {
    let own = (!settings.has("Description")).then(|| format!("Description={name}"));
    own.into_iter().chain(settings.words())
}

/// The type, which systemd-run may choose otherwise than systemd.
fn service_type(service: &Assignments) -> &str {
    let mut types = service.all().iter().filter(|one| one.name == "Type");
    match types.next_back() {
        Some(named) => &named.value,
        None if service.has("BusName") => "dbus",
        None => "simple",
    }
}

/// The program and its arguments, which reach it as they are.
fn command(service: &Assignments) -> Told<Vec<String>> {
    let mut commands = service.all().iter().filter(|one| one.name == "ExecStart");
    let (Some(command), None) = (commands.next(), commands.next()) else {
        return Err("systemd-run starts services of one command");
    };
    let (expands, text) = match words(&command.value).as_deref() {
        Ok([program, ..]) if program.starts_with(":/") => (false, &command.value),
        Ok([program, ..]) if program.starts_with('/') => (true, &command.value),
        _ => return Err("systemd-run knows no prefixes of commands"),
    };
    let mut words = words(text).unwrap_or_default();
    if expands {
        return Ok(words);
    }
    words[0].remove(0);
    if words[0].contains('$') {
        return Err("systemd-run takes a program's path for its first argument");
    }
    Ok(words.into_iter().map(|word| word.replace('$', "$$")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{JobOptions, JobVerb};
    use crate::input::Input;

    fn settings(rows: &[(&str, &str)]) -> Assignments {
        let mut settings = Assignments::default();
        for (name, value) in rows {
            settings.add(name, &Input::Text((*value).to_owned())).unwrap();
        }
        settings
    }

    fn told(name: &str, own: &[(&str, &str)], others: &[(&str, &[(&str, &str)])], mode: JobMode) -> String {
        let asked = AskedJob::now(
            JobVerb::Start,
            &name.parse().unwrap(),
            JobOptions { mode, ..JobOptions::default() },
        );
        let auxiliary = others.iter().map(|(name, rows)| (name.parse().unwrap(), settings(rows))).collect();
        match line(&asked, &TransientUnit { properties: settings(own), auxiliary }) {
            Ok(words) => words.join(" "),
            Err(reason) => reason.to_owned(),
        }
    }

    #[test]
    fn what_systemd_run_can_do_is_told_in_its_words() {
        let replace = JobMode::Replace;
        let echo = [("ExecStart", ":/bin/echo \"a b\" $X"), ("MemoryMax", "5M")];
        let rest = "--property=RootDirectory=";
        for (name, own, others, mode, expected) in [
            (
                "a.service",
                &echo[..],
                &[][..],
                replace,
                format!(
                    "--unit=a.service --service-type=simple {rest} --property=Description=a.service \
                     --property=MemoryMax=5M -- /bin/echo a b $$X"
                ),
            ),
            (
                "a.service",
                &[("ExecStart", "/bin/echo $X"), ("Type", "exec"), ("Description", "an a")],
                &[],
                JobMode::Fail,
                format!(
                    "--unit=a.service --service-type=exec {rest} --property=Description=an a -- /bin/echo $X"
                ),
            ),
            (
                "a.timer",
                &[("OnCalendar", "daily"), ("RemainAfterElapse", "no")],
                &[("a.service", &[("ExecStart", "/bin/true")][..])],
                replace,
                format!(
                    "--unit=a.service --timer-property=Description=a.timer --timer-property=OnCalendar=daily \
                     --timer-property=RemainAfterElapse=no --service-type=simple {rest} \
                     --property=Description=a.service -- /bin/true"
                ),
            ),
            (
                "a@b.path",
                &[("PathExists", "/a")],
                &[],
                replace,
                "--unit=a@b.service --path-property=Description=a@b.path --path-property=PathExists=/a"
                    .to_owned(),
            ),
        ] {
            assert_eq!(told(name, own, others, mode), expected);
        }
    }

    #[test]
    fn what_systemd_run_cannot_do_has_a_reason() {
        let command: &[(&str, &str)] = &[("ExecStart", "/bin/true")];
        let daily: &[(&str, &str)] = &[("OnCalendar", "daily"), ("RemainAfterElapse", "no")];
        for (name, own, others, mode, reason) in [
            ("a.service", command, &[][..], JobMode::Isolate, "modes"),
            ("a.service", command, &[("b.service", command)], JobMode::Replace, "for them"),
            ("a.service", &[("ExecStart", "-/bin/true")], &[], JobMode::Replace, "prefixes"),
            ("a.service", &[("ExecStart", ":/bin/$a")], &[], JobMode::Replace, "first argument"),
            ("a.service", &[], &[], JobMode::Replace, "one command"),
            ("a.slice", &[], &[], JobMode::Replace, "for them"),
            ("a.timer", &daily[..1], &[], JobMode::Replace, "such timers"),
            ("a.timer", &daily[1..], &[], JobMode::Replace, "such timers"),
            ("a.timer", daily, &[("b.service", command)], JobMode::Replace, "no unit but"),
            ("a.socket", &[], &[], JobMode::Replace, "without a setting"),
        ] {
            let found = told(name, own, others, mode);
            assert!(found.contains(reason), "{name}: {found}");
        }
    }
}
