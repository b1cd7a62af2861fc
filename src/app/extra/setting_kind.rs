//! What a setting takes.

use super::lists;
use crate::near::nearest;
use crate::settings::Timeout;
use crate::unit::signal_number;
use crate::unit_file::numbers::{integer, mode, share, size};
use crate::unit_file::{known_words, parse_boolean};

/// What a setting takes. What is not checked is `Free`: text, or too much of systemd to be known here.
pub(super) enum Kind {
    Free,
    Boolean,
    /// A boolean or one of these words.
    BooleanOr(&'static [&'static str]),
    Word(&'static [&'static str]),
    /// Any of these words.
    Words(&'static [&'static str]),
    Whole {
        from: i64,
        to: i64,
    },
    /// A whole number or one of these words.
    WholeOr {
        words: &'static [&'static str],
        from: i64,
        to: i64,
    },
    Time,
    Memory {
        zero: bool,
    },
    Tasks,
    Quota,
    Mode,
    Signal,
    /// A limit of setrlimit(2), or a soft and a hard one: what each may be.
    Limit(&'static Self),
    /// A size without share.
    Size,
    /// A time in whose place a number has no unit of its own.
    Niceness,
    ExitStatuses,
    Units,
    Slice,
    Urls,
    Path,
    Paths,
    Folders,
    ConditionPath,
    Environment,
    EnvironmentFile,
    Command,
    Output,
    Input,
    Capabilities,
    Families,
    Namespaces,
    SystemCalls,
    Addresses,
    Processors,
    BusName,
    Delegate,
    Device(&'static Self),
}

/// Any number that fits into 32 bits.
pub(super) const UNSIGNED: Kind = Kind::Whole { from: 0, to: 4_294_967_295 };

type Checked = std::result::Result<(), String>;

impl Kind {
    /// Says what is expected, where the value is not that. An empty value is never given: it resets a setting.
    pub(super) fn check(&self, value: &str) -> Checked {
        match self {
            Self::Free => Ok(()),
            Self::Boolean => demand(parse_boolean(value).is_ok(), "write yes or no"),
            Self::BooleanOr(words) => {
                if parse_boolean(value).is_ok() {
                    Ok(())
                } else {
                    word(value, words, "yes, no, ")
                }
            }
            Self::Word(words) => word(value, words, ""),
            Self::Words(words) => value.split_whitespace().try_for_each(|one| word(one, words, "")),
            Self::Whole { from, to } => whole(value, *from, *to),
            Self::WholeOr { words, from, to } => {
                if words.contains(&value) {
                    Ok(())
                } else {
                    whole(value, *from, *to)
                }
            }
            Self::Time => demand(
                value.parse::<Timeout>().is_ok(),
                "write a time such as 90s, 1min 30s, 500ms or infinity",
            ),
            Self::Memory { zero } => memory(value, *zero),
            Self::Tasks => tasks(value),
            Self::Quota => demand(
                share(value).is_some_and(|parts| parts > 0),
                "write a share of one processor, such as 50% or 200%",
            ),
            Self::Mode => demand(mode(value).is_some(), "write permissions in octal, such as 0022"),
            Self::Signal => demand(
                signal_number(value).is_some() || is_signal_number(value),
                "write a signal, such as SIGINT",
            ),
            Self::Limit(each) => limit(value, each),
            Self::Size => demand(
                size(value).is_some() || value == "infinity",
                "write a size such as 300M or 1.5G, or infinity",
            ),
            Self::Niceness => niceness(value),
            Self::Delegate => delegate(value),
            Self::Device(each) => lists::device(value, |setting| each.check(setting)),
            Self::Units
            | Self::Slice
            | Self::Urls
            | Self::Path
            | Self::Paths
            | Self::Folders
            | Self::ConditionPath
            | Self::Environment
            | Self::EnvironmentFile
            | Self::Command
            | Self::Output
            | Self::Input
            | Self::ExitStatuses
            | Self::Capabilities
            | Self::Families
            | Self::Namespaces
            | Self::SystemCalls
            | Self::Addresses
            | Self::Processors
            | Self::BusName => self.check_list(value),
        }
    }

    fn check_list(&self, value: &str) -> Checked {
        match self {
            Self::Units => lists::units(value),
            Self::Slice => lists::slice(value),
            Self::Urls => lists::urls(value),
            Self::Path => lists::path(value),
            Self::Paths => lists::paths(value, &['-', '+']),
            Self::Folders => lists::folders(value),
            Self::ConditionPath => lists::condition_path(value),
            Self::Environment => lists::environment(value),
            Self::EnvironmentFile => lists::path(value.strip_prefix('-').unwrap_or(value)),
            Self::Command => lists::command(value),
            Self::Output => lists::stream(value, known_words::OUTPUTS, &["file:", "append:", "truncate:"]),
            Self::Input => lists::stream(value, known_words::INPUTS, &["file:"]),
            Self::ExitStatuses => lists::exit_statuses(value),
            Self::Capabilities => lists::masks(
                value,
                known_words::is_capability,
                "give capabilities such as CAP_NET_BIND_SERVICE",
            ),
            Self::Families => {
                lists::masks(value, known_words::is_family, "give address families such as AF_INET")
            }
            Self::Namespaces => namespaces(value),
            Self::SystemCalls => lists::system_calls(value),
            Self::Addresses => lists::addresses(value),
            Self::Processors => lists::processors(value),
            Self::BusName => lists::bus_name(value),
            _ => Ok(()),
        }
    }
}

fn demand(holds: bool, expected: &str) -> Checked {
    if holds { Ok(()) } else { Err(expected.to_owned()) }
}

fn word(value: &str, words: &[&str], before: &str) -> Checked {
    if words.contains(&value) {
        return Ok(());
    }
    Err(match nearest(value, words.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("use one of {before}{}", words.join(", ")),
    })
}

fn whole(value: &str, from: i64, to: i64) -> Checked {
    let fits = integer(value).is_some_and(|number| (from..=to).contains(&number));
    demand(fits, &format!("give a whole number from {from} to {to}"))
}

fn memory(value: &str, zero: bool) -> Checked {
    let fits = match share(value) {
        Some(parts) => parts <= 10_000 && (zero || parts > 0),
        None => value == "infinity" || size(value).is_some_and(|bytes| zero || bytes > 0),
    };
    demand(fits, "write a size such as 300M or 1.5G, a share such as 50%, or infinity")
}

fn tasks(value: &str) -> Checked {
    let fits = value == "infinity"
        || share(value).is_some_and(|parts| parts <= 10_000)
        || integer(value).is_some_and(|number| number > 0);
    demand(fits, "give a number above 0, a share such as 50%, or infinity")
}

fn is_signal_number(value: &str) -> bool {
    integer(value).is_some_and(|number| (1..=64).contains(&number))
}

fn limit(value: &str, each: &Kind) -> Checked {
    let (soft, hard) = value.split_once(':').unwrap_or((value, value));
    for part in [soft, hard].into_iter().filter(|part| *part != "infinity") {
        each.check(part)?;
    }
    let too_high = match (integer(soft), integer(hard)) {
        (Some(soft), Some(hard)) => soft > hard,
        (None, Some(_)) => soft == "infinity",
        _ => false,
    };
    demand(!too_high, "the soft limit comes first, and is not above the hard one")
}

/// The limit of nice(2): `+N` and `-N` are nice levels, and a plain number is the kernel's own.
fn niceness(value: &str) -> Checked {
    let fits = integer(value).is_some_and(|number| {
        if value.starts_with(['+', '-']) { (-20..=19).contains(&number) } else { (0..=40).contains(&number) }
    });
    demand(fits, "give a nice level from -20 to +19, with its sign")
}

fn namespaces(value: &str) -> Checked {
    if parse_boolean(value).is_ok() {
        return Ok(());
    }
    let known = |word: &str| known_words::NAMESPACES.contains(&word);
    lists::masks(value, known, &format!("give yes, no, or any of {}", known_words::NAMESPACES.join(", ")))
}

fn delegate(value: &str) -> Checked {
    if parse_boolean(value).is_ok() {
        return Ok(());
    }
    value.split_whitespace().try_for_each(|one| word(one, known_words::CONTROLLERS, "yes, no, "))
}
