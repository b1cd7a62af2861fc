//! The types of the properties that `systemctl show` prints without loss. It prints no types, so each is
//! named here; what is not named, or does not look as expected, is left out.

use super::{quoted_words, time};
use crate::unit::UnitName;
use crate::value::{Value, means_unset};

/// What systemctl prints for a value that it cannot print.
const UNPRINTABLE: &str = "[unprintable]";

type Read = fn(name: &str, text: &str) -> Option<Value>;

/// Properties by type (D-Bus signature in brackets), compared with `busctl` on systemd 252.
const KINDS: [(Read, &[&str]); 11] = [
    (text, &[TEXTS_OF_UNITS, TEXTS_OF_PROCESSES]),
    (boolean, &[BOOLEANS_OF_UNITS, BOOLEANS_OF_PROCESSES]),
    (list, &[LISTS_OF_UNITS, LISTS_OF_PROCESSES]),
    (timestamp, &[TIMESTAMPS]),
    (span, &[SPANS]),
    (number, &[NUMBERS, LIMITS]),
    (small_number, &[SMALL_NUMBERS]),
    (signed, &[SIGNED_NUMBERS]),
    (
        mode,
        &["UMask DirectoryMode SocketMode RuntimeDirectoryMode StateDirectoryMode CacheDirectoryMode \
              LogsDirectoryMode ConfigurationDirectoryMode"],
    ),
    (identity, &["InvocationID"]),
    (job, &["Job"]),
];

/// `s`, `o`
const TEXTS_OF_UNITS: &str = "Id Description LoadState ActiveState SubState FreezerState FragmentPath SourcePath \
    UnitFileState UnitFilePreset Following CollectMode OnSuccessJobMode OnFailureJobMode JobTimeoutAction \
    JobTimeoutRebootArgument StartLimitAction FailureAction SuccessAction RebootArgument AccessSELinuxContext \
    Result CleanResult Unit Where What Type Options ControlGroup Slice Controller BindIPv6Only BindToDevice \
    FileDescriptorName SocketUser SocketGroup TCPCongestion Timestamping SysFSPath";
const TEXTS_OF_PROCESSES: &str = "ExitType Restart PIDFile NotifyAccess TimeoutStartFailureMode \
    TimeoutStopFailureMode BusName StatusText ReloadResult USBFunctionDescriptors USBFunctionStrings OOMPolicy \
    DevicePolicy ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMPreference WorkingDirectory RootDirectory \
    RootImage RootHashPath RootHashSignaturePath RootVerity StandardInput StandardInputFileDescriptorName \
    StandardOutput StandardOutputFileDescriptorName StandardError StandardErrorFileDescriptorName TTYPath \
    SyslogIdentifier LogNamespace User Group PAMName ProtectHome ProtectSystem UtmpIdentifier UtmpMode \
    Personality RuntimeDirectoryPreserve KeyringMode ProtectProc ProcSubset NetworkNamespacePath \
    IPCNamespacePath KillMode";
/// `b`
const BOOLEANS_OF_UNITS: &str = "CanStart CanStop CanReload CanIsolate CanFreeze StopWhenUnneeded \
    RefuseManualStart RefuseManualStop AllowIsolate DefaultDependencies IgnoreOnIsolate NeedDaemonReload \
    ConditionResult AssertResult Transient Perpetual SurviveFinalKillSignal Accept Broadcast FlushPending \
    FreeBind KeepAlive NoDelay PassCredentials PassPacketInfo PassSecurity RemoveOnStop ReusePort Transparent \
    Writable FixedRandomDelay OnClockChange OnTimezoneChange Persistent RemainAfterElapse WakeSystem \
    MakeDirectory ForceUnmount LazyUnmount ReadWriteOnly SloppyOptions";
const BOOLEANS_OF_PROCESSES: &str = "RootDirectoryStartOnly RemainAfterExit GuessMainPID Delegate CPUAccounting \
    IOAccounting BlockIOAccounting MemoryAccounting TasksAccounting IPAccounting CPUAffinityFromNUMA \
    CPUSchedulingResetOnFork NonBlocking TTYReset TTYVHangup TTYVTDisallocate SyslogLevelPrefix DynamicUser \
    RemoveIPC PrivateTmp PrivateDevices ProtectClock ProtectKernelTunables ProtectKernelModules \
    ProtectKernelLogs ProtectControlGroups PrivateNetwork PrivateUsers PrivateMounts PrivateIPC \
    SameProcessGroup IgnoreSIGPIPE NoNewPrivileges LockPersonality MemoryDenyWriteExecute RestrictRealtime \
    RestrictSUIDSGID MountAPIVFS ProtectHostname SendSIGKILL SendSIGHUP";
