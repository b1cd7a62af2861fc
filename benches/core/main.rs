//! What the core's hot paths cost, each by itself and without systemd: see README.md in the folder above.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on says so by panicking")]

mod apps;
mod calls;
mod dispatch;
#[expect(dead_code, reason = "it is part of the library's own tests too")]
#[path = "../../src/bus/fake_peer.rs"]
mod fake_peer;
mod messages;
mod names;
mod replies;
mod server;
mod text;
mod verbs;
mod watch;

use std::time::Duration;

use criterion::Criterion;

/// Short enough for all of them to take about two minutes, long enough for differences of a few per cent.
fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(50)
        .nresamples(20_000)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_millis(1500))
        .noise_threshold(0.03)
        .configure_from_args()
}

fn main() {
    let mut criterion = criterion();
    calls::bench(&mut criterion);
    verbs::bench(&mut criterion);
    replies::bench(&mut criterion);
    text::bench(&mut criterion);
    apps::bench(&mut criterion);
    names::bench(&mut criterion);
    dispatch::bench(&mut criterion);
    watch::bench(&mut criterion);
    criterion.final_summary();
}
