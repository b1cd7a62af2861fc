//! Signals by name and by number (signal(7)).

use crate::error::{Error, Result};

/// The names without `SIG`, in the order of their numbers from 1, as on all processors that systemd runs on but MIPS, Alpha
/// and SPARC.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
    "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
    "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];
/// The first and the last real-time signal that the C library leaves to programs.
const REAL_TIME: std::ops::RangeInclusive<i32> = 34..=64;

/// The number of the signal of this name, with or without `SIG`.
#[must_use]
pub fn signal_number(name: &str) -> Option<i32> {
    let short = name.strip_prefix("SIG").unwrap_or(name);
    if let Some(at) = NAMES.iter().position(|known| *known == short) {
        return i32::try_from(at + 1).ok();
    }
    let (first, last) = (REAL_TIME.start(), REAL_TIME.end());
    let number = if let Some(rest) = short.strip_prefix("RTMIN") {
        first + offset(rest, '+')?
    } else {
        last - offset(short.strip_prefix("RTMAX")?, '-')?
    };
    REAL_TIME.contains(&number).then_some(number)
}

fn offset(rest: &str, sign: char) -> Option<i32> {
    if rest.is_empty() { Some(0) } else { rest.strip_prefix(sign)?.parse::<u8>().ok().map(i32::from) }
}

/// The number of a signal that a caller gave by its name, in any case; `argument` names the argument in the error.
pub fn parse_signal(argument: &str, name: &str) -> Result<i32> {
    signal_number(&name.to_ascii_uppercase()).ok_or_else(|| {
        Error::config(format!("{argument} is {name:?}")).with_hint("give a signal's name, such as SIGINT")
    })
}

/// The same for a number, which may be any that the kernel knows.
pub fn check_signal(argument: &str, number: i64) -> Result<i32> {
    i32::try_from(number).ok().filter(|number| (1..=*REAL_TIME.end()).contains(number)).ok_or_else(|| {
        Error::config(format!("{argument} is {number}"))
            .with_hint("give a signal's number, from 1 to 64, or its name, such as SIGINT")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        for (name, number) in [
            ("SIGHUP", Some(1)),
            ("TERM", Some(15)),
            ("SIGSYS", Some(31)),
            ("RTMIN", Some(34)),
            ("SIGRTMIN+3", Some(37)),
            ("SIGRTMAX", Some(64)),
            ("RTMAX-30", Some(34)),
            ("RTMAX-31", None),
            ("RTMIN+31", None),
            ("RTMIN3", None),
            ("term", None),
            ("SIG", None),
            ("", None),
        ] {
            assert_eq!(signal_number(name), number, "{name}");
        }
        assert_eq!(parse_signal("signal", "sigterm").unwrap(), 15);
        assert!(parse_signal("signal", "nothing").is_err());
        assert_eq!(check_signal("signal", 64).unwrap(), 64);
        for number in [0, -1, 65, 1 << 40] {
            assert!(check_signal("signal", number).is_err(), "{number}");
        }
    }

    /// The numbers are the kernel's.
    #[test]
    fn the_numbers_are_those_of_this_machine() {
        use rustix::process::Signal;
        for (name, signal) in [
            ("HUP", Signal::HUP),
            ("BUS", Signal::BUS),
            ("USR1", Signal::USR1),
            ("CHLD", Signal::CHILD),
            ("STOP", Signal::STOP),
            ("WINCH", Signal::WINCH),
            ("SYS", Signal::SYS),
        ] {
            assert_eq!(signal_number(name), Some(signal.as_raw()), "{name}");
        }
    }
}
