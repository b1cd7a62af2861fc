//! Closes connections to private sockets that lie idle, without a thread.
//!
//! systemd sends every signal of every unit to every private connection. While one of them is not read, the
//! manager queues for it (its memory grows), and above 1,024 queued messages it stops announcing changes to
//! anybody (`manager_dispatch_dbus_queue` in systemd's src/core/dbus.c, `MANAGER_BUS_BUSY_THRESHOLD`). A
//! blocking client has nobody who could read while it is not called, so its connection must not stay open.
//!
//! The kernel does the waiting: a POSIX timer raises `SIGURG` soon after the last call, and the
//! handler shuts the socket down. `SIGURG` is ignored by default, so it is harmless wherever the handler is
//! not in place any more. System calls it interrupts are restarted (`SA_RESTART`), but for those that never
//! are, on whichever thread it comes: poll(2) and its kin, nanosleep(2), sockets with a time limit (signal(7));
//! their callers must bear `EINTR`, as Python does. Where a program has a handler of its own for `SIGURG`, it is
//! left alone, and connections are closed right after each call.

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::fork;

/// How long a private connection may lie idle. A new one costs some hundred microseconds; while an old one is
/// not read, a busy manager queues megabytes for it in every second.
pub const IDLE_LIMIT: Duration = Duration::from_millis(250);

/// How many idle connections a process can have waiting to be closed; more are closed at once.
const SEATS: usize = 64;
/// No descriptor in this seat.
const NOBODY: i32 = -1;
/// Nobody has taken this seat.
const FREE: i64 = 0;
/// A point in time that does not come.
const NEVER: i64 = i64::MAX;
/// How often a thread looks whether a handler is through before it sleeps between the looks.
const QUICK_LOOKS: usize = 100;
const PAUSE: Duration = Duration::from_micros(20);

/// A descriptor and when it is to be shut down (nanoseconds of the monotonic clock).
struct Seat {
    descriptor: AtomicI32,
    deadline: AtomicI64,
}

static TABLE: [Seat; SEATS] =
    [const { Seat { descriptor: AtomicI32::new(NOBODY), deadline: AtomicI64::new(FREE) } }; SEATS];
/// How many handlers are running; a descriptor is closed only while none is.
static HANDLERS: AtomicUsize = AtomicUsize::new(0);
/// When the timer goes off next (it may be set, or be about to be).
static NEXT: AtomicI64 = AtomicI64::new(NEVER);
/// Whether this process has a timer; timers do not survive a fork.
static HAS_TIMER: AtomicBool = AtomicBool::new(false);
/// The timer. (Null is a valid one: it is the kernel's number of it, in the C library's disguise.)
static TIMER: AtomicPtr<libc::c_void> = AtomicPtr::new(ptr::null_mut());
/// Twice the fork generation whose timer is ready; one more while it is being made.
/// (No lock: another thread may hold one at the moment of a fork.)
static READY: AtomicU64 = AtomicU64::new(0);

/// An idle socket's place in the table; dropping it takes the socket out of danger.
#[derive(Debug)]
pub struct Parked {
    seat: usize,
    generation: u64,
    /// Keeps the descriptor's number from being used again.
    _socket: Arc<OwnedFd>,
}

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
    let generation = fork::generation();
    // The handler is looked at each time: the program may have put another in its place.
    if !prepare(generation) || !take_signal() {
        return None;
    }
    let deadline = now().saturating_add(i64::try_from(limit.as_nanos()).ok()?);
    let take = |seat: &Seat| {
        seat.deadline.compare_exchange(FREE, deadline, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    };
    let seat = TABLE.iter().position(take)?;
    TABLE[seat].descriptor.store(socket.as_raw_fd(), Ordering::SeqCst);
    arm(deadline);
    Some(Parked { seat, generation, _socket: Arc::clone(socket) })
}

impl Drop for Parked {
    fn drop(&mut self) {
        if self.generation != fork::generation() {
            return;
        }
        let seat = &TABLE[self.seat];
        seat.descriptor.store(NOBODY, Ordering::SeqCst);
        // A handler on another thread may have read the descriptor just before: the socket must stay open,
        // and its number unused, until that handler is through. It makes a few system calls, none of which
        // waits.
        let mut looks = 0;
        while HANDLERS.load(Ordering::SeqCst) > 0 {
            looks += 1;
            // The handler's thread may need this processor.
            if looks < QUICK_LOOKS { std::hint::spin_loop() } else { std::thread::sleep(PAUSE) }
        }
        seat.deadline.store(FREE, Ordering::SeqCst);
    }
}

/// Makes the timer of this process, once per fork generation.
fn prepare(generation: u64) -> bool {
    let seen = READY.load(Ordering::SeqCst);
    if seen == generation * 2 {
        return HAS_TIMER.load(Ordering::SeqCst);
    }
    let being_made = generation * 2 + 1;
    if seen == being_made
        || READY.compare_exchange(seen, being_made, Ordering::SeqCst, Ordering::Relaxed).is_err()
    {
        return false;
    }
    // What is registered once is registered in all children.
    let watched = seen != 0 || fork::in_each_child(forget_all);
    let timer = if watched { make_timer() } else { None };
    TIMER.store(timer.unwrap_or(ptr::null_mut()), Ordering::SeqCst);
    HAS_TIMER.store(timer.is_some(), Ordering::SeqCst);
    READY.store(generation * 2, Ordering::SeqCst);
    timer.is_some()
}

