//! What a stream of unit events is made of.

use std::sync::Arc;

/// What kind of thing an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// How a unit was found, at the beginning or after something was lost.
    Snapshot,
    /// A unit's state changed.
    Changed,
    /// A unit was loaded.
    Added,
    /// A unit went away.
    Removed,
    /// A job was queued.
    JobNew,
    /// A job ended.
    JobRemoved,
    /// The manager begins to read its unit files again.
    Reloading,
    /// The manager has read its unit files again.
    Reloaded,
    /// Events were lost: because the reader was slow, or the connection broke. What follows says how things
    /// are now.
    Gap,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Snapshot,
        Self::Changed,
        Self::Added,
        Self::Removed,
        Self::JobNew,
        Self::JobRemoved,
        Self::Reloading,
        Self::Reloaded,
        Self::Gap,
    ];

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The kind's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::JobNew => "job-new",
            Self::JobRemoved => "job-removed",
            Self::Reloading => "reloading",
            Self::Reloaded => "reloaded",
            Self::Gap => "gap",
        }
    }
}

/// What a stream knows of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitState {
    /// `LoadState`
    pub load_state: String,
    /// `ActiveState`
    pub active_state: String,
    /// `SubState`
    pub sub_state: String,
    /// The service's `MainPID`, if it has one.
    pub main_pid: Option<u32>,
    /// The unit's `Result`.
    pub result: Option<String>,
    /// `ExecMainCode`: how the last main process ended (`CLD_EXITED` is 1).
    pub exec_main_code: Option<i32>,
    /// `ExecMainStatus`: its exit code or signal.
    pub exec_main_status: Option<i32>,
    /// `NRestarts`
    pub n_restarts: Option<u32>,
    /// `InvocationID`, in hexadecimal.
    pub invocation_id: Option<String>,
}

impl UnitState {
    /// How a unit begins that was loaded just now.
    pub(super) fn of_new_unit() -> Self {
        Self {
            load_state: "loaded".to_owned(),
            active_state: "inactive".to_owned(),
            sub_state: "dead".to_owned(),
            ..Self::default()
        }
    }

    fn weight(&self) -> usize {
        let told = [&self.load_state, &self.active_state, &self.sub_state].into_iter();
        let known = [&self.result, &self.invocation_id].into_iter().flatten();
        size_of::<Self>() + told.chain(known).map(String::len).sum::<usize>()
    }

    /// Whether the other says the same, and details that are not known here.
    pub(super) fn lacks_only_details_of(&self, other: &Self) -> bool {
        let filled = Self {
            main_pid: self.main_pid.or(other.main_pid),
            result: self.result.clone().or_else(|| other.result.clone()),
            invocation_id: self.invocation_id.clone().or_else(|| other.invocation_id.clone()),
            ..self.clone()
        };
        filled == *other
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitEvent {
    /// Counts all events of the stream, from 1.
    pub sequence: u64,
    /// When it was read, in microseconds since the epoch.
    pub timestamp: u64,
    /// What it tells.
    pub kind: EventKind,
    /// The unit, unless it is about the manager or the stream.
    pub unit: Option<Arc<str>>,
    /// The unit's state before.
    pub old: Option<Arc<UnitState>>,
    /// The unit's state now.
    pub new: Option<Arc<UnitState>>,
    /// The number of the job, for the job kinds.
    pub job_id: Option<u32>,
    /// The job's result, for `JobRemoved`.
    pub job_result: Option<Arc<str>>,
    /// How many events were dropped, for `Gap`, where that is known.
    pub dropped: Option<u64>,
    /// Why, for `Gap`.
    pub reason: Option<Arc<str>>,
}

impl UnitEvent {
    /// An event of this kind; its number and time come when it is queued.
    pub(super) fn new(kind: EventKind, unit: Option<&str>) -> Self {
        Self {
            sequence: 0,
            timestamp: 0,
            kind,
            unit: unit.map(Arc::from),
            old: None,
            new: None,
            job_id: None,
            job_result: None,
            dropped: None,
            reason: None,
        }
    }

    /// Says that others may be missing, and how many, where that is known.
    pub(super) fn gap(reason: &Arc<str>, dropped: Option<u64>) -> Self {
        Self { reason: Some(Arc::clone(reason)), dropped, ..Self::new(EventKind::Gap, None) }
    }

    /// How a unit was found.
    pub(super) fn snapshot(unit: &Arc<str>, state: &Arc<UnitState>) -> Self {
        let (unit, new) = (Some(Arc::clone(unit)), Some(Arc::clone(state)));
        Self { unit, new, ..Self::new(EventKind::Snapshot, None) }
    }

    /// About how many bytes of memory it takes, besides what is in its reader's queue.
    pub(super) fn weight(&self) -> usize {
        let texts = [&self.unit, &self.job_result, &self.reason].into_iter().flatten().map(|text| text.len());
        let states = [&self.old, &self.new].into_iter().flatten().map(|state| state.weight());
        texts.chain(states).sum()
    }
}
