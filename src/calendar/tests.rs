//! Expressions and when they elapse, as systemd has it: known ones, and generated ones beside `systemd-analyze calendar`.

mod timestamp;

use std::fmt::Write as _;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;
use crate::cannot_run::{cannot_run, check_that_it_is_said};
use crate::time_zone;

#[test]
fn normal_forms() {
    for (text, normal) in [
        ("Thu,Fri 2012-*-1,5 11:12:13", "Thu,Fri 2012-*-01,05 11:12:13"),
        ("Sat,Thu,Mon..Wed,Sat..Sun", "Mon..Thu,Sat,Sun *-*-* 00:00:00"),
        ("mon,Tue,", "Mon,Tue *-*-* 00:00:00"),
        ("wednesday-saturday 3:4", "Wed..Sat *-*-* 03:04:00"),
        ("12:05..40:05.420000", "*-*-* 12:05..40:05.420000"),
        ("03-05", "*-03-05 00:00:00"),
        ("08:05:40", "*-*-* 08:05:40"),
        ("*:2/3", "*-*-* *:02/3:00"),
        ("*:*:*", "*-*-* *:*:*"),
        ("70-1-1", "1970-01-01 00:00:00"),
        ("05~05 Utc", "*-05~05 00:00:00 UTC"),
        ("1..5,3/2:0", "*-*-* 01..05,03/2:00:00"),
        ("*:0:0/3.14", "*-*-* *:00:00/3.140000"),
        ("5..5/1:0", "*-*-* 05:00:00"),
        ("1..12/30:0", "*-*-* 01:00:00"),
        ("*:*:5..6/0.3", "*-*-* *:*:05..05.900000/0.300000"),
        ("*:*:5..5", ""),
        ("5..4:0", ""),
        ("*-*~28", "*-*~28 00:00:00"),
        ("*-*~25,26", ""),
        ("@1700000000", "2023-11-14 22:13:20 UTC"),
        ("semi-annually Europe/Berlin", "*-01,07-01 00:00:00 Europe/Berlin"),
        ("HOURLY", "*-*-* *:00:00"),
        ("", ""),
        ("12", ""),
        ("*/2:0", ""),
        ("Mon..", ""),
        ("Fri..Mon", ""),
        ("Mond 1:0", ""),
        ("2026-02-30-1", ""),
        ("0:0/0", ""),
        ("24:0", ""),
        ("*-*-32", ""),
        ("@-1", ""),
        ("*:0:0.1.2", ""),
        ("99999999999999999999:0", ""),
        (" 1:0", ""),
        ("é", ""),
    ] {
        let found = Calendar::parse(text).map_or_else(|_| String::new(), |calendar| calendar.to_string());
        assert_eq!(found, normal, "{text}");
        if !normal.is_empty() {
            assert_eq!(Calendar::parse(normal).unwrap(), Calendar::parse(text).unwrap());
        }
    }
}

proptest! {
    #[test]
    fn any_text(text in "[0-9*.,/:~@ -]{0,24}|(Mon|Tue..Fri|[a-z]{3}) [0-9*.,/:~-]{0,16}( [A-Za-z/]{0,8})?") {
        if let Ok(calendar) = Calendar::parse(&text) {
            prop_assert_eq!(&Calendar::parse(&calendar.to_string()).unwrap(), &calendar);
            let found = calendar.next_elapse(1_000_000_000_000_000, &Zone::utc());
            prop_assert!(found.is_none_or(|found| found > 1_000_000_000_000_000));
        }
    }
}

#[test]
fn a_fast_expression_is_not_slow_where_clocks_are_put_forward() {
    let zone = Zone::of_rule("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let calendar = Calendar::parse("*:*:0/0.000001").unwrap();
    let last = 1_774_746_000 * SECOND - 1;
    assert_eq!(calendar.next_elapse(last, &zone), Some(last + 1));
    assert_eq!(Calendar::parse("*-02-30").unwrap().next_elapse(0, &zone), None);
}

const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Auckland",
];
/// How often each elapses.
const TIMES: usize = 6;

#[derive(Debug)]
struct Case {
    text: String,
    zone: &'static str,
    /// In seconds.
    after: i64,
}

fn part(from: u32, to: u32) -> impl Strategy<Value = String> {
    let one = (from..=to, 0..4_u32, 1..=(to - from).max(1), from..=to).prop_map(
        move |(start, kind, repeat, stop)| match kind {
            0 => format!("{start}"),
            1 => format!("{start:02}/{}", 1 + repeat / 4),
            2 => format!("{}..{}", start.min(stop), start.max(stop)),
            _ => format!("{}..{}/{}", start.min(stop), start.max(stop), 1 + repeat / 6),
        },
    );
    prop_oneof![3 => Just("*".to_owned()), 4 => prop::collection::vec(one, 1..3).prop_map(|parts| parts.join(","))]
}

