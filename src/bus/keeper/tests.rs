use std::os::fd::RawFd;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use super::table::{HASTE, PATIENCE, REPRIEVE};
use super::*;
use crate::bus::fake_peer;
use crate::flow::kept::{Found, Retired};

const LIMIT: Duration = Duration::from_secs(10);
const MOMENT: Duration = Duration::from_nanos(1);

/// A connection that does as it is told.
#[derive(Default)]
struct Told {
    reads: Arc<AtomicU64>,
    finds: Mutex<Vec<Found>>,
    is_busy: AtomicBool,
    is_wanted: AtomicBool,
    is_retired: AtomicBool,
}

impl Kept for Told {
    fn number(&self) -> RawFd {
        77
    }

    fn reads(&self) -> &Arc<AtomicU64> {
        &self.reads
    }

    fn read_in_place(&self, seen: u64) -> Found {
        assert_eq!(seen, self.reads.load(Ordering::SeqCst));
        self.finds.lock().unwrap().pop().expect("it is not to be read")
    }

    fn retire(&self) -> Retired {
        if self.is_busy.load(Ordering::SeqCst) {
            return Retired::Busy;
        }
        if self.is_wanted.load(Ordering::SeqCst) {
            return Retired::Wanted;
        }
        self.is_retired.store(true, Ordering::SeqCst);
        Retired::Done
    }
}

/// A table with this connection in it.
struct Case {
    table: Table,
    told: Arc<Told>,
    key: Key,
    begin: Instant,
    polled: Vec<(Key, RawFd)>,
}

fn case() -> Case {
    let told = Arc::<Told>::default();
    let kept: Arc<dyn Kept> = Arc::<Told>::clone(&told);
    let mut table = Table::default();
    let key = table.hold(&kept, None);
    Case { table, told, key, begin: Instant::now(), polled: Vec::new() }
}

impl Case {
    /// Whether its socket is polled, and until when.
    fn plan(&mut self) -> (bool, Option<Duration>) {
        let until = self.table.plan(&mut self.polled);
        (!self.polled.is_empty(), until.map(|until| until - self.begin))
    }

    fn can_be_read(&mut self, after: Duration) {
        self.table.note_unread(self.key, self.begin + after);
    }

    /// Does what is due by then, and tells how often it was read.
    fn work(&mut self, after: Duration) -> usize {
        let mut reads = 0;
        while let Some(step) = self.table.next_step(self.begin + after) {
            if let Step::Read(task) = step {
                self.table.note_read(task.perform());
                reads += 1;
            }
        }
        reads
    }

    fn is_retired(&self) -> bool {
        self.told.is_retired.load(Ordering::SeqCst)
    }
}

#[test]
fn what_its_owner_reads_in_time_is_let_be() {
    let mut case = case();
    assert_eq!(case.plan(), (true, None));
    case.can_be_read(Duration::ZERO);
    // However much comes meanwhile, the thread sleeps.
    assert_eq!(case.plan(), (false, Some(PATIENCE)));
    case.told.reads.fetch_add(1, Ordering::SeqCst);
    assert_eq!(case.work(PATIENCE), 0);
    assert_eq!(case.plan(), (true, None));
}

#[test]
fn what_lies_unread_is_read_when_its_time_has_come() {
    let mut case = case();
    case.told.finds.lock().unwrap().push(Found::Read(1));
    case.can_be_read(MOMENT);
    assert_eq!(case.work(PATIENCE), 0);
    assert_eq!(case.work(PATIENCE + MOMENT), 1);
    assert_eq!(case.plan(), (true, None));
    // That somebody leads is seen when it is to be read: then it is looked at again after the same time.
    case.told.finds.lock().unwrap().push(Found::Attended);
    case.can_be_read(LIMIT);
    assert_eq!(case.work(LIMIT + PATIENCE), 1);
    case.can_be_read(LIMIT * 2);
    assert_eq!(case.plan(), (false, Some(LIMIT * 2 + PATIENCE)));
}

/// The other end has more than the socket's buffer takes: whoever came after the usual time would be too slow for it.
#[test]
fn a_flood_is_read_in_haste_until_its_owner_reads() {
    let mut case = case();
    case.told.finds.lock().unwrap().extend([Found::Read(4), Found::Read(4)]);
    case.can_be_read(Duration::ZERO);
    assert_eq!(case.work(PATIENCE), 1);
    case.can_be_read(LIMIT);
    assert_eq!(case.work(LIMIT + HASTE), 1);
    case.can_be_read(LIMIT * 2);
    case.told.reads.fetch_add(1, Ordering::SeqCst);
    assert_eq!(case.work(LIMIT * 2 + HASTE), 0);
    case.can_be_read(LIMIT * 3);
    assert_eq!(case.plan(), (false, Some(LIMIT * 3 + PATIENCE)));
}

/// Its socket can be read for ever.
#[test]
fn what_is_lost_is_not_looked_at_any_more() {
    let mut case = case();
    case.told.finds.lock().unwrap().push(Found::Lost);
    case.can_be_read(Duration::ZERO);
    assert_eq!(case.work(PATIENCE), 1);
    assert_eq!(case.plan(), (false, None));
    assert!(!case.table.has_work());
}

