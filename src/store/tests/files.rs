//! What the store does with files of every kind.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use super::*;

#[test]
fn a_file_is_created_changed_and_then_left_alone() {
    let (folder, store) = new_store();
    let path = folder.path().join(NAME);
    assert_eq!(store.read(NAME), Ok(None));
    assert_eq!(store.write_now(NAME, &unit("old")), Ok(Written::Created));
    assert_eq!(store.write_now(NAME, &unit("new")), Ok(Written::Changed));
    let before = fs::metadata(&path).unwrap();
    let folder_before = fs::metadata(folder.path()).unwrap();
    assert_eq!(store.write_now(NAME, &unit("new")), Ok(Written::Unchanged));
    let after = fs::metadata(&path).unwrap();
    assert_eq!((after.ino(), after.mtime_nsec()), (before.ino(), before.mtime_nsec()));
    assert_eq!(fs::metadata(folder.path()).unwrap().mtime_nsec(), folder_before.mtime_nsec());
    assert_eq!(store.read(NAME), Ok(Some(unit("new"))));
    assert_eq!(entries(folder.path()), [Path::new(NAME)]);
}

#[test]
fn a_missing_folder_is_made_by_a_write_only() {
    let (folder, _) = new_store();
    let inner = folder.path().join("systemd/user");
    let store = UnitStore::at(&inner);
    assert_eq!(store.read(NAME), Ok(None));
    assert_eq!(store.list(""), Ok(Vec::new()));
    assert_eq!(store.remove_now(NAME), Ok(Removed::default()));
    assert_eq!(entries(folder.path()), Vec::<PathBuf>::new());
    assert_eq!(store.write_now(NAME, &unit("")), Ok(Written::Created));
    assert_eq!(store.list(""), Ok(vec![NAME.to_owned()]));
}

#[test]
fn a_folder_that_is_a_link_is_followed() {
    let (folder, store) = new_store();
    let (elsewhere, _) = new_store();
    let link = elsewhere.path().join("user");
    symlink(folder.path(), &link).unwrap();
    UnitStore::at(link).write_now(NAME, &unit("")).unwrap();
    assert_eq!(store.list(""), Ok(vec![NAME.to_owned()]));
}

type Place = fn(&Path);
type DropIns = &'static [(&'static str, Place)];

/// Everything that can stand under a unit's name and is not ours.
const FOREIGN: &[(Kind, &str, Place)] = &[
    (Kind::NotOwned, "no [X-Pm2go] section", |path| fs::write(path, "[Service]\n# [X-Pm2go]\n").unwrap()),
    (Kind::NotOwned, "larger than 4 MiB", |path| fs::write(path, unit(&"x".repeat(LARGEST))).unwrap()),
    (Kind::NotOwned, "symbolic link to owned", |path| {
        fs::write(path.with_file_name("owned"), unit("")).unwrap();
        symlink("owned", path).unwrap();
    }),
    (Kind::NotOwned, "symbolic link to nowhere", |path| symlink("nowhere", path).unwrap()),
    (Kind::NotOwned, "symbolic link to pm2-api.service", |path| symlink(NAME, path).unwrap()),
    (Kind::UnitMasked, "is masked", |path| symlink("/dev/null", path).unwrap()),
    (Kind::UnitMasked, "is masked", |path| fs::write(path, "").unwrap()),
    (Kind::NotOwned, "it is a folder", |path| fs::create_dir(path).unwrap()),
    (Kind::NotOwned, "it is a socket", |path| drop(UnixListener::bind(path).unwrap())),
    (Kind::NotOwned, "it is a pipe", |path| {
        let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
        rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, 0).unwrap();
    }),
];

#[test]
fn what_is_not_ours_is_refused_and_stays() {
    for (kind, reason, place) in FOREIGN {
        let (folder, store) = new_store();
        let path = folder.path().join(NAME);
        place(&path);
        let before = (entries(folder.path()), path.symlink_metadata().unwrap().ino());
        let refusals = [
            store.write_now(NAME, &unit("")).unwrap_err(),
            store.read(NAME).unwrap_err(),
            store.remove_now(NAME).unwrap_err(),
        ];
        for error in refusals {
            assert_eq!(error.kind(), *kind, "{error}");
            assert!(error.to_string().contains(reason), "{reason:?} is not in {error}");
            assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
            assert_eq!(error.facts().path.as_deref(), Some(path.as_path()));
            assert!(error.facts().hint.is_some());
            assert_eq!(error.facts().unit.as_deref(), Some(NAME));
        }
        assert_eq!(store.list(""), Ok(Vec::new()));
        assert_eq!((entries(folder.path()), path.symlink_metadata().unwrap().ino()), before, "{reason}");
    }
}

#[test]
fn lists_what_is_ours_and_has_the_prefix() {
    let (folder, store) = new_store();
    for name in ["pm2-b.service", "pm2-a.service", "pm2-a.timer", "other-a.service"] {
        store.write_now(name, &unit(name)).unwrap();
    }
    fs::write(folder.path().join("pm2-root.service"), "[Service]\nExecStart=/usr/bin/pm2\n").unwrap();
    fs::write(folder.path().join(".pm2-hidden.service"), unit("")).unwrap();
    assert_eq!(store.list("pm2-"), Ok(vec!["pm2-a.service".to_owned(), "pm2-b.service".to_owned()]));
    assert_eq!(store.list("pm2-b"), Ok(vec!["pm2-b.service".to_owned()]));
    assert_eq!(store.list("").unwrap().len(), 3);
    assert_eq!(store.list("none-"), Ok(Vec::new()));
}