fn cases() -> impl Strategy<Value = Case> {
    let day = prop::sample::select(vec!["Mon", "Tue", "Wednesday", "thu", "FRI", "Sat", "Sunday"]);
    let range = (0..7_usize, 0..7_usize).prop_map(|(one, other)| {
        const SHORT: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        format!("{}..{}", SHORT[one.min(other)], SHORT[one.max(other)])
    });
    let days = prop::collection::vec(prop_oneof![day.prop_map(str::to_owned), range], 1..3);
    let days = prop_oneof![2 => Just(String::new()), 1 => days.prop_map(|days| days.join(",") + " ")];
    let separator = prop_oneof![4 => Just("-"), 1 => Just("~")];
    let year = prop_oneof![5 => Just("*-".to_owned()), 2 => Just(String::new()), 1 => part(2020, 2034).prop_map(|year| year + "-")];
    let date = (year, part(1, 12), separator, part(1, 31))
        .prop_map(|(year, month, separator, day)| format!("{year}{month}{separator}{day} "));
    let date = prop_oneof![1 => Just(String::new()), 3 => date];
    let seconds =
        prop_oneof![2 => Just(String::new()), 1 => part(0, 59).prop_map(|seconds| format!(":{seconds}"))];
    let time = (part(0, 23), part(0, 59), seconds)
        .prop_map(|(hour, minute, seconds)| format!("{hour}:{minute}{seconds}"));
    let words = prop::sample::select(vec![
        "hourly",
        "Daily",
        "weekly",
        "monthly",
        "quarterly",
        "yearly",
        "semiannually",
    ]);
    let text = prop_oneof![
        12 => (days, date, time).prop_map(|(days, date, time)| format!("{days}{date}{time}")),
        1 => words.prop_map(str::to_owned),
    ];
    let zone = prop_oneof![6 => Just(""), 1 => Just(" UTC"), 1 => Just(" Europe/Berlin"), 1 => Just(" Asia/Kolkata")];
    // Around the days on which clocks are changed, and anywhere.
    let after = prop_oneof![
        1_774_600_000_i64..1_774_760_000,
        1_792_780_000_i64..1_792_960_000,
        1_600_000_000_i64..1_900_000_000,
    ];
    (text, zone, prop::sample::select(ZONES.to_vec()), after).prop_map(|(text, suffix, zone, after)| Case {
        text: format!("{text}{suffix}"),
        zone,
        after,
    })
}

/// The normal form and the times, in seconds, that systemd tells; nothing where it takes the text for no expression.
fn told(case: &Case) -> Option<String> {
    let output = Command::new("systemd-analyze")
        .env("TZ", case.zone)
        .env("LC_ALL", "C")
        .args(["calendar", &format!("--iterations={TIMES}"), &format!("--base-time=@{}", case.after), "--"])
        .arg(&case.text)
        .output()
        .ok()?;
    let mut lines = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        match name.trim() {
            "(in UTC)" => *lines.last_mut().unwrap() = value.trim().to_owned(),
            "Normalized form" | "Next elapse" => lines.push(value.trim().to_owned()),
            name if name.starts_with("Iter") => lines.push(value.trim().to_owned()),
            _ => {}
        }
    }
    Some(lines.join("\n"))
}

/// Whether ours only has more: older ones (252 is one) leave out some times at the beginning of a year, after a value that
/// is repeated and would come next beyond the end of the last one.
fn leaves_out_in_january(case: &Case, told: &str) -> bool {
    let all = ours(case, TIMES * 40);
    let mut theirs = told.lines().peekable();
    let is_left_out = |line: &str| line.contains("-01-") || line.contains("-12-31 ");
    all.lines().all(|line| match theirs.peek() {
        None => true,
        Some(next) if *next == line => theirs.next().is_some(),
        Some(_) => is_left_out(line),
    }) && theirs.peek().is_none()
}

/// The same of ours, up to so many times.
fn ours(case: &Case, times: usize) -> String {
    let Ok(calendar) = Calendar::parse(&case.text) else { return String::new() };
    let zone = time_zone::zone(Some(calendar.zone().unwrap_or(case.zone)), |_| None).unwrap();
    let mut lines = calendar.to_string();
    let mut last = case.after * SECOND;
    for number in 0..times {
        let Some(next) = calendar.next_elapse(last, &zone) else {
            lines.push_str(if number == 0 { "\nnever" } else { "" });
            break;
        };
        last = next;
        let civil = Zone::utc().civil(last);
        let seconds = civil.time / SECOND;
        let day =
            ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][usize::try_from(civil.weekday()).unwrap()];
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(
            lines,
            "\n{day} {}-{:02}-{:02} {hour:02}:{minute:02}:{second:02} UTC",
            civil.year, civil.month, civil.day
        )
        .unwrap();
    }
    lines
}

#[test]
fn without_systemd_it_is_said_that_no_times_were_compared() {
    check_that_it_is_said("calendar::tests::systemd_tells_the_same_times", |command| {
        command.env("PATH", "/nonexistent");
    });
}

#[test]
fn systemd_tells_the_same_times() {
    let count = std::env::var("PM2GO_CALENDARS").map_or(150, |count| count.parse().unwrap());
    let mut runner = TestRunner::default();
    let mut known = 0;
    for _ in 0..count {
        let case = cases().new_tree(&mut runner).unwrap().current();
        let Some(expected) = told(&case) else {
            return cannot_run("systemd_tells_the_same_times", "there is no systemd-analyze");
        };
        known += usize::from(!expected.is_empty());
        let found = ours(&case, TIMES);
        assert!(
            found == expected || leaves_out_in_january(&case, &expected),
            "{case:?}\n{found}\n\n{expected}"
        );
    }
    assert!(known * 3 > count, "{known} of {count} are expressions");
}
