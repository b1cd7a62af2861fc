//! What is waited for, and for how long; what a killed process leaves behind.

use super::*;
use crate::flow::join_all;

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(30)
}

#[test]
fn a_deadline_ends_the_wait_for_the_lock() {
    let (folder, store) = new_store();
    store.write_now(NAME, &unit("old")).unwrap();
    let held = lock_now(Folder::open(folder.path()).unwrap().unwrap()).unwrap();
    let deadline = Some(soon());
    for error in [
        block(store.write(NAME, &unit("new"), deadline), None).unwrap().unwrap_err(),
        block(store.remove(NAME, deadline), None).unwrap().unwrap_err(),
        block(store.check_access(NAME, deadline), None).unwrap().unwrap_err(),
        block(store.restore(NAME, &unit("new"), None, deadline), None).unwrap().unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.facts().unit.as_deref()), (Kind::Timeout, Some(NAME)));
        assert_eq!(error.facts().path, Some(folder.path().join(".pm2go.lock")));
        assert!(error.to_string().contains("nothing was changed"), "{error}");
    }
    drop(held);
    assert_eq!(store.read(NAME), Ok(Some(unit("old"))));
    assert_eq!(block(store.check_access(NAME, deadline), None).unwrap(), Ok(()));
    assert_eq!(litter(folder.path()), Vec::<PathBuf>::new());
}

/// Two flows on one thread: if the first one's wait blocked the thread, the second could not end it.
#[test]
fn the_wait_for_the_lock_does_not_block_the_thread() {
    let (folder, store) = new_store();
    let held = std::sync::Mutex::new(Some(lock_now(Folder::open(folder.path()).unwrap().unwrap()).unwrap()));
    let deadline = Some(Instant::now() + LOCK_WAIT);
    let text = unit("new");
    let flow = async |releases: bool| {
        if !releases {
            return store.write(NAME, &text, deadline).await.map(Some);
        }
        crate::flow::sleep_until(soon()).await;
        drop(held.lock().unwrap().take());
        Ok(None)
    };
    let results = block(join_all(vec![flow(false), flow(true)]), None).unwrap();
    assert_eq!(results, [Ok(Some(Written::Created)), Ok(None)]);
}

#[test]
fn one_has_his_turn_with_a_unit_and_others_wait() {
    let (folder, store) = new_store();
    let turn = |name: &str, deadline| block(store.turn(name, deadline), None).unwrap();
    let first = turn(NAME, None).unwrap().unwrap();
    let error = turn(NAME, Some(soon())).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    assert!(turn("pm2-other.service", Some(soon())).unwrap().is_some());
    // It is no lock of the folder.
    assert_eq!(store.write_now(NAME, &unit("")), Ok(Written::Created));
    drop(first);
    assert!(turn(NAME, Some(soon())).unwrap().is_some());
    assert_eq!(litter(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn who_takes_too_long_is_not_waited_for() {
    let (_folder, mut store) = new_store();
    store.lock_wait = Duration::from_millis(20);
    let first = block(store.turn(NAME, None), None).unwrap().unwrap();
    assert!(block(store.turn(NAME, None), None).unwrap().unwrap().is_none());
    drop(first);
}

#[test]
fn what_a_killed_process_left_is_cleaned_up() {
    let (folder, store) = new_store();
    let path = |name: &str| folder.path().join(name);
    for name in [".pm2go.lock", ".pm2go-1-0.tmp", ".pm2go-pm2-api.service.lock", ".pm2go-pm2-b.service.lock"]
    {
        fs::write(path(name), "").unwrap();
        block(store.clean_up(NAME, Some(soon())), None).unwrap().unwrap();
    }
    // Only a writer's own leftovers, and those of this unit, are worth a look.
    assert_eq!(litter(folder.path()), [Path::new(".pm2go-pm2-b.service.lock")]);
    let held = block(store.turn("pm2-c.service", None), None).unwrap().unwrap();
    store.write_now(NAME, &unit("")).unwrap();
    assert_eq!(litter(folder.path()), [Path::new(".pm2go-pm2-c.service.lock")]);
    drop(held);
    assert_eq!(litter(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_file_that_is_gone_is_known_until_it_is_removed() {
    let (folder, store) = new_store();
    let path = folder.path().join(NAME);
    assert_eq!((store.has_gone(NAME), store.list_gone("pm2-")), (Ok(false), Ok(vec![])));
    store.write_now(NAME, &unit("")).unwrap();
    store.write_now("other-a.service", &unit("")).unwrap();
    assert_eq!((store.has_gone(NAME), store.list_gone("pm2-")), (Ok(false), Ok(vec![])));
    fs::remove_file(&path).unwrap();
    fs::remove_file(folder.path().join("other-a.service")).unwrap();
    assert_eq!((store.has_gone(NAME), store.list_gone("pm2-")), (Ok(true), Ok(vec![NAME.to_owned()])));
    // Whatever stands there now is not what was recorded.
    fs::write(&path, "[Service]\n").unwrap();
    assert_eq!((store.has_gone(NAME), store.list_gone("pm2-")), (Ok(false), Ok(vec![])));
    fs::remove_file(&path).unwrap();
    assert_eq!(store.remove_now(NAME), Ok(Removed::default()));
    assert_eq!((store.has_gone(NAME), store.list_gone("pm2-")), (Ok(false), Ok(vec![])));
    assert_eq!(store.remove_now("other-a.service"), Ok(Removed::default()));
    assert!(!folder.path().join(".pm2go.units").exists());
}

#[test]
fn a_file_of_an_earlier_version_is_recorded_by_the_next_write() {
    let (folder, store) = new_store();
    fs::write(folder.path().join(NAME), unit("")).unwrap();
    assert_eq!(store.write_now(NAME, &unit("")), Ok(Written::Unchanged));
    fs::remove_file(folder.path().join(NAME)).unwrap();
    assert_eq!(store.has_gone(NAME), Ok(true));
}

#[test]
fn the_records_lead_nowhere_else() {
    let (folder, store) = new_store();
    let (elsewhere, _) = new_store();
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(".pm2go.units")).unwrap();
    fs::write(elsewhere.path().join(NAME), "").unwrap();
    store.write_now("pm2-b.service", &unit("")).unwrap();
    store.remove_now("pm2-b.service").unwrap();
    assert_eq!(entries(elsewhere.path()), [Path::new(NAME)]);
    assert_eq!(store.list_gone(""), Ok(vec![]));
    assert_eq!(store.has_gone(NAME), Ok(false));
}
