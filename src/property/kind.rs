//! What a property takes, and what D-Bus takes for it.

use super::basics::{Made, Sent, number, signal, split, texts, time};
use super::{devices, execution, limits, sets};
use crate::calendar::Calendar;
use crate::unit_file::numbers::{integer, mode, share};
use crate::unit_file::{known_words, parse_boolean};
use crate::value::Value;

/// What a property takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    /// Words between white space, which may be quoted.
    Words,
    /// A text that adds to a list, with the blanks in it.
    OneText,
    /// A path that adds to a list.
    OnePath,
    /// Variables with their values, each a word.
    Variables,
    Unsigned,
    Signed,
    Large,
    LargeSigned,
    /// A number of bytes.
    Size,
    Mode,
    /// A time; on D-Bus its name ends with `USec`.
    Time,
    /// The same, for two settings at once: those of the start and of the stop.
    StartAndStop,
    Nanoseconds,
    Weight,
    /// The same, or `idle`.
    WeightOrIdle,
    /// A size, a share of the machine's, or no limit.
    Memory,
    Tasks,
    Quota,
    /// A part of a whole, which 32 bits stand for.
    Share,
    /// A limit of setrlimit(2), or a soft and a hard one.
    Limit(limits::Unit),
    Device,
    DeviceAmount,
    DeviceWeight,
    DeviceLatency,
    Addresses,
    Processors,
    Delegate,
    Capabilities,
    Namespaces,
    /// Words that are all that is allowed, or with `~` all that is not.
    AllowList,
    Signal,
    ExitStatuses,
    /// One of these words, whose place is its number, or the number.
    Numbered(&'static [&'static str]),
    SecureBits,
    Command,
    EnvironmentFile,
    Input,
    Output,
    InputText,
    Binds,
    TemporaryFolders,
    /// A name and what belongs to it, behind a colon.
    Credential,
    CredentialData,
    LogFields,
    /// A text that systemd may ignore where it begins with `-`.
    Ignorable,
    /// Two words.
    Pair,
    /// A test that a unit's start depends on.
    Condition(&'static str),
    Monotonic,
    Calendar,
    PathTest,
    Listen,
    /// A protocol of the internet, which has a number.
    Protocol,
    Processes,
}

const SCHEDULERS: &[&str] = &["other", "fifo", "rr", "batch", "", "idle", "", "ext"];
impl Kind {
    pub(super) const SCHEDULER: Self = Self::Numbered(SCHEDULERS);
    pub(super) const IO_CLASS: Self = Self::Numbered(&["none", "realtime", "best-effort", "idle"]);
    pub(super) const NUMA: Self = Self::Numbered(&["default", "preferred", "bind", "interleave", "local"]);
    pub(super) const LEVEL: Self = Self::Numbered(known_words::LEVELS);

    /// Whether a list of its values is one value.
    pub(super) fn joins(self) -> bool {
        matches!(
            self,
            Self::Words
                | Self::Variables
                | Self::Addresses
                | Self::Processors
                | Self::Delegate
                | Self::Capabilities
                | Self::Namespaces
                | Self::AllowList
                | Self::ExitStatuses
                | Self::SecureBits
                | Self::Binds
                | Self::TemporaryFolders
                | Self::Processes
        )
    }

    /// Whether its value is made of two.
    pub(super) fn pairs(self) -> bool {
        matches!(
            self,
            Self::Device | Self::DeviceAmount | Self::DeviceWeight | Self::DeviceLatency | Self::Pair
        )
    }

    /// Whether it can be set several times, each of which adds to it.
    pub(super) fn adds(self) -> bool {
        self.joins()
            || self.pairs()
            || matches!(
                self,
                Self::Command
                    | Self::OneText
                    | Self::OnePath
                    | Self::EnvironmentFile
                    | Self::Credential
                    | Self::CredentialData
                    | Self::LogFields
                    | Self::Condition(_)
                    | Self::Monotonic
                    | Self::Calendar
                    | Self::PathTest
                    | Self::Listen
            )
    }

