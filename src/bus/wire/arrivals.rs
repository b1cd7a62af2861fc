//! Descriptors that have come, until the message that they came with has come as a whole.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;

use super::invalid;
use super::socket::MOST_DESCRIPTORS;

/// Descriptors in the order in which they came. Positions are counted in bytes from the first that was ever read.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    batches: VecDeque<Batch>,
    read_total: u64,
}

/// Descriptors of one read: a byte that it brought has brought them.
#[derive(Debug)]
struct Batch {
    begins_at: u64,
    ends_at: u64,
    descriptors: VecDeque<OwnedFd>,
}

impl Arrivals {
    /// Notes what a read has brought.
    pub(super) fn note(&mut self, count: usize, descriptors: Vec<OwnedFd>) {
        let begins_at = self.read_total;
        self.read_total += count as u64;
        if !descriptors.is_empty() {
            let descriptors = descriptors.into();
            self.batches.push_back(Batch { begins_at, ends_at: self.read_total, descriptors });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.batches.clear();
    }

    /// Takes the descriptors of the next message, which claims so many and behind which so many bytes are unread.
    /// Whatever came before its end must be its own.
    pub(super) fn take(&mut self, claimed: usize, unread: usize) -> io::Result<Vec<OwnedFd>> {
        let end = self.read_total - unread as u64;
        let mut taken = Vec::new();
        while let Some(batch) = self.batches.front_mut().filter(|batch| batch.begins_at < end) {
            while taken.len() < claimed
                && let Some(descriptor) = batch.descriptors.pop_front()
            {
                taken.push(descriptor);
            }
            if !batch.descriptors.is_empty() {
                if batch.ends_at <= end {
                    return Err(invalid(format!(
                        "more file descriptors came than the {claimed} that a message claims"
                    )));
                }
                break;
            }
            self.batches.pop_front();
        }
        if taken.len() < claimed {
            return Err(invalid(format!(
                "a message claims {claimed} file descriptors, and {} came",
                taken.len()
            )));
        }
        Ok(taken)
    }

    /// Fails where more have come than one message can have; all of them are those of a message that is there in part.
    pub(super) fn check_few(&self) -> io::Result<()> {
        let count: usize = self.batches.iter().map(|batch| batch.descriptors.len()).sum();
        if count <= MOST_DESCRIPTORS {
            return Ok(());
        }
        Err(invalid(format!("more than {MOST_DESCRIPTORS} file descriptors came for one message")))
    }
}
