//! Moments as systemd has them: known ones, and generated ones beside `systemd-analyze timestamp`.

use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::super::*;
use crate::cannot_run::{cannot_run, check_that_it_is_said};
use crate::error::Result;
use crate::time_zone;

/// 2026-11-30 03:25:45 UTC, and a bit.
const NOW: i64 = 1_796_009_145_250_000;

fn berlin(name: Option<&str>) -> Result<Zone> {
    match name {
        None => Zone::of_rule("CET-1CEST,M3.5.0,M10.5.0/3"),
        Some("Asia/Kolkata") => Zone::of_rule("IST-5:30"),
        Some(name) => time_zone::zone(Some(name), |_| Some("/nowhere".into())),
    }
}

#[test]
fn known_moments() {
    for (text, moment) in [
        ("2026-11-30 04:25:45.25", "Mon 2026-11-30 04:25:45.250000 CET"),
        ("26-11-30 4:25", "Mon 2026-11-30 04:25:00.000000 CET"),
        ("Mon 2026-11-30 04:25", "Mon 2026-11-30 04:25:00.000000 CET"),
        ("monday 04:25", "Mon 2026-11-30 04:25:00.000000 CET"),
        ("Tue 2026-11-30", ""),
        ("Mon", ""),
        ("Mond 2026-11-30", ""),
        ("99-1-2", "Sat 1999-01-02 00:00:00.000000 CET"),
        ("now", "Mon 2026-11-30 04:25:45.250000 CET"),
        ("today", "Mon 2026-11-30 00:00:00.000000 CET"),
        ("yesterday", "Sun 2026-11-29 00:00:00.000000 CET"),
        ("tomorrow", "Tue 2026-12-01 00:00:00.000000 CET"),
        ("tomorrow UTC", "Tue 2026-12-01 01:00:00.000000 CET"),
        ("today Asia/Kolkata", "Sun 2026-11-29 19:30:00.000000 CET"),
        ("now UTC", ""),
        ("12:30", "Mon 2026-11-30 12:30:00.000000 CET"),
        ("12:30:01.1234567 utc", "Mon 2026-11-30 13:30:01.123457 CET"),
        ("12:30.5", ""),
        ("12:30:01.", ""),
        ("12:30:01.x", ""),
        ("12", ""),
        ("24:00", ""),
        ("23:59:60", "Tue 2026-12-01 00:00:00.000000 CET"),
        ("2026-02-30", "Mon 2026-03-02 00:00:00.000000 CET"),
        ("2026-00-30", ""),
        ("2026-13-01", ""),
        ("2026-1-001", ""),
        ("2026-1", ""),
        ("2026-1-1-1", ""),
        ("2026-07-01 12:00 CEST", "Wed 2026-07-01 12:00:00.000000 CEST"),
        ("2026-07-01 12:00 cet", "Wed 2026-07-01 13:00:00.000000 CEST"),
        ("2026-07-01 12:00 Asia/Kolkata", "Wed 2026-07-01 08:30:00.000000 CEST"),
        ("2026-07-01 12:00 Mars/Crater", ""),
        ("2026-07-01 12:00 +05:30", "Wed 2026-07-01 08:30:00.000000 CEST"),
        ("2026-07-01 12:00 -02", "Wed 2026-07-01 16:00:00.000000 CEST"),
        ("2026-07-01 12:00 +0530", "Wed 2026-07-01 08:30:00.000000 CEST"),
        ("2026-07-01 12:00 +25", ""),
        ("2026-07-01 12:00 +1:30", ""),
        ("2026-07-01T12:00:00Z", "Wed 2026-07-01 14:00:00.000000 CEST"),
        ("2026-07-01T12:00:00.5-08:00", "Wed 2026-07-01 22:00:00.500000 CEST"),
        ("2026-07-01T12:00", "Wed 2026-07-01 12:00:00.000000 CEST"),
        // What clocks skip, and what they show twice.
        ("2026-03-29 02:30", "Sun 2026-03-29 03:30:00.000000 CEST"),
        ("2026-10-25 02:30", "Sun 2026-10-25 02:30:00.000000 CEST"),
        ("+1h30min", "Mon 2026-11-30 05:55:45.250000 CET"),
        ("- 1 day", "Sun 2026-11-29 04:25:45.250000 CET"),
        ("2h ago", "Mon 2026-11-30 02:25:45.250000 CET"),
        ("5min left", "Mon 2026-11-30 04:30:45.250000 CET"),
        ("ago", ""),
        ("+", ""),
        ("+infinity", ""),
        ("-99y", ""),
        ("@1395716396.5", "Tue 2014-03-25 03:59:56.500000 CET"),
        ("@5min", "Thu 1970-01-01 01:05:00.000000 CET"),
        ("@-1", ""),
        ("@infinity", ""),
        ("1969-01-01", ""),
        ("9999-12-31 12:00", ""),
        ("", ""),
        ("é", ""),
        ("2026-07-01 12:00 +é", ""),
    ] {
        let found = parse_timestamp(text, NOW, berlin)
            .and_then(|found| format_timestamp(found, &berlin(None).unwrap(), true))
            .unwrap_or_default();
        assert_eq!(found, moment, "{text:?}");
    }
    let error = parse_timestamp("2026-07-01 12:00 Mars/Crater", NOW, berlin).unwrap_err();
    assert!(error.to_string().contains("there is no time zone \"Mars/Crater\""), "{error}");
    assert!(format_timestamp(-1, &Zone::utc(), false).is_err());
}

