//! A writer that dies, fails, or is interfered with between any two steps.

use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;

use rustix::io::Errno;

use super::*;
use crate::store::step::plan::{Event, run};

/// What stands in the folder before, and what is then done.
#[derive(Clone, Copy, Debug)]
enum Case {
    /// A first file, in a folder that is missing.
    Create,
    /// Another text for an old file.
    Change,
    /// The same, where a killed writer has left its files.
    ChangeAfterDeath,
    /// The unit file and two drop-ins.
    Remove,
}

const CASES: [Case; 4] = [Case::Create, Case::Change, Case::ChangeAfterDeath, Case::Remove];

impl Case {
    fn prepare(self, store: &UnitStore) {
        match self {
            Self::Create => fs::remove_dir(store.folder()).unwrap(),
            Self::Change => drop(store.write_now(NAME, &unit("old")).unwrap()),
            Self::ChangeAfterDeath => {
                store.write_now(NAME, &unit("old")).unwrap();
                fs::write(store.folder().join(".pm2go.lock"), "").unwrap();
                fs::write(store.folder().join(".pm2go-1-0.tmp"), "[Un").unwrap();
            }
            Self::Remove => {
                store.write_now(NAME, &unit("old")).unwrap();
                let drop_ins = store.folder().join(format!("{NAME}.d"));
                fs::create_dir(&drop_ins).unwrap();
                fs::write(drop_ins.join("a.conf"), unit("a")).unwrap();
                fs::write(drop_ins.join("b.conf"), unit("b")).unwrap();
            }
        }
    }

    fn act(self, store: &UnitStore) -> Result<()> {
        match self {
            Self::Create | Self::Change | Self::ChangeAfterDeath => {
                store.write_now(NAME, &unit("new")).map(drop)
            }
            Self::Remove => store.remove_now(NAME).map(drop),
        }
    }

    fn before_and_after(self) -> [Option<String>; 2] {
        match self {
            Self::Create => [None, Some(unit("new"))],
            Self::Change | Self::ChangeAfterDeath => [Some(unit("old")), Some(unit("new"))],
            Self::Remove => [Some(unit("old")), None],
        }
    }

    /// Whatever happened: the next call brings the work to its end and leaves nothing else behind.
    fn assert_recovers(self, store: &UnitStore, when: &str) {
        self.act(store).unwrap();
        let [_, after] = self.before_and_after();
        assert_eq!(store.read(NAME), Ok(after.clone()), "{when}");
        let expected: &[&Path] = if after.is_some() { &[Path::new(NAME)] } else { &[] };
        assert_eq!(entries(store.folder()), expected, "{when}");
    }
}

#[test]
#[ignore = "the child of a_killed_writer_leaves_the_old_file_or_the_new_one"]
fn child_dies() {
    let case = CASES[given("PM2GO_TEST_CASE").parse::<usize>().unwrap()];
    let step = given("PM2GO_TEST_STEP").parse().unwrap();
    run(step, Event::Die, || case.act(&given_store())).0.unwrap();
}

#[test]
fn a_killed_writer_leaves_the_old_file_or_the_new_one() {
    for (index, case) in CASES.into_iter().enumerate() {
        let mut deaths = 0;
        for step in 0.. {
            let (_folder, store) = new_store();
            case.prepare(&store);
            let mut child = child("interrupted::child_dies", store.folder());
            child.env("PM2GO_TEST_CASE", index.to_string()).env("PM2GO_TEST_STEP", step.to_string());
            let output = child.output().unwrap();
            let when = format!("{case:?}, killed at step {step}");
            assert!(case.before_and_after().contains(&store.read(NAME).unwrap()), "{when}");
            if output.status.signal() != Some(9) {
                assert_passed(&output);
                break;
            }
            deaths += 1;
            case.assert_recovers(&store, &when);
        }
        assert!(deaths >= 6, "{case:?} had {deaths} steps only");
    }
}

#[test]
fn a_failed_step_leaves_the_old_file_or_the_new_one_and_no_litter() {
    for case in CASES {
        for step in 0.. {
            let (_folder, store) = new_store();
            case.prepare(&store);
            let (result, reached) = run(step, Event::Fail(Errno::IO), || case.act(&store));
            let Some(failed) = reached.get(step) else { break };
            let when = format!("{case:?}, failed to {failed}");
            let [old, new] = case.before_and_after();
            let now = store.read(NAME).unwrap();
            assert!(now == old || now == new, "{when}");
            let harmless = ["remove the lock file", "dead writer", "record the unit", "forget the unit"];
            if harmless.iter().any(|step| failed.contains(step)) {
                assert_eq!((result, now), (Ok(()), new), "{when}");
            } else {
                let error = result.expect_err(&when);
                assert_eq!((error.kind(), error.facts().errno), (Kind::Storage, Some(5)), "{when}: {error}");
                assert_eq!(
                    litter(store.folder()).iter().filter(|_| !failed.contains("lock")).count(),
                    0,
                    "{when}"
                );
            }
            if failed.contains("dead writer") {
                // Only a call that changes something looks for such files.
                store.write_now(NAME, &unit("another")).unwrap();
            }
            case.assert_recovers(&store, &when);
        }
    }
}

#[test]
fn the_steps_of_a_write_are_in_the_order_that_makes_it_safe() {
    let (_folder, store) = new_store();
    for text in ["old", "new"] {
        let (result, reached) =
            run(usize::MAX, Event::Fail(Errno::IO), || store.write_now(NAME, &unit(text)));
        result.unwrap();
        assert_eq!(reached, WRITE);
    }
    let (_, reached) = run(usize::MAX, Event::Fail(Errno::IO), || store.write_now(NAME, &unit("new")));
    assert_eq!(reached, [""; 0]);
}

