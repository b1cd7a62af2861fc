//! How many jobs one connection asks for at once on a message bus.

use std::sync::Arc;

use super::Dbus;
use crate::bus::Peer;
use crate::flow::notice::Notice;

/// For each job that was asked for over a bus systemd has a match rule there until it ends, and above 512 of them
/// (`max_match_rules_per_connection` of dbus-daemon(1)) the bus ends systemd's connection, for everybody: seen with systemd
/// 252. Other clients need some as well.
const MOST_JOBS: usize = 256;

/// The right to have a job on the bus; the next may have it when this is dropped.
#[derive(Debug)]
pub(super) struct JobTurn(Arc<Notice<usize>>);

impl Dbus {
    /// Waits until there may be one more job; systemd's own socket has no such limit.
    pub(super) async fn job_turn(&self) -> Option<JobTurn> {
        match self.connection.endpoint().peer {
            Peer::Private => None,
            Peer::Bus => {
                let begin = |jobs: &mut usize| (*jobs < MOST_JOBS).then(|| *jobs += 1);
                self.jobs.hear(begin).await;
                Some(JobTurn(Arc::clone(&self.jobs)))
            }
        }
    }
}

impl Drop for JobTurn {
    fn drop(&mut self) {
        self.0.tell(|jobs| *jobs -= 1);
    }
}
