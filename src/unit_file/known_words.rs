//! The words that settings take, up to systemd 260.

/// Whether the word is one of these, which stand between white space.
pub(crate) fn is_in(words: &str, word: &str) -> bool {
    // The search for the mere text is several times faster than that for the word, and most often finds nothing.
    words.contains(word) && words.split_ascii_whitespace().any(|known| known == word)
}

/// The names of exit statuses (systemd.exec(5)).
pub(crate) const EXIT_STATUSES: &str = "SUCCESS FAILURE INVALIDARGUMENT NOTIMPLEMENTED NOPERMISSION NOTINSTALLED NOTCONFIGURED NOTRUNNING \
    USAGE DATAERR NOINPUT NOUSER NOHOST UNAVAILABLE SOFTWARE OSERR OSFILE CANTCREAT IOERR TEMPFAIL \
    PROTOCOL NOPERM CONFIG CHDIR NICE FDS EXEC MEMORY LIMITS OOM_ADJUST SIGNAL_MASK STDIN STDOUT CHROOT \
    IOPRIO TIMERSLACK SECUREBITS SETSCHEDULER CPUAFFINITY GROUP USER CAPABILITIES CGROUP SETSID CONFIRM \
    STDERR PAM NETWORK NAMESPACE NO_NEW_PRIVILEGES SECCOMP SELINUX_CONTEXT PERSONALITY APPARMOR \
    ADDRESS_FAMILIES RUNTIME_DIRECTORY CHOWN SMACK_PROCESS_LABEL KEYRING STATE_DIRECTORY CACHE_DIRECTORY \
    LOGS_DIRECTORY CONFIGURATION_DIRECTORY NUMA_POLICY CREDENTIALS BPF KSM EXCEPTION";

/// The kernel's capabilities (capabilities(7)).
const CAPABILITIES: &str = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID \
    CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW \
    CAP_IPC_LOCK CAP_IPC_OWNER CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT \
    CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME CAP_SYS_TTY_CONFIG CAP_MKNOD \
    CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG \
    CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE";

/// The number of a capability: by name, in any case, or by number.
pub(crate) fn capability(word: &str) -> Option<u8> {
    let named = CAPABILITIES.split_ascii_whitespace().position(|known| known.eq_ignore_ascii_case(word));
    match named {
        Some(at) => u8::try_from(at).ok(),
        None => word.parse().ok().filter(|number| *number < 64),
    }
}

/// Whether this is a capability: by name, in any case, or by number.
pub(crate) fn is_capability(word: &str) -> bool {
    capability(word).is_some()
}

/// Whether this is an address family (`address_families(7)`), or `none`.
pub(crate) fn is_family(word: &str) -> bool {
    const FAMILIES: &str = "UNIX LOCAL INET INET6 NETLINK PACKET VSOCK ALG CAN BLUETOOTH XDP KEY KCM QIPCRTR SMC MCTP AX25 IPX \
        APPLETALK X25 RDS PPPOX LLC IB MPLS TIPC NFC RXRPC PHONET ROUTE DECnet ATMPVC ATMSVC NETROM ROSE SNA \
        ISDN IUCV CAIF IEEE802154 WANPIPE ECONET ASH BRIDGE NETBEUI SECURITY";
    word == "none" || word.strip_prefix("AF_").is_some_and(|family| is_in(FAMILIES, family))
}

/// The groups of system calls (systemd.exec(5)).
pub(crate) const SYSTEM_CALL_GROUPS: &str = "@default @aio @basic-io @chown @clock @cpu-emulation @debug @file-system @io-event @ipc @keyring \
    @memlock @module @mount @network-io @obsolete @pkey @privileged @process @raw-io @reboot @resources \
    @sandbox @setuid @signal @swap @sync @system-service @timer @known";

pub(crate) const NAMESPACES: &[&str] = &["cgroup", "ipc", "net", "mnt", "pid", "user", "uts", "time"];
pub(crate) const CONTROLLERS: &[&str] = &[
    "cpu",
    "cpuacct",
    "cpuset",
    "io",
    "blkio",
    "memory",
    "devices",
    "pids",
    "bpf-firewall",
    "bpf-devices",
    "bpf-foreign",
    "bpf-socket-bind",
    "bpf-restrict-network-interfaces",
    "bpf-bind-network-interface",
];

pub(crate) const OUTPUTS: &[&str] = &[
    "inherit",
    "null",
    "tty",
    "journal",
    "kmsg",
    "journal+console",
    "kmsg+console",
    "socket",
    "syslog",
    "syslog+console",
];
pub(crate) const INPUTS: &[&str] = &["null", "tty", "tty-force", "tty-fail", "socket", "data"];

pub(crate) const JOB_MODES: &[&str] = &[
    "fail",
    "lenient",
    "replace",
    "replace-irreversibly",
    "isolate",
    "flush",
    "ignore-dependencies",
    "ignore-requirements",
    "triggering",
    "restart-dependencies",
];
pub(crate) const ACTIONS: &[&str] = &[
    "none",
    "exit",
    "exit-force",
    "reboot",
    "reboot-force",
    "reboot-immediate",
    "poweroff",
    "poweroff-force",
    "poweroff-immediate",
    "soft-reboot",
    "soft-reboot-force",
    "kexec",
    "kexec-force",
    "halt",
    "halt-force",
    "halt-immediate",
];
pub(crate) const TYPES: &[&str] =
    &["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"];
pub(crate) const LEVELS: &[&str] = &["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
pub(crate) const FACILITIES: &[&str] = &[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];
