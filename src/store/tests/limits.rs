//! No rights, no room, and a strange umask.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;

use rustix::process::{Resource, Rlimit, setrlimit, umask};

use super::*;
use crate::store::step::plan::{Event, run};

/// As a user without rights in the folder; credentials belong to a thread, so no other test sees this.
fn without_rights<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let nobody = rustix::process::Uid::from_raw(65534);
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            if rustix::process::geteuid().is_root() {
                rustix::thread::set_thread_uid(nobody).unwrap();
            }
            work()
        });
        worker.join().unwrap()
    })
}

#[test]
fn a_folder_without_write_access_is_named_with_the_next_step() {
    let (folder, store) = new_store();
    store.write_now(NAME, &unit("old")).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    without_rights(|| {
        assert_eq!(store.read(NAME), Ok(Some(unit("old"))));
        assert_eq!(store.list("pm2-"), Ok(vec![NAME.to_owned()]));
        assert_eq!(store.write_now(NAME, &unit("old")), Ok(Written::Unchanged));
        assert_eq!(store.remove_now("pm2-other.service"), Ok(Removed::default()));
        let inner = UnitStore::at(folder.path().join("inner"));
        let errors = [
            store.write_now(NAME, &unit("new")).unwrap_err(),
            store.write_now("pm2-other.service", &unit("new")).unwrap_err(),
            store.remove_now(NAME).unwrap_err(),
            inner.write_now(NAME, &unit("new")).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), Kind::PermissionDenied);
            assert!(error.facts().unit.is_some(), "{error}");
            assert!(error.to_string().contains(&*folder.path().to_string_lossy()), "{error}");
            assert!(error.facts().hint.as_ref().unwrap().to_string().contains("user scope"), "{error}");
        }
    });
    assert_eq!(entries(folder.path()), [Path::new(NAME)]);
    assert_eq!(store.read(NAME), Ok(Some(unit("old"))));
}

#[test]
fn a_file_that_may_not_be_read_is_not_listed() {
    let (folder, store) = new_store();
    store.write_now(NAME, &unit("")).unwrap();
    let closed = folder.path().join("pm2-closed.service");
    fs::write(&closed, unit("")).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    without_rights(|| {
        assert_eq!(store.list("pm2-"), Ok(vec![NAME.to_owned()]));
        assert_eq!(store.read("pm2-closed.service").unwrap_err().kind(), Kind::PermissionDenied);
    });
}

const ROOM: u64 = 4096;

fn have_little_room() {
    let limit = |size| Rlimit { current: Some(size), maximum: Some(size) };
    setrlimit(Resource::Core, limit(0)).unwrap();
    setrlimit(Resource::Fsize, limit(ROOM)).unwrap();
}

fn write_more_than_that() -> Result<Written> {
    given_store().write_now(NAME, &unit(&"x".repeat(16_000)))
}

#[test]
#[ignore = "the child of running_out_of_room_keeps_the_old_file_and_leaves_nothing"]
fn child_runs_out_of_room() {
    have_little_room();
    let error = write_more_than_that().unwrap_err();
    assert_eq!((error.kind(), error.facts().errno), (Kind::Storage, Some(27)), "{error}");
}

/// The signal that would end the process (SIGXFSZ) is not for the thread that writes.
#[test]
fn running_out_of_room_keeps_the_old_file_and_leaves_nothing() {
    let (folder, store) = new_store();
    store.write_now(NAME, &unit("old")).unwrap();
    assert_passed(&child("limits::child_runs_out_of_room", folder.path()).output().unwrap());
    assert_eq!(store.read(NAME), Ok(Some(unit("old"))));
    assert_eq!(entries(folder.path()), [Path::new(NAME)]);
}

#[test]
#[ignore = "the child of a_writer_killed_with_half_a_file_written_leaves_the_old_one"]
fn child_is_killed_with_half_a_file_written() {
    have_little_room();
    let second = WRITE.iter().position(|step| *step == "write").unwrap() + 1;
    run(second, Event::Die, write_more_than_that).0.unwrap();
}

#[test]
fn a_writer_killed_with_half_a_file_written_leaves_the_old_one() {
    let (folder, store) = new_store();
    store.write_now(NAME, &unit("old")).unwrap();
    let output = child("limits::child_is_killed_with_half_a_file_written", folder.path()).output().unwrap();
    assert_eq!(output.status.signal(), Some(9), "{output:?}");
    let half =
        litter(folder.path()).into_iter().find(|name| name.extension().is_some_and(|end| end == "tmp"));
    assert_eq!(fs::metadata(folder.path().join(half.unwrap())).unwrap().len(), ROOM);
    assert_eq!(store.read(NAME), Ok(Some(unit("old"))));
    assert_eq!(store.write_now(NAME, &unit("new")), Ok(Written::Changed));
    assert_eq!(entries(folder.path()), [Path::new(NAME)]);
}

#[test]
#[ignore = "the child of the_umask_does_not_matter"]
fn child_has_a_umask() {
    umask(rustix::fs::Mode::from_raw_mode(0o077));
    given_store().write_now(NAME, &unit("")).unwrap();
}

#[test]
fn the_umask_does_not_matter() {
    let (folder, _) = new_store();
    assert_passed(&child("limits::child_has_a_umask", folder.path()).output().unwrap());
    let mode = fs::metadata(folder.path().join(NAME)).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o644);
}
