//! The next step, as data: each face words it in its own language.

use std::borrow::Cow;
use std::fmt;

/// What to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint(Vec<Part>);

/// A piece of a [`Hint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Plain words.
    Text(Cow<'static, str>),
    /// An argument of the call, or a key of an app, whatever its value.
    Argument(&'static str),
    /// An argument or a key with this value.
    Given(&'static str, Cow<'static, str>),
    /// An argument or a key that is turned on.
    TurnedOn(&'static str),
    /// An argument or a key that holds a table, with this in it.
    Entry(&'static str, Cow<'static, str>, Cow<'static, str>),
    /// Settings of systemd that go into an app's `extra`, by their section.
    Extra(Cow<'static, str>, Vec<(Cow<'static, str>, Cow<'static, str>)>),
    /// Something to call, and with which unit.
    Call(&'static str, Option<String>),
    /// A command of systemd's to run, for the user's manager or the system's.
    Command {
        /// `systemctl` or `journalctl`.
        program: &'static str,
        /// What follows it.
        words: String,
        /// Whether it is about the user's manager.
        user: bool,
    },
}

/// Plain words.
#[must_use]
pub fn text(words: impl Into<Cow<'static, str>>) -> Part {
    Part::Text(words.into())
}

/// An argument or a key with this value.
#[must_use]
pub fn given(name: &'static str, value: impl Into<Cow<'static, str>>) -> Part {
    Part::Given(name, value.into())
}

/// Settings of systemd for an app's `extra`.
#[must_use]
pub fn extra<const COUNT: usize>(
    section: impl Into<Cow<'static, str>>,
    settings: [(&'static str, &'static str); COUNT],
) -> Part {
    let settings = settings.map(|(key, value)| (key.into(), value.into()));
    Part::Extra(section.into(), settings.into())
}

/// A command of systemd's to run (for the system's manager, until somebody who knows the scope says otherwise).
#[must_use]
pub fn command(program: &'static str, words: impl Into<String>) -> Part {
    Part::Command { program, words: words.into(), user: false }
}

/// What has to be run first.
#[must_use]
pub fn first(command: Part) -> Hint {
    Hint::from([text("run "), command, text(" first")])
}

/// How to reach systemd itself, where `systemctl` cannot do it.
#[must_use]
pub fn over_dbus() -> Hint {
    Hint::from([text("use "), given("backend", "dbus"), text("; if that cannot connect, its error says why")])
}

/// Something to call.
#[must_use]
pub fn call(name: &'static str) -> Part {
    Part::Call(name, None)
}

impl Part {
    /// Writes a command as it is typed, between backquotes; nothing of any other part.
    pub fn write_command(&self, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::Command { program, words, user: true } => write!(out, "`{program} --user {words}`"),
            Self::Command { program, words, user: false } => write!(out, "`{program} {words}`"),
            _ => Ok(()),
        }
    }
}

impl Hint {
    /// Its pieces, one after the other.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The same where the user's manager is asked: commands are about that one.
    #[must_use]
    pub fn in_user_scope(mut self) -> Self {
        for part in &mut self.0 {
            if let Part::Command { user, .. } = part {
                *user = true;
            }
        }
        self
    }

    /// The same with these options in its commands.
    #[must_use]
    pub fn with_options(mut self, options: &[String]) -> Self {
        for part in &mut self.0 {
            if let Part::Command { words, .. } = part {
                *words = format!("{} {words}", options.join(" "));
            }
        }
        self
    }

    /// The same with more behind it.
    #[must_use]
    pub fn and(mut self, more: impl Into<Self>) -> Self {
        self.0.extend(more.into().0);
        self
    }
}

impl From<Cow<'static, str>> for Hint {
    fn from(words: Cow<'static, str>) -> Self {
        Self(vec![Part::Text(words)])
    }
}

impl From<&'static str> for Hint {
    fn from(words: &'static str) -> Self {
        Cow::from(words).into()
    }
}

impl From<String> for Hint {
    fn from(words: String) -> Self {
        Cow::from(words).into()
    }
}

impl<const COUNT: usize> From<[Part; COUNT]> for Hint {
    fn from(parts: [Part; COUNT]) -> Self {
        Self(parts.into())
    }
}

/// In no language: systemd's own writing for its settings, and the bare names of everything else.
impl fmt::Display for Hint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(words) => out.write_str(words),
            Part::Argument(name) | Part::Call(name, None) => out.write_str(name),
            Part::Given(name, value) => write!(out, "{name} {value:?}"),
            Part::TurnedOn(name) => write!(out, "{name} turned on"),
            Part::Entry(name, key, value) => write!(out, "{key}={value} in {name}"),
            Part::Extra(section, settings) => {
                let settings: Vec<String> =
                    settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
                write!(out, "{} in [{section}] of extra", settings.join(" and "))
            }
            Part::Call(name, Some(unit)) => write!(out, "{name} of {unit}"),
            Part::Command { .. } => part.write_command(out),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_reads_in_no_language_and_its_commands_know_the_scope() {
        for (hint, words) in [
            (Hint::from([text("give "), Part::Argument("timeout")]), "give timeout"),
            (Hint::from([text("use "), given("scope", "user")]), "use scope \"user\""),
            (Hint::from([Part::TurnedOn("monitoring")]), "monitoring turned on"),
            (Hint::from([Part::Entry("env", "PORT".into(), "80".into())]), "PORT=80 in env"),
            (
                Hint::from([extra("Service", [("Type", "notify"), ("KillMode", "mixed")])]),
                "Type=notify and KillMode=mixed in [Service] of extra",
            ),
            (
                Hint::from([call("get_unit_status"), text(" tells")]).and("; or ask"),
                "get_unit_status tells; or ask",
            ),
            (
                Hint::from([Part::Call("reset_failed_unit", Some("a.service".into()))]),
                "reset_failed_unit of a.service",
            ),
            (first(command("systemctl", "unmask a")), "run `systemctl unmask a` first"),
            (
                first(command("systemctl", "unmask a")).in_user_scope(),
                "run `systemctl --user unmask a` first",
            ),
        ] {
            assert_eq!(hint.to_string(), words);
        }
    }
}
