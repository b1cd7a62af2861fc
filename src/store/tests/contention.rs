//! Many writers at once, in threads and in processes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::*;

const ROUNDS: usize = 12;

/// Long enough to need more than one page, and the same letter all through: a mix of two would show.
fn long_unit(letter: char) -> String {
    unit(&String::from(letter).repeat(20_000))
}

fn assert_is_whole(text: &str) {
    let letter = text.chars().nth("[Unit]\nDescription=".len()).unwrap();
    assert_eq!(text, long_unit(letter));
}

/// Writes one shared name and one name of its own in turns; gives how often it created the shared one.
fn write_often(store: &UnitStore, letter: char) -> usize {
    let mut created = 0;
    for round in 0..ROUNDS {
        let written = store.write_now(NAME, &long_unit(letter)).unwrap();
        created += usize::from(written == Written::Created);
        store.write_now(&format!("pm2-{letter}.service"), &unit(&round.to_string())).unwrap();
        assert_is_whole(&store.read(NAME).unwrap().unwrap());
    }
    created
}

fn assert_all_there(store: &UnitStore, letters: &str) {
    for letter in letters.chars() {
        let last = unit(&(ROUNDS - 1).to_string());
        assert_eq!(store.read(&format!("pm2-{letter}.service")), Ok(Some(last)));
    }
    assert_is_whole(&store.read(NAME).unwrap().unwrap());
    assert_eq!(store.list("pm2-").unwrap().len(), letters.len() + 1);
    assert_eq!(litter(store.folder()), Vec::<PathBuf>::new());
}

#[test]
fn threads_do_not_disturb_each_other() {
    let (_folder, store) = new_store();
    let (store, letters) = (&store, "abcdef");
    let done = AtomicBool::new(false);
    let created: Vec<usize> = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                if let Some(text) = store.read(NAME).unwrap() {
                    assert_is_whole(&text);
                }
                assert!(store.list("pm2-").unwrap().len() <= letters.len() + 1);
            }
        });
        let start = |letter| scope.spawn(move || write_often(store, letter));
        let writers: Vec<_> = letters.chars().map(start).collect();
        let results: Vec<_> = writers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        results.into_iter().map(|result| result.unwrap()).collect()
    });
    assert_eq!(created.iter().sum::<usize>(), 1);
    assert_all_there(store, letters);
}

#[test]
#[ignore = "the child of processes_do_not_disturb_each_other"]
fn child_writes_often() {
    write_often(&given_store(), given("PM2GO_TEST_LETTER").chars().next().unwrap());
}

#[test]
fn processes_do_not_disturb_each_other() {
    let (folder, store) = new_store();
    let letters = "abcd";
    let start = |letter: char| {
        let mut child = child("contention::child_writes_often", folder.path());
        child
            .env("PM2GO_TEST_LETTER", letter.to_string())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = letters.chars().map(start).collect();
    for child in children {
        assert_passed(&child.wait_with_output().unwrap());
    }
    assert_all_there(&store, letters);
}

#[test]
fn a_writer_that_holds_the_lock_too_long_is_not_waited_for_for_ever() {
    let (folder, mut store) = new_store();
    store.lock_wait = Duration::from_millis(60);
    let open = || Folder::open(folder.path()).unwrap().unwrap();
    let held = lock_now(open()).unwrap();
    let start = Instant::now();
    let error = store.write_now(NAME, &unit("")).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(start.elapsed() >= store.lock_wait);
    assert_eq!(store.read(NAME), Ok(None));
    drop(held);
    assert_eq!(store.write_now(NAME, &unit("")), Ok(Written::Created));
    assert_eq!(litter(folder.path()), Vec::<PathBuf>::new());
}
