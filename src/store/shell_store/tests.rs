use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::Duration;

use super::*;
use crate::flow::block::block;
use crate::scope::Scope;
use crate::store::UnitStore;

const OURS: &str = "[Service]\nExecStart=/bin/sleep \"it's\" $$HOME `id` \\x20 %%\n[X-Pm2go]\nA=b\n";
const UNIT: &str = "pm2-a.service";

/// The same folder, as this process has it and as a shell has it.
struct Two {
    folder: tempfile::TempDir,
    here: UnitStore,
    there: ShellStore,
}

impl Two {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it's a folder/system");
        let there = ShellStore::new(&Scope::System.into(), Some(path.clone()));
        Self { folder, here: UnitStore::at(path), there }
    }

    fn path(&self) -> PathBuf {
        self.here.folder().to_owned()
    }

    /// All that is there: of each file its mode and what is in it.
    fn tree(&self) -> BTreeMap<PathBuf, (u32, Option<Vec<u8>>)> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir().unwrap() {
                let path = entry.unwrap().path();
                let mode = path.symlink_metadata().unwrap().permissions().mode();
                let inner = path.strip_prefix(self.folder.path()).unwrap().to_owned();
                if path.is_dir() {
                    folders.push(path);
                    found.insert(inner, (mode, None));
                } else {
                    found.insert(inner, (mode, std::fs::read(&path).ok()));
                }
            }
        }
        found
    }
}

fn run<T>(flow: impl Future<Output = Result<T>>) -> Result<T> {
    block(flow, None).unwrap()
}

