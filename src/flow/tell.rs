//! What the steps of a flow tell of themselves, for whoever keeps a log: the steps need not know who that is.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Tells what the flow that is being polled on this thread has done. Never a secret: names, not values.
pub(crate) fn tell(text: impl Into<String>) {
    TOLD.with_borrow_mut(|told| told.push(text.into()));
}

/// Runs a flow and hands on what it tells.
pub(crate) async fn collect<F: Future>(hear: impl Fn(String), mut flow: Pin<&mut F>) -> F::Output {
    poll_fn(|context| {
        let polled = flow.as_mut().poll(context);
        TOLD.with_borrow_mut(|told| told.drain(..).for_each(&hear));
        polled
    })
    .await
}
