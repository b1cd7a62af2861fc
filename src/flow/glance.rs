//! What somebody saw of a flow who took it as far as it went and did not wait: whether it can go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};
use std::time::Instant;

use super::Wait;
use super::kept::Found;

/// What a pending flow waits for, when nobody waits with it.
pub(super) struct Glance {
    news: Arc<News>,
    waits: Vec<Wait>,
}

/// Whether the flow was woken since it was polled last.
#[derive(Default)]
struct News(AtomicBool);

impl Wake for News {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Glance {
    /// One that has seen nothing yet, and the waker and the room for what the flow waits for.
    pub(super) fn begin() -> Self {
        Self { news: Arc::default(), waits: Vec::new() }
    }

    /// For the next poll of the flow: its waker, and the room for what it waits for.
    pub(super) fn parts(&mut self) -> (Waker, &mut Vec<Wait>) {
        self.news.0.store(false, Ordering::SeqCst);
        (Waker::from(Arc::clone(&self.news)), &mut self.waits)
    }

    /// Whether something has come for the flow: what there is to be read is read for that.
    pub(super) fn has_news(&self) -> bool {
        self.was_woken() || self.waits.iter().any(has_come) || self.was_woken()
    }

    /// Whether the flow was woken since it was polled last.
    pub(super) fn was_woken(&self) -> bool {
        self.news.0.load(Ordering::SeqCst)
    }
}

/// Whether what is waited for has come, where that wakes nobody.
fn has_come(wait: &Wait) -> bool {
    match wait {
        Wait::Source { source } => {
            let seen = source.reads().load(Ordering::SeqCst);
            source.read_in_place(seen) == Found::Lost
        }
        Wait::Descriptor { .. } => true,
        Wait::Until(when) => *when <= Instant::now(),
        Wait::Work(_) => false,
    }
}