/// Does `meanwhile` just before the rename.
fn write_while(store: &UnitStore, meanwhile: impl FnOnce() + Send + 'static) -> Result<Written> {
    let rename = WRITE.iter().position(|step| *step == "rename").unwrap();
    let (result, reached) =
        run(rename, Event::Meanwhile(Box::new(meanwhile)), || store.write_now(NAME, &unit("new")));
    assert_eq!(reached[rename], "rename");
    result
}

#[test]
fn what_appears_before_the_rename_is_not_overwritten() {
    for old_is_there in [false, true] {
        for (kind, target) in [(Kind::NotOwned, "nowhere"), (Kind::UnitMasked, "/dev/null")] {
            let (folder, store) = new_store();
            let path = folder.path().join(NAME);
            if old_is_there {
                store.write_now(NAME, &unit("old")).unwrap();
            }
            let place = path.clone();
            let result = write_while(&store, move || {
                let _ = fs::remove_file(&place);
                symlink(target, &place).unwrap();
            });
            assert_eq!(result.unwrap_err().kind(), kind);
            assert_eq!(fs::read_link(&path).unwrap(), Path::new(target));
            assert_eq!(litter(folder.path()), Vec::<PathBuf>::new());
        }
    }
}

#[test]
fn a_file_of_ours_that_was_replaced_meanwhile_is_not_lost() {
    let (folder, store) = new_store();
    store.write_now(NAME, &unit("old")).unwrap();
    let (fresh, path) = (folder.path().join("fresh"), folder.path().join(NAME));
    fs::write(&fresh, unit("by another hand")).unwrap();
    let error = write_while(&store, move || fs::rename(fresh, path).unwrap()).unwrap_err();
    assert_eq!(error.kind(), Kind::Storage);
    assert_eq!(store.read(NAME), Ok(Some(unit("by another hand"))));
}

#[test]
fn a_file_that_was_removed_meanwhile_is_written_all_the_same() {
    let (folder, store) = new_store();
    store.write_now(NAME, &unit("old")).unwrap();
    let path = folder.path().join(NAME);
    write_while(&store, move || fs::remove_file(path).unwrap()).unwrap();
    assert_eq!(store.read(NAME), Ok(Some(unit("new"))));
}

#[test]
fn a_lock_on_a_file_that_another_writer_has_removed_counts_for_nothing() {
    let (folder, mut store) = new_store();
    store.lock_wait = Duration::from_millis(20);
    let path = folder.path().to_owned();
    let next_writer = move || {
        fs::remove_file(path.join(".pm2go.lock")).unwrap();
        let locked = lock_now(Folder::open(&path).unwrap().unwrap()).unwrap();
        std::mem::forget(locked);
    };
    let lock = WRITE.iter().position(|step| *step == "lock").unwrap();
    let (result, _) = run(lock, Event::Meanwhile(Box::new(next_writer)), || store.write_now(NAME, &unit("")));
    assert_eq!(result.unwrap_err().kind(), Kind::Timeout);
    assert_eq!(store.read(NAME), Ok(None));
}

#[test]
fn a_folder_that_is_swapped_meanwhile_redirects_nothing() {
    let (parent, _) = new_store();
    let [folder, moved, trap] = ["folder", "moved", "trap"].map(|name| parent.path().join(name));
    fs::create_dir(&trap).unwrap();
    let (from, to, target) = (folder.clone(), moved.clone(), trap.clone());
    write_while_created(&UnitStore::at(&folder), move || {
        fs::rename(&from, to).unwrap();
        symlink(target, from).unwrap();
    });
    assert_eq!(entries(&trap), Vec::<PathBuf>::new());
    assert_eq!(entries(&moved), [Path::new(NAME)]);
}

fn write_while_created(store: &UnitStore, meanwhile: impl FnOnce() + Send + 'static) {
    fs::create_dir(store.folder()).unwrap();
    assert_eq!(write_while(store, meanwhile), Ok(Written::Created));
}

/// The disk takes its time with a file: what else runs on the thread goes on, and Ctrl-C ends the wait, but not the
/// writer, who leaves nothing half done.
#[test]
fn a_slow_disk_blocks_no_thread_and_a_wait_for_it_can_be_given_up() {
    let (folder, store) = new_store();
    let (reached, is_reached) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let slow = move || {
        reached.send(()).unwrap();
        may_go_on.recv_timeout(Duration::from_secs(60)).unwrap();
    };
    let sync = WRITE.iter().position(|step| *step == "sync the file").unwrap();
    let interrupt = || match is_reached.try_recv() {
        Ok(()) => Err(Error::new(Kind::Interrupted, "Ctrl-C")),
        Err(_) => Ok(()),
    };
    let text = unit("new");
    let (result, _) = run(sync, Event::Meanwhile(Box::new(slow)), || {
        block(store.write(NAME, &text, None), Some(&interrupt))
    });
    assert_eq!(result.unwrap_err().kind(), Kind::Interrupted);
    assert_eq!(store.read(NAME), Ok(None));
    go_on.send(()).unwrap();
    // Whoever comes next waits for it.
    assert_eq!(store.write_now(NAME, &unit("new")), Ok(Written::Unchanged));
    assert_eq!(litter(folder.path()), Vec::<PathBuf>::new());
}
