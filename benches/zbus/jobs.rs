//! Jobs to their end: one stream for all of them, read by a task, which hands each result to who waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use tokio::sync::oneshot;
use zbus::OwnedObjectPath;

use crate::Outcome;
use crate::systemd::{JobRemovedStream, ManagerProxy};

/// A job that somebody waits for, or that has ended before anybody did.
enum Job {
    Awaited(oneshot::Sender<String>),
    Ended(String),
}

#[derive(Clone, Default)]
pub(crate) struct Jobs(Arc<Mutex<HashMap<OwnedObjectPath, Job>>>);

impl Jobs {
    /// Hears of all jobs from now on.
    pub(crate) async fn follow(manager: &ManagerProxy<'static>) -> Outcome<Self> {
        manager.subscribe().await?;
        let jobs = Self::default();
        tokio::spawn(jobs.clone().read(manager.receive_job_removed().await?));
        Ok(jobs)
    }

    async fn read(self, mut removed: JobRemovedStream) {
        while let Some(signal) = removed.next().await {
            let Ok(told) = signal.args() else { continue };
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match known.remove(&told.job) {
                // Who has gone needs no answer.
                Some(Job::Awaited(who)) => drop(who.send(told.result.clone())),
                _ => drop(known.insert(told.job.clone(), Job::Ended(told.result.clone()))),
            }
        }
    }

    /// What nobody asked for until now, nobody will.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) async fn result_of(&self, job: OwnedObjectPath) -> Outcome<String> {
        let (who, result) = oneshot::channel();
        {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Job::Ended(result)) = known.remove(&job) {
                return Ok(result);
            }
            known.insert(job, Job::Awaited(who));
        }
        Ok(result.await?)
    }
}
