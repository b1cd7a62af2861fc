//! On which D-Bus interface a property is: org.freedesktop.systemd1(5).

use crate::unit::UnitType;

/// The interface of every unit.
pub(crate) const UNIT: &str = "org.freedesktop.systemd1.Unit";

/// The properties of every unit, up to systemd 258.
const OF_EVERY_UNIT: &str = " AccessSELinuxContext ActivationDetails ActiveEnterTimestamp \
    ActiveEnterTimestampMonotonic ActiveExitTimestamp ActiveExitTimestampMonotonic ActiveState After AllowIsolate \
    AssertResult AssertTimestamp AssertTimestampMonotonic Asserts Before BindsTo BoundBy CanClean CanFreeze \
    CanIsolate CanLiveMount CanReload CanStart CanStop CollectMode ConditionResult ConditionTimestamp \
    ConditionTimestampMonotonic Conditions ConflictedBy Conflicts ConsistsOf DebugInvocation DefaultDependencies \
    Description Documentation DropInPaths FailureAction FailureActionExitStatus Following FragmentPath FreezerState \
    Id IgnoreOnIsolate InactiveEnterTimestamp InactiveEnterTimestampMonotonic InactiveExitTimestamp \
    InactiveExitTimestampMonotonic InvocationID Job JobRunningTimeoutUSec JobTimeoutAction \
    JobTimeoutRebootArgument JobTimeoutUSec JoinsNamespaceOf LoadError LoadState Markers Names NeedDaemonReload \
    OnFailure OnFailureJobMode OnFailureOf OnSuccess OnSuccessJobMode OnSuccessOf PartOf Perpetual \
    PropagatesReloadTo PropagatesStopTo RebootArgument Refs RefuseManualStart RefuseManualStop \
    ReloadPropagatedFrom RequiredBy Requires RequiresMountsFor Requisite RequisiteOf SliceOf SourcePath \
    StartLimitAction StartLimitBurst StartLimitIntervalUSec StateChangeTimestamp StateChangeTimestampMonotonic \
    StopPropagatedFrom StopWhenUnneeded SubState SuccessAction SuccessActionExitStatus SurviveFinalKillSignal \
    Transient TriggeredBy Triggers UnitFilePreset UnitFileState UpheldBy Upholds WantedBy Wants WantsMountsFor ";

/// The interface that units of this type have besides.
pub(crate) fn of_type(unit_type: UnitType) -> &'static str {
    match unit_type {
        UnitType::Service => "org.freedesktop.systemd1.Service",
        UnitType::Socket => "org.freedesktop.systemd1.Socket",
        UnitType::Target => "org.freedesktop.systemd1.Target",
        UnitType::Device => "org.freedesktop.systemd1.Device",
        UnitType::Mount => "org.freedesktop.systemd1.Mount",
        UnitType::Automount => "org.freedesktop.systemd1.Automount",
        UnitType::Swap => "org.freedesktop.systemd1.Swap",
        UnitType::Timer => "org.freedesktop.systemd1.Timer",
        UnitType::Path => "org.freedesktop.systemd1.Path",
        UnitType::Slice => "org.freedesktop.systemd1.Slice",
        UnitType::Scope => "org.freedesktop.systemd1.Scope",
    }
}

/// The interface to ask for a property of a unit of this type.
pub(crate) fn of_property(unit_type: UnitType, property: &str) -> &'static str {
    let is_of_every_unit = OF_EVERY_UNIT.match_indices(property).any(|(at, _)| {
        let around = (at.checked_sub(1), at + property.len());
        let is_space = |index: usize| OF_EVERY_UNIT.as_bytes().get(index) == Some(&b' ');
        !property.is_empty() && around.0.is_some_and(is_space) && is_space(around.1)
    });
    if is_of_every_unit { UNIT } else { of_type(unit_type) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_found_by_their_whole_names() {
        for (property, expected) in [
            ("Id", UNIT),
            ("Wants", UNIT),
            ("AccessSELinuxContext", UNIT),
            ("MainPID", "org.freedesktop.systemd1.Service"),
            ("Limit", "org.freedesktop.systemd1.Service"),
            ("Active", "org.freedesktop.systemd1.Service"),
            ("", "org.freedesktop.systemd1.Service"),
        ] {
            assert_eq!(of_property(UnitType::Service, property), expected, "{property:?}");
        }
    }
}
