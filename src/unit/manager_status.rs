//! What is known of a manager, out of its properties.

use crate::value::Value;

/// The limits that a manager gives to the processes of units (setrlimit(2)), by their names there.
const LIMITS: [&str; 16] = [
    "AS",
    "CORE",
    "CPU",
    "DATA",
    "FSIZE",
    "LOCKS",
    "MEMLOCK",
    "MSGQUEUE",
    "NICE",
    "NOFILE",
    "NPROC",
    "RSS",
    "RTPRIO",
    "RTTIME",
    "SIGPENDING",
    "STACK",
];

/// A limit of processes; `None` where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceLimit {
    /// Its name: `NOFILE`, ...
    pub name: &'static str,
    /// What holds.
    pub soft: Option<u64>,
    /// Up to where a process may raise it.
    pub hard: Option<u64>,
}

/// What is known of a manager (properties of `org.freedesktop.systemd1.Manager`). Points in time are microseconds since
/// the epoch, spans microseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ManagerStatus {
    /// systemd's version, with what the distribution adds to it.
    pub version: String,
    /// What it was built with (`+PAM`) and without (`-XKBCOMMON`).
    pub features: Vec<String>,
    /// The processor's architecture.
    pub architecture: String,
    /// The virtual machine or container that it runs in.
    pub virtualization: Option<String>,
    /// The same, where its memory is hidden from the host.
    pub confidential_virtualization: Option<String>,
    /// `running`, `degraded`, `starting`, ...
    pub system_state: String,
    /// What is unusual about the machine: `split-usr`, `cgroupsv1`, ...
    pub tainted: Vec<String>,
    /// How much of the boot is done, from 0 to 1.
    pub progress: Option<f64>,
    /// When the kernel began.
    pub kernel_timestamp: Option<u64>,
    /// When the initial ramdisk's systemd began.
    pub initrd_timestamp: Option<u64>,
    /// When this manager began.
    pub userspace_timestamp: Option<u64>,
    /// When it had started all that belongs to the boot.
    pub finish_timestamp: Option<u64>,
    /// When it had read the unit files last.
    pub units_load_timestamp: Option<u64>,
    /// How long the firmware took.
    pub firmware_time: Option<u64>,
    /// How long the boot loader took.
    pub loader_time: Option<u64>,
    /// How long the kernel took.
    pub kernel_time: Option<u64>,
    /// How long the initial ramdisk took.
    pub initrd_time: Option<u64>,
    /// How long the manager took.
    pub userspace_time: Option<u64>,
    /// How long all of it took.
    pub startup_time: Option<u64>,
    /// How many names of units are known.
    pub n_names: u64,
    /// How many jobs are queued or run.
    pub n_jobs: u64,
    /// How many there have been.
    pub n_installed_jobs: u64,
    /// How many of those have failed.
    pub n_failed_jobs: u64,
    /// How many units have failed.
    pub n_failed_units: u64,
    /// How often the unit files were read again.
    pub reload_count: Option<u64>,
    /// How often the machine was soft-rebooted.
    pub soft_reboots_count: Option<u64>,
    /// The folders of unit files.
    pub unit_path: Vec<String>,
    /// The control group that all units are in; `None` for the root.
    pub control_group: Option<String>,
    /// What the manager logs: `info`, `debug`, ...
    pub log_level: String,
    /// Where to: `journal-or-kmsg`, ...
    pub log_target: String,
    /// How long a unit may take to start; `None` for ever.
    pub default_timeout_start: Option<u64>,
    /// How long a unit may take to stop; `None` for ever.
    pub default_timeout_stop: Option<u64>,
    /// How long to wait before an automatic restart.
    pub default_restart_time: Option<u64>,
    /// In which time starts are counted.
    pub default_start_limit_interval: Option<u64>,
    /// How many starts there may be in that time.
    pub default_start_limit_burst: Option<u64>,
    /// How many processes and threads a unit may have; `None` for as many as it likes.
    pub default_tasks_max: Option<u64>,
    /// What else its processes are limited to.
    pub default_limits: Vec<ResourceLimit>,
}

