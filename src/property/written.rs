//! Values of callers' languages as the texts of settings.

use std::fmt::Write as _;
use std::time::Duration;

use super::kind::Kind;
use crate::input::Input;
use crate::settings::format_duration;

/// The texts that set a property to what was given, one after the other; or what is expected.
pub(super) fn texts(kind: Kind, given: &Input) -> Result<Vec<String>, String> {
    match given {
        Input::List(items) => of_list(kind, items),
        Input::Table(entries) => of_table(kind, entries),
        Input::Text(text) if kind == Kind::Variables => Ok(vec![text.clone()]),
        one => Ok(vec![scalar(kind, one)?]),
    }
}

fn of_list(kind: Kind, items: &[Input]) -> Result<Vec<String>, String> {
    if kind == Kind::Command && !items.is_empty() && items.iter().all(|item| matches!(item, Input::Text(_))) {
        return Ok(vec![command(items)?]);
    }
    if kind.joins() && items.iter().all(|item| !matches!(item, Input::List(_) | Input::Table(_))) {
        let words = items.iter().map(|item| Ok(quoted(&scalar(kind, item)?)));
        return Ok(vec![words.collect::<Result<Vec<_>, String>>()?.join(" ")]);
    }
    if let (true, [one, other]) = (kind.pairs(), items)
        && is_pair(one, other)
    {
        return Ok(vec![format!("{} {}", scalar(kind, one)?, scalar(kind, other)?)]);
    }
    if let (Kind::Limit(_), [soft, hard]) = (kind, items) {
        return Ok(vec![format!("{}:{}", scalar(kind, soft)?, scalar(kind, hard)?)]);
    }
    if !kind.adds() {
        return Err("give one value, not a list".to_owned());
    }
    if items.is_empty() {
        return Ok(vec![String::new()]);
    }
    let each = items.iter().map(|item| texts(kind, item)).collect::<Result<Vec<_>, _>>()?;
    Ok(each.into_iter().flatten().collect())
}

/// Whether two values are one pair, and not two values each of which has both.
fn is_pair(one: &Input, other: &Input) -> bool {
    let Input::Text(one) = one else { return false };
    let begins_another = |text: &str| text.starts_with('/') || text.contains('-') || text.contains(' ');
    !one.contains(' ') && !matches!(other, Input::Text(text) if begins_another(text))
}

fn of_table(kind: Kind, entries: &[(Input, Input)]) -> Result<Vec<String>, String> {
    let joint = match kind {
        Kind::Variables => '=',
        _ if kind.pairs() => ' ',
        Kind::Credential | Kind::CredentialData => ':',
        Kind::LogFields => '=',
        _ => return Err("give one value or a list, not a mapping".to_owned()),
    };
    let written = entries.iter().map(|(name, value)| {
        let text = format!("{}{joint}{}", scalar(kind, name)?, scalar(kind, value)?);
        Ok(if joint == '=' { quoted(&text) } else { text })
    });
    let written = written.collect::<Result<Vec<_>, String>>()?;
    Ok(if kind == Kind::Variables { vec![written.join(" ")] } else { written })
}

fn scalar(kind: Kind, given: &Input) -> Result<String, String> {
    Ok(match given {
        Input::Null => String::new(),
        Input::Boolean(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Input::Whole(mode) if kind == Kind::Mode => format!("{mode:04o}"),
        // A nice level has its sign, without which a number is the kernel's own.
        Input::Whole(level) if kind == Kind::Limit(super::limits::Unit::Niceness) => format!("{level:+}"),
        Input::Whole(number) => number.to_string(),
        Input::Number(number, _) if *number == f64::INFINITY => "infinity".to_owned(),
        Input::Number(seconds, _) if is_time(kind) => span(*seconds)?,
        Input::Number(_, written) => written.clone(),
        Input::Span(seconds) => span(*seconds)?,
        Input::Text(text) => text.clone(),
        Input::NotUtf8 => return Err("it has a lone surrogate, so it is no UTF-8".to_owned()),
        Input::List(_) | Input::Table(_) => return Err("give values that are not in each other".to_owned()),
        Input::Other(kind) => return Err(format!("a value of the type {kind} stands for nothing")),
    })
}

fn is_time(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Time | Kind::StartAndStop | Kind::Monotonic | Kind::DeviceLatency | Kind::Nanoseconds
    )
}

fn span(seconds: f64) -> Result<String, String> {
    let time = Duration::try_from_secs_f64(seconds).map_err(|_| "give a time that is not negative")?;
    Ok(format_duration(time))
}

/// A command whose arguments stand for themselves.
fn command(items: &[Input]) -> Result<String, String> {
    let mut words = Vec::with_capacity(items.len());
    for item in items {
        let word = scalar(Kind::Command, item)?;
        words.push(if words.is_empty() { format!(":{word}") } else { word });
    }
    Ok(words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
}

/// A word, with quotes where it would not be one otherwise.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '\'' | '\\');
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let mut out = String::from('"');
    for c in word.chars() {
        match c {
            '\\' | '"' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
