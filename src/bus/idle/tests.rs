use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::table::{CLOSING, NOBODY, SEATS, TABLE};
use super::*;

const LIMIT: Duration = Duration::from_millis(100);
/// Long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The table is the process's: one test at a time uses it.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pair() -> (Arc<OwnedFd>, OwnedFd) {
    let (ours, theirs) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    (Arc::new(ours), theirs)
}

fn is_shut_down(other_end: &OwnedFd, within: Duration) -> bool {
    let until = Instant::now() + within;
    loop {
        let mut fds = [PollFd::new(other_end, PollFlags::IN)];
        let left = until.saturating_duration_since(Instant::now());
        match poll(&mut fds, Some(&left.try_into().unwrap())) {
            Ok(count) => return count > 0,
            Err(Errno::INTR) => {}
            Err(errno) => panic!("{errno}"),
        }
    }
}

/// A parked socket is shut down after the limit and not before, one that was taken back is not, a second wave is
/// too.
#[test]
fn idle_sockets_are_shut_down() {
    let _alone = alone();
    let (idle, idle_end) = pair();
    let (used, used_end) = pair();
    let begin = Instant::now();
    let parked = park_for(&idle, LIMIT).unwrap();
    drop(park_for(&used, PATIENCE).unwrap());
    assert!(is_shut_down(&idle_end, PATIENCE));
    assert!(begin.elapsed() >= LIMIT);
    assert!(!is_shut_down(&used_end, Duration::ZERO));
    drop(parked);
    let again = park_for(&used, LIMIT).unwrap();
    assert!(is_shut_down(&used_end, PATIENCE));
    drop(again);
}

/// A client that calls again and again must not put off the end of one that does not.
#[test]
fn a_busy_client_does_not_keep_an_idle_one_open() {
    let _alone = alone();
    let (idle, idle_end) = pair();
    let (busy, busy_end) = pair();
    let begin = Instant::now();
    let _parked = park_for(&idle, LIMIT).unwrap();
    while !is_shut_down(&idle_end, LIMIT / 10) {
        assert!(begin.elapsed() < PATIENCE);
        drop(park_for(&busy, PATIENCE * 10).unwrap());
        drop(park_for(&busy, PATIENCE).unwrap());
    }
    assert!(begin.elapsed() >= LIMIT);
    assert!(!is_shut_down(&busy_end, Duration::ZERO));
}

/// The table is full: who comes then must close its connection at once.
#[test]
fn the_table_has_a_last_seat() {
    let _alone = alone();
    let pairs: Vec<_> = (0..SEATS).map(|_| pair()).collect();
    let parked: Vec<_> = pairs.iter().map(|(socket, _)| park_for(socket, LIMIT).unwrap()).collect();
    let (late, late_end) = pair();
    assert!(park_for(&late, LIMIT).is_none());
    for (_, end) in &pairs {
        assert!(is_shut_down(end, PATIENCE));
    }
    drop(parked);
    let parked = park_for(&late, LIMIT).unwrap();
    assert!(is_shut_down(&late_end, PATIENCE));
    drop(parked);
}

