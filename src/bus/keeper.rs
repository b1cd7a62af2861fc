//! Reads connections that their owners leave unread, and ends those that nobody uses.
//!
//! systemd sends every signal of every unit to every private connection. While one of them is not read, the
//! manager queues for it (its memory grows), and above 1,024 queued messages it stops announcing changes to
//! anybody (`manager_dispatch_dbus_queue` in systemd's src/core/dbus.c, `MANAGER_BUS_BUSY_THRESHOLD`). A message bus
//! queues what was asked for, and above its limit (`max_outgoing_bytes`, dbus-daemon(1)) drops it in silence. A
//! reader that works on what it got, an event loop that is blocked and a client between two calls read nothing.
//! (Where the whole process is stopped this thread reads nothing either. As dbus-daemon is configured by default it stops
//! reading from systemd then, before it drops anything: `max_incoming_bytes` is no more than the other.)
//!
//! A thread does it for them. It waits in poll(2), and where something has lain unread for a moment it reads as
//! the owner would have: what came waits in the queues of those who want it, which are bounded and tell what they lost.
//! No meaning is made of it. The thread is there only while there is something to look after, or was a second ago; it
//! knows nothing of Python, takes no signal, and it is gone before the process forks. (A timer of the kernel's needs no
//! thread, but a signal: that interrupts calls which are never restarted, such as poll(2), on whichever thread it
//! comes, and not every library bears it. libsystemd's sd-bus hands it on as an error.)

mod polled;
mod post;
mod table;

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Waker;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::polled::Polled;
use self::post::Post;
use self::table::{Key, Step, Table};
use crate::flow::doorbell::Doorbell;
use crate::flow::kept::Kept;
use crate::flow::own_thread;
use crate::fork::{self, OfThisProcess};

/// How long the thread stays when there is nothing to look after.
const LINGER: Duration = Duration::from_secs(1);
/// It reads messages of all sizes, and wakes whoever waits for them.
const STACK: usize = 256 << 10;
/// How often whoever forks looks whether the kernel has forgotten the thread, which has ended, and the pause between
/// two looks.
const FORK_LOOKS: usize = 2_000;
const PAUSE: Duration = Duration::from_micros(20);

/// The keeper of this process; none in a forked child that has not used one.
static KEEPER: AtomicPtr<Keeper> = AtomicPtr::new(ptr::null_mut());
/// Whether the hooks for forks are in place, in this process and so in all children.
static HOOKED: AtomicBool = AtomicBool::new(false);
/// See [`ask_after_forks`].
static ASK: OnceLock<fn() -> bool> = OnceLock::new();

#[derive(Default)]
struct Keeper {
    post: Post<Desk>,
    /// The number of the thread that is there, or was there last; 0 once it is known to be gone.
    thread: AtomicI32,
}

#[derive(Default)]
struct Desk {
    table: Table,
    /// It is the thread's, and has it look at the table anew.
    bell: Weak<Doorbell>,
}

/// Keeps a connection from being left unread, while it lives. In a forked child it does nothing.
pub struct Hold(OfThisProcess<Place>);

struct Place {
    keeper: &'static Keeper,
    key: Key,
}

impl std::fmt::Debug for Hold {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Hold")
    }
}

/// Has the connection read where its owner does not come to it. After that `owner` is woken, besides those whose
/// signals and answers have come. `None` says that this cannot be arranged: there can be no thread.
#[must_use]
pub fn hold(kept: &Arc<dyn Kept>, owner: Option<Waker>) -> Option<Hold> {
    if !HOOKED.load(Ordering::SeqCst) {
        // Two threads may both register: the hooks do no harm a second time.
        if !fork::around_each(before_fork, after_fork, forget) {
            return None;
        }
        HOOKED.store(true, Ordering::SeqCst);
    }
    let keeper = Keeper::of_this_process();
    let key = keeper.post.with(|desk| desk.table.hold(kept, owner));
    let hold = Hold(OfThisProcess::new(Place { keeper, key }));
    keeper.call();
    hold.is_attended().then_some(hold)
}

/// After a fork, once it is over for its caller too, [`come_back`] is to be called: `ask` arranges it, or says that it
/// cannot. Python warns, when `os.fork()` is about to return, of every thread that it finds then.
pub fn ask_after_forks(ask: fn() -> bool) {
    // The first stands.
    let _ = ASK.set(ask);
}

/// Has the thread come that a fork has sent away, if there is something to look after.
pub fn come_back() {
    let keeper = Keeper::of_this_process();
    if keeper.post.with(|desk| desk.table.has_work()) {
        // Where there can be none now, whoever uses a connection next tries again.
        let _ = keeper.attend();
    }
}

impl Hold {
    /// Whether the thread is there; it has it come again after a fork.
    #[must_use]
    pub fn is_attended(&self) -> bool {
        self.0.get().is_none_or(|place| place.keeper.attend().is_ok())
    }

