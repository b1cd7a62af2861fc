//! Sets that are numbers on D-Bus: processors, capabilities, namespaces, exit statuses.

use super::basics::{signal, split};
use crate::unit_file::numbers::integer;
use crate::unit_file::{known_words, parse_boolean};
use crate::value::Value;

/// The namespaces with their bits (clone(2)).
const NAMESPACES: [(&str, u64); 7] = [
    ("cgroup", 0x0200_0000),
    ("ipc", 0x0800_0000),
    ("net", 0x4000_0000),
    ("mnt", 0x0002_0000),
    ("pid", 0x2000_0000),
    ("user", 0x1000_0000),
    ("uts", 0x0400_0000),
];
/// Each with its bit (capabilities(7)).
const SECURE_BITS: [(&str, i64); 6] = [
    ("noroot", 1),
    ("noroot-locked", 2),
    ("no-setuid-fixup", 4),
    ("no-setuid-fixup-locked", 8),
    ("keep-caps", 16),
    ("keep-caps-locked", 32),
];
/// More processors than Linux knows.
const MOST_PROCESSORS: usize = 8192;

/// Numbers and ranges of such, one bit each.
pub(super) fn processors(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for part in text.split([',', ' ', '\t']).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = match (first.parse::<usize>(), last.parse::<usize>()) {
            (Ok(first), Ok(last)) if first <= last && last < MOST_PROCESSORS => (first, last),
            _ => return Err("give numbers and ranges, such as \"0-3,8\"".to_owned()),
        };
        for number in first..=last {
            if bytes.len() <= number / 8 {
                bytes.resize(number / 8 + 1, 0);
            }
            bytes[number / 8] |= 1 << (number % 8);
        }
    }
    Ok(bytes)
}

/// Capabilities, or with `~` all others.
pub(super) fn capabilities(text: &str) -> Result<u64, String> {
    let (inverts, rest) = inverted(text);
    let mut set = 0;
    for word in rest.split_whitespace() {
        let number = known_words::capability(word).ok_or("give capabilities such as CAP_NET_BIND_SERVICE")?;
        set |= 1_u64 << number;
    }
    Ok(if inverts { !set } else { set })
}

/// The namespaces that are left.
pub(super) fn namespaces(text: &str) -> Result<u64, String> {
    let all = NAMESPACES.iter().fold(0, |all, (_, bit)| all | bit);
    if let Ok(restricts) = parse_boolean(text) {
        return Ok(if restricts { 0 } else { all });
    }
    let (inverts, rest) = inverted(text);
    let mut set = 0;
    for word in rest.split_whitespace() {
        let bit = NAMESPACES.iter().find(|(name, _)| *name == word).map(|(_, bit)| bit);
        let names = NAMESPACES.map(|(name, _)| name).join(", ");
        set |= bit.ok_or_else(|| format!("give yes, no, or any of {names}"))?;
    }
    Ok(if inverts { !set & all } else { set })
}

pub(super) fn secure_bits(text: &str) -> Result<i64, String> {
    text.split_whitespace().try_fold(0, |set, word| {
        let bit = SECURE_BITS.iter().find(|(name, _)| *name == word).map(|(_, bit)| bit);
        let names = SECURE_BITS.map(|(name, _)| name).join(", ");
        bit.map(|bit| set | bit).ok_or_else(|| format!("give any of {names}"))
    })
}

fn inverted(text: &str) -> (bool, &str) {
    text.strip_prefix('~').map_or((false, text), |rest| (true, rest))
}

/// Exit codes, and signals.
pub(super) fn exit_statuses(text: &str) -> Result<Value, String> {
    let (mut codes, mut signals) = (Vec::new(), Vec::new());
    for word in text.split_whitespace() {
        match integer(word).filter(|code| (0..=255).contains(code)) {
            Some(code) => codes.push(Value::Integer(code)),
            None => match signal(word) {
                Ok(number) => signals.push(Value::Integer(number.into())),
                Err(_) => return Err("give exit codes and signals, such as \"75 SIGHUP\"".to_owned()),
            },
        }
    }
    Ok(Value::Tuple(vec![Value::List(codes), Value::List(signals)]))
}

pub(super) fn processes(text: &str) -> Result<Value, String> {
    let mut numbers = Vec::new();
    for word in split(text)? {
        match word.parse::<u32>() {
            Ok(number) if number > 0 => numbers.push(Value::Unsigned(number.into())),
            _ => return Err("give numbers of processes".to_owned()),
        }
    }
    Ok(Value::List(numbers))
}
