//! What systemd's and the bus's errors mean: one table from D-Bus names to kinds.

use crate::error::Kind;

const SYSTEMD: &str = "org.freedesktop.systemd1.";
const DBUS: &str = "org.freedesktop.DBus.Error.";
/// What a bus could not start for a call: one name for each way in which that fails.
const SPAWN: &str = "Spawn.";

/// systemd's own, all that introspection/ has; those of `Kind::Systemd` are told as they are.
const OF_SYSTEMD: [(&str, Kind); 33] = [
    ("AlreadySubscribed", Kind::Systemd),
    ("BadUnitSetting", Kind::UnitLoad),
    ("ConcurrencyLimitReached", Kind::JobRefused),
    ("DiskFull", Kind::Storage),
    ("FileDescriptorStoreDisabled", Kind::Unsupported),
    ("FreezeCancelled", Kind::Systemd),
    ("FrozenByParent", Kind::Systemd),
    ("JobFailed", Kind::Systemd),
    ("JobTypeNotApplicable", Kind::Unsupported),
    ("LoadFailed", Kind::UnitLoad),
    ("NoIsolation", Kind::JobRefused),
    ("NoSuchDynamicUser", Kind::Systemd),
    ("NoSuchJob", Kind::Systemd),
    ("NoSuchProcess", Kind::Systemd),
    ("NoSuchUnit", Kind::UnitNotFound),
    ("NoUnitForInvocationID", Kind::Systemd),
    ("NoUnitForPID", Kind::Systemd),
    ("NotReferenced", Kind::Systemd),
    ("NotSubscribed", Kind::Systemd),
    ("NothingToClean", Kind::Systemd),
    ("OnlyByDependency", Kind::JobRefused),
    ("ScopeNotRunning", Kind::Systemd),
    ("ShuttingDown", Kind::JobRefused),
    ("TransactionIsDestructive", Kind::JobRefused),
    ("TransactionJobsConflicting", Kind::JobRefused),
    ("TransactionOrderIsCyclic", Kind::JobRefused),
    ("UnitBadPath", Kind::Systemd),
    ("UnitBusy", Kind::Systemd),
    ("UnitExists", Kind::UnitExists),
    ("UnitGenerated", Kind::Systemd),
    ("UnitInactive", Kind::Systemd),
    ("UnitLinked", Kind::Unsupported),
    ("UnitMasked", Kind::UnitMasked),
];

/// Those of D-Bus that systemd and its library use.
const OF_DBUS: [(&str, Kind); 34] = [
    ("AccessDenied", Kind::PermissionDenied),
    ("AddressInUse", Kind::Systemd),
    ("AuthFailed", Kind::PermissionDenied),
    ("BadAddress", Kind::Systemd),
    ("Disconnected", Kind::ConnectionLost),
    ("Failed", Kind::Systemd),
    ("FileExists", Kind::UnitExists),
    ("FileNotFound", Kind::UnitNotFound),
    ("IOError", Kind::Systemd),
    ("InconsistentMessage", Kind::Systemd),
    ("InteractiveAuthorizationRequired", Kind::AuthorizationRequired),
    ("InvalidArgs", Kind::Config),
    ("InvalidFileContent", Kind::Systemd),
    ("InvalidSignature", Kind::Config),
    ("LimitsExceeded", Kind::Unavailable),
    ("MatchRuleInvalid", Kind::Systemd),
    ("MatchRuleNotFound", Kind::Systemd),
    ("NameHasNoOwner", Kind::Unavailable),
    ("NoMemory", Kind::Systemd),
    ("NoNetwork", Kind::Systemd),
    ("NoReply", Kind::ConnectionLost),
    ("NoServer", Kind::Unavailable),
    ("NotSupported", Kind::Unsupported),
    ("ObjectPathInUse", Kind::Systemd),
    ("PropertyReadOnly", Kind::Systemd),
    ("SELinuxSecurityContextUnknown", Kind::Systemd),
    ("ServiceUnknown", Kind::Unavailable),
    ("TimedOut", Kind::Timeout),
    ("Timeout", Kind::Timeout),
    ("UnixProcessIdUnknown", Kind::Systemd),
    ("UnknownInterface", Kind::Unsupported),
    ("UnknownMethod", Kind::Unsupported),
    ("UnknownObject", Kind::Unsupported),
    ("UnknownProperty", Kind::Unsupported),
];

/// The kind that stands for a D-Bus error name.
pub(super) fn kind_of(name: &str) -> Kind {
    let find = |table: &[(&str, Kind)], name: &str| {
        table.iter().find(|(known, _)| *known == name).map_or(Kind::Systemd, |(_, kind)| *kind)
    };
    if let Some(name) = name.strip_prefix(SYSTEMD) {
        return find(&OF_SYSTEMD, name);
    }
    match name.strip_prefix(DBUS) {
        Some(name) if name.starts_with(SPAWN) => Kind::Unavailable,
        Some(name) => find(&OF_DBUS, name),
        None => Kind::Systemd,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const LISTS: [&str; 4] = [
        include_str!("../../introspection/247.tsv"),
        include_str!("../../introspection/252.tsv"),
        include_str!("../../introspection/257.tsv"),
        include_str!("../../introspection/262.tsv"),
    ];

    #[test]
    fn the_table_has_the_names_that_the_systemds_have() {
        let lines = LISTS.into_iter().flat_map(str::lines);
        let listed: BTreeSet<String> =
            lines.filter_map(|line| line.strip_prefix("-\terror\t")).map(str::to_owned).collect();
        let names = |prefix: &'static str, table: &'static [(&str, Kind)]| {
            table.iter().map(move |(name, _)| format!("{prefix}{name}"))
        };
        let known: BTreeSet<String> = names(SYSTEMD, &OF_SYSTEMD).chain(names(DBUS, &OF_DBUS)).collect();
        assert_eq!(known, listed);
    }

    #[test]
    fn what_is_no_name_of_these_is_told_as_it_is() {
        for (name, kind) in [
            ("org.freedesktop.systemd1.NoSuchUnit", Kind::UnitNotFound),
            ("org.freedesktop.systemd1.NoSuchUnits", Kind::Systemd),
            ("org.freedesktop.DBus.Error.NoReply", Kind::ConnectionLost),
            ("org.freedesktop.DBus.Error.Spawn.ExecFailed", Kind::Unavailable),
            ("org.example.NoSuchUnit", Kind::Systemd),
        ] {
            assert_eq!(kind_of(name), kind, "{name}");
        }
    }
}
