//! Everything that can be asked of a client, as values: each face builds the same requests, each driver runs
//! them, and what they answer becomes the same objects.

mod app;
mod call;
mod perform;
mod question;

use std::sync::Arc;

use crate::app::{AppConfig, Warning};
use crate::backend::{Answer, JobVerb, Property, Units};
use crate::client::{Asked, VerbCall};
use crate::error::Result;
use crate::location::Whose;
use crate::manager::{AppState, Deployed, Description, Manager};
use crate::operation::{
    Attach, GetUnitByPid, JobPlan, OfRun, PlanJob, Power, Ran, Reexecute, RemoveLeft, Run, RunAnswer, RunJob,
    RunJobs, Running, Sampler, Spawn, StartTime, StartTimes, StartTransient, TextAnswer, UnitDetails,
    UnitFigures, UnitText, UnitsProperties, WaitForUnit,
};
use crate::settings::Timeout;
use crate::unit::{JobResult, ManagerStatus, UnitFileChanges, UnitName, UnitStatus};
use crate::value::Value;
use crate::verb::Repeat;

use app::OfApps;
pub use app::{AppCheck, AppQuestion, AppRequest, AppWork};
pub use call::Call;
pub use question::Question;

/// What is asked.
#[derive(Clone, Debug)]
pub enum Request {
    /// One thing of systemd, which has no other end than its answer.
    Call(Call),
    /// Something about units that takes several calls.
    Question(Question),
    /// Tell which unit a process belongs to.
    GetUnitByPid(GetUnitByPid),
    /// Start, stop or restart a unit.
    RunJob(RunJob),
    /// Start, stop or restart several units at once.
    RunJobs(RunJobs),
    /// Tell what a job would do.
    PlanJob(PlanJob),
    /// Tell how long units took to start.
    StartTimes(StartTimes),
    /// Wait until a unit is in one of some states, and stays so for a while.
    WaitForUnit(WaitForUnit),
    /// Tell what a row's verb would change of unit files.
    Plan(VerbCall),
    /// Something about the text of a unit's files.
    UnitText(UnitText),
    /// End the manager or the machine.
    Power(Power),
    /// Have the manager execute itself again.
    Reexecute(Reexecute),
    /// Remove what runs have left whose wait was given up.
    RemoveLeft(RemoveLeft),
    /// Run a command to its end.
    Run(Arc<Run>),
    /// Start a unit that has no file.
    StartTransient(Arc<StartTransient>),
    /// Start a command, and do not wait for it.
    Spawn(Spawn),
    /// Find a named command again.
    Attach(Attach),
    /// Something of a command that was started.
    OfRun(OfRun),
    /// Tell what units use when the interval is over.
    Sample(Arc<Sampler>),
    /// Something about apps.
    App(Arc<Manager>, AppRequest),
}

/// What is answered.
#[derive(Debug)]
pub enum Response {
    /// It is done.
    Done,
    /// A job ended well.
    Job(JobResult),
    /// Several jobs ended, each well or not.
    Jobs(JobVerb, Vec<Result<JobResult>>),
    /// What a job would do.
    Plan(JobPlan),
    /// How long units took to start.
    StartTimes(Vec<StartTime>),
    /// A value.
    Value(Value),
    /// Unit files were enabled or disabled.
    Changes(UnitFileChanges),
    /// Units.
    Units(Units),
    /// A unit's status.
    Status(Box<UnitStatus>),
    /// A unit in detail.
    Details(Box<UnitDetails>),
    /// The manager's status.
    ManagerStatus(Box<ManagerStatus>),
    /// Properties of a unit or of the manager.
    Properties(Answer),
    /// Properties of many units.
    UnitsProperties(UnitsProperties),
    /// One property of that name.
    Property(String, Property),
    /// What is left to do with an app's unit, and how long that may take to stop.
    Prepared(JobVerb, UnitName, Timeout),
    /// An app was deployed.
    Deployed(UnitName, Deployed),
    /// Paths that were left in place.
    Left(Vec<String>),
    /// An app that was checked, and what to warn of.
    Checked(Box<AppConfig>, Vec<Warning>),
    /// Apps and their units' status.
    Apps(Vec<AppState>),
    /// An app in detail.
    Description(Box<Description>),
    /// A command has ended.
    Ran(Box<Ran>),
    /// A command was started.
    Spawned(Arc<Running>),
    /// What units use.
    Figures(Vec<UnitFigures>),
    /// Names of units, or patterns.
    Names(Vec<String>),
    /// What is known of a unit's text.
    Text(TextAnswer),
}

impl Request {
    /// What a row says, with arguments that a caller gave.
    pub fn verb(name: &str, given: Vec<Value>) -> Result<Self> {
        Ok(Self::Call(Call::Verb(VerbCall::new(name, given)?)))
    }

