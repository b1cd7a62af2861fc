//! What both backends tell about units: plain values with public fields.
//!
//! `None` stands for what systemd does not know: counters without accounting, times that never came,
//! properties that the unit's type does not have.

/// One row of a listing of units (`ListUnits` of `org.freedesktop.systemd1.Manager`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitInfo {
    /// The unit's name with its type suffix.
    pub name: String,
    /// The unit's `Description`.
    pub description: String,
    /// `LoadState`: `loaded`, `not-found`, `masked`, `bad-setting`, ...
    pub load_state: String,
    /// `ActiveState`: `active`, `inactive`, `failed`, `activating`, ...
    pub active_state: String,
    /// `SubState`: depends on the unit's type, for example `running` or `auto-restart`.
    pub sub_state: String,
    /// The unit whose state this one follows.
    pub followed: Option<String>,
    /// The number of the job that is queued for the unit.
    pub job_id: Option<u32>,
    /// The type of that job: `start`, `stop`, ...
    pub job_type: Option<String>,
}

/// What is known of one unit (properties of `org.freedesktop.systemd1.Unit` and `.Service`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitStatus {
    /// The unit's canonical name (`Id`): an alias that was asked for is resolved.
    pub name: String,
    /// The unit's `Description`.
    pub description: String,
    /// `LoadState`: `loaded`, `not-found`, `masked`, `bad-setting`, ...
    pub load_state: String,
    /// `ActiveState`: `active`, `inactive`, `failed`, `activating`, ...
    pub active_state: String,
    /// `SubState`: depends on the unit's type, for example `running` or `auto-restart`.
    pub sub_state: String,
    /// `UnitFileState`: `enabled`, `disabled`, `static`, ...
    pub unit_file_state: Option<String>,
    /// The service's `Result`: `success`, `exit-code`, `signal`, `oom-kill`, `start-limit-hit`, ...
    pub result: Option<String>,
    /// The process that runs now (`MainPID`).
    pub main_pid: Option<u32>,
    /// The last main process, which may have ended (`ExecMainPID`).
    pub exec_main_pid: Option<u32>,
    /// How the last main process ended: 1 exited, 2 killed, 3 dumped core (`ExecMainCode`, `CLD_*`).
    pub exec_main_code: Option<i32>,
    /// Its exit code or signal number (`ExecMainStatus`).
    pub exec_main_status: Option<i32>,
    /// Automatic restarts since the last manual start (`NRestarts`).
    pub n_restarts: Option<u32>,
    /// Memory of the unit's control group, in bytes, page cache included (`MemoryCurrent`).
    pub memory_current: Option<u64>,
    /// Processor time of the unit's control group, in nanoseconds (`CPUUsageNSec`).
    pub cpu_usage_nsec: Option<u64>,
    /// Processes and threads of the unit's control group (`TasksCurrent`).
    pub tasks_current: Option<u64>,
    /// When the unit last became active, in microseconds since the epoch (`ActiveEnterTimestamp`).
    pub active_enter_timestamp: Option<u64>,
    /// When the main process started, in microseconds since the epoch (`ExecMainStartTimestamp`).
    pub exec_main_start_timestamp: Option<u64>,
    /// When the unit last changed its state, in microseconds since the epoch (`StateChangeTimestamp`).
    pub state_change_timestamp: Option<u64>,
    /// The unit's file (`FragmentPath`).
    pub fragment_path: Option<String>,
    /// The drop-ins over it, in the order in which systemd reads them (`DropInPaths`).
    pub drop_in_paths: Vec<String>,
    /// Files changed after systemd read them (`NeedDaemonReload`).
    pub need_daemon_reload: bool,
    /// The identity of this run of the unit: 32 hexadecimal digits (`InvocationID`).
    pub invocation_id: Option<String>,
    /// The unit's control group, from the root of the hierarchy (`ControlGroup`).
    pub control_group: Option<String>,
}

impl UnitStatus {
    /// Whether its main process ended unasked, and systemd will start another one after a while.
    #[must_use]
    pub fn waits_for_restart(&self) -> bool {
        self.sub_state.starts_with("auto-restart")
    }
}

/// Another job that was queued along with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffectedJob {
    /// Its number.
    pub id: u32,
    /// The unit's name.
    pub unit: String,
    /// What is done to the unit: `start`, `stop`, `restart`, ...
    pub job_type: String,
}

/// A job that ended well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobResult {
    /// The unit's name.
    pub unit: String,
    /// What was asked, in systemd's word: `start`, `stop`, `try-restart`, ...
    pub operation: String,
    /// The job's result: `done`; `skipped` where a condition did not hold, so that nothing was started; `running` of one that
    /// ends this program, for which nobody waits.
    pub result: String,
    /// The unit is in another run than before, or was up and is down.
    pub changed: bool,
    /// What one should know besides, as systemctl(1) warns of it.
    pub notes: Vec<String>,
}