#[test]
fn what_its_owner_has_dropped_is_not_looked_at_any_more() {
    let mut case = case();
    case.can_be_read(Duration::ZERO);
    case.told = Arc::default();
    assert_eq!(case.work(PATIENCE), 0);
    assert!(!case.table.has_work());
}

#[test]
fn what_nobody_uses_is_retired_after_its_time_and_not_before() {
    let mut case = case();
    let end = case.begin + LIMIT;
    assert!(case.table.rest(case.key, end), "the thread has to hear of the time");
    assert_eq!(case.plan(), (true, Some(LIMIT)));
    case.work(LIMIT / 2);
    assert!(!case.is_retired());
    case.work(LIMIT);
    assert!(case.is_retired());
    assert!(!case.table.has_work());
    // It is used again: what comes next is to be read, and it is retired again.
    case.told.is_retired.store(false, Ordering::SeqCst);
    assert!(case.table.begin_use(case.key));
    assert_eq!(case.plan(), (true, None));
    assert!(case.table.rest(case.key, end + LIMIT));
    case.work(LIMIT * 2);
    assert!(case.is_retired());
}

/// The thread sleeps on while calls come and go; it moves its time when it has come.
#[test]
fn a_connection_in_use_is_not_retired() {
    let mut case = case();
    assert!(case.table.rest(case.key, case.begin + LIMIT));
    for number in 1..100 {
        assert!(!case.table.begin_use(case.key));
        assert!(!case.table.rest(case.key, case.begin + LIMIT + MOMENT * number));
    }
    case.work(LIMIT);
    assert!(!case.is_retired());
    assert_eq!(case.plan(), (true, Some(LIMIT + MOMENT * 99)));
    assert!(!case.table.begin_use(case.key));
    case.work(LIMIT * 2);
    assert!(!case.is_retired());
    // Nobody waits for a time any more.
    assert_eq!(case.plan(), (true, None));
    assert!(case.table.rest(case.key, case.begin + LIMIT * 3));
    case.work(LIMIT * 3);
    assert!(case.is_retired());
}

#[test]
fn one_that_somebody_is_at_work_on_is_retired_a_little_later() {
    let mut case = case();
    case.table.rest(case.key, case.begin + LIMIT);
    case.told.is_busy.store(true, Ordering::SeqCst);
    case.work(LIMIT);
    assert_eq!(case.plan(), (true, Some(LIMIT + PATIENCE)));
    case.told.is_busy.store(false, Ordering::SeqCst);
    case.work(LIMIT + PATIENCE);
    assert!(case.is_retired());
}

#[test]
fn one_on_which_somebody_listens_is_retired_when_he_has_ended() {
    let mut case = case();
    case.table.rest(case.key, case.begin + LIMIT);
    case.told.is_wanted.store(true, Ordering::SeqCst);
    case.work(LIMIT);
    assert_eq!(case.plan(), (true, Some(LIMIT + REPRIEVE)));
    case.told.is_wanted.store(false, Ordering::SeqCst);
    case.work(LIMIT + REPRIEVE);
    assert!(case.is_retired());
}

#[test]
fn it_is_kept_until_the_last_lets_it_go() {
    let mut case = case();
    let kept: Arc<dyn Kept> = Arc::<Told>::clone(&case.told);
    assert_eq!(case.table.hold(&kept, None), case.key);
    case.table.let_go(case.key);
    assert!(case.table.has_work());
    case.table.let_go(case.key);
    assert!(!case.table.has_work());
}

/// A thread that is about to end may hold locks, which a child would have for ever. It comes back, as what is kept is
/// not to lie unread if nobody comes to it for long.
#[test]
fn before_a_fork_the_thread_is_gone_for_good_and_after_it_it_is_back() {
    let told = Arc::<Told>::default();
    let kept: Arc<dyn Kept> = Arc::<Told>::clone(&told);
    let hold = super::hold(&kept, None).unwrap();
    for _ in 0..200 {
        before_fork();
        let found = threads();
        assert!(hold.is_attended(), "somebody else comes to it meanwhile");
        let again = threads();
        after_fork();
        assert_eq!((found, again), (0, 0));
        assert!(Keeper::of_this_process().post.is_manned());
    }
}

/// Of this name; one that has not run yet has the name of whoever made it.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.trim() == "pm2go-keeper").count()
}

/// What other tests keep keeps the thread, too, but not for ever.
#[test]
fn the_thread_goes_when_there_is_nothing_to_look_after_and_comes_back() {
    let told = Arc::<Told>::default();
    let kept: Arc<dyn Kept> = Arc::<Told>::clone(&told);
    for _ in 0..2 {
        let hold = super::hold(&kept, None).unwrap();
        let begin = Instant::now();
        // Another test may be about to fork: then it comes afterwards.
        while !Keeper::of_this_process().post.is_manned() {
            assert!(begin.elapsed() < fake_peer::PATIENCE);
            std::thread::yield_now();
        }
        drop(hold);
        let begin = Instant::now();
        while Keeper::of_this_process().post.is_manned() {
            assert!(begin.elapsed() < fake_peer::PATIENCE * 6);
            std::thread::yield_now();
        }
    }
}
