//! What unnamed commands have left whose callers were killed: it is removed by whoever runs the next one.
//!
//! A unit stays until its caller has read how its program ended. systemd's own means would not do in its place: a reference
//! (`RefUnit`) that ends with the caller there is only on a message bus, and without `RemainAfterExit=` all is gone that
//! systemd tells of what was used.

use std::sync::OnceLock;

use rustix::process::{Pid, test_kill_process};

use crate::backend::Dbus;
use crate::client::Client;
use crate::temporary::random_name;
use crate::unit::{UnitInfo, UnitName};

const BEGIN: &str = "pm2go-run-";
const END: &str = ".service";

/// A name for the service of a command, with who runs it: where his number is to be found, and that number.
pub(super) fn name_of(stem: &str) -> String {
    let place = place().unwrap_or_default();
    random_name(&format!("{BEGIN}{stem}-{place}-"), END)
}

impl Client {
    /// Removes what was left, once for each client; what goes wrong the next will do.
    pub(super) async fn remove_orphans(&self, dbus: &Dbus) {
        let Some(place) = place().filter(|_| self.is_first_run()) else { return };
        let units = dbus.list_units(&[format!("{BEGIN}*{END}")]).await.unwrap_or_default();
        for unit in units.iter().filter(|unit| is_orphan(unit, place, &is_there)) {
            if let Ok(name) = unit.name.parse::<UnitName>() {
                dbus.kill_transient(&name);
            }
        }
    }
}

/// Whether its program has ended, and its caller, too.
fn is_orphan(unit: &UnitInfo, here: &str, is_there: &dyn Fn(Pid) -> bool) -> bool {
    let has_ended = unit.sub_state == "exited" || unit.active_state == "failed";
    has_ended && caller_of(&unit.name, here).is_some_and(|pid| !is_there(pid))
}

/// Who runs it, if he is where we are.
fn caller_of(unit: &str, here: &str) -> Option<Pid> {
    let mut parts = unit.strip_prefix(BEGIN)?.strip_suffix(END)?.rsplitn(4, '-');
    let (_random, pid, place) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next()?;
    if place != here {
        return None;
    }
    pid.parse().ok().and_then(Pid::from_raw)
}

/// Somebody else's process is none of ours to signal, but it is there.
fn is_there(pid: Pid) -> bool {
    test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}

/// Where a process has its number: the namespace, on a machine since its boot. A caller on another host has another one.
fn place() -> Option<&'static str> {
    static PLACE: OnceLock<Option<String>> = OnceLock::new();
    PLACE
        .get_or_init(|| {
            let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
            let boot = u32::from_str_radix(boot.get(..8)?, 16).ok()?;
            let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
            let namespace = link.to_str()?.strip_prefix("pid:[")?.strip_suffix(']')?.parse::<u32>().ok()?;
            Some(format!("{:08x}", boot ^ namespace))
        })
        .as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_runs_a_command_is_in_its_name() {
        let name = name_of("a-b.sh");
        let here = place().unwrap();
        assert!(name.parse::<UnitName>().is_ok(), "{name}");
        assert_eq!(caller_of(&name, here), Some(rustix::process::getpid()));
        assert_eq!(caller_of(&name, "00000000"), None);
        for name in
            ["pm2go-run-a.service", "pm2go-run-a-1-2.service", "other.service", "pm2go-run-1-2-3-4.scope"]
        {
            assert_eq!(caller_of(name, here), None, "{name}");
        }
        assert!(is_there(rustix::process::getpid()));
        assert!(is_there(Pid::INIT));
    }

    #[test]
    fn only_what_has_ended_without_its_caller_is_an_orphan() {
        for (active, sub, name, is_there, expected) in [
            ("active", "exited", "pm2go-run-a-here-7-0.service", false, true),
            ("failed", "failed", "pm2go-run-a-here-7-0.service", false, true),
            ("active", "exited", "pm2go-run-a-here-7-0.service", true, false),
            ("active", "running", "pm2go-run-a-here-7-0.service", false, false),
            ("active", "exited", "pm2go-run-a-there-7-0.service", false, false),
        ] {
            let [active_state, sub_state, name] = [active, sub, name].map(str::to_owned);
            let unit = UnitInfo { name, active_state, sub_state, ..UnitInfo::default() };
            assert_eq!(is_orphan(&unit, "here", &|_| is_there), expected, "{unit:?}");
        }
    }
}
