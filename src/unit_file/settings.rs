//! Which settings of a unit's files are in force, and where each was made.

use super::model::{Assignment, UnitFile};

/// A setting that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting<'a> {
    /// The file.
    pub path: &'a str,
    /// The assignment in it.
    pub assignment: Assignment<'a>,
}

/// What an assignment does to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// It takes their place.
    Replaces,
    /// It adds to them; an empty one takes them back.
    Adds,
    /// It adds to them, and nothing takes them back.
    OnlyAdds,
    /// It adds to them; an empty one takes back all settings that have to do with the same.
    AddsTo(&'static str),
}

/// Dependencies: a drop-in can only add some (systemd.unit(5)).
const ONLY_ADDED: &str = "Requires Requisite Wants BindsTo BindTo Upholds Conflicts Before After OnSuccess OnFailure \
    PropagatesReloadTo PropagateReloadTo ReloadPropagatedFrom PropagateReloadFrom PropagatesStopTo StopPropagatedFrom \
    PartOf JoinsNamespaceOf RequiresMountsFor WantsMountsFor RequiresOverridable RequisiteOverridable";

/// Lists, up to systemd 262.
const ADDED: &str = "Documentation Alias WantedBy RequiredBy UpheldBy Also \
    ExecCondition ExecStartPre ExecStart ExecStartPost ExecReload ExecReloadPost ExecStop ExecStopPre ExecStopPost \
    Environment EnvironmentFile PassEnvironment UnsetEnvironment SupplementaryGroups Sockets OpenFile Symlinks \
    RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus \
    ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories ReadWritePaths ReadOnlyPaths InaccessiblePaths \
    ExecPaths NoExecPaths BindPaths BindReadOnlyPaths TemporaryFileSystem ExecSearchPath ExtensionDirectories \
    RuntimeDirectory StateDirectory CacheDirectory LogsDirectory ConfigurationDirectory \
    RootImageOptions ExtensionImages MountImages StandardInputText StandardInputData LogExtraFields LogFilterPatterns \
    CPUAffinity NUMAMask AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes \
    CapabilityBoundingSet AmbientCapabilities SecureBits RestrictAddressFamilies RestrictNamespaces DelegateNamespaces \
    RestrictFileSystems SystemCallFilter SystemCallLog SystemCallArchitectures \
    SetCredential SetCredentialEncrypted LoadCredential LoadCredentialEncrypted ImportCredential \
    Delegate DisableControllers DeviceAllow IODeviceWeight IODeviceLatencyTargetSec IOReadBandwidthMax \
    IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth \
    IPAddressAllow IPAddressDeny IPIngressFilterPath IPEgressFilterPath BPFProgram SocketBindAllow SocketBindDeny \
    RestrictNetworkInterfaces NFTSet";

/// Lists of which one setting takes back all.
const GROUPS: [(&str, &str); 3] = [
    (
        "listening",
        "ListenStream ListenDatagram ListenSequentialPacket ListenFIFO ListenNetlink ListenSpecial ListenMessageQueue \
         ListenUSBFunction",
    ),
    ("firing", "OnActiveSec OnBootSec OnStartupSec OnUnitActiveSec OnUnitInactiveSec OnCalendar"),
    ("watching", "PathExists PathExistsGlob PathChanged PathModified DirectoryNotEmpty"),
];

fn effect(section: &str, key: &str) -> Effect {
    let is_among = |keys: &str| keys.split_ascii_whitespace().any(|known| known == key);
    if section == "Unit" && key.starts_with("Condition") {
        Effect::AddsTo("conditions")
    } else if section == "Unit" && key.starts_with("Assert") {
        Effect::AddsTo("assertions")
    } else if section == "Unit" && is_among(ONLY_ADDED) {
        Effect::OnlyAdds
    } else if let Some((group, _)) = GROUPS.iter().find(|(_, keys)| is_among(keys)) {
        Effect::AddsTo(group)
    } else if is_among(ADDED) || section.starts_with("X-") {
        Effect::Adds
    } else {
        Effect::Replaces
    }
}

/// The settings in force of a unit's file and its drop-ins, in the order in which systemd applies them, section by section.
///
/// Of a setting that has one value the last assignment counts, and of a list all do; which are lists is known up to systemd 262.
/// What is empty takes back what was made before, but for dependencies.
#[must_use]
pub fn settings(files: &[(String, UnitFile)]) -> Vec<Setting<'_>> {
    let mut found: Vec<Setting<'_>> = Vec::new();
    for (path, file) in files {
        for assignment in file.assignments() {
            take(&mut found, Setting { path, assignment });
        }
    }
    let sections: Vec<&str> = files.iter().flat_map(|(_, file)| file.sections()).collect();
    found.sort_by_key(|setting| sections.iter().position(|section| *section == setting.assignment.section));
    found
}

fn take<'a>(found: &mut Vec<Setting<'a>>, new: Setting<'a>) {
    let Assignment { section, key, value, .. } = new.assignment;
    let effect = effect(section, key);
    let is_taken_back = |made: &Setting<'_>| {
        let Assignment { section: its, key: known, .. } = made.assignment;
        its == section
            && match effect {
                Effect::Replaces => known == key,
                Effect::Adds => known == key && value.is_empty(),
                Effect::OnlyAdds => false,
                Effect::AddsTo(_) => value.is_empty() && self::effect(its, known) == effect,
            }
    };
    found.retain(|made| !is_taken_back(made));
    if !value.is_empty() {
        found.push(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(files: &[&str]) -> Vec<String> {
        let files: Vec<_> = files
            .iter()
            .enumerate()
            .map(|(number, text)| (number.to_string(), UnitFile::parse(text).unwrap()))
            .collect();
        let line = |setting: &Setting<'_>| {
            let Assignment { key, value, line, .. } = setting.assignment;
            format!("{}:{line} {key}={value}", setting.path)
        };
        settings(&files).iter().map(line).collect()
    }

    #[test]
    fn what_is_in_force_is_told_with_its_place() {
        let files = [
            "[Unit]\nDescription=one\nAfter=a\n[Service]\nExecStart=/a\nEnvironment=A=1\nNice=5\n",
            "[Service]\nExecStart=\nExecStart=/b\nNice=\nEnvironment=B=2\n",
            "[Unit]\nDescription=two\nAfter=\nAfter=b\n[X-Mine]\nA=1\nA=2\n",
        ];
        let expected = [
            "0:3 After=a",
            "2:2 Description=two",
            "2:4 After=b",
            "0:6 Environment=A=1",
            "1:3 ExecStart=/b",
            "1:5 Environment=B=2",
            "2:6 A=1",
            "2:7 A=2",
        ];
        assert_eq!(told(&files), expected);
    }

    #[test]
    fn one_of_a_group_takes_back_all_of_it() {
        for (text, expected) in [
            (
                "[Timer]\nOnBootSec=1\nOnCalendar=daily\nOnUnitActiveSec=\nOnCalendar=weekly\n",
                "OnCalendar=weekly",
            ),
            ("[Socket]\nListenStream=/a\nListenFIFO=\nListenStream=/b\n", "ListenStream=/b"),
            ("[Path]\nPathExists=/a\nPathChanged=\nPathExists=/b\n", "PathExists=/b"),
            ("[Unit]\nConditionHost=a\nConditionUser=\nConditionHost=b\n", "ConditionHost=b"),
            ("[Unit]\nAssertHost=a\nConditionUser=\n", "AssertHost=a"),
        ] {
            let found = told(&[text]);
            assert!(found.len() == 1 && found[0].ends_with(expected), "{text:?} {found:?}");
        }
    }
}
