//! The points between the steps of a writer, where a test can end it or make the next step fail; and the thread that a
//! writer takes them on, as a disk may take its time.

use rustix::io::Errno;

use crate::error::Result;
use crate::flow::own_thread::on_own_thread;

const THREAD: &str = "pm2go-files";

/// Takes steps that wait for the disk on a thread of their own.
#[cfg(not(test))]
pub(super) async fn apart<T: Send + 'static>(
    steps: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    on_own_thread(THREAD, steps).await?
}

/// The same; what a test wants to happen goes with them, and comes back.
#[cfg(test)]
pub(super) async fn apart<T: Send + 'static>(
    steps: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let plan = plan::hand_over();
    let (result, plan) = on_own_thread(THREAD, move || {
        plan::take_over(plan);
        (steps(), plan::hand_over())
    })
    .await?;
    plan::take_over(plan);
    result
}

/// Called before each step that changes the disk; outside tests it is nothing.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "in tests the step can be made to fail")]
pub(super) const fn before(_step: &'static str) -> Result<(), Errno> {
    Ok(())
}

#[cfg(test)]
pub(super) fn before(step: &'static str) -> Result<(), Errno> {
    plan::reach(step)
}

/// What a test wants to happen at which step of this thread.
#[cfg(test)]
pub(super) mod plan {
    use std::cell::RefCell;

    use rustix::io::Errno;
    use rustix::process::{Signal, getpid, kill_process};

    pub(in crate::store) enum Event {
        /// This process dies of SIGKILL.
        Die,
        /// The step fails.
        Fail(Errno),
        /// Somebody else does this just before the step.
        Meanwhile(Box<dyn FnOnce() + Send>),
    }

    #[derive(Default)]
    pub(super) struct Plan {
        event: Option<(usize, Event)>,
        reached: Vec<&'static str>,
    }

    thread_local! {
        static PLAN: RefCell<Plan> = RefCell::default();
    }

    /// Runs `work`; at its step number `index` (from 0) the event happens. Gives the steps reached.
    pub(in crate::store) fn run<T>(
        index: usize,
        event: Event,
        work: impl FnOnce() -> T,
    ) -> (T, Vec<&'static str>) {
        PLAN.replace(Plan { event: Some((index, event)), reached: Vec::new() });
        let result = work();
        (result, PLAN.take().reached)
    }

    pub(super) fn hand_over() -> Plan {
        PLAN.take()
    }

    pub(super) fn take_over(plan: Plan) {
        PLAN.set(plan);
    }

    pub(super) fn reach(step: &'static str) -> Result<(), Errno> {
        let event = PLAN.with_borrow_mut(|plan| {
            let index = plan.reached.len();
            plan.reached.push(step);
            plan.event.take_if(|(at, _)| *at == index)
        });
        match event.map(|(_, event)| event) {
            Some(Event::Die) => {
                kill_process(getpid(), Signal::KILL)?;
                std::thread::park();
                Ok(())
            }
            Some(Event::Fail(errno)) => Err(errno),
            Some(Event::Meanwhile(work)) => {
                work();
                Ok(())
            }
            None => Ok(()),
        }
    }
}
