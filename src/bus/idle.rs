//! Closes connections to private sockets that lie idle, and ends what those to a bus still have sent to them.
//!
//! systemd sends every signal of every unit to every private connection. While one of them is not read, the
//! manager queues for it (its memory grows), and above 1,024 queued messages it stops announcing changes to
//! anybody (`manager_dispatch_dbus_queue` in systemd's src/core/dbus.c, `MANAGER_BUS_BUSY_THRESHOLD`). A
//! blocking client has nobody who could read while it is not called, so its connection must not stay open.
//!
//! A thread waits for that moment. It is there only while a connection lies idle, or did a second ago; it knows
//! nothing of Python, holds no lock, takes no signal, and it is gone before the process forks. (A timer of the
//! kernel's needs no thread, but a signal: that interrupts calls which are never restarted, such as poll(2), on
//! whichever thread it comes, and not every library bears it. libsystemd's sd-bus hands it on as an error.)

mod table;

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::event::Timespec;
use rustix::thread::futex;

use self::table::{NEVER, close_until};
use crate::flow::own_thread;
use crate::fork;

pub use self::table::Parked;

/// How long a private connection may lie idle. A new one costs some hundred microseconds; while an old one is
/// not read, a busy manager queues megabytes for it in every second.
pub const IDLE_LIMIT: Duration = Duration::from_millis(250);

/// How long the thread stays when there is nothing to wait for.
const LINGER: Duration = Duration::from_secs(1);
/// What is due within this time after a fork cannot wait for the next who parks: it holds up systemd itself.
const SOON: Duration = Duration::from_secs(2);
/// How often whoever forks looks whether the thread is gone, and the pause between two looks; it goes at once, unless the
/// machine is busy.
const FORK_LOOKS: usize = 2_000;
const PAUSE: Duration = Duration::from_micros(20);
const STACK: usize = 64 << 10;

/// When the thread wakes up next at the latest.
static NEXT: AtomicI64 = AtomicI64::new(NEVER);
/// Whether there is a thread, or is about to be.
static RUNNING: AtomicBool = AtomicBool::new(false);
/// The number of the thread that is there, or was there last; 0 once it is known to be gone.
static THREAD: AtomicI32 = AtomicI32::new(0);
/// It changes when the thread has to look again before its time.
static BELL: AtomicU32 = AtomicU32::new(0);
/// How many threads of this process are forking: meanwhile there is no thread here.
static FORKING: AtomicUsize = AtomicUsize::new(0);
/// Whether the hooks for forks are in place, in this process and so in all children.
static HOOKED: AtomicBool = AtomicBool::new(false);

/// Lets the socket be shut down when it has been idle for [`IDLE_LIMIT`].
///
/// `None` says that this cannot be arranged, so the caller must close the connection now.
#[must_use]
pub fn park(socket: &Arc<OwnedFd>) -> Option<Parked> {
    park_for(socket, IDLE_LIMIT)
}

/// The same for another limit.
#[must_use]
pub fn park_for(socket: &Arc<OwnedFd>, limit: Duration) -> Option<Parked> {
    park_until(socket, after(limit), None)
}

/// Has these bytes sent when the socket has been idle for [`IDLE_LIMIT`]; where it does not take all of them at once it
/// is shut down.
#[must_use]
pub fn park_to_say(socket: &Arc<OwnedFd>, farewell: Arc<[u8]>) -> Option<Parked> {
    park_until(socket, after(IDLE_LIMIT), Some(farewell))
}

fn park_until(socket: &Arc<OwnedFd>, deadline: i64, farewell: Option<Arc<[u8]>>) -> Option<Parked> {
    if !HOOKED.load(Ordering::SeqCst) {
        // Two threads may both register: the hooks do no harm a second time.
        if !fork::around_each(before_fork, after_fork, forget_all) {
            return None;
        }
        HOOKED.store(true, Ordering::SeqCst);
    }
    let parked = table::sit_down(socket, deadline, farewell)?;
    wake_up_at(deadline).then_some(parked)
}

/// Has the thread look at this point in time or before; false says that there can be none.
fn wake_up_at(when: i64) -> bool {
    let before = NEXT.fetch_min(when, Ordering::SeqCst);
    if RUNNING.load(Ordering::SeqCst) {
        if before > when {
            ring();
        }
        return true;
    }
    if FORKING.load(Ordering::SeqCst) > 0 {
        // Whoever forks looks at the table after it.
        return true;
    }
    let is_ours = RUNNING.compare_exchange(false, true, Ordering::SeqCst, Ordering::SeqCst).is_ok();
    if is_ours && !start_thread() {
        RUNNING.store(false, Ordering::SeqCst);
        return false;
    }
    true
}

