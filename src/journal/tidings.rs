//! What those wait for who follow the journal: news of it, or its end.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Weak};

use rustix::event::epoll::{CreateFlags, EventData, EventFlags, add, create};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::error::{Error, Kind, Result};
use crate::flow::{Bell, TOO_MANY_FILES};

/// News, and the end.
#[derive(Debug)]
pub(super) struct Tidings {
    /// It belongs to the one that reads, and goes with him.
    news: Weak<OwnedFd>,
    end: Bell,
    /// Can be read when one of them can be.
    both: OwnedFd,
}

impl Tidings {
    pub(super) fn of(news: &Arc<OwnedFd>) -> Result<Self> {
        let end = Bell::new(Kind::Unavailable, FOLLOW)?;
        let both = create(CreateFlags::CLOEXEC).and_then(|both| {
            add(&both, &**news, EventData::new_u64(0), EventFlags::IN)?;
            add(&both, &**end.descriptor(), EventData::new_u64(1), EventFlags::IN)?;
            Ok(both)
        });
        let both = both.map_err(|errno| failed(&errno.into()))?;
        Ok(Self { news: Arc::downgrade(news), end, both })
    }

    /// It can be read when there is news; none at the end.
    pub(super) fn news(&self) -> Option<Arc<OwnedFd>> {
        self.news.upgrade()
    }

    /// Whether there is any.
    pub(super) fn are_there(&self) -> bool {
        let mut fds = [PollFd::new(&self.both, PollFlags::IN)];
        matches!(poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(count) if count > 0)
    }

    /// A descriptor that can be read when there is news, or nothing follows.
    pub(super) fn wait(&self) -> Result<OwnedFd> {
        self.both.try_clone().map_err(|error| failed(&error))
    }

    /// Nothing follows.
    pub(super) fn end(&self) {
        self.end.ring();
    }
}

const FOLLOW: &str = "cannot follow the journal";

fn failed(error: &std::io::Error) -> Error {
    Error::new(Kind::Unavailable, format!("{FOLLOW}: {error}"))
        .with_errno(error.raw_os_error())
        .with_hint(TOO_MANY_FILES)
}
