//! Where a client is used: by threads that block, or on an event loop. What watches there shares one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::hub::Hub;
use crate::client::Client;
use crate::fork::EachProcess;

/// A client in the place where it is used, with those who watch there.
#[derive(Debug)]
pub struct Home {
    client: Arc<Client>,
    watching: Arc<Client>,
    hub: EachProcess<Arc<Hub>>,
    changes: AtomicU64,
    /// So many of them are in the listings that tables give.
    pub(super) listed_changes: AtomicU64,
}

/// While it lives, something is being changed.
#[derive(Debug)]
pub(crate) struct Changing<'a>(&'a AtomicU64);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Home {
    /// For threads that block. What is watched, and jobs that nobody waits for yet, have a connection of their own: calls
    /// come and go, and it may be left unread for a while.
    #[must_use]
    pub fn of_threads(client: Client) -> Self {
        let watching = Arc::new(client.sibling_often_unread());
        Self::over(Arc::new(client), watching)
    }

    /// For one event loop, or one runtime, which reads whatever comes: calls and watches share one connection.
    #[must_use]
    pub fn of_loop(client: Client) -> Self {
        let client = Arc::new(client);
        Self::over(Arc::clone(&client), client)
    }

    fn over(client: Arc<Client>, watching: Arc<Client>) -> Self {
        let (changes, listed_changes) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { client, watching, hub: EachProcess::default(), changes, listed_changes }
    }

    /// Whether it is that of an event loop, which reads whatever comes by itself.
    pub(crate) fn is_of_loop(&self) -> bool {
        Arc::ptr_eq(&self.client, &self.watching)
    }

    /// The client for calls.
    #[must_use]
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The client for what is watched, and for jobs that nobody waits for yet.
    #[must_use]
    pub fn watching(&self) -> &Arc<Client> {
        &self.watching
    }

    /// What is begun now may change something until this is dropped, also where it fails: whoever reads a live table after
    /// that sees it.
    pub(crate) fn changing(&self) -> Changing<'_> {
        Changing(&self.changes)
    }

    /// How often something was changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Those who watch in this process.
    #[must_use]
    pub fn hub(&self) -> &Arc<Hub> {
        self.hub.get_or_make(|| Arc::new(Hub::new(Arc::clone(&self.watching))))
    }
}