fn ring() {
    BELL.fetch_add(1, Ordering::SeqCst);
    // It fails only for a wrong address.
    let _ = futex::wake(&BELL, futex::Flags::PRIVATE, 1);
}

fn start_thread() -> bool {
    own_thread::start("pm2go-idle", STACK, close_what_is_due).is_ok()
}

/// What the thread does. It ends when the process forks, and when there was nothing to do for a while.
fn close_what_is_due() {
    THREAD.store(rustix::thread::gettid().as_raw_nonzero().get(), Ordering::SeqCst);
    let mut has_lingered = false;
    loop {
        let bell = BELL.load(Ordering::SeqCst);
        if FORKING.load(Ordering::SeqCst) > 0 {
            RUNNING.store(false, Ordering::SeqCst);
            return;
        }
        // Before the look at the table: who parks from now on either is seen or rings.
        NEXT.store(NEVER, Ordering::SeqCst);
        NEXT.fetch_min(close_until(now()), Ordering::SeqCst);
        let due = NEXT.load(Ordering::SeqCst);
        if due == NEVER && has_lingered {
            if goes_on() {
                continue;
            }
            return;
        }
        has_lingered = due == NEVER;
        let pause =
            if due == NEVER { LINGER } else { Duration::from_nanos((due - now()).max(0).unsigned_abs()) };
        let pause = Timespec::try_from(pause).ok();
        // However it ends, one looks again.
        let _ = futex::wait(&BELL, futex::Flags::PRIVATE, bell, pause.as_ref());
    }
}

/// Says that the thread ends; true takes that back, as somebody has parked meanwhile who counts on it.
fn goes_on() -> bool {
    RUNNING.store(false, Ordering::SeqCst);
    NEXT.load(Ordering::SeqCst) != NEVER
        && RUNNING.compare_exchange(false, true, Ordering::SeqCst, Ordering::SeqCst).is_ok()
}

/// A process with one thread forks safely, and Python warns of any other: so what lies idle is closed now, and
/// the thread sent away. What was given longer is somebody's who comes back to it, and who would lose what it holds.
extern "C" fn before_fork() {
    FORKING.fetch_add(1, Ordering::SeqCst);
    close_until(after(IDLE_LIMIT));
    ring();
    for _ in 0..FORK_LOOKS {
        if !RUNNING.load(Ordering::SeqCst) && is_gone(THREAD.load(Ordering::SeqCst)) {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    THREAD.store(0, Ordering::SeqCst);
}

/// Whether a thread has ended for good. Until then it may hold one of the locks that each thread of the standard
/// library's takes at its beginning and its end: in a child nobody would give it back, and no thread could begin.
fn is_gone(thread: i32) -> bool {
    #[expect(unsafe_code, reason = "the standard library sends no signals")]
    // SAFETY: tgkill(2) reads nothing but its numbers, and sends nothing for signal 0.
    let result = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, 0) };
    thread == 0 || result != 0
}

/// The thread comes back for what is due soon. It does not for the rest, which a message bus holds: Python would warn
/// that the process has two threads. Whoever parks next has it come.
extern "C" fn after_fork() {
    let is_last = FORKING.fetch_sub(1, Ordering::SeqCst) == 1;
    let next = close_until(now());
    let soon = after(SOON);
    if is_last && next <= soon && !wake_up_at(next) {
        close_until(soon);
    }
}

/// In a forked child there is no thread, and nothing of its own in the table.
extern "C" fn forget_all() {
    table::forget_all();
    NEXT.store(NEVER, Ordering::SeqCst);
    RUNNING.store(false, Ordering::SeqCst);
    THREAD.store(0, Ordering::SeqCst);
    FORKING.store(0, Ordering::SeqCst);
}

/// That much later than now.
fn after(limit: Duration) -> i64 {
    i64::try_from(limit.as_nanos()).map_or(NEVER, |nanoseconds| now().saturating_add(nanoseconds))
}

/// Nanoseconds of the monotonic clock.
fn now() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}

#[cfg(test)]
mod tests;