/// `as`
const LISTS_OF_UNITS: &str = "Names Requires Requisite Wants BindsTo PartOf Upholds RequiredBy RequisiteOf \
    WantedBy BoundBy UpheldBy ConsistsOf Conflicts ConflictedBy Before After OnSuccess OnSuccessOf OnFailure \
    OnFailureOf Triggers TriggeredBy PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo \
    StopPropagatedFrom JoinsNamespaceOf SliceOf RequiresMountsFor WantsMountsFor Documentation DropInPaths \
    CanClean Markers Refs Symlinks";
const LISTS_OF_PROCESSES: &str = "DelegateControllers IPIngressFilterPath IPEgressFilterPath DisableControllers \
    Environment PassEnvironment UnsetEnvironment ExtensionDirectories SupplementaryGroups ReadWritePaths \
    ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths ExecSearchPath SystemCallArchitectures \
    RuntimeDirectory StateDirectory CacheDirectory LogsDirectory ConfigurationDirectory";
/// `t`, a point in time
const TIMESTAMPS: &str = "StateChangeTimestamp InactiveExitTimestamp ActiveEnterTimestamp ActiveExitTimestamp \
    InactiveEnterTimestamp ConditionTimestamp AssertTimestamp WatchdogTimestamp ExecMainStartTimestamp \
    ExecMainExitTimestamp ExecMainHandoffTimestamp LastTriggerUSec";
/// `t`, a duration
const SPANS: &str = "RestartUSec RestartMaxDelayUSec TimeoutStartUSec TimeoutStopUSec TimeoutAbortUSec \
    TimeoutCleanUSec RuntimeMaxUSec RuntimeRandomizedExtraUSec WatchdogUSec CPUQuotaPerSecUSec \
    CPUQuotaPeriodUSec LogRateLimitIntervalUSec JobTimeoutUSec JobRunningTimeoutUSec StartLimitIntervalUSec \
    TimeoutUSec TimeoutIdleUSec TriggerLimitIntervalUSec AccuracyUSec RandomizedDelayUSec \
    NextElapseUSecMonotonic DeferAcceptUSec KeepAliveTimeUSec KeepAliveIntervalUSec";
/// `t`
const NUMBERS: &str = "ControlGroupId MemoryCurrent MemoryPeak MemorySwapCurrent MemorySwapPeak \
    MemoryZSwapCurrent MemoryAvailable CPUUsageNSec TasksCurrent IPIngressBytes IPIngressPackets IPEgressBytes \
    IPEgressPackets IOReadBytes IOReadOperations IOWriteBytes IOWriteOperations CPUWeight StartupCPUWeight \
    CPUShares StartupCPUShares IOWeight StartupIOWeight BlockIOWeight StartupBlockIOWeight DefaultMemoryLow \
    DefaultMemoryMin MemoryMin MemoryLow MemoryHigh MemoryMax MemorySwapMax MemoryZSwapMax MemoryLimit TasksMax \
    TimerSlackNSec ReceiveBuffer SendBuffer PipeSize StateChangeTimestampMonotonic \
    InactiveExitTimestampMonotonic ActiveEnterTimestampMonotonic ActiveExitTimestampMonotonic \
    InactiveEnterTimestampMonotonic ConditionTimestampMonotonic AssertTimestampMonotonic \
    WatchdogTimestampMonotonic ExecMainStartTimestampMonotonic ExecMainExitTimestampMonotonic \
    ExecMainHandoffTimestampMonotonic";
const LIMITS: &str = "LimitCPU LimitCPUSoft LimitFSIZE LimitFSIZESoft LimitDATA LimitDATASoft LimitSTACK \
    LimitSTACKSoft LimitCORE LimitCORESoft LimitRSS LimitRSSSoft LimitNOFILE LimitNOFILESoft LimitAS LimitASSoft \
    LimitNPROC LimitNPROCSoft LimitMEMLOCK LimitMEMLOCKSoft LimitLOCKS LimitLOCKSSoft LimitSIGPENDING \
    LimitSIGPENDINGSoft LimitMSGQUEUE LimitMSGQUEUESoft LimitNICE LimitNICESoft LimitRTPRIO LimitRTPRIOSoft \
    LimitRTTIME LimitRTTIMESoft";
