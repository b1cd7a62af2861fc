//! What each setting takes, after systemd's own table (load-fragment-gperf.gperf.in) up to version 260.

use super::setting_kind::{Kind, UNSIGNED};
use crate::unit_file::known_words;

/// The sections that systemd reads in the file of a service.
pub(super) const SECTIONS: [&str; 3] = ["Unit", "Service", "Install"];

/// What this setting takes; none for one that we do not know in this section.
pub(super) fn kind_of(section: &str, key: &str) -> Option<&'static Kind> {
    let mut rows = rows(section).iter();
    rows.find(|(_, names)| known_words::is_in(names, key)).map(|(kind, _)| kind)
}

/// The settings that are known in this section.
pub(super) fn names_of(section: &str) -> impl Iterator<Item = &'static str> {
    rows(section).iter().flat_map(|(_, names)| names.split_ascii_whitespace())
}

type Row = (Kind, &'static str);

fn rows(section: &str) -> &'static [Row] {
    match section {
        "Unit" => UNIT,
        "Service" => SERVICE,
        "Install" => INSTALL,
        _ => &[],
    }
}

const EXIT_STATUS: Kind = Kind::Whole { from: 0, to: 255 };
const WEIGHT: Kind = Kind::Whole { from: 1, to: 10_000 };
const NUMBER: Kind = Kind::Whole { from: 0, to: i64::MAX };

const UNIT: &[Row] = &[
    (Kind::Free, "Description SourcePath JobTimeoutRebootArgument RebootArgument"),
    (Kind::Urls, "Documentation"),
    (
        Kind::Units,
        "Requires Requisite Wants BindsTo BindTo Upholds Conflicts Before After OnSuccess OnFailure \
         PropagatesReloadTo PropagateReloadTo ReloadPropagatedFrom PropagateReloadFrom PropagatesStopTo \
         StopPropagatedFrom PartOf JoinsNamespaceOf RequiresOverridable RequisiteOverridable",
    ),
    (Kind::Paths, "RequiresMountsFor WantsMountsFor"),
    (
        Kind::Boolean,
        "StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate DefaultDependencies \
         SurviveFinalKillSignal OnFailureIsolate IgnoreOnIsolate IgnoreOnSnapshot",
    ),
    (Kind::Word(known_words::JOB_MODES), "OnSuccessJobMode OnFailureJobMode"),
    (Kind::Time, "JobTimeoutSec JobRunningTimeoutSec StartLimitIntervalSec StartLimitInterval"),
    (UNSIGNED, "StartLimitBurst"),
    (Kind::Word(known_words::ACTIONS), "JobTimeoutAction StartLimitAction FailureAction SuccessAction"),
    (EXIT_STATUS, "FailureActionExitStatus SuccessActionExitStatus"),
    (Kind::Word(&["inactive", "inactive-or-failed"]), "CollectMode"),
    (
        Kind::ConditionPath,
        "ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory ConditionPathIsSymbolicLink \
         ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsEncrypted ConditionDirectoryNotEmpty \
         ConditionFileNotEmpty ConditionFileIsExecutable ConditionPathIsSocket ConditionNeedsUpdate \
         AssertPathExists AssertPathExistsGlob AssertPathIsDirectory AssertPathIsSymbolicLink \
         AssertPathIsMountPoint AssertPathIsReadWrite AssertPathIsEncrypted AssertDirectoryNotEmpty \
         AssertFileNotEmpty AssertFileIsExecutable AssertPathIsSocket AssertNeedsUpdate",
    ),
    (
        Kind::Free,
        "ConditionFirstBoot ConditionArchitecture ConditionFirmware ConditionVirtualization ConditionHost \
         ConditionKernelCommandLine ConditionKernelVersion ConditionVersion ConditionCredential ConditionSecurity \
         ConditionCapability ConditionACPower ConditionMemory ConditionCPUFeature ConditionCPUs \
         ConditionEnvironment ConditionUser ConditionGroup ConditionControlGroupController ConditionOSRelease \
         ConditionMemoryPressure ConditionCPUPressure ConditionIOPressure ConditionKernelModuleLoaded \
         AssertFirstBoot AssertArchitecture AssertFirmware AssertVirtualization AssertHost \
         AssertKernelCommandLine AssertKernelVersion AssertVersion AssertCredential AssertSecurity \
         AssertCapability AssertACPower AssertMemory AssertCPUFeature AssertCPUs AssertEnvironment AssertUser \
         AssertGroup AssertControlGroupController AssertOSRelease AssertMemoryPressure AssertCPUPressure \
         AssertIOPressure AssertKernelModuleLoaded",
    ),
];

const INSTALL: &[Row] =
    &[(Kind::Units, "Alias WantedBy RequiredBy UpheldBy Also"), (Kind::Free, "DefaultInstance")];

