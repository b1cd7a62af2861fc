//! What systemd's and the bus's errors mean: one table from D-Bus names to kinds.

use crate::error::{Error, Kind};
use crate::unit::UnitName;

/// The kind that stands for a D-Bus error name.
///
/// systemd's own names are those of its src/libsystemd/sd-bus/bus-common-errors.h.
pub(super) fn kind_of(name: &str) -> Kind {
    if let Some(name) = name.strip_prefix("org.freedesktop.systemd1.") {
        return match name {
            "NoSuchUnit" => Kind::UnitNotFound,
            "UnitExists" => Kind::UnitExists,
            "UnitMasked" => Kind::UnitMasked,
            "LoadFailed" | "BadUnitSetting" => Kind::UnitLoad,
            "JobTypeNotApplicable" => Kind::Unsupported,
            _ => Kind::Systemd,
        };
    }
    let Some(name) = name.strip_prefix("org.freedesktop.DBus.Error.") else { return Kind::Systemd };
    match name {
        "AccessDenied" | "AuthFailed" => Kind::PermissionDenied,
        "InteractiveAuthorizationRequired" => Kind::AuthorizationRequired,
        "InvalidArgs" | "InvalidSignature" => Kind::Config,
        "ServiceUnknown" | "NameHasNoOwner" | "NoServer" => Kind::Unavailable,
        "NoReply" | "Disconnected" => Kind::ConnectionLost,
        "Timeout" | "TimedOut" => Kind::Timeout,
        "FileNotFound" => Kind::UnitNotFound,
        "FileExists" => Kind::UnitExists,
        "UnknownMethod" | "UnknownInterface" | "UnknownObject" | "UnknownProperty" | "NotSupported" => {
            Kind::Unsupported
        }
        _ if name.starts_with("Spawn.") => Kind::Unavailable,
        _ => Kind::Systemd,
    }
}

/// No unit of that name.
pub(super) fn not_found(unit: &UnitName) -> Error {
    about(Error::new(Kind::UnitNotFound, format!("unit {unit} not found")), unit)
}

/// Gives an error that systemd answered its kind, its unit and the next step.
pub(super) fn explained(error: Error, action: &str, unit: Option<&UnitName>) -> Error {
    let Some(name) = error.facts().dbus_name.clone() else {
        return match unit {
            Some(unit) => error.with_unit(unit.as_str()),
            None => error,
        };
    };
    let text = error.facts().message.trim_end_matches('.').to_owned();
    let kind = kind_of(&name);
    let subject = unit.map_or_else(|| action.to_owned(), |unit| format!("{action} {unit}"));
    let message = match (kind, unit) {
        (Kind::UnitNotFound, Some(unit)) => format!("unit {unit} not found"),
        _ => format!("cannot {subject}: {text}"),
    };
    let error = Error::new(kind, message).with_dbus_name(name);
    match unit {
        Some(unit) => about(error, unit),
        None => with_general_hint(error),
    }
}

fn about(error: Error, unit: &UnitName) -> Error {
    let hint = match error.kind() {
        Kind::UnitNotFound => "check the name, or write its unit file and reload".to_owned(),
        Kind::UnitMasked => format!("run `systemctl unmask {unit}` first"),
        Kind::UnitLoad => format!("`systemctl status {unit}` names the setting that is wrong"),
        _ => return with_general_hint(error.with_unit(unit.as_str())),
    };
    error.with_unit(unit.as_str()).with_hint(hint)
}

fn with_general_hint(error: Error) -> Error {
    let hint = match error.kind() {
        Kind::PermissionDenied => "run it as root, or use scope=\"user\" for units of your own",
        Kind::AuthorizationRequired => {
            "run it as root, use scope=\"user\", or allow it with a polkit rule for \
             org.freedesktop.systemd1.manage-units"
        }
        _ => return error,
    };
    error.with_hint(hint)
}
