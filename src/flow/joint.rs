//! A flow that several drivers run together: whoever waits for something of it takes it as far as it goes.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use super::notice::Notice;
use crate::fork::OfThisProcess;
use crate::sync::Mutex;

/// What is done, and tells of it by a notice.
pub type Flow = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A flow that any number of drivers may run, or that is given away to one of them for good.
pub struct JointFlow(OfThisProcess<Mutex<Option<Flow>>>);

impl JointFlow {
    /// Takes in a flow. Nothing happens until it is driven.
    #[must_use]
    pub fn new(flow: Flow) -> Self {
        Self(OfThisProcess::new(Mutex::new(Some(flow))))
    }

    /// Gives it away; none if it has ended, or was given away before.
    pub fn take(&self) -> Option<Flow> {
        self.0.lock()?.take()
    }

    /// Drops it, unless somebody runs it at this moment.
    pub fn drop_if_at_rest(&self) {
        if let Some(flow) = self.0.get()
            && let Ok(mut flow) = flow.try_lock()
        {
            *flow = None;
        }
    }

    /// Runs the flow until `find` finds in the notice what it looks for.
    pub async fn drive<T, R>(&self, notice: &Notice<T>, find: impl FnMut(&mut T) -> Option<R>) -> R {
        let _hand_over = HandOver(notice);
        let mut heard = pin!(notice.hear(find));
        poll_fn(|context| {
            let Some(mut flow) = self.0.lock() else { return Poll::Pending };
            if let Some(running) = flow.as_mut()
                && running.as_mut().poll(context).is_ready()
            {
                *flow = None;
            }
            // Nobody may come between: he would poll the flow, go, and hand it over to nobody.
            let found = heard.as_mut().poll(context);
            if found.is_pending() {
                let _ = notice.poll_end(|| None);
            }
            found
        })
        .await
    }
}

/// The flow knows only who polled it last: when that one goes, another has to poll it.
struct HandOver<'a, T>(&'a Notice<T>);

impl<T> Drop for HandOver<'_, T> {
    fn drop(&mut self) {
        self.0.tell(|_| ());
    }
}
