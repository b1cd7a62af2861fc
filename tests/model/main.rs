//! What waits and what forks, in all orders: the library's own source, over shuttle's locks and threads.
//!
//! shuttle runs a test again and again, and each time another thread goes on at each step. A wake-up that is lost is a
//! task that never ends, which it tells as a deadlock, with the schedule that led there.

#![expect(clippy::unwrap_used, reason = "this is a test")]
#![expect(unreachable_pub, reason = "some of it is the library's")]

mod connection;
mod error;
mod flow;
mod fork;
mod joint;
mod keeper;
mod lead;
mod notice;
mod step;
mod sync;
mod this_process;

/// So many orders of each test, half of them with few preemptions in places that are bad ones.
const ORDERS: usize = 3_000;

fn in_all_orders(test: fn()) {
    shuttle::check_random(test, ORDERS);
    shuttle::check_pct(test, ORDERS, 3);
}