    /// Whether it can change how units are.
    #[must_use]
    pub fn may_change(&self) -> bool {
        match self {
            Self::Call(call) => call.repeat() != Repeat::Always,
            Self::UnitText(text) => text.repeat() != Repeat::Always,
            Self::RunJob(_)
            | Self::RunJobs(_)
            | Self::Power(_)
            | Self::Reexecute(_)
            | Self::Run(_)
            | Self::StartTransient(_)
            | Self::Spawn(_)
            | Self::App(_, AppRequest::Work(_)) => true,
            Self::OfRun(of_run) => of_run.may_change(),
            Self::Question(_)
            | Self::Plan(_)
            | Self::Attach(_)
            | Self::GetUnitByPid(_)
            | Self::RemoveLeft(_)
            | Self::PlanJob(_)
            | Self::StartTimes(_)
            | Self::WaitForUnit(_)
            | Self::Sample(_)
            | Self::App(_, AppRequest::Question(_) | AppRequest::Check(_)) => false,
        }
    }

    /// Refuses what only a manager can do, where there are only unit files.
    pub(super) fn check_manager(&self, whose: &Whose) -> Result<()> {
        if whose.has_manager() || self.is_about_files() {
            return Ok(());
        }
        let refused = whose.check_manager(&format!("the {}", self.what()));
        refused.map_err(|error| match self.unit() {
            Some(unit) => error.with_unit(unit.as_str()),
            None => error,
        })
    }

    /// Whether it is about unit files alone.
    fn is_about_files(&self) -> bool {
        match self {
            Self::Call(Call::Verb(call)) => call.verb.is_about_files(),
            Self::Call(call) => matches!(call, Call::Connect),
            Self::Question(question) => question.is_about_files(),
            Self::Plan(_) | Self::UnitText(_) | Self::RemoveLeft(_) => true,
            Self::GetUnitByPid(_)
            | Self::RunJob(_)
            | Self::RunJobs(_)
            | Self::PlanJob(_)
            | Self::StartTimes(_)
            | Self::WaitForUnit(_)
            | Self::Power(_)
            | Self::Reexecute(_)
            | Self::Run(_)
            | Self::StartTransient(_)
            | Self::Spawn(_)
            | Self::Attach(_)
            | Self::OfRun(_)
            | Self::Sample(_)
            | Self::App(..) => false,
        }
    }

    /// Whether the time it has can be that of a unit.
    #[must_use]
    pub fn is_job(&self) -> bool {
        matches!(self, Self::RunJob(_) | Self::RunJobs(_))
    }

    /// How long it may take, where the caller says so or nothing: a command has all the time that it needs.
    #[must_use]
    pub fn limit(&self, timeout: Option<Timeout>) -> Option<Timeout> {
        match self {
            Self::Run(_) | Self::Sample(_) => timeout.or(Some(Timeout::Never)),
            Self::OfRun(of_run) if of_run.has_all_time() => timeout.or(Some(Timeout::Never)),
            Self::Call(_)
            | Self::Question(_)
            | Self::GetUnitByPid(_)
            | Self::RunJob(_)
            | Self::RunJobs(_)
            | Self::StartTransient(_)
            | Self::PlanJob(_)
            | Self::StartTimes(_)
            | Self::WaitForUnit(_)
            | Self::Power(_)
            | Self::Reexecute(_)
            | Self::RemoveLeft(_)
            | Self::UnitText(_)
            | Self::Plan(_)
            | Self::Spawn(_)
            | Self::Attach(_)
            | Self::OfRun(_)
            | Self::App(..) => timeout,
        }
    }

    /// What decides about it: what it does, to which unit, when it may be repeated.
    fn look<T>(&self, look: impl FnOnce(&dyn Asked) -> T) -> T {
        match self {
            Self::Call(call) => look(call),
            Self::Question(question) => look(question),
            Self::GetUnitByPid(process) => look(process),
            Self::RunJob(job) => look(job),
            Self::RunJobs(jobs) => look(jobs),
            Self::PlanJob(plan) => look(plan),
            Self::StartTimes(times) => look(times),
            Self::Run(run) => look(&**run),
            Self::StartTransient(start) => look(&**start),
            Self::Spawn(spawn) => look(spawn),
            Self::Attach(attach) => look(attach),
            Self::OfRun(of_run) => look(of_run),
            Self::Sample(sampler) => look(&**sampler),
            Self::WaitForUnit(wait) => look(wait),
            Self::Plan(call) => look(&Planned(call)),
            Self::UnitText(text) => look(text),
            Self::Power(power) => look(power),
            Self::Reexecute(reexecute) => look(reexecute),
            Self::RemoveLeft(removal) => look(removal),
            Self::App(manager, AppRequest::Question(question)) => look(&OfApps(manager, question)),
            Self::App(manager, AppRequest::Work(work)) => look(&OfApps(manager, work)),
            Self::App(manager, AppRequest::Check(check)) => look(&OfApps(manager, check)),
        }
    }
}

/// A change that is only told.
struct Planned<'a>(&'a VerbCall);

impl Asked for Planned<'_> {
    fn what(&self) -> String {
        format!("plan of the {}", self.0.what())
    }

    fn unit(&self) -> Option<UnitName> {
        self.0.unit()
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Asked for Request {
    fn what(&self) -> String {
        self.look(|asked| asked.what())
    }

    fn unit(&self) -> Option<UnitName> {
        self.look(|asked| asked.unit())
    }

    fn repeat(&self) -> Repeat {
        self.look(|asked| asked.repeat())
    }
}

impl From<RunAnswer> for Response {
    fn from(answer: RunAnswer) -> Self {
        match answer {
            RunAnswer::Done => Self::Done,
            RunAnswer::Value(value) => Self::Value(value),
        }
    }
}
