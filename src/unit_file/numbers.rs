//! Numbers, sizes and shares as systemd reads them.

/// A whole number: decimal, or with one of C's and systemd's prefixes.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let number = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -number } else { number })
}

/// A size in bytes: `1.5G`, `1G 500M`, with the suffixes E, P, T, G, M, K and B, each at most once and the large
/// ones first.
pub(crate) fn size(text: &str) -> Option<u64> {
    size_in_steps(text, 1024)
}

/// The same, where each suffix stands for so many times the one before it.
pub(crate) fn size_in_steps(text: &str, step: u64) -> Option<u64> {
    const SUFFIXES: [(&str, u32); 8] =
        [("E", 6), ("P", 5), ("T", 4), ("G", 3), ("M", 2), ("K", 1), ("B", 0), ("", 0)];
    let mut rest = text.trim_start();
    let mut total: u64 = 0;
    let mut first_allowed = 0;
    while !rest.is_empty() {
        let whole_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (whole, mut tail) = rest.split_at(whole_end);
        let mut fraction = "";
        if let Some(after) = tail.strip_prefix('.') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            (fraction, tail) = after.split_at(end);
        }
        if whole.is_empty() {
            return None;
        }
        tail = tail.trim_start();
        let (index, (suffix, power)) = SUFFIXES
            .iter()
            .enumerate()
            .skip(first_allowed)
            .find(|(_, (suffix, _))| tail.starts_with(suffix))?;
        first_allowed = index + 1;
        let unit = step.pow(*power);
        let digits = fraction.get(..fraction.len().min(9)).unwrap_or_default();
        let scale = 10_u64.pow(u32::try_from(digits.len()).ok()?);
        let part = u128::from(digits.parse::<u64>().unwrap_or(0)) * u128::from(unit) / u128::from(scale);
        total = total
            .checked_add(whole.parse::<u64>().ok()?.checked_mul(unit)?)?
            .checked_add(u64::try_from(part).ok()?)?;
        rest = tail[suffix.len()..].trim_start();
    }
    (!text.trim().is_empty()).then_some(total)
}

/// A share in ten-thousandths: `50%`, `50.25%`, `505‰`, `5000‱`.
pub(crate) fn share(text: &str) -> Option<u64> {
    let (number, decimals) = [('%', 2_usize), ('\u{2030}', 1), ('\u{2031}', 0)]
        .into_iter()
        .find_map(|(sign, decimals)| text.strip_suffix(sign).map(|number| (number, decimals)))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || fraction.len() > decimals {
        return None;
    }
    if number.ends_with('.') {
        return None;
    }
    format!("{whole}{fraction:0<decimals$}").parse().ok()
}

/// Permissions in octal.
pub(crate) fn mode(text: &str) -> Option<u32> {
    let octal = !text.is_empty() && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    octal.then(|| u32::from_str_radix(text, 8).ok()).flatten().filter(|mode| *mode <= 0o7777)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_bases() {
        for (text, number) in [
            ("5", Some(5)),
            ("+5", Some(5)),
            ("-20", Some(-20)),
            ("0x10", Some(16)),
            ("010", Some(8)),
            ("0", Some(0)),
            ("0b11", Some(3)),
            ("0o17", Some(15)),
            ("", None),
            ("-", None),
            ("0x", None),
            ("--5", None),
            ("5s", None),
            ("1.5", None),
            ("9223372036854775808", None),
        ] {
            assert_eq!(integer(text), number, "{text}");
        }
    }

    #[test]
    fn sizes_and_shares() {
        for (text, bytes) in [
            ("300M", Some(300 << 20)),
            ("1.5G", Some(3 << 29)),
            ("1G 500M", Some((1 << 30) + (500 << 20))),
            ("1 G", Some(1 << 30)),
            ("10B", Some(10)),
            ("7", Some(7)),
            ("300MB", None),
            ("300m", None),
            ("300MiB", None),
            ("-1", None),
            ("500M 1G", None),
            ("", None),
            ("lots", None),
            ("99999999999G", None),
        ] {
            assert_eq!(size(text), bytes, "{text}");
        }
        for (text, parts) in [
            ("50%", Some(5000)),
            ("50.5%", Some(5050)),
            ("50.25%", Some(5025)),
            ("505\u{2030}", Some(5050)),
            ("250.5%", Some(25050)),
            ("50.555%", None),
            ("50", None),
            ("%", None),
            ("-1%", None),
            ("5.%", None),
        ] {
            assert_eq!(share(text), parts, "{text}");
        }
        assert_eq!(mode("0022"), Some(0o22));
        assert!(["999", "0o22", "77777", "", "rw"].iter().all(|text| mode(text).is_none()));
    }
}