impl ManagerStatus {
    /// From the properties that `get` finds.
    pub(crate) fn new<'a>(get: impl Fn(&str) -> Option<&'a Value>) -> Self {
        let text = |name: &str| get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
        let optional = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
        let number = |name: &str| get(name).and_then(Value::as_unsigned);
        let count = |name: &str| number(name).unwrap_or_default();
        let words = |name: &str, between: char| {
            text(name).split(between).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let times = BootTimes::new(&number);
        let limit = |name: &&'static str| ResourceLimit {
            name,
            soft: number(&format!("DefaultLimit{name}Soft")),
            hard: number(&format!("DefaultLimit{name}")),
        };
        Self {
            version: text("Version"),
            features: words("Features", ' '),
            architecture: text("Architecture"),
            virtualization: optional("Virtualization"),
            confidential_virtualization: optional("ConfidentialVirtualization")
                .filter(|found| found != "none"),
            system_state: text("SystemState"),
            tainted: words("Tainted", ':'),
            progress: match get("Progress") {
                Some(Value::Double(progress)) => Some(*progress),
                _ => None,
            },
            kernel_timestamp: number("KernelTimestamp"),
            initrd_timestamp: number("InitRDTimestamp"),
            userspace_timestamp: number("UserspaceTimestamp"),
            finish_timestamp: number("FinishTimestamp"),
            units_load_timestamp: number("UnitsLoadTimestamp").or_else(|| number("UnitsLoadStartTimestamp")),
            firmware_time: times.firmware(),
            loader_time: times.loader(),
            kernel_time: times.kernel(),
            initrd_time: times.initrd(),
            userspace_time: times.userspace(),
            startup_time: times.all(),
            n_names: count("NNames"),
            n_jobs: count("NJobs"),
            n_installed_jobs: count("NInstalledJobs"),
            n_failed_jobs: count("NFailedJobs"),
            n_failed_units: count("NFailedUnits"),
            reload_count: number("ReloadCount"),
            soft_reboots_count: number("SoftRebootsCount"),
            unit_path: get("UnitPath").and_then(Value::as_texts).unwrap_or_default(),
            control_group: optional("ControlGroup"),
            log_level: text("LogLevel"),
            log_target: text("LogTarget"),
            default_timeout_start: number("DefaultTimeoutStartUSec"),
            default_timeout_stop: number("DefaultTimeoutStopUSec"),
            default_restart_time: number("DefaultRestartUSec"),
            default_start_limit_interval: number("DefaultStartLimitIntervalUSec"),
            default_start_limit_burst: number("DefaultStartLimitBurst"),
            default_tasks_max: number("DefaultTasksMax"),
            default_limits: LIMITS.iter().map(limit).collect(),
        }
    }
}

/// When the parts of the boot began, by the monotonic clock; firmware and loader count backwards from the kernel.
struct BootTimes {
    firmware: Option<u64>,
    loader: Option<u64>,
    initrd: Option<u64>,
    security: Option<u64>,
    userspace: Option<u64>,
    finish: Option<u64>,
}

impl BootTimes {
    fn new(number: &impl Fn(&str) -> Option<u64>) -> Self {
        let time = |name: &str| number(&format!("{name}TimestampMonotonic"));
        let security = time("SecurityStart");
        // Where systemd sets up no security modules, it did not boot the machine: a container's, or a user's.
        let of_machine = |name| time(name).filter(|_| security.is_some());
        Self {
            firmware: of_machine("Firmware"),
            loader: of_machine("Loader"),
            initrd: of_machine("InitRD"),
            security,
            userspace: time("Userspace"),
            finish: time("Finish"),
        }
    }

    fn firmware(&self) -> Option<u64> {
        self.firmware?.checked_sub(self.loader.unwrap_or_default())
    }

    fn loader(&self) -> Option<u64> {
        self.loader
    }

    fn kernel(&self) -> Option<u64> {
        self.security.and(self.initrd.or(self.userspace))
    }

    fn initrd(&self) -> Option<u64> {
        self.userspace?.checked_sub(self.initrd?)
    }

    fn userspace(&self) -> Option<u64> {
        self.finish?.checked_sub(self.userspace?)
    }

    fn all(&self) -> Option<u64> {
        match self.security {
            Some(_) => Some(self.firmware.unwrap_or_default() + self.finish?),
            None => self.userspace(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(properties: &[(&str, Value)]) -> ManagerStatus {
        ManagerStatus::new(|wanted| {
            properties.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value)
        })
    }

    #[test]
    fn the_parts_of_a_boot() {
        let time = |name, number| (name, Value::Unsigned(number));
        let all = [
            time("FirmwareTimestampMonotonic", 9),
            time("LoaderTimestampMonotonic", 4),
            time("InitRDTimestampMonotonic", 10),
            time("SecurityStartTimestampMonotonic", 31),
            time("UserspaceTimestampMonotonic", 30),
            time("FinishTimestampMonotonic", 100),
        ];
        let found = status(&all);
        let times = [found.firmware_time, found.loader_time, found.kernel_time, found.initrd_time];
        assert_eq!(times, [Some(5), Some(4), Some(10), Some(20)]);
        assert_eq!((found.userspace_time, found.startup_time), (Some(70), Some(109)));
        // A container, and a boot that has not ended.
        let found = status(&all[4..]);
        assert_eq!((found.kernel_time, found.userspace_time, found.startup_time), (None, Some(70), Some(70)));
        assert_eq!(status(&all[..5]).startup_time, None);
    }

    #[test]
    fn what_is_not_there_is_not_told() {
        let text = |name, text: &str| (name, Value::Text(text.to_owned()));
        let found = status(&[
            text("Features", "+PAM -XKBCOMMON"),
            text("Tainted", "split-usr:cgroupsv1"),
            text("Virtualization", ""),
            text("ConfidentialVirtualization", "none"),
            ("DefaultLimitNOFILE", Value::Unsigned(5)),
            ("DefaultLimitNOFILESoft", Value::Null),
        ]);
        assert_eq!(found.features, ["+PAM", "-XKBCOMMON"]);
        assert_eq!(found.tainted, ["split-usr", "cgroupsv1"]);
        assert_eq!((found.virtualization, found.confidential_virtualization), (None, None));
        let limit = found.default_limits.iter().find(|limit| limit.name == "NOFILE").unwrap();
        assert_eq!((limit.soft, limit.hard), (None, Some(5)));
    }
}