#[test]
fn removes_a_file_of_ours_once() {
    let (folder, store) = new_store();
    store.write_now(NAME, &unit("")).unwrap();
    assert_eq!(store.remove_now(NAME), Ok(Removed { file: true, left: Vec::new() }));
    assert_eq!(store.remove_now(NAME), Ok(Removed::default()));
    assert_eq!(entries(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn removes_drop_ins_only_if_all_are_ours() {
    const OURS: Place = |path| fs::write(path, unit("")).unwrap();
    const THEIRS: Place = |path| fs::write(path, "[Service]\nNice=5\n").unwrap();
    const LINK: Place = |path| symlink("/dev/null", path).unwrap();
    let cases: &[(DropIns, &[&str])] = &[
        (&[], &[]),
        (&[("a.conf", OURS), ("b.conf", OURS)], &[]),
        (&[("a.conf", OURS), ("b.conf", THEIRS)], &["b.conf"]),
        (&[("a.conf", LINK), ("b.conf", THEIRS), ("c.conf", OURS)], &["a.conf", "b.conf"]),
    ];
    for (files, left) in cases {
        for unit_is_there in [true, false] {
            let (folder, store) = new_store();
            let drop_ins = folder.path().join(format!("{NAME}.d"));
            fs::create_dir(&drop_ins).unwrap();
            for (name, place) in *files {
                place(&drop_ins.join(name));
            }
            if unit_is_there {
                store.write_now(NAME, &unit("")).unwrap();
            }
            let left: Vec<PathBuf> = left.iter().map(|name| drop_ins.join(name)).collect();
            let kept = if left.is_empty() { 0 } else { files.len() };
            assert_eq!(store.remove_now(NAME), Ok(Removed { file: unit_is_there, left }));
            assert_eq!(entries(&drop_ins).len(), kept);
            assert_eq!(drop_ins.exists(), kept > 0);
        }
    }
}

#[test]
fn a_drop_in_folder_that_is_a_link_is_left() {
    let (folder, store) = new_store();
    let (elsewhere, other) = new_store();
    other.write_now(NAME, &unit("")).unwrap();
    let drop_ins = folder.path().join(format!("{NAME}.d"));
    symlink(elsewhere.path(), &drop_ins).unwrap();
    store.write_now(NAME, &unit("")).unwrap();
    assert_eq!(store.remove_now(NAME), Ok(Removed { file: true, left: vec![drop_ins.clone()] }));
    assert!(drop_ins.is_symlink());
    assert_eq!(other.list(""), Ok(vec![NAME.to_owned()]));
}

#[test]
fn names_that_lead_elsewhere_are_refused_by_every_call() {
    let (folder, store) = new_store();
    let inner = UnitStore::at(folder.path().join("inner"));
    store.write_now(NAME, &unit("")).unwrap();
    let name = format!("../{NAME}");
    let errors = [
        inner.write_now(&name, &unit("changed")).unwrap_err(),
        inner.read(&name).unwrap_err(),
        inner.remove_now(&name).unwrap_err(),
        inner.find_foreign(&name).unwrap_err(),
        inner.path(&name).unwrap_err(),
    ];
    assert!(errors.iter().all(|error| error.kind() == Kind::Config), "{errors:?}");
    assert_eq!(store.read(NAME), Ok(Some(unit(""))));
}

#[test]
fn a_text_that_would_not_be_ours_is_not_written() {
    let (folder, store) = new_store();
    for text in ["", "[Service]\nExecStart=/bin/true\n", &unit(&"x".repeat(LARGEST))] {
        assert_eq!(store.write_now(NAME, text).unwrap_err().kind(), Kind::Config);
    }
    assert_eq!(entries(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_file_of_ours_that_is_not_text_can_be_replaced_but_not_read() {
    let (folder, store) = new_store();
    let mut content = unit("").into_bytes();
    content.push(0xff);
    fs::write(folder.path().join(NAME), &content).unwrap();
    let error = store.read(NAME).unwrap_err();
    assert_eq!(error.kind(), Kind::Storage);
    assert!(error.to_string().contains(&format!("not UTF-8 at byte {}", content.len() - 1)), "{error}");
    assert_eq!(store.write_now(NAME, &unit("")), Ok(Written::Changed));
    assert_eq!(store.read(NAME), Ok(Some(unit(""))));
}

#[test]
fn finds_the_unit_in_the_first_of_the_other_folders() {
    let (folder, store) = new_store();
    let others: Vec<PathBuf> =
        ["missing", "file", "first", "second"].map(|name| folder.path().join(name)).into();
    let store = store.with_others(others.clone());
    fs::write(&others[1], "").unwrap();
    assert_eq!(store.find_foreign(NAME), Ok(None));
    for other in &others[2..] {
        fs::create_dir(other).unwrap();
        symlink("/dev/null", other.join(NAME)).unwrap();
    }
    store.write_now(NAME, &unit("ours does not count")).unwrap();
    let mask = ForeignUnit { path: others[2].join(NAME), is_mask: true };
    assert_eq!(store.find_foreign(NAME), Ok(Some(mask)));
}

#[test]
fn a_changed_file_has_the_usual_mode_and_keeps_its_owner() {
    let (folder, store) = new_store();
    let path = folder.path().join(NAME);
    store.write_now(NAME, &unit("old")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    // Only root can give a file away.
    let own = rustix::process::getuid().as_raw();
    let owner = if own == 0 { 65534 } else { own };
    std::os::unix::fs::chown(&path, Some(owner), None).unwrap();
    assert_eq!(store.write_now(NAME, &unit("new")), Ok(Written::Changed));
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.mode() & 0o7777, metadata.uid()), (0o644, owner));
}
