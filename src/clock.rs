//! Points in time as systemd tells them: microseconds since the epoch, on the clock of the machine.

use rustix::time::{ClockId, clock_gettime};

/// Now.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::Realtime);
    u64::try_from(time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_nsec / 1000)).unwrap_or(0)
}

/// Now, on the clock that never jumps and that all processes of the machine share.
pub(crate) fn monotonic() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    u64::try_from(time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_nsec / 1000)).unwrap_or(0)
}