/// What is done to a store, and what it tells of that.
type Step = (&'static str, fn(&UnitStore) -> Result<String>, fn(&ShellStore) -> Result<String>);

fn told(thing: impl std::fmt::Debug) -> String {
    format!("{thing:?}")
}

const STEPS: [Step; 12] = [
    ("list", |it| Ok(told((it.list("pm2-")?, it.list_gone("pm2-")?))), |it| run(it.list("pm2-")).map(told)),
    ("read", |it| it.read(UNIT).map(told), |it| run(it.read(UNIT)).map(told)),
    (
        "look",
        |it| it.look(UNIT).map(|it| told((it.text, it.foreign))),
        |it| run(it.look(UNIT)).map(|it| told((it.text, it.foreign))),
    ),
    ("gone", |it| it.has_gone(UNIT).map(told), |it| run(it.has_gone(UNIT)).map(told)),
    ("write", |it| run(it.write(UNIT, OURS, None)).map(told), |it| run(it.write(UNIT, OURS, None)).map(told)),
    ("list", |it| Ok(told((it.list("pm2-")?, it.list_gone("pm2-")?))), |it| run(it.list("pm2-")).map(told)),
    (
        "write again",
        |it| run(it.write(UNIT, OURS, None)).map(told),
        |it| run(it.write(UNIT, OURS, None)).map(told),
    ),
    (
        "restore",
        |it| run(it.restore(UNIT, "[X-Pm2go]\nA=c\n", Some(1_700_000_000_123_456), None)).map(told),
        |it| run(it.restore(UNIT, "[X-Pm2go]\nA=c\n", Some(1_700_000_000_123_456), None)).map(told),
    ),
    (
        "when",
        |it| it.look(UNIT).map(|it| told(it.modified)),
        |it| run(it.look(UNIT)).map(|it| told(it.modified)),
    ),
    (
        "access",
        |it| run(it.check_access(UNIT, None)).map(told),
        |it| run(it.check_access(UNIT, None)).map(told),
    ),
    ("remove", |it| run(it.remove(UNIT, None)).map(told), |it| run(it.remove(UNIT, None)).map(told)),
    ("remove again", |it| run(it.remove(UNIT, None)).map(told), |it| run(it.remove(UNIT, None)).map(told)),
];

/// How a folder is before, and how it comes to be so.
type Before = (&'static str, fn(&Path));

fn outcome(result: Result<String>) -> std::result::Result<String, (Kind, bool)> {
    result.map_err(|error| (error.kind(), error.facts().hint.is_some()))
}

/// In each of these folders both do, tell and leave the same.
#[test]
fn a_shell_does_what_this_process_does() {
    let prepare: [Before; 10] = [
        ("nothing", |_| {}),
        ("an empty folder", |folder| std::fs::create_dir_all(folder).unwrap()),
        ("a file of ours", |folder| write(&folder.join(UNIT), "[X-Pm2go]\n")),
        ("somebody else's", |folder| write(&folder.join(UNIT), "[Service]\n")),
        ("an empty file", |folder| write(&folder.join(UNIT), "")),
        ("a mask", |folder| {
            std::fs::create_dir_all(folder).unwrap();
            symlink("/dev/null", folder.join(UNIT)).unwrap();
        }),
        ("a folder", |folder| std::fs::create_dir_all(folder.join(UNIT)).unwrap()),
        ("drop-ins of ours", |folder| {
            write(&folder.join(format!("{UNIT}.d/it's one.conf")), "[X-Pm2go]\n");
            write(&folder.join(format!("{UNIT}.d/.hidden")), "[X-Pm2go]\n");
        }),
        ("a drop-in of somebody's", |folder| {
            write(&folder.join(format!("{UNIT}.d/a.conf")), "[X-Pm2go]\n");
            write(&folder.join(format!("{UNIT}.d/b.conf")), "[Service]\n");
        }),
        ("what killed writers left", |folder| {
            write(&folder.join(".pm2go.lock"), "");
            write(&folder.join(".pm2go-x.tmp"), "x");
            write(&folder.join(format!(".pm2go-{UNIT}.lock")), "");
            write(&folder.join(".pm2go.units/pm2-b.service"), "");
        }),
    ];
    for (what, prepare) in prepare {
        let (one, other) = (Two::new(), Two::new());
        prepare(&one.path());
        prepare(&other.path());
        for (step, here, there) in STEPS {
            let (here, there) = (outcome(here(&one.here)), outcome(there(&other.there)));
            let path = |told: &String| {
                told.replace(&*other.folder.path().to_string_lossy(), &one.folder.path().to_string_lossy())
            };
            assert_eq!(here, there.as_ref().map(path).map_err(|error| *error), "{what}: {step}");
            assert_eq!(one.tree(), other.tree(), "{what}: after {step}");
        }
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_turn_is_one_for_both() {
    let two = Two::new();
    let soon = || Some(Instant::now() + Duration::from_millis(200));
    let turn = run(two.there.turn(UNIT, None)).unwrap().unwrap();
    assert_eq!(run(two.here.turn(UNIT, soon())).unwrap_err().kind(), Kind::Timeout);
    drop(turn);
    let turn = run(two.here.turn(UNIT, None)).unwrap().unwrap();
    assert_eq!(run(two.there.turn(UNIT, soon())).unwrap_err().kind(), Kind::Timeout);
    drop(turn);
    assert!(run(two.there.turn(UNIT, None)).unwrap().is_some());
    assert!(run(two.there.turn(&format!("{}.service", "a".repeat(240)), None)).unwrap().is_none());
}

#[test]
fn somebody_elses_unit_of_the_name_is_found() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let there = ShellStore::new(&Scope::System.into(), Some(folder.path().to_owned()));
    let others = vec!["/nonexistent".into(), other.path().to_owned()];
    let there = ShellStore {
        places: Places { folder: folder.path().to_owned(), others: others.clone() }.into(),
        ..there
    };
    let here = UnitStore::at(folder.path()).with_others(others);
    let path = other.path().join(UNIT);
    for make in [
        |path: &Path| write(path, "[Service]\n"),
        |path: &Path| write(path, ""),
        |path: &Path| symlink("/dev/null", path).unwrap(),
        |path: &Path| symlink("/nowhere", path).unwrap(),
    ] {
        make(&path);
        let found = run(there.look(UNIT)).unwrap().foreign;
        assert!(found.is_some());
        assert_eq!(found, here.look(UNIT).unwrap().foreign);
        std::fs::remove_file(&path).unwrap();
    }
}
