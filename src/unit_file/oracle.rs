//! The writer against systemd's own parser: `systemd --test --user` loads units and prints what it read.
//!
//! It needs systemd, and a user who is not root (`setpriv` makes one of root).

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::{UnitFile, environment, exec_command, path, plain};
use crate::cannot_run::{cannot_run, check_that_it_is_said};

const UNITS: usize = 300;

#[derive(Debug)]
struct Case {
    argv: Vec<String>,
    variable: String,
    folder: String,
    description: String,
}

fn cases() -> impl Strategy<Value = Case> {
    const SPECIAL: &str = r#"[ \t\n\r"'%$\\;#=@:+!{}xnu0-9a-f\x01-\x1f\x7f-\u{9f}é\u{feff}]{0,12}"#;
    let text = || {
        let kept = |text: &String| !text.contains(|c| c == '\0' || super::rules::is_noncharacter(c));
        prop_oneof![SPECIAL, prop::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter)]
            .prop_filter("can be written", kept)
    };
    let folder = text().prop_map(|text| format!("/{}", text.replace(['/', '\n', '\r'], "x")));
    let folder =
        folder.prop_filter("a normal path", |path| path != "/.." && path != "/." && path.len() < 250);
    let description = text().prop_map(|text| {
        let text: String = text.chars().filter(|c| !c.is_control() && *c != '\\').collect();
        format!("d{}.", text.trim())
    });
    let program = "/[a-z$%{} é;@:#=]{1,12}";
    (program, prop::collection::vec(text(), 0..5), text(), folder, description).prop_map(
        |(program, args, variable, folder, description)| Case {
            argv: std::iter::once(program).chain(args).collect(),
            variable,
            folder,
            description,
        },
    )
}

fn write_unit(case: &Case) -> String {
    let mut file = UnitFile::new();
    file.add("Unit", "Description", &plain("description", &case.description).unwrap()).unwrap();
    file.add("Service", "ExecStart", &exec_command(&case.argv).unwrap()).unwrap();
    file.add("Service", "Environment", &environment("V", &case.variable).unwrap()).unwrap();
    file.add("Service", "Environment", &environment("LAST", "V").unwrap()).unwrap();
    file.add("Service", "WorkingDirectory", &path("folder", &case.folder).unwrap()).unwrap();
    file.render()
}

/// What systemd prints after loading the units of this folder; none where it cannot be run.
fn load(folder: &Path) -> Option<String> {
    let root = rustix::process::geteuid().is_root();
    let mut command = Command::new(if root { "setpriv" } else { "systemd" });
    if root {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "systemd"]);
    }
    command.args(["--test", "--user", "--unit=all.service"]);
    command.env("SYSTEMD_UNIT_PATH", format!("{}:", folder.display()));
    command.env("XDG_RUNTIME_DIR", folder).env("HOME", folder).env("SYSTEMD_PAGER", "");
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.contains("-> Unit all.service:").then_some(text)
}

/// The words of a "Command Line:", which are quoted for a shell, with octal escapes.
fn shell_words(line: &str) -> Vec<String> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let (mut quoted, mut between) = (false, true);
    let mut rest = line.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b' ' && !quoted {
            between = true;
            continue;
        }
        if std::mem::take(&mut between) {
            words.push(Vec::new());
        }
        let word = words.last_mut().unwrap();
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if rest[0].is_ascii_digit() => {
                word.push(u8::from_str_radix(std::str::from_utf8(&rest[..3]).unwrap(), 8).unwrap());
                rest = &rest[3..];
            }
            b'\\' => {
                let control =
                    [(b'a', 7), (b'b', 8), (b'f', 12), (b'n', 10), (b'r', 13), (b't', 9), (b'v', 11)];
                let known = control.iter().find(|(letter, _)| *letter == rest[0]);
                word.push(known.map_or(rest[0], |&(_, value)| value));
                rest = &rest[1..];
            }
            _ => word.push(byte),
        }
    }
    words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    Some(&text[start..start + text[start..].find(after)?])
}

/// What differs between a case and what systemd printed of its unit.
fn differences(case: &Case, printed: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, ours: &str, theirs: Option<&str>| {
        if theirs != Some(ours) {
            found.push(format!("{what}: {ours:?} became {theirs:?}"));
        }
    };
    compare("description", &case.description, between(printed, "\t\tDescription: ", "\n\t\tInstance:"));
    compare("variable", &case.variable, between(printed, "\t\tEnvironment: V=", "\n\t\tEnvironment: LAST=V"));
    compare("folder", &case.folder, between(printed, "\t\tWorkingDirectory: ", "\n\t\tRootDirectory:"));
    let line = between(printed, "\t\t\tCommand Line: ", "\n").unwrap_or_default();
    // systemd turns "$$" into "$" only when it starts the program, unless the prefix ":" says that nothing is doubled.
    let dollars = if case.argv[0].contains('$') { "$" } else { "$$" };
    let doubled: Vec<String> = case.argv.iter().map(|word| word.replace('$', dollars)).collect();
    compare("command", &format!("{doubled:?}"), Some(&format!("{:?}", shell_words(line))));
    found
}

#[test]
fn without_systemd_it_is_said_that_nothing_was_compared() {
    check_that_it_is_said("unit_file::oracle::systemd_reads_what_was_meant", |command| {
        command.env("PATH", "/nonexistent");
    });
}

#[test]
fn systemd_reads_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let mut runner = TestRunner::default();
    let cases: Vec<Case> = (0..UNITS).map(|_| cases().new_tree(&mut runner).unwrap().current()).collect();
    let mut all = String::from("[Unit]\n");
    for (index, case) in cases.iter().enumerate() {
        writeln!(all, "Wants=case{index}.service").unwrap();
        std::fs::write(folder.path().join(format!("case{index}.service")), write_unit(case)).unwrap();
    }
    all.push_str("[Service]\nExecStart=/bin/true\n");
    std::fs::write(folder.path().join("all.service"), all).unwrap();
    let Some(text) = load(folder.path()) else {
        return cannot_run("systemd_reads_what_was_meant", "`systemd --test --user` does not work here");
    };
    for (index, case) in cases.iter().enumerate() {
        let printed = between(&text, &format!("\t-> Unit case{index}.service:\n"), "\n\t-> Unit ")
            .or_else(|| text.split_once(&format!("\t-> Unit case{index}.service:\n")).map(|(_, rest)| rest));
        let printed =
            printed.unwrap_or_else(|| panic!("systemd did not load {case:?}:\n{}", write_unit(case)));
        assert_eq!(differences(case, printed), [""; 0], "{case:?}\n{}", write_unit(case));
    }
}