    /// Somebody uses the connection.
    pub fn begin_use(&self) {
        let Some(Place { keeper, key }) = self.0.get() else { return };
        if keeper.post.with(|desk| desk.table.begin_use(*key)) {
            keeper.call();
        }
    }

    /// Nobody uses it any more. If it stays so for this time, it is retired ([`Kept::retire`]).
    pub fn rest(&self, limit: Duration) {
        let (Some(Place { keeper, key }), Some(until)) = (self.0.get(), Instant::now().checked_add(limit))
        else {
            return;
        };
        if keeper.post.with(|desk| desk.table.rest(*key, until)) {
            keeper.call();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let is_last = self.keeper.post.with(|desk| {
            desk.table.let_go(self.key);
            !desk.table.has_work()
        });
        if is_last {
            self.keeper.call();
        }
    }
}

impl Keeper {
    fn of_this_process() -> &'static Self {
        let mut keeper = KEEPER.load(Ordering::SeqCst);
        if keeper.is_null() {
            let new = Box::into_raw(Box::default());
            let stored = KEEPER.compare_exchange(keeper, new, Ordering::SeqCst, Ordering::SeqCst);
            keeper = stored.map_or_else(|other| other, |_| new);
        }
        #[expect(unsafe_code, reason = "a lock that a fork may find taken cannot be used here")]
        // SAFETY: it is not null, and what it points to was a box that is never freed: neither the one that is stored
        // nor, in a forked child, its parent's.
        unsafe {
            &*keeper
        }
    }

    /// Has the thread come, if it is not there.
    fn attend(&'static self) -> io::Result<()> {
        self.post.man(|desk| self.start(desk))
    }

    fn start(&'static self, desk: &mut Desk) -> io::Result<JoinHandle<()>> {
        let bell = Arc::new(Doorbell::new()?);
        desk.bell = Arc::downgrade(&bell);
        own_thread::start("pm2go-keeper", STACK, move || {
            let _end = End(self);
            self.keep(&bell);
        })
    }

    /// Has the thread look at the table anew, if it is there.
    fn call(&self) {
        if let Some(bell) = self.post.with(|desk| desk.bell.upgrade()) {
            bell.ring();
        }
    }

    /// What the thread does.
    fn keep(&self, bell: &Doorbell) {
        self.thread.store(rustix::thread::gettid().as_raw_nonzero().get(), Ordering::SeqCst);
        let mut polled = Polled::default();
        let mut has_lingered = false;
        while let Some(until) = self.post.next(|desk| {
            let until = desk.table.plan(&mut polled.sockets);
            if desk.table.has_work() {
                has_lingered = false;
                return Some(until);
            }
            let is_over = std::mem::replace(&mut has_lingered, true);
            (!is_over).then(|| Some(Instant::now() + LINGER))
        }) {
            let unread = polled.wait(bell, until);
            let now = Instant::now();
            self.post.with(|desk| unread.for_each(|key| desk.table.note_unread(key, now)));
            self.do_what_is_due(now);
        }
    }

    fn do_what_is_due(&self, now: Instant) {
        while let Some(step) = self.post.go_on(|desk| desk.table.next_step(now)) {
            if let Step::Read(task) = step {
                let done = task.perform();
                self.post.with(|desk| desk.table.note_read(done));
            }
        }
    }
}

/// The end of the thread, also where it panics.
struct End(&'static Keeper);

impl Drop for End {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.post.desert();
        }
    }
}

/// A process with one thread forks safely, and Python warns of any other.
extern "C" fn before_fork() {
    let keeper = Keeper::of_this_process();
    keeper.post.clear(|desk| {
        if let Some(bell) = desk.bell.upgrade() {
            bell.ring();
        }
    });
    // The thread has ended, but Python counts those that the kernel knows.
    let thread = keeper.thread.swap(0, Ordering::SeqCst);
    for _ in 0..FORK_LOOKS {
        if is_forgotten(thread) {
            break;
        }
        std::thread::sleep(PAUSE);
    }
}

fn is_forgotten(thread: i32) -> bool {
    #[expect(unsafe_code, reason = "the standard library sends no signals")]
    // SAFETY: tgkill(2) reads nothing but its numbers, and sends nothing for signal 0.
    let result = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, 0) };
    thread == 0 || result != 0
}

/// What was kept is kept further: nobody may come back to it for long, and then it would hold up systemd itself.
extern "C" fn after_fork() {
    let keeper = Keeper::of_this_process();
    let is_needed = keeper.post.reopen() && keeper.post.with(|desk| desk.table.has_work());
    if is_needed && !ASK.get().is_some_and(|ask| ask()) {
        come_back();
    }
}

/// In a forked child there is no thread, and nothing of its own is kept. What the parent keeps stays where it is: the
/// lock on it may be held by a thread that is not there.
extern "C" fn forget() {
    KEEPER.store(ptr::null_mut(), Ordering::SeqCst);
}

#[cfg(test)]
mod tests;
