//! Unit files: which are there, and which start by themselves.

use super::argument::{Argument, Kind, argument};
use super::systemctl::{Line, Systemctl, read_line};
use super::{CHANGES_FILES, Gives, Install, READS, Verb};
use crate::value::Value;

pub(super) static VERBS: &[&Verb] = &[
    &ADD_UNIT_DEPENDENCIES,
    &DISABLE_UNIT,
    &ENABLE_UNIT,
    &GET_UNIT_FILE_STATE,
    &LINK_UNIT,
    &MASK_UNIT,
    &PRESET_ALL_UNITS,
    &PRESET_UNIT,
    &REENABLE_UNIT,
    &REVERT_UNIT,
    &SET_DEFAULT_TARGET,
    &UNMASK_UNIT,
];

const NAMES: Argument = argument("names", Kind::Units);
const NAMES_OR_PATHS: Argument = argument("names", Kind::UnitFiles);
const RUNTIME: Argument = argument("runtime", Kind::Flag);
const FORCE: Argument = argument("force", Kind::Flag);
/// How units are set to what the vendor wishes: as a whole, or in one direction only.
const PRESET_MODES: &[&str] = &["full", "enable-only", "disable-only"];
const MODE: Argument = argument("mode", Kind::Word(PRESET_MODES));

/// Has units started at boot.
pub static ENABLE_UNIT: Verb = Verb {
    name: "enable_unit",
    method: "EnableUnitFiles",
    takes: &[NAMES_OR_PATHS, RUNTIME, FORCE],
    gives: Gives::Changes(Install::Told),
    act: "enable",
    noun: "enabling of",
    systemctl: Systemctl::Words(|of| change("enable", &of[1]).flag("force", &of[2]).about(&of[0])),
    ..CHANGES_FILES
};

/// The contrary.
pub static DISABLE_UNIT: Verb = Verb {
    name: "disable_unit",
    method: "DisableUnitFiles",
    takes: &[NAMES, RUNTIME],
    act: "disable",
    noun: "disabling of",
    systemctl: Systemctl::Words(|of| change("disable", &of[1]).about(&of[0])),
    ..CHANGES_FILES
};

/// Lists unit files, loaded or not, in some states and of some names: all, without. It is a step of an operation.
pub static LIST_UNIT_FILES: Verb = Verb {
    name: "list_unit_files",
    method: "ListUnitFilesByPatterns",
    takes: &[argument("states", Kind::Texts), argument("patterns", Kind::Texts)],
    gives: Gives::Value("a(ss)"),
    act: "list unit files",
    noun: "list of unit files",
    systemctl: Systemctl::No("systemctl does not tell where unit files are"),
    ..READS
};

static GET_UNIT_FILE_STATE: Verb = Verb {
    name: "get_unit_file_state",
    method: "GetUnitFileState",
    takes: &[argument("name", Kind::Unit)],
    gives: Gives::Value("s"),
    act: "read the state of the file of",
    noun: "state of the file of",
    systemctl: Systemctl::WordsAndAnyAnswer(|of| Line::new("is-enabled").about(&of[0]), read_line),
    ..READS
};

static REENABLE_UNIT: Verb = Verb {
    name: "reenable_unit",
    method: "ReenableUnitFiles",
    takes: &[NAMES_OR_PATHS, RUNTIME, FORCE],
    gives: Gives::Changes(Install::Told),
    act: "enable",
    noun: "enabling anew of",
    systemctl: Systemctl::Words(|of| change("reenable", &of[1]).flag("force", &of[2]).about(&of[0])),
    ..CHANGES_FILES
};

static MASK_UNIT: Verb = Verb {
    name: "mask_unit",
    method: "MaskUnitFiles",
    takes: &[NAMES, RUNTIME, FORCE],
    act: "mask",
    noun: "masking of",
    systemctl: Systemctl::Words(|of| change("mask", &of[1]).flag("force", &of[2]).about(&of[0])),
    ..CHANGES_FILES
};

static UNMASK_UNIT: Verb = Verb {
    name: "unmask_unit",
    method: "UnmaskUnitFiles",
    takes: &[NAMES, RUNTIME],
    act: "unmask",
    noun: "unmasking of",
    systemctl: Systemctl::Words(|of| change("unmask", &of[1]).about(&of[0])),
    ..CHANGES_FILES
};

static LINK_UNIT: Verb = Verb {
    name: "link_unit",
    method: "LinkUnitFiles",
    takes: &[argument("paths", Kind::Paths), RUNTIME, FORCE],
    act: "link",
    noun: "linking of",
    systemctl: Systemctl::Words(|of| change("link", &of[1]).flag("force", &of[2]).about(&of[0])),
    ..CHANGES_FILES
};

static PRESET_UNIT: Verb = Verb {
    name: "preset_unit",
    method: "PresetUnitFilesWithMode",
    takes: &[NAMES, MODE, RUNTIME, FORCE],
    // A unit that the vendor did not mean to be enabled needs no such section.
    gives: Gives::Changes(Install::Ignored),
    act: "preset",
    noun: "preset of",
    systemctl: Systemctl::Words(|of| {
        change("preset", &of[2]).flag("force", &of[3]).option("preset-mode", &of[1]).about(&of[0])
    }),
    ..CHANGES_FILES
};

static PRESET_ALL_UNITS: Verb = Verb {
    name: "preset_all_units",
    method: "PresetAllUnitFiles",
    takes: &[MODE, RUNTIME, FORCE],
    act: "preset all units",
    noun: "preset of all units",
    systemctl: Systemctl::Words(|of| {
        change("preset-all", &of[1]).flag("force", &of[2]).option("preset-mode", &of[0]).alone()
    }),
    ..CHANGES_FILES
};

/// Has a unit want or require others, by links beside its file.
static ADD_UNIT_DEPENDENCIES: Verb = Verb {
    name: "add_unit_dependencies",
    method: "AddDependencyUnitFiles",
    takes: &[
        NAMES,
        argument("target", Kind::Dependent),
        argument("kind", Kind::Word(&["Wants", "Requires"])),
        RUNTIME,
        FORCE,
    ],
    act: "add a dependency on",
    noun: "added dependency on",
    systemctl: Systemctl::Words(|of| {
        let verb = if of[2].as_text() == Some("Requires") { "add-requires" } else { "add-wants" };
        let mut words = change(verb, &of[3]).flag("force", &of[4]).about(&of[1]);
        words.extend(of[0].as_texts().unwrap_or_default());
        words
    }),
    ..CHANGES_FILES
};

static REVERT_UNIT: Verb = Verb {
    name: "revert_unit",
    method: "RevertUnitFiles",
    takes: &[NAMES],
    act: "revert",
    noun: "revert of",
    systemctl: Systemctl::Words(|of| change("revert", &Value::Null).about(&of[0])),
    ..CHANGES_FILES
};

static SET_DEFAULT_TARGET: Verb = Verb {
    name: "set_default_target",
    method: "SetDefaultTarget",
    takes: &[argument("name", Kind::Target), FORCE],
    act: "boot into",
    noun: "choice of",
    // It always replaces what is there.
    systemctl: Systemctl::Words(|of| change("set-default", &Value::Null).about(&of[0])),
    ..CHANGES_FILES
};

/// systemd is asked to read the files again where something changed, and not by `systemctl`, which always does.
fn change(verb: &str, runtime: &Value) -> Line {
    Line::new(verb).flag("no-reload", &Value::Boolean(true)).flag("runtime", runtime)
}
