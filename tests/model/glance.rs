//! In the place of src/flow/glance.rs: without sockets, that something has come is told by wakers alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use super::Wait;

pub(crate) struct Glance {
    news: Arc<News>,
    waits: Vec<Wait>,
}

#[derive(Default)]
struct News(AtomicBool);

impl Wake for News {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Glance {
    pub(crate) fn begin() -> Self {
        Self { news: Arc::default(), waits: Vec::new() }
    }

    pub(crate) fn parts(&mut self) -> (Waker, &mut Vec<Wait>) {
        self.news.0.store(false, Ordering::SeqCst);
        (Waker::from(Arc::clone(&self.news)), &mut self.waits)
    }

    pub(crate) fn has_news(&self) -> bool {
        self.news.0.load(Ordering::SeqCst)
    }
}