const SERVICE: &[Row] = &[
    (Kind::Word(known_words::TYPES), "Type"),
    (Kind::Word(&["main", "cgroup"]), "ExitType"),
    (
        Kind::Word(&["no", "always", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort"]),
        "Restart",
    ),
    (Kind::Word(&["normal", "direct", "debug"]), "RestartMode"),
    (Kind::Word(&["none", "main", "exec", "all"]), "NotifyAccess"),
    (Kind::Word(&["continue", "stop", "kill"]), "OOMPolicy"),
    (Kind::Word(&["control-group", "process", "mixed", "none"]), "KillMode"),
    (Kind::Word(&["terminate", "abort", "kill"]), "TimeoutStartFailureMode TimeoutStopFailureMode"),
    (
        Kind::Command,
        "ExecCondition ExecStartPre ExecStart ExecStartPost ExecReload ExecReloadPost ExecStop ExecStopPost",
    ),
    (
        Kind::Time,
        "RestartSec RestartMaxDelaySec TimeoutSec TimeoutStartSec TimeoutStopSec TimeoutAbortSec RuntimeMaxSec \
         RuntimeRandomizedExtraSec WatchdogSec LogRateLimitIntervalSec TimeoutCleanSec CPUQuotaPeriodSec \
         MemoryPressureThresholdSec ManagedOOMMemoryPressureDurationSec",
    ),
    (UNSIGNED, "RestartSteps FileDescriptorStoreMax LogRateLimitBurst TTYRows TTYColumns"),
    (
        Kind::Boolean,
        "PermissionsStartOnly RootDirectoryStartOnly RemainAfterExit GuessMainPID NonBlocking RootEphemeral \
         CPUSchedulingResetOnFork DynamicUser RemoveIPC TTYReset TTYVHangup TTYVTDisallocate SyslogLevelPrefix \
         NoNewPrivileges MemoryDenyWriteExecute RestrictRealtime RestrictSUIDSGID LockPersonality PrivateDevices \
         ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectClock PrivateNetwork PrivateMounts \
         PrivateIPC PrivatePIDs MountAPIVFS BindLogSockets StateDirectoryAccounting CacheDirectoryAccounting \
         LogsDirectoryAccounting IgnoreSIGPIPE MemoryKSM SetLoginEnvironment CPUAccounting MemoryAccounting \
         MemoryZSwapWriteback IOAccounting BlockIOAccounting TasksAccounting IPAccounting CoredumpReceive \
         SendSIGKILL SendSIGHUP",
    ),
    (Kind::BooleanOr(&["disconnected"]), "PrivateTmp"),
    (Kind::BooleanOr(&["self", "identity", "full", "managed"]), "PrivateUsers"),
    (Kind::BooleanOr(&["private", "strict"]), "ProtectControlGroups"),
    (Kind::BooleanOr(&["full", "strict"]), "ProtectSystem"),
    (Kind::BooleanOr(&["read-only", "tmpfs"]), "ProtectHome"),
    (Kind::BooleanOr(&["restart"]), "RuntimeDirectoryPreserve FileDescriptorStorePreserve"),
    (Kind::BooleanOr(&["auto", "skip"]), "MemoryPressureWatch"),
    (Kind::Delegate, "Delegate"),
    (Kind::Words(known_words::CONTROLLERS), "DisableControllers"),
    (Kind::ExitStatuses, "RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus"),
    (Kind::Signal, "KillSignal RestartKillSignal FinalKillSignal WatchdogSignal ReloadSignal"),
    (Kind::BusName, "BusName"),
    (Kind::Slice, "Slice"),
    (Kind::Units, "Sockets"),
    (
        Kind::Path,
        "RootDirectory RootImage RootVerity TTYPath NetworkNamespacePath IPCNamespacePath \
         USBFunctionDescriptors USBFunctionStrings",
    ),
    (
        Kind::Paths,
        "ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories ReadWritePaths ReadOnlyPaths \
         InaccessiblePaths ExecPaths NoExecPaths BindPaths BindReadOnlyPaths TemporaryFileSystem ExecSearchPath \
         ExtensionDirectories",
    ),
    (Kind::Folders, "RuntimeDirectory StateDirectory CacheDirectory LogsDirectory ConfigurationDirectory"),
    (
        Kind::Mode,
        "UMask RuntimeDirectoryMode StateDirectoryMode CacheDirectoryMode LogsDirectoryMode \
         ConfigurationDirectoryMode",
    ),
    (Kind::Environment, "Environment"),
    (Kind::EnvironmentFile, "EnvironmentFile"),
    (Kind::Input, "StandardInput"),
    (Kind::Output, "StandardOutput StandardError"),
    (Kind::Word(known_words::FACILITIES), "SyslogFacility"),
    (Kind::WholeOr { words: known_words::LEVELS, from: 0, to: 7 }, "SyslogLevel LogLevelMax"),
    (Kind::Whole { from: -20, to: 19 }, "Nice"),
    (Kind::Whole { from: -1000, to: 1000 }, "OOMScoreAdjust"),
    (
        Kind::WholeOr { words: &["none", "realtime", "best-effort", "idle"], from: 0, to: 3 },
        "IOSchedulingClass",
    ),
    (Kind::Whole { from: 0, to: 7 }, "IOSchedulingPriority"),
    (
        Kind::WholeOr { words: &["other", "batch", "idle", "fifo", "rr", "ext"], from: 0, to: 7 },
        "CPUSchedulingPolicy",
    ),
    (Kind::Whole { from: 0, to: 99 }, "CPUSchedulingPriority"),
    (
        Kind::WholeOr { words: &["default", "preferred", "bind", "interleave", "local"], from: 0, to: 4 },
        "NUMAPolicy",
    ),
    (
        Kind::Processors,
        "CPUAffinity NUMAMask AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes",
    ),
    (Kind::Capabilities, "CapabilityBoundingSet AmbientCapabilities"),
    (Kind::Families, "RestrictAddressFamilies"),
    (Kind::Namespaces, "RestrictNamespaces DelegateNamespaces"),
    (Kind::SystemCalls, "SystemCallFilter SystemCallLog"),
    (Kind::Word(&["inherit", "private", "shared"]), "KeyringMode"),
    (Kind::Word(&["noaccess", "invisible", "ptraceable", "default"]), "ProtectProc"),
    (Kind::Word(&["all", "pid"]), "ProcSubset"),
    (Kind::Word(&["init", "login", "user"]), "UtmpMode"),
    (Kind::Word(&["shared", "slave", "private"]), "MountFlags"),
    (
        Kind::Words(&[
            "keep-caps",
            "keep-caps-locked",
            "no-setuid-fixup",
            "no-setuid-fixup-locked",
            "noroot",
            "noroot-locked",
        ]),
        "SecureBits",
    ),
    (Kind::Limit(&NUMBER), "LimitNOFILE LimitNPROC LimitLOCKS LimitSIGPENDING LimitRTPRIO"),
    (
        Kind::Limit(&Kind::Size),
        "LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitAS LimitMEMLOCK LimitMSGQUEUE",
    ),
    (Kind::Limit(&Kind::Time), "LimitCPU LimitRTTIME"),
    (Kind::Limit(&Kind::Niceness), "LimitNICE"),
    (Kind::WholeOr { words: &["idle"], from: 1, to: 10_000 }, "CPUWeight StartupCPUWeight"),
    (WEIGHT, "IOWeight StartupIOWeight"),
    (Kind::Device(&WEIGHT), "IODeviceWeight"),
    (Kind::Device(&Kind::Size), "IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax"),
    (Kind::Device(&Kind::Time), "IODeviceLatencyTargetSec"),
    (Kind::Quota, "CPUQuota"),
    (Kind::Memory { zero: false }, "MemoryHigh MemoryMax StartupMemoryHigh StartupMemoryMax MemoryLimit"),
    (
        Kind::Memory { zero: true },
        "MemoryMin MemoryLow DefaultMemoryMin DefaultMemoryLow DefaultStartupMemoryLow StartupMemoryLow \
         MemorySwapMax StartupMemorySwapMax MemoryZSwapMax StartupMemoryZSwapMax",
    ),
    (Kind::Tasks, "TasksMax"),
    (Kind::Word(&["auto", "closed", "strict"]), "DevicePolicy"),
    (Kind::Addresses, "IPAddressAllow IPAddressDeny"),
    (Kind::Word(&["auto", "kill"]), "ManagedOOMSwap ManagedOOMMemoryPressure"),
    (Kind::Word(&["none", "avoid", "omit"]), "ManagedOOMPreference"),
    (
        Kind::Free,
        "PIDFile WorkingDirectory User Group SupplementaryGroups RootImageOptions RootImagePolicy RootHash \
         RootHashSignature RootMStack ExtensionImages ExtensionImagePolicy MountImages MountImagePolicy \
         CoredumpFilter PassEnvironment UnsetEnvironment StandardInputText StandardInputData SyslogIdentifier \
         LogExtraFields LogFilterPatterns LogNamespace TimerSlackNSec PrivateBPF BPFDelegateCommands \
         BPFDelegateMaps BPFDelegatePrograms BPFDelegateAttachments SystemCallArchitectures \
         SystemCallErrorNumber RestrictFileSystems LandlockConfig Personality StateDirectoryQuota \
         CacheDirectoryQuota LogsDirectoryQuota SetCredential SetCredentialEncrypted LoadCredential \
         LoadCredentialEncrypted ImportCredential PAMName UtmpIdentifier SELinuxContext AppArmorProfile \
         SmackProcessLabel ProtectHostname UserNamespacePath CPUShares StartupCPUShares DeviceAllow \
         BlockIOWeight StartupBlockIOWeight BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth \
         DelegateSubgroup IPIngressFilterPath IPEgressFilterPath ManagedOOMMemoryPressureLimit \
         ManagedOOMMemoryPressureLimitPercent NetClass \
         BPFProgram SocketBindAllow SocketBindDeny BindNetworkInterface RestrictNetworkInterfaces NFTSet OpenFile Capabilities \
         RefreshOnReload ManagedOOMRules CPUSetPartition",
    ),
];
