//! Jobs that are queued.

use super::argument::{Kind, argument};
use super::systemctl::{Line, Systemctl, read_jobs};
use super::{Answered, CHANGES, Gives, READS, Verb};

pub(super) static VERBS: &[&Verb] = &[&CANCEL_JOB, &CLEAR_JOBS, &LIST_JOBS];

/// Lists the jobs that are queued or run.
pub static LIST_JOBS: Verb = Verb {
    name: "list_jobs",
    method: "ListJobs",
    gives: Gives::Value("a(usssoo)"),
    act: "list jobs",
    noun: "list of jobs",
    systemctl: Systemctl::WordsAndAnswer(
        |_| ["list-jobs", "--plain", "--no-legend", "--full"].map(str::to_owned).to_vec(),
        read_jobs,
    ),
    ..READS
};

/// Gives a job up; false, if it had ended already.
pub static CANCEL_JOB: Verb = Verb {
    name: "cancel_job",
    method: "CancelJob",
    takes: &[argument("id", Kind::Number)],
    act: "cancel a job",
    noun: "cancellation of a job",
    answers: &[("NoSuchJob", Answered::False)],
    systemctl: Systemctl::Words(|of| Line::new("cancel").about(&of[0])),
    ..CHANGES
};

static CLEAR_JOBS: Verb = Verb {
    name: "clear_jobs",
    method: "ClearJobs",
    act: "cancel all jobs",
    noun: "cancellation of all jobs",
    systemctl: Systemctl::Words(|_| vec!["cancel".to_owned()]),
    ..CHANGES
};