/// Empties the table in a forked child: what is in it belongs to the parent, and so does its timer. A handler
/// that another thread ran at the moment of the fork does not exist here.
extern "C" fn forget_all() {
    for seat in &TABLE {
        seat.descriptor.store(NOBODY, Ordering::SeqCst);
        seat.deadline.store(FREE, Ordering::SeqCst);
    }
    NEXT.store(NEVER, Ordering::SeqCst);
    HANDLERS.store(0, Ordering::SeqCst);
}

/// Installs the handler, unless the program has one of its own for this signal.
fn take_signal() -> bool {
    let ours = on_signal as extern "C" fn(libc::c_int) as libc::sighandler_t;
    let mut current = MaybeUninit::<libc::sigaction>::zeroed();
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: both point to a zeroed `sigaction`, for which all bits zero is a valid value; the first call
    // fills `current`, the second reads `action` whose handler is an `extern "C"` function that makes only
    // async-signal-safe calls.
    #[expect(unsafe_code, reason = "the standard library does not handle signals")]
    unsafe {
        if libc::sigaction(libc::SIGURG, ptr::null(), current.as_mut_ptr()) != 0 {
            return false;
        }
        let handler = (*current.as_ptr()).sa_sigaction;
        if handler == ours {
            return true;
        }
        if handler != libc::SIG_DFL && handler != libc::SIG_IGN {
            return false;
        }
        (*action.as_mut_ptr()).sa_sigaction = ours;
        (*action.as_mut_ptr()).sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        libc::sigaction(libc::SIGURG, action.as_ptr(), ptr::null_mut()) == 0
    }
}

fn make_timer() -> Option<libc::timer_t> {
    let mut event = MaybeUninit::<libc::sigevent>::zeroed();
    let mut timer: libc::timer_t = ptr::null_mut();
    // SAFETY: all bits zero is a valid `sigevent`; the two fields that `SIGEV_SIGNAL` needs are set before
    // the kernel reads it, and `timer` is a place for the result.
    #[expect(unsafe_code, reason = "the standard library has no timers")]
    let made = unsafe {
        (*event.as_mut_ptr()).sigev_notify = libc::SIGEV_SIGNAL;
        (*event.as_mut_ptr()).sigev_signo = libc::SIGURG;
        libc::timer_create(libc::CLOCK_MONOTONIC, event.as_mut_ptr(), &raw mut timer) == 0
    };
    made.then_some(timer)
}

/// Nanoseconds of the monotonic clock.
fn now() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}

/// Lets the timer go off at this point in time, or before.
fn arm(when: i64) {
    if NEXT.fetch_min(when, Ordering::SeqCst) <= when {
        return;
    }
    let value = libc::timespec { tv_sec: when / 1_000_000_000, tv_nsec: when % 1_000_000_000 };
    let setting = libc::itimerspec { it_interval: libc::timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
    let timer = TIMER.load(Ordering::SeqCst);
    // SAFETY: `timer` is this process's own timer, which is never deleted, and `setting` outlives the call.
    // timer_settime(2) is async-signal-safe.
    #[expect(unsafe_code, reason = "the standard library has no timers")]
    unsafe {
        libc::timer_settime(timer, libc::TIMER_ABSTIME, &raw const setting, ptr::null_mut());
    }
}

/// Shuts down what has been idle for too long and sets the timer for the next.
///
/// It makes only async-signal-safe calls: atomics, `clock_gettime`, `shutdown` and `timer_settime`.
extern "C" fn on_signal(_: libc::c_int) {
    HANDLERS.fetch_add(1, Ordering::SeqCst);
    // SAFETY: errno is this thread's own; the interrupted code must find it unchanged.
    #[expect(unsafe_code, reason = "a signal handler must keep errno")]
    let errno = unsafe { *libc::__errno_location() };
    // Before the look at the table: who parks from now on either is seen or sets the timer.
    NEXT.store(NEVER, Ordering::SeqCst);
    let now = now();
    let mut next = NEVER;
    for seat in &TABLE {
        let descriptor = seat.descriptor.load(Ordering::SeqCst);
        if descriptor == NOBODY {
            continue;
        }
        let deadline = seat.deadline.load(Ordering::SeqCst);
        if deadline > now {
            next = next.min(deadline);
        } else {
            // SAFETY: the descriptor is open: whoever parked it takes it out of the table and then waits
            // for `HANDLERS` to be 0 before it can be closed.
            #[expect(unsafe_code, reason = "the table holds bare descriptors, as a handler needs them")]
            unsafe {
                libc::shutdown(descriptor, libc::SHUT_RDWR);
            }
            seat.descriptor.store(NOBODY, Ordering::SeqCst);
        }
    }
    if next != NEVER {
        arm(next);
    }
    // SAFETY: as above.
    #[expect(unsafe_code, reason = "a signal handler must keep errno")]
    unsafe {
        *libc::__errno_location() = errno;
    }
    HANDLERS.fetch_sub(1, Ordering::SeqCst);
}

#[cfg(test)]
mod tests;
