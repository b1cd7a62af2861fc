//! The tokio driver: a task of the caller's runtime awaits a flow. It is there with the cargo feature `tokio`.
//!
//! No thread and no task is added. Any task that waits reads for all of them, and the connection wakes the
//! task whose answer has come. Unlike a thread in [`block`](super::block::block), a task never leads
//! while it waits: a task may hold a future that it does not poll for a long time, and nobody would read.
//!
//! In a forked child the parent's runtime is of no use. What is registered with it is leaked there rather than
//! taken back: the child shares the epoll instance, and would silence the parent.

mod registration;

use std::future::Future;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use super::{Interest, Source, Wait, poll_once};
use registration::{Registration, Timer};

/// Runs a flow to its end on the current tokio runtime, of either kind and also in a `LocalSet`.
///
/// The returned future may be sent to another thread if the flow may be. Dropping it drops the flow: what was
/// asked is forgotten, a child process is killed; other flows on the same connection go on.
///
/// # Panics
///
/// If it is polled outside of a runtime, or in one without `enable_io` and `enable_time`.
pub async fn drive<F: Future>(flow: F) -> F::Output {
    let mut flow = pin!(flow);
    let mut waits = Vec::new();
    let mut round = Round::default();
    std::future::poll_fn(|context| {
        loop {
            // Whatever woke this task, its waker is the one to be known from now on.
            if let Poll::Ready(result) = poll_once(flow.as_mut(), context.waker(), &mut waits) {
                return Poll::Ready(result);
            }
            round.keep_to(&waits);
            if round.poll(&waits, context).is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// What a flow that is driven has registered with the runtime.
#[derive(Default)]
struct Round {
    sources: Vec<Registered>,
    descriptors: Vec<(Arc<OwnedFd>, Interest, Registration)>,
    timer: Timer,
}

/// A connection that the flow waits for.
struct Registered {
    source: Arc<dyn Source>,
    socket: Registration,
    /// A thread leads it; with this the task waits for that to end.
    ticket: Option<u64>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.source.leave(ticket);
        }
    }
}

impl Round {
    /// Takes back what the flow does not wait for any more.
    fn keep_to(&mut self, waits: &[Wait]) {
        self.sources.retain(|watched| {
            waits
                .iter()
                .any(|wait| matches!(wait, Wait::Source { source } if Arc::ptr_eq(source, &watched.source)))
        });
        self.descriptors.retain(|(known, known_interest, _)| {
            waits.iter().any(|wait| {
                matches!(wait, Wait::Descriptor { descriptor, interest }
                    if Arc::ptr_eq(descriptor, known) && interest == known_interest)
            })
        });
    }

    /// Ready when the flow is to be polled again; until then the task is woken by whatever it waits for.
    fn poll(&mut self, waits: &[Wait], context: &mut Context<'_>) -> Poll<()> {
        let mut until: Option<Instant> = None;
        let mut news = false;
        for wait in waits {
            news |= match wait {
                Wait::Source { source } => self.watched(source).poll(context),
                Wait::Descriptor { descriptor, interest } => {
                    self.registered(descriptor, *interest).poll(*interest, context).is_ready()
                }
                Wait::Until(when) => {
                    until = Some(until.map_or(*when, |until| until.min(*when)));
                    false
                }
                Wait::Work(_) => false,
            };
        }
        if news {
            return Poll::Ready(());
        }
        self.timer.poll(until, context)
    }

    fn watched(&mut self, source: &Arc<dyn Source>) -> &mut Registered {
        let at = self.sources.iter().position(|watched| Arc::ptr_eq(&watched.source, source));
        let at = at.unwrap_or_else(|| {
            let socket = Registration::new(source.descriptor());
            self.sources.push(Registered { source: Arc::clone(source), socket, ticket: None });
            self.sources.len() - 1
        });
        &mut self.sources[at]
    }

    fn registered(&mut self, descriptor: &Arc<OwnedFd>, interest: Interest) -> &mut Registration {
        let mut known = self.descriptors.iter();
        let at = known.position(|(known, other, _)| Arc::ptr_eq(known, descriptor) && *other == interest);
        let at = at.unwrap_or_else(|| {
            let registration = Registration::new(descriptor.as_fd());
            self.descriptors.push((Arc::clone(descriptor), interest, registration));
            self.descriptors.len() - 1
        });
        &mut self.descriptors[at].2
    }
}

impl Registered {
    /// Whether there may be news for the flow.
    fn poll(&mut self, context: &mut Context<'_>) -> bool {
        let sent = self.flush(context);
        let is_ready = self.socket.poll(Interest::Read, context).is_ready();
        is_ready && self.source.pump_unless_led(&mut self.ticket, context.waker()) || sent
    }

    /// Sends what the socket takes of the output that it did not take yet.
    fn flush(&mut self, context: &mut Context<'_>) -> bool {
        let mut sent = false;
        while self.source.wants_write() && self.socket.poll(Interest::Write, context).is_ready() {
            self.source.flush();
            sent = true;
        }
        sent
    }
}