/// `u`
const SMALL_NUMBERS: &str = "MainPID ControlPID ExecMainPID UID GID NRestarts FileDescriptorStoreMax \
    NFileDescriptorStore LogRateLimitBurst StartLimitBurst ManagedOOMMemoryPressureLimit RestartSteps Backlog \
    MaxConnections MaxConnectionsPerSource NAccepted NConnections NRefused KeepAliveProbes TriggerLimitBurst";
/// `i`, `x`
const SIGNED_NUMBERS: &str = "ExecMainCode ExecMainStatus StatusErrno OOMScoreAdjust Nice CPUSchedulingPolicy \
    CPUSchedulingPriority IOSchedulingClass IOSchedulingPriority SyslogPriority SyslogLevel SyslogFacility \
    LogLevelMax SecureBits SystemCallErrorNumber KillSignal RestartKillSignal FinalKillSignal WatchdogSignal \
    FailureActionExitStatus SuccessActionExitStatus ReloadSignal IPTOS IPTTL Mark Priority SocketProtocol \
    MessageQueueMaxMessages MessageQueueMessageSize";

/// The value that this text stands for; `None` if the property or its form is not known.
pub(super) fn value(name: &str, text: &str) -> Option<Value> {
    if text == UNPRINTABLE {
        return None;
    }
    let has = |names: &&str| names.split_ascii_whitespace().any(|known| known == name);
    let (read, _) = KINDS.iter().find(|(_, names)| names.iter().any(has))?;
    read(name, text)
}

#[expect(clippy::unnecessary_wraps, reason = "one of several readers, and the others can fail")]
fn text(_: &str, text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

fn boolean(_: &str, text: &str) -> Option<Value> {
    match text {
        "yes" => Some(Value::Boolean(true)),
        "no" => Some(Value::Boolean(false)),
        _ => None,
    }
}

fn list(_: &str, text: &str) -> Option<Value> {
    Some(Value::List(quoted_words::split(text)?.into_iter().map(Value::Text).collect()))
}

fn timestamp(name: &str, text: &str) -> Option<Value> {
    Some(unsigned(name, "t", time::timestamp(text)?))
}

fn span(name: &str, text: &str) -> Option<Value> {
    Some(unsigned(name, "t", time::span(text)?))
}

fn number(name: &str, text: &str) -> Option<Value> {
    let number = match text {
        "infinity" | "[not set]" | "[no data]" => u64::MAX,
        digits => digits.parse().ok()?,
    };
    Some(unsigned(name, "t", number))
}

fn small_number(name: &str, text: &str) -> Option<Value> {
    let number: u32 = if text == "[not set]" { u32::MAX } else { text.parse().ok()? };
    Some(unsigned(name, "u", number.into()))
}

fn unsigned(name: &str, signature: &str, number: u64) -> Value {
    if means_unset(name, signature, number) { Value::Null } else { Value::Unsigned(number) }
}

fn signed(_: &str, text: &str) -> Option<Value> {
    if text == "[not set]" { Some(Value::Integer(-1)) } else { text.parse().ok().map(Value::Integer) }
}

fn mode(_: &str, text: &str) -> Option<Value> {
    u64::from_str_radix(text, 8).ok().map(Value::Unsigned)
}

fn identity(_: &str, text: &str) -> Option<Value> {
    let digit = |index: usize| u8::from_str_radix(text.get(index..index + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(digit).collect::<Option<Vec<u8>>>().map(Value::Bytes)
}

/// `(uo)`: systemctl prints the number alone.
fn job(_: &str, text: &str) -> Option<Value> {
    let (id, path) = match text {
        "" | "0" => (0, "/".to_owned()),
        id => (id.parse().ok()?, format!("/org/freedesktop/systemd1/job/{id}")),
    };
    Some(Value::Tuple(vec![Value::Unsigned(id), Value::Text(path)]))
}

/// Whether the text says less than the property: what cannot be printed, or a time in whole seconds, as
/// systemd before 248 prints it.
pub(super) fn is_inexact(name: &str, text: &str) -> bool {
    let is_time = || TIMESTAMPS.split_ascii_whitespace().any(|known| known == name);
    text == UNPRINTABLE || (text.ends_with(" UTC") && !text.contains('.') && is_time())
}

/// Whether a list of unit names has this one.
pub(super) fn has_name(list: &str, unit: &UnitName) -> bool {
    quoted_words::split(list).is_some_and(|names| names.iter().any(|name| name == unit.as_str()))
}

#[cfg(test)]
mod tests;