/// Threads park and take back while the thread closes all the time: a socket may be shut down while it is parked,
/// but never after it was taken back.
#[test]
fn a_socket_in_use_is_never_shut_down() {
    const ROUNDS: u32 = 60;
    let _alone = alone();
    let worker = |seed: u32| {
        let mut dice = seed;
        let mut kept = 0;
        for _ in 0..ROUNDS {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (socket, end) = pair();
            // The end of the limit and the taking back come in either order, and at times at once.
            let limit = Duration::from_micros(u64::from(dice >> 24));
            let parked = park_for(&socket, limit).expect("there are seats enough");
            for _ in 0..(dice >> 8) & 0x3fff {
                std::hint::spin_loop();
            }
            drop(parked);
            if !is_shut_down(&end, Duration::ZERO) {
                wait_for_a_closing();
                assert!(!is_shut_down(&end, Duration::ZERO), "shut down in use");
                kept += 1;
            }
        }
        kept
    };
    let kept: Vec<u32> = std::thread::scope(|threads| {
        let workers: Vec<_> = (1..=4).map(|seed| threads.spawn(move || worker(seed * 7919))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    // Every round of a socket that was kept has seen another one shut down: that is the other outcome.
    assert!(kept.iter().all(|&rounds| rounds > 0), "{kept:?}");
}

/// Waits until the thread has looked at the whole table, in which a socket of this call's own is due.
fn wait_for_a_closing() {
    let (socket, end) = pair();
    let _parked = park_for(&socket, Duration::ZERO).expect("there are seats enough");
    assert!(is_shut_down(&end, PATIENCE));
}

/// The window in which a descriptor has been read and not shut down yet is too short to be met by chance.
#[test]
fn taking_back_waits_for_whoever_closes() {
    const CHANCES: usize = 1_000;
    let _alone = alone();
    let (socket, _end) = pair();
    let parked = park_for(&socket, PATIENCE).unwrap();
    let seat = &TABLE[parked.seat().unwrap()];
    let is_through = &AtomicBool::new(false);
    CLOSING.fetch_add(1, Ordering::SeqCst);
    std::thread::scope(|threads| {
        let taker = threads.spawn(move || {
            drop(parked);
            is_through.load(Ordering::SeqCst)
        });
        while seat.descriptor.load(Ordering::SeqCst) != NOBODY {
            std::thread::yield_now();
        }
        // From here on it must wait. One that did not would have every chance to be quicker than this.
        for _ in 0..CHANCES {
            std::thread::yield_now();
        }
        is_through.store(true, Ordering::SeqCst);
        CLOSING.fetch_sub(1, Ordering::SeqCst);
        assert!(taker.join().unwrap(), "it was taken back while it was being closed");
    });
}

/// Those of a bus stay open; what was taken back in time says nothing.
#[test]
fn a_farewell_is_said_once() {
    let _alone = alone();
    let farewell: Arc<[u8]> = Arc::from(&b"good night"[..]);
    let (socket, end) = pair();
    assert!(!park_to_say(&socket, Arc::clone(&farewell)).unwrap().take_back());
    let parked = park_to_say(&socket, Arc::clone(&farewell)).unwrap();
    let mut heard = [0; 64];
    assert!(is_shut_down(&end, PATIENCE), "there is something to read");
    assert_eq!(rustix::io::read(&end, &mut heard), Ok(farewell.len()));
    assert_eq!(&heard[..farewell.len()], &*farewell);
    assert!(parked.take_back());
    assert!(!is_shut_down(&end, Duration::ZERO));
}

/// One that does not take it is shut down: half a message would be the end of the connection anyway.
#[test]
fn a_farewell_that_does_not_go_through_ends_the_connection() {
    let _alone = alone();
    let (socket, end) = pair();
    rustix::io::ioctl_fionbio(&socket, true).unwrap();
    while rustix::io::write(&*socket, &[0; 1 << 12]).is_ok() {}
    let parked = park_to_say(&socket, Arc::from(&b"good night"[..])).unwrap();
    let begin = Instant::now();
    rustix::io::ioctl_fionbio(&end, true).unwrap();
    let mut heard = [0; 1 << 12];
    while TABLE[parked.seat().unwrap()].descriptor.load(Ordering::SeqCst) != NOBODY {
        assert!(begin.elapsed() < PATIENCE);
        std::thread::sleep(LIMIT / 10);
    }
    while rustix::io::read(&end, &mut heard).unwrap() > 0 {}
    drop(parked);
}

/// Other libraries' waits must not be interrupted: not all of them bear that.
#[test]
fn no_wait_of_the_program_is_interrupted() {
    let _alone = alone();
    let (socket, end) = pair();
    let (_quiet, quiet_end) = pair();
    let _parked = park_for(&socket, LIMIT).unwrap();
    let begin = Instant::now();
    while !is_shut_down(&end, Duration::ZERO) {
        assert!(begin.elapsed() < PATIENCE);
        let mut fds = [PollFd::new(&quiet_end, PollFlags::IN)];
        assert_eq!(poll(&mut fds, Some(&LIMIT.try_into().unwrap())), Ok(0));
    }
}

/// A thread that is about to end may hold locks, which a child would have for ever.
#[test]
fn before_a_fork_the_thread_is_gone_for_good() {
    let _alone = alone();
    for _ in 0..200 {
        let (socket, _end) = pair();
        let _parked = park_for(&socket, PATIENCE).unwrap();
        before_fork();
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        let found: Vec<_> = names.filter(|name| name.trim() == "pm2go-idle").collect();
        after_fork();
        assert_eq!(found, [""; 0]);
    }
}

/// A watch whose reader works for a moment must not lose its connection because that work forks.
#[test]
fn a_fork_closes_only_what_lies_idle() {
    let _alone = alone();
    let (idle, idle_end) = pair();
    let (unread, unread_end) = pair();
    let (soon, soon_end) = pair();
    let _idle = park(&idle).unwrap();
    let _unread = park_for(&unread, PATIENCE * 10).unwrap();
    before_fork();
    assert!(is_shut_down(&idle_end, Duration::ZERO));
    assert!(!is_shut_down(&unread_end, Duration::ZERO));
    after_fork();
    assert!(!RUNNING.load(Ordering::SeqCst), "Python would warn of a thread");

    let parked = park_for(&soon, SOON / 2).unwrap();
    before_fork();
    after_fork();
    assert!(is_shut_down(&soon_end, PATIENCE));
    drop(parked);
    assert!(!is_shut_down(&unread_end, Duration::ZERO));
}

/// Who parks while another thread forks must not lose a connection either.
#[test]
fn who_parks_during_a_fork_is_seen_after_it() {
    let _alone = alone();
    let (unread, unread_end) = pair();
    let (idle, idle_end) = pair();
    before_fork();
    let _unread = park_for(&unread, PATIENCE * 10).unwrap();
    let _idle = park_for(&idle, LIMIT).unwrap();
    assert!(!RUNNING.load(Ordering::SeqCst));
    after_fork();
    assert!(is_shut_down(&idle_end, PATIENCE));
    assert!(!is_shut_down(&unread_end, Duration::ZERO));
}

/// The thread is gone when there was nothing to do for a while, and comes back.
#[test]
fn the_thread_comes_and_goes() {
    let _alone = alone();
    let runs = || RUNNING.load(Ordering::SeqCst);
    for _ in 0..2 {
        let (socket, end) = pair();
        let parked = park_for(&socket, LIMIT).unwrap();
        assert!(runs());
        assert!(is_shut_down(&end, PATIENCE));
        drop(parked);
        let begin = Instant::now();
        while runs() {
            assert!(begin.elapsed() < PATIENCE);
            std::thread::sleep(LIMIT / 10);
        }
    }
}
