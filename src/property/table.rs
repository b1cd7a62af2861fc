//! What each setting takes, after systemd's src/shared/bus-unit-util.c up to version 260.

use super::kind::Kind;
use super::limits::Unit;
use crate::unit_file::known_words::is_in;

/// What a setting of this name takes; none for one that is not here.
pub(super) fn kind_of(name: &str) -> Option<Kind> {
    let mut rows = ROWS.iter();
    rows.find(|(_, names)| is_in(names, name)).map(|(kind, _)| *kind)
}

/// The settings that are here.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().flat_map(|(_, names)| names.split_ascii_whitespace())
}

const FACILITIES: &[&str] = &[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "",
    "", "", "", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

const ROWS: &[(Kind, &str)] = &[
    // Of all units.
    (
        Kind::Text,
        "Description SourcePath OnSuccessJobMode OnFailureJobMode JobTimeoutAction JobTimeoutRebootArgument \
         StartLimitAction FailureAction SuccessAction RebootArgument CollectMode",
    ),
    (
        Kind::Flag,
        "StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate IgnoreOnIsolate \
         SurviveFinalKillSignal DefaultDependencies",
    ),
    (Kind::Time, "JobTimeoutSec JobRunningTimeoutSec StartLimitIntervalSec"),
    (Kind::Unsigned, "StartLimitBurst"),
    (Kind::Signed, "SuccessActionExitStatus FailureActionExitStatus"),
    (
        Kind::Words,
        "Documentation Requires Requisite Wants BindsTo PartOf Upholds RequiredBy RequisiteOf WantedBy BoundBy \
         UpheldBy ConsistsOf Conflicts ConflictedBy Before After OnSuccess OnSuccessOf OnFailure OnFailureOf \
         Triggers TriggeredBy PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo StopPropagatedFrom \
         JoinsNamespaceOf References ReferencedBy RequiresMountsFor WantsMountsFor Markers",
    ),
    (
        Kind::Condition("Conditions"),
        "ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory ConditionPathIsSymbolicLink \
         ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsEncrypted ConditionPathIsSocket \
         ConditionDirectoryNotEmpty ConditionFileNotEmpty ConditionFileIsExecutable ConditionNeedsUpdate \
         ConditionFirstBoot ConditionArchitecture ConditionFirmware ConditionVirtualization ConditionHost \
         ConditionKernelCommandLine ConditionKernelVersion ConditionVersion ConditionCredential \
         ConditionSecurity ConditionCapability ConditionACPower ConditionMemory ConditionCPUFeature \
         ConditionCPUs ConditionEnvironment ConditionUser ConditionGroup ConditionControlGroupController \
         ConditionOSRelease ConditionMemoryPressure ConditionCPUPressure ConditionIOPressure \
         ConditionKernelModuleLoaded ConditionFraction",
    ),
    (
        Kind::Condition("Asserts"),
        "AssertPathExists AssertPathExistsGlob AssertPathIsDirectory AssertPathIsSymbolicLink \
         AssertPathIsMountPoint AssertPathIsReadWrite AssertDirectoryNotEmpty AssertFileNotEmpty \
         AssertFileIsExecutable AssertArchitecture AssertVirtualization AssertHost AssertKernelCommandLine \
         AssertKernelVersion AssertSecurity AssertCapability AssertUser AssertGroup AssertEnvironment",
    ),
    // Of control groups.
    (
        Kind::Text,
        "Slice DevicePolicy ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMPreference MemoryPressureWatch \
         CPUPressureWatch IOPressureWatch DelegateSubgroup BindNetworkInterface CPUSetPartition",
    ),
    (
        Kind::Flag,
        "CPUAccounting MemoryAccounting IOAccounting BlockIOAccounting TasksAccounting IPAccounting \
         CoredumpReceive MemoryZSwapWriteback",
    ),
    (Kind::WeightOrIdle, "CPUWeight StartupCPUWeight"),
    (Kind::Weight, "IOWeight StartupIOWeight"),
    (Kind::Large, "CPUShares StartupCPUShares BlockIOWeight StartupBlockIOWeight"),
    (Kind::Processors, "AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes"),
    (
        Kind::Memory,
        "MemoryMin MemoryLow MemoryHigh MemoryMax MemorySwapMax MemoryZSwapMax MemoryLimit DefaultMemoryMin \
         DefaultMemoryLow DefaultStartupMemoryLow StartupMemoryLow StartupMemoryHigh StartupMemoryMax \
         StartupMemorySwapMax StartupMemoryZSwapMax",
    ),
    (Kind::Tasks, "TasksMax"),
    (Kind::Quota, "CPUQuota"),
    (
        Kind::Time,
        "CPUQuotaPeriodSec MemoryPressureThresholdSec CPUPressureThresholdSec IOPressureThresholdSec \
         ManagedOOMMemoryPressureDurationSec",
    ),
    (Kind::Share, "ManagedOOMMemoryPressureLimit"),
    (Kind::Device, "DeviceAllow"),
    (
        Kind::DeviceAmount,
        "IOReadBandwidthMax IOWriteBandwidthMax BlockIOReadBandwidth BlockIOWriteBandwidth \
         IOReadIOPSMax IOWriteIOPSMax",
    ),
    (Kind::DeviceWeight, "IODeviceWeight BlockIODeviceWeight"),
    (Kind::DeviceLatency, "IODeviceLatencyTargetSec"),
    (Kind::Addresses, "IPAddressAllow IPAddressDeny"),
    (Kind::Words, "DisableControllers"),
    (Kind::OnePath, "IPIngressFilterPath IPEgressFilterPath"),
    (Kind::Pair, "BPFProgram"),
    (Kind::Delegate, "Delegate"),
    (Kind::AllowList, "RestrictNetworkInterfaces"),
    (Kind::Unsigned, "ConcurrencySoftMax ConcurrencyHardMax ActivatingConcurrencyMax"),
    // Of what runs programs.
    (
        Kind::Text,
        "User Group UtmpIdentifier UtmpMode PAMName TTYPath WorkingDirectory RootDirectory RootImage RootVerity \
         SyslogIdentifier ProtectSystem ProtectHome ProtectProc ProcSubset SELinuxContext Personality \
         KeyringMode NetworkNamespacePath IPCNamespacePath LogNamespace RuntimeDirectoryPreserve \
         RootImagePolicy MountImagePolicy ExtensionImagePolicy",
    ),
    (
        Kind::Flag,
        "IgnoreSIGPIPE TTYVHangup TTYReset TTYVTDisallocate PrivateTmp PrivateDevices PrivateNetwork PrivateUsers \
         PrivateMounts PrivateIPC NoNewPrivileges SyslogLevelPrefix MemoryDenyWriteExecute RestrictRealtime \
         DynamicUser RemoveIPC ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectClock \
         ProtectControlGroups ProtectHostname MountAPIVFS CPUSchedulingResetOnFork LockPersonality \
         RestrictSUIDSGID RootEphemeral SetLoginEnvironment BindLogSockets MemoryKSM NonBlocking",
    ),
    (
        Kind::Words,
        "ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths ExecSearchPath \
         ExtensionDirectories SupplementaryGroups SystemCallArchitectures RuntimeDirectory StateDirectory \
         CacheDirectory LogsDirectory ConfigurationDirectory UnsetEnvironment PassEnvironment",
    ),
    (Kind::OneText, "ImportCredential"),
    (Kind::Variables, "Environment"),
    (Kind::EnvironmentFile, "EnvironmentFile"),
    (Kind::LEVEL, "SyslogLevel LogLevelMax"),
    (Kind::Numbered(FACILITIES), "SyslogFacility"),
    (Kind::SCHEDULER, "CPUSchedulingPolicy"),
    (Kind::IO_CLASS, "IOSchedulingClass"),
    (Kind::NUMA, "NUMAPolicy"),
    (Kind::Signed, "CPUSchedulingPriority IOSchedulingPriority Nice OOMScoreAdjust"),
    (
        Kind::Mode,
        "UMask RuntimeDirectoryMode StateDirectoryMode CacheDirectoryMode LogsDirectoryMode \
         ConfigurationDirectoryMode",
    ),
    (Kind::Time, "LogRateLimitIntervalSec TimeoutCleanSec"),
    (Kind::Unsigned, "LogRateLimitBurst TTYRows TTYColumns"),
    (Kind::Nanoseconds, "TimerSlackNSec"),
    (Kind::Processors, "CPUAffinity NUMAMask"),
    (Kind::Capabilities, "CapabilityBoundingSet AmbientCapabilities"),
    (Kind::SecureBits, "SecureBits"),
    (Kind::Namespaces, "RestrictNamespaces"),
    (Kind::AllowList, "RestrictAddressFamilies RestrictFileSystems SystemCallFilter SystemCallLog"),
    (Kind::Input, "StandardInput"),
    (Kind::Output, "StandardOutput StandardError"),
    (Kind::InputText, "StandardInputText"),
    (Kind::Binds, "BindPaths BindReadOnlyPaths"),
    (Kind::TemporaryFolders, "TemporaryFileSystem"),
    (Kind::Credential, "LoadCredential LoadCredentialEncrypted"),
    (Kind::CredentialData, "SetCredential"),
    (Kind::LogFields, "LogExtraFields"),
    (Kind::Ignorable, "AppArmorProfile SmackProcessLabel"),
    (Kind::Limit(Unit::Things), "LimitNOFILE LimitNPROC LimitLOCKS LimitSIGPENDING LimitRTPRIO"),
    (
        Kind::Limit(Unit::Bytes),
        "LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitAS LimitMEMLOCK LimitMSGQUEUE",
    ),
    (Kind::Limit(Unit::Seconds), "LimitCPU"),
    (Kind::Limit(Unit::Microseconds), "LimitRTTIME"),
    (Kind::Limit(Unit::Niceness), "LimitNICE"),
    // How it is ended.
    (Kind::Text, "KillMode"),
    (Kind::Flag, "SendSIGHUP SendSIGKILL"),
    (Kind::Signal, "KillSignal RestartKillSignal FinalKillSignal WatchdogSignal ReloadSignal"),
    // Of services.
    (
        Kind::Text,
        "PIDFile Type ExitType Restart RestartMode BusName NotifyAccess OOMPolicy TimeoutStartFailureMode \
         TimeoutStopFailureMode FileDescriptorStorePreserve USBFunctionDescriptors USBFunctionStrings",
    ),
    (Kind::Flag, "RootDirectoryStartOnly RemainAfterExit GuessMainPID"),
    (
        Kind::Time,
        "RestartSec RestartMaxDelaySec TimeoutStartSec TimeoutStopSec TimeoutAbortSec RuntimeMaxSec \
         RuntimeRandomizedExtraSec WatchdogSec",
    ),
    (Kind::StartAndStop, "TimeoutSec"),
    (Kind::Unsigned, "FileDescriptorStoreMax RestartSteps"),
    (
        Kind::Command,
        "ExecCondition ExecStartPre ExecStart ExecStartPost ExecReload ExecReloadPost ExecStop ExecStopPost",
    ),
    (Kind::ExitStatuses, "RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus"),
    // Of timers, paths, sockets and scopes.
    (Kind::Monotonic, "OnActiveSec OnBootSec OnStartupSec OnUnitActiveSec OnUnitInactiveSec"),
    (Kind::Calendar, "OnCalendar"),
    (Kind::Time, "AccuracySec RandomizedDelaySec RandomizedOffsetSec"),
    (
        Kind::Flag,
        "WakeSystem RemainAfterElapse Persistent OnTimezoneChange OnClockChange FixedRandomDelay \
         DeferReactivation",
    ),
    (Kind::PathTest, "PathExists PathExistsGlob PathChanged PathModified DirectoryNotEmpty"),
    (Kind::Flag, "MakeDirectory"),
    (Kind::Mode, "DirectoryMode SocketMode"),
    (
        Kind::Time,
        "TriggerLimitIntervalSec PollLimitIntervalSec KeepAliveTimeSec KeepAliveIntervalSec DeferAcceptSec",
    ),
    (
        Kind::Unsigned,
        "TriggerLimitBurst PollLimitBurst Backlog MaxConnections MaxConnectionsPerSource KeepAliveProbes",
    ),
    (
        Kind::Listen,
        "ListenStream ListenDatagram ListenSequentialPacket ListenFIFO ListenSpecial ListenMessageQueue \
         ListenNetlink ListenUSBFunction",
    ),
    (
        Kind::Flag,
        "Accept FlushPending Writable KeepAlive NoDelay FreeBind Transparent Broadcast PassCredentials \
         PassSecurity PassPacketInfo ReusePort RemoveOnStop SELinuxContextFromNet",
    ),
    (
        Kind::Text,
        "SocketUser SocketGroup BindIPv6Only BindToDevice FileDescriptorName TCPCongestion \
         Timestamping SmackLabel SmackLabelIPIn SmackLabelIPOut",
    ),
    (Kind::Signed, "Priority IPTTL Mark"),
    (Kind::Size, "ReceiveBuffer SendBuffer PipeSize"),
    (Kind::LargeSigned, "MessageQueueMaxMessages MessageQueueMessageSize"),
    (Kind::Protocol, "SocketProtocol"),
    (Kind::Words, "Symlinks"),
    (Kind::Processes, "PIDs"),
];