    /// What D-Bus takes for this value of the property of this name; or what is expected.
    pub(super) fn sent(self, name: &str, text: &str) -> Made {
        let one = |signature: &'static str, value: Value| Ok(vec![(name.to_owned(), signature, value)]);
        match self {
            Self::Text => one("s", Value::Text(text.to_owned())),
            Self::Flag => {
                let flag = parse_boolean(text).map_err(|_| "give a truth value, or \"yes\" or \"no\"")?;
                one("b", Value::Boolean(flag))
            }
            Self::Words => one("as", texts(split(text)?)),
            Self::OneText | Self::OnePath => one("as", one_more(text, self == Self::OnePath)?),
            Self::Variables => one("as", variables(text)?),
            Self::Unsigned => one("u", number(text, u64::from(u32::MAX))?),
            Self::Large => match text {
                "infinity" => one("t", Value::Unsigned(u64::MAX)),
                _ => one("t", number(text, u64::MAX)?),
            },
            Self::LargeSigned => one("x", Value::Integer(whole(text)?)),
            Self::Size => one("t", Value::Unsigned(limits::bytes(text)?)),
            Self::Protocol => one("i", Value::Integer(protocol(text)?)),
            Self::Signed => one("i", Value::Integer(i32::try_from(whole(text)?).map_err(|_| WHOLE)?.into())),
            Self::Mode => {
                let mode = mode(text).ok_or("give permissions in octal, such as \"0022\"")?;
                one("u", Value::Unsigned(mode.into()))
            }
            Self::Time => Ok(vec![microseconds(name, text)?]),
            Self::StartAndStop => {
                Ok(vec![microseconds("TimeoutStartSec", text)?, microseconds("TimeoutStopSec", text)?])
            }
            Self::Nanoseconds => one("t", Value::Unsigned(limits::nanoseconds(text)?)),
            Self::Weight => one("t", Value::Unsigned(limits::weight(text, false)?)),
            Self::WeightOrIdle => one("t", Value::Unsigned(limits::weight(text, true)?)),
            Self::Memory => limits::memory(name, text),
            Self::Tasks => limits::tasks(name, text),
            Self::Quota => limits::quota(text),
            Self::Share => {
                let parts = share(text).filter(|parts| *parts <= 10_000);
                let parts = parts.ok_or("give a share, such as \"50%\"")?;
                one("u", Value::Unsigned(limits::scaled(parts)))
            }
            Self::Limit(unit) => limits::limit(name, text, unit),
            Self::Device => one("a(ss)", devices::access(text)?),
            Self::DeviceAmount => one("a(st)", devices::amounts(text, devices::bandwidth)?),
            Self::DeviceWeight => one("a(st)", devices::amounts(text, |text| limits::weight(text, false))?),
            Self::DeviceLatency => {
                let name = name.replace("Sec", "USec");
                Ok(vec![(name, "a(st)", devices::amounts(text, time)?)])
            }
            Self::Addresses => one("a(iayu)", devices::addresses(text)?),
            Self::Processors => one("ay", Value::Bytes(sets::processors(text)?)),
            Self::Delegate => match parse_boolean(text) {
                Ok(flag) => one("b", Value::Boolean(flag)),
                Err(_) => Ok(vec![("DelegateControllers".to_owned(), "as", texts(split(text)?))]),
            },
            Self::Capabilities => one("t", Value::Unsigned(sets::capabilities(text)?)),
            Self::Namespaces => one("t", Value::Unsigned(sets::namespaces(text)?)),
            Self::AllowList => {
                let (allows, rest) = text.strip_prefix('~').map_or((true, text), |rest| (false, rest));
                one("(bas)", Value::Tuple(vec![Value::Boolean(allows), texts(split(rest)?)]))
            }
            Self::Signal => one("i", Value::Integer(signal(text)?.into())),
            Self::ExitStatuses => one("(aiai)", sets::exit_statuses(text)?),
            Self::Numbered(words) => one("i", Value::Integer(numbered(text, words)?)),
            Self::SecureBits => one("i", Value::Integer(sets::secure_bits(text)?)),
            Self::Command => Ok(vec![(format!("{name}Ex"), "a(sasas)", execution::command(text)?)]),
            Self::EnvironmentFile => {
                Ok(vec![("EnvironmentFiles".to_owned(), "a(sb)", execution::environment_file(text)?)])
            }
            Self::Input => execution::stream(name, text, &["file:"]),
            Self::Output => execution::stream(name, text, &["file:", "append:", "truncate:"]),
            Self::InputText => {
                let data = if text.is_empty() { Vec::new() } else { format!("{text}\n").into_bytes() };
                Ok(vec![("StandardInputData".to_owned(), "ay", Value::Bytes(data))])
            }
            Self::Binds => one("a(ssbt)", execution::binds(&split(text)?)?),
            Self::TemporaryFolders => one("a(ss)", execution::folders(&split(text)?)),
            Self::Credential => one("a(ss)", execution::credential(text)?),
            Self::CredentialData => one("a(say)", execution::credential_data(text)?),
            Self::LogFields => {
                let fields = split(text)?.into_iter().map(|field| Value::Bytes(field.into_bytes()));
                one("aay", Value::List(fields.collect()))
            }
            Self::Ignorable => {
                let (ignore, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
                one("(bs)", Value::Tuple(vec![Value::Boolean(ignore), Value::Text(rest.to_owned())]))
            }
            Self::Pair => one("a(ss)", devices::pair(text)?),
            Self::Condition(property) => {
                Ok(vec![(property.to_owned(), "a(sbbs)", execution::condition(name, text))])
            }
            Self::Monotonic => {
                let fired = Value::Tuple(vec![Value::Text(name.to_owned()), Value::Unsigned(time(text)?)]);
                Ok(vec![("TimersMonotonic".to_owned(), "a(st)", Value::List(vec![fired]))])
            }
            Self::Calendar => calendar(name, text),
            Self::PathTest => Ok(vec![("Paths".to_owned(), "a(ss)", named(name, text))]),
            Self::Listen => {
                let kind = name.strip_prefix("Listen").unwrap_or(name);
                Ok(vec![("Listen".to_owned(), "a(ss)", named(kind, text))])
            }
            Self::Processes => one("au", sets::processes(text)?),
        }
    }
}

/// One pair; none at all takes back what was set before.
fn named(name: &str, text: &str) -> Value {
    let pair = Value::Tuple(vec![Value::Text(name.to_owned()), Value::Text(text.to_owned())]);
    Value::List(if text.is_empty() { Vec::new() } else { vec![pair] })
}

fn calendar(name: &str, text: &str) -> Made {
    if !text.is_empty() {
        Calendar::parse(text).map_err(|error| error.to_string())?;
    }
    Ok(vec![("TimersCalendar".to_owned(), "a(ss)", named(name, text))])
}

const WHOLE: &str = "give a whole number";

fn whole(text: &str) -> Result<i64, String> {
    integer(text).ok_or_else(|| WHOLE.to_owned())
}

/// What adds this to a list; nothing empties it.
fn one_more(text: &str, is_path: bool) -> Result<Value, String> {
    match text {
        "" => Ok(Value::List(Vec::new())),
        _ if is_path && !text.starts_with('/') => Err("give an absolute path".to_owned()),
        _ => Ok(texts(vec![text.to_owned()])),
    }
}

/// Those that a socket's unit file names (`parse_ip_protocol` of systemd's ip-protocol-list.c), or a number.
fn protocol(text: &str) -> Result<i64, String> {
    const PROTOCOLS: [(&str, i64); 5] =
        [("tcp", 6), ("udp", 17), ("udplite", 136), ("sctp", 132), ("mptcp", 262)];
    let known = PROTOCOLS.iter().find(|(name, _)| *name == text).map(|(_, number)| *number);
    let number = || integer(text).filter(|number| (0..=262).contains(number));
    known.or_else(number).ok_or_else(|| "give a protocol, such as \"udplite\" or \"sctp\"".to_owned())
}

fn variables(text: &str) -> Result<Value, String> {
    let words = split(text)?;
    let is_variable = |word: &String| {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if words.iter().all(is_variable) {
        return Ok(texts(words));
    }
    Err("give variables whose names have letters, digits and \"_\", and begin with no digit".to_owned())
}

fn microseconds(name: &str, text: &str) -> Result<Sent, String> {
    let name = name.strip_suffix("Sec").map_or_else(|| name.to_owned(), |stem| format!("{stem}USec"));
    // How long is counted has a default, which nothing else stands for.
    let time = if text.is_empty() && name == "CPUQuotaPeriodUSec" { u64::MAX } else { time(text)? };
    Ok((name, "t", Value::Unsigned(time)))
}

fn numbered(text: &str, words: &[&str]) -> Result<i64, String> {
    let place = words.iter().position(|word| !word.is_empty() && *word == text);
    let number = integer(text).and_then(|number| usize::try_from(number).ok());
    let found = place.or(number.filter(|number| *number < words.len())).and_then(|it| i64::try_from(it).ok());
    found.ok_or_else(|| {
        let words: Vec<_> = words.iter().copied().filter(|word| !word.is_empty()).collect();
        format!("use one of {}", words.join(", "))
    })
}
