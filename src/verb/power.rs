//! The end of a manager, or of the machine. These are steps of an operation, which asks first whether it is meant.

use super::argument::{Kind, argument};
use super::systemctl::Systemctl;
use super::{CHANGES, Verb};

/// What ends the manager at once, without stopping units.
const ENDS: Verb = Verb { systemctl: Systemctl::No("systemctl asks logind for it"), ..CHANGES };

/// Starts the machine anew.
pub static REBOOT: Verb = Verb { name: "reboot", method: "Reboot", act: "reboot", noun: "reboot", ..ENDS };

/// Turns the machine off.
pub static POWER_OFF: Verb =
    Verb { name: "power_off", method: "PowerOff", act: "power off", noun: "power-off", ..ENDS };

/// Ends the system and leaves the machine on.
pub static HALT: Verb = Verb { name: "halt", method: "Halt", act: "halt", noun: "halt", ..ENDS };

/// Starts the kernel that was loaded by kexec(8).
pub static KEXEC: Verb =
    Verb { name: "kexec", method: "KExec", act: "execute a kernel", noun: "kexec", ..ENDS };

/// Starts userspace anew, and not the kernel.
pub static SOFT_REBOOT: Verb = Verb {
    name: "soft_reboot",
    method: "SoftReboot",
    takes: &[argument("root", Kind::Text)],
    act: "reboot userspace",
    noun: "soft reboot",
    since: 254,
    ..ENDS
};

/// Ends the manager; of a machine that is no container it is a reboot.
pub static EXIT: Verb = Verb { name: "exit", method: "Exit", act: "end the manager", noun: "exit", ..ENDS };

/// What the manager will exit with.
pub static SET_EXIT_CODE: Verb = Verb {
    name: "exit",
    method: "SetExitCode",
    takes: &[argument("exit_code", Kind::ExitCode)],
    act: "set the exit code of the manager",
    noun: "exit code",
    ..ENDS
};

/// Leaves the initial ramdisk.
pub static SWITCH_ROOT: Verb = Verb {
    name: "switch_root",
    method: "SwitchRoot",
    takes: &[argument("root", Kind::Text), argument("init", Kind::Text)],
    act: "switch to another root folder",
    noun: "switch of the root folder",
    ..ENDS
};