proptest! {
    #[test]
    fn any_text(text in "[-0-9:.T+@ Z]{0,24}|(Mon|Sunday|[a-z]{3}) [-0-9:. ]{0,20}( [A-Za-z/+]{0,8})?") {
        if let Ok(moment) = parse_timestamp(&text, NOW, berlin) {
            let written = format_timestamp(moment, &Zone::utc(), true).unwrap();
            prop_assert_eq!(parse_timestamp(&written, NOW, berlin).unwrap(), moment);
        }
    }

    #[test]
    fn there_and_back(moment in 0..=253_402_214_399_999_999_i64) {
        let written = format_timestamp(moment, &berlin(None).unwrap(), true).unwrap();
        prop_assert_eq!(parse_timestamp(&written, NOW, berlin).unwrap(), moment, "{}", written);
    }
}

const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"];

fn cases() -> impl Strategy<Value = (String, &'static str)> {
    let date =
        (2001..2036_i64, 1..=12_i64, 1..=31_i64, any::<bool>()).prop_map(|(year, month, day, short)| {
            format!("{}-{month:02}-{day}", if short { year - 2000 } else { year })
        });
    let date = prop_oneof![4 => date, 1 => Just("2026-02-30".to_owned())];
    let time = prop_oneof![
        (3..24_i64, 0..60_i64).prop_map(|(hour, minute)| format!(" {hour}:{minute:02}")),
        (3..24_i64, 0..60_i64, 0..=60_i64)
            .prop_map(|(hour, minute, second)| format!(" {hour:02}:{minute}:{second}")),
        Just(String::new()),
        Just(" 24:00".to_owned()),
    ];
    let day = prop_oneof![5 => Just(""), 1 => Just("Mon "), 1 => Just("sunday "), 1 => Just("Sund ")];
    // Older ones (252 is one) read no other zone at the end, not even what they write.
    let zone = prop_oneof![5 => Just(""), 1 => Just(" UTC"), 1 => Just(" utc")];
    let text = prop_oneof![
        9 => (day, date, time, zone).prop_map(|(day, date, time, zone)| format!("{day}{date}{time}{zone}")),
        1 => (0..2_000_000_000_u32).prop_map(|seconds| format!("@{seconds}")),
    ];
    (text, prop::sample::select(ZONES.to_vec()))
}

/// What systemd tells, in UTC; nothing where it takes the text for no timestamp.
fn told(text: &str, zone: &str) -> Option<String> {
    let output = Command::new("systemd-analyze")
        .env("TZ", zone)
        .env("LC_ALL", "C")
        .args(["timestamp", "--", text])
        .output()
        .ok()?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |name: &str| {
        output.lines().find_map(|line| line.trim().strip_prefix(name).map(str::trim).map(str::to_owned))
    };
    Some(line("(in UTC):").or_else(|| line("Normalized form:")).unwrap_or_default())
}

#[test]
fn without_systemd_it_is_said_that_no_timestamps_were_compared() {
    check_that_it_is_said("calendar::tests::timestamp::systemd_reads_the_same_moments", |command| {
        command.env("PATH", "/nonexistent");
    });
}

#[test]
fn systemd_reads_the_same_moments() {
    let count = std::env::var("PM2GO_CALENDARS").map_or(150, |count| count.parse().unwrap());
    let mut runner = TestRunner::default();
    let mut known = 0;
    for _ in 0..count {
        let (text, zone) = cases().new_tree(&mut runner).unwrap().current();
        let Some(expected) = told(&text, zone) else {
            return cannot_run("systemd_reads_the_same_moments", "there is no systemd-analyze");
        };
        known += usize::from(!expected.is_empty());
        let named = |name: Option<&str>| time_zone::zone(Some(name.unwrap_or(zone)), |_| None);
        let found = parse_timestamp(&text, NOW, named)
            .and_then(|found| format_timestamp(found, &Zone::utc(), false))
            .unwrap_or_default();
        assert_eq!(found, expected, "{text:?} in {zone}");
    }
    assert!(known * 3 > count, "{known} of {count} are timestamps");
}
