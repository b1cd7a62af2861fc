//! What systemd answers in place of what was asked for: in words, with the unit and the next step.

use super::error_names::kind_of;
use crate::bus::connection::{LIMIT_HINT, LIMITS_EXCEEDED};
use crate::error::hint::{command, first, given, text};
use crate::error::{Error, Hint, Kind};
use crate::unit::properties::types_with;
use crate::unit::{UnitName, UnitType};
use crate::verb::{self, Polkit, Verb};

/// No unit of that name.
pub(crate) fn not_found(unit: &UnitName) -> Error {
    about(Error::new(Kind::UnitNotFound, format!("unit {unit} not found")), unit, Polkit::Nothing)
}

/// The unit has no property of that name.
pub(crate) fn no_such_property(unit: &UnitName, property: &str) -> Error {
    let error = Error::config(format!("unit {unit} has no property {property:?}")).with_unit(unit.as_str());
    let types: Vec<_> = types_with(property).into_iter().map(UnitType::as_str).collect();
    if types.is_empty() || types.contains(&unit.unit_type().as_str()) {
        return error
            .with_hint([command("systemctl", format!("show {unit}")), text(" lists its properties")]);
    }
    error.with_hint([
        text(format!("a {} has it: ", types.join(", a "))),
        command("systemctl", format!("show {unit}")),
        text(" lists those of this unit"),
    ])
}

/// Gives an error that systemd answered to a row's call its kind, its unit and the next step. What is no single unit, such
/// as a path, is named as what it is `about`.
pub(super) fn explained_verb(
    error: Error,
    verb: &Verb,
    unit: Option<&UnitName>,
    about: Option<&str>,
) -> Error {
    let action = match about {
        Some(about) if unit.is_none() => format!("{} {about}", verb.act),
        _ => verb.act.to_owned(),
    };
    let error = explained_for(error, &action, verb.asks, unit);
    let name = error.facts().dbus_name.as_deref().and_then(|name| name.rsplit('.').next());
    match (name, unit) {
        (Some("UnknownMethod"), _) => {
            let action = unit.map_or(action, |unit| format!("{} {unit}", verb.act));
            let error = error.with_message(format!("cannot {action}: this systemd has no {}", verb.method));
            if verb.since == 0 {
                error
            } else {
                error.with_hint(format!("it came with systemd {}", verb.since))
            }
        }
        (Some("FileNotFound"), Some(unit)) if verb.takes.iter().any(|it| it.kind == verb::Kind::Subgroup) => {
            error
                .with_kind(Kind::Systemd)
                .with_message(format!("cannot {} {unit}: it has no such control group", verb.act))
                .with_hint("the unit has to make it first; without a subgroup its own is meant")
        }
        // It is systemd's own limit, not the bus's.
        (Some("LimitsExceeded"), _) if verb.asks == Polkit::BypassDumpRatelimit => {
            with_general_hint(error.with_kind(Kind::AuthorizationRequired), verb.asks)
        }
        _ if error.kind() == Kind::UnitExists => {
            error.with_hint("remove what is there; force replaces only links")
        }
        (_, None) if error.kind() == Kind::UnitNotFound => error.with_hint("check the name or the path"),
        // The name may be right: systemd has in memory what is up, has failed, or is referred to.
        (Some("NoSuchUnit"), Some(unit)) if error.kind() == Kind::UnitNotFound && !verb.changes_files() => {
            error
                .with_message(format!(
                    "unit {unit} is not in systemd's memory: there is nothing to {}",
                    verb.act
                ))
                .with_hint("check the name; a unit that is down and has not failed is forgotten")
        }
        _ => error,
    }
}

/// Gives an error that systemd answered its kind, its unit and the next step.
pub(super) fn explained(error: Error, action: &str, unit: Option<&UnitName>) -> Error {
    explained_for(error, action, Polkit::ManageUnits, unit)
}

fn explained_for(error: Error, action: &str, asks: Polkit, unit: Option<&UnitName>) -> Error {
    let Some(name) = error.facts().dbus_name.clone() else {
        return match unit {
            Some(unit) => error.with_unit(unit.as_str()),
            None => error,
        };
    };
    let text = error.facts().message.trim_end_matches('.').to_owned();
    let kind = kind_of(&name);
    let Some(unit) = unit else {
        let error = Error::new(kind, format!("cannot {action}: {text}")).with_dbus_name(name);
        return with_general_hint(error, asks);
    };
    if is_for_want_of_instance(&name, &text, action, unit) {
        return Error::config(format!("cannot {action} {unit}: {text}"))
            .with_dbus_name(name)
            .with_unit(unit.as_str())
            .with_hint(format!(
                "it is a template: give an instance of it, such as {}@NAME.{}",
                unit.prefix(),
                unit.unit_type()
            ));
    }
    if kind == Kind::JobRefused {
        return refused(
            Error::new(kind, format!("cannot {action} {unit}: {text}")).with_dbus_name(&name),
            &name,
        )
        .with_unit(unit.as_str());
    }
    let culprit = named_in(&text, unit);
    let message = if kind == Kind::UnitNotFound && culprit == *unit {
        format!("unit {unit} not found")
    } else {
        format!("cannot {action} {unit}: {text}")
    };
    let error = Error::new(kind, message).with_dbus_name(name);
    let error = about(error, &culprit, asks).with_unit(unit.as_str());
    if culprit == *unit { error } else { error.with_culprit(culprit.as_str()) }
}

/// Gives an error of a job that systemd did not take on the next step.
fn refused(error: Error, name: &str) -> Error {
    let hint = match name.strip_prefix("org.freedesktop.systemd1.").unwrap_or(name) {
        "OnlyByDependency" => {
            "its RefuseManualStart= or RefuseManualStop= keeps it to other units: start or stop one that needs it"
        }
        "NoIsolation" => "set AllowIsolate=yes in its [Unit], or use another mode",
        "ShuttingDown" => "the manager is going down; ask again after the boot",
        "ConcurrencyLimitReached" => {
            "wait until another unit of its slice has ended, or raise ConcurrencyHardMax="
        }
        "TransactionOrderIsCyclic" => {
            "take one of the units that the message names out of its After= or Before="
        }
        // The job conflicts with one that is under way.
        _ => {
            let hint = [text("wait until the other job has ended, or use "), given("mode", "replace")];
            return error.with_hint(hint);
        }
    };
    error.with_hint(hint)
}

/// Whether this was refused as the template is not a unit of its own, which systemd says in several ways.
fn is_for_want_of_instance(name: &str, text: &str, action: &str, unit: &UnitName) -> bool {
    let name = name.rsplit('.').next().unwrap_or_default();
    unit.is_template()
        && match name {
            "InvalidArgs" => true,
            // A template can be enabled where its file names an instance (DefaultInstance=).
            "BadUnitSetting" => action == "enable",
            "NoSuchUnit" => text.ends_with(" not loaded"),
            _ => false,
        }
}

/// Whether systemd refused to enable a name because it is not the unit's own.
pub(super) fn is_about_alias(error: &Error) -> bool {
    error.facts().dbus_name.as_deref() == Some("org.freedesktop.systemd1.UnitLinked")
}

/// The refusal of an alias, with the name of its unit.
pub(super) fn naming_unit_of_alias(error: Error, alias: &UnitName, unit: Option<&str>) -> Error {
    match unit {
        Some(unit) if unit != alias.as_str() => {
            error.with_hint(format!("{alias} is an alias: give the unit's own name, {unit}"))
        }
        _ => error
            .with_hint(format!("the file of {alias} is elsewhere: give the path or the name of that one")),
    }
}

/// The unit that an error's text is about: another one than was asked for, if only that is named, such as
/// one that it depends on or the unit behind an alias.
fn named_in(text: &str, unit: &UnitName) -> UnitName {
    let word = |word: &str| word.rsplit('/').next().and_then(|name| name.parse::<UnitName>().ok());
    let mut others = text.split([' ', ',', '"', '\'']).filter_map(word).peekable();
    let first = others.peek().cloned();
    if others.any(|named| named == *unit) { unit.clone() } else { first.unwrap_or_else(|| unit.clone()) }
}

fn about(error: Error, unit: &UnitName, asks: Polkit) -> Error {
    let error = error.with_unit(unit.as_str());
    let hint = match error.kind() {
        Kind::UnitNotFound => "check the name, or write its unit file and reload".into(),
        Kind::UnitExists => {
            "give another name, or stop what is there; its failure is remembered until it is reset".into()
        }
        Kind::UnitMasked => first(command("systemctl", format!("unmask {unit}"))),
        Kind::UnitLoad => Hint::from([
            command("systemctl", format!("status {unit}")),
            text(" names the setting that is wrong"),
        ]),
        Kind::Unsupported if is_not_applicable(&error) => {
            if error.facts().message.contains("type reload") {
                "restart it: a service can be reloaded where its file has ExecReload=".into()
            } else {
                format!("a {} comes and goes with what it stands for", unit.unit_type()).into()
            }
        }
        _ => return with_general_hint(error, asks),
    };
    error.with_hint(hint)
}

fn with_general_hint(error: Error, asks: Polkit) -> Error {
    let hint = match error.kind() {
        Kind::PermissionDenied => Hint::from([
            text("run it as root, or use "),
            given("scope", "user"),
            text(" for units of your own"),
        ]),
        Kind::AuthorizationRequired => Hint::from([
            text("run it as root, use "),
            given("scope", "user"),
            text(format!(", or allow it with a polkit rule for org.freedesktop.systemd1.{}", asks.action())),
        ]),
        Kind::Unavailable if is_limit(&error) => LIMIT_HINT.into(),
        _ => return error,
    };
    error.with_hint(hint)
}

fn is_not_applicable(error: &Error) -> bool {
    error.facts().dbus_name.as_deref().is_some_and(|name| name.ends_with(".JobTypeNotApplicable"))
}

fn is_limit(error: &Error) -> bool {
    error.facts().dbus_name.as_deref() == Some(LIMITS_EXCEEDED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_blame_the_unit_that_systemd_names() {
        for (name, text, message, hint) in [
            ("NoSuchUnit", "Unit a.service not found.", "unit a.service not found", "check the name"),
            (
                "NoSuchUnit",
                "Unit b.service not found.",
                "cannot start a.service: Unit b.service not found",
                "check the name",
            ),
            (
                "UnitMasked",
                "Unit file /etc/systemd/system/b.service is masked.",
                "cannot start a.service: Unit file /etc/systemd/system/b.service is masked",
                "run `systemctl unmask b.service` first",
            ),
            (
                "UnitMasked",
                "Unit a.service is masked.",
                "cannot start a.service: Unit a.service is masked",
                "run `systemctl unmask a.service` first",
            ),
            (
                "LoadFailed",
                "Unit aa.service failed to load properly, as a.service said.",
                "cannot start a.service: Unit aa.service failed to load properly, as a.service said",
                "`systemctl status a.service` names the setting that is wrong",
            ),
            (
                "BadUnitSetting",
                "No idea.",
                "cannot start a.service: No idea",
                "`systemctl status a.service` names the setting that is wrong",
            ),
        ] {
            let error =
                Error::new(Kind::Systemd, text).with_dbus_name(format!("org.freedesktop.systemd1.{name}"));
            let error = explained(error, "start", Some(&"a.service".parse().unwrap()));
            assert_eq!(error.facts().message, message);
            assert_eq!(error.facts().unit.as_deref(), Some("a.service"));
            assert!(error.facts().hint.as_ref().unwrap().to_string().starts_with(hint), "{error}");
        }
    }

    #[test]
    fn a_property_of_another_type_is_told() {
        for (unit, property, hint) in [
            ("a.timer", "NRestarts", "a service has it: `systemctl show a.timer` lists those of this unit"),
            ("a.service", "Nonsense", "`systemctl show a.service` lists its properties"),
            ("a.service", "NRestarts", "`systemctl show a.service` lists its properties"),
        ] {
            let error = no_such_property(&unit.parse().unwrap(), property);
            assert_eq!(error.facts().hint.as_ref().unwrap().to_string(), hint);
        }
    }

    #[test]
    fn a_template_wants_an_instance() {
        let template: UnitName = "a@.service".parse().unwrap();
        for (action, name, kind) in [
            ("start", "org.freedesktop.DBus.Error.InvalidArgs", Kind::Config),
            ("read the status of", "org.freedesktop.DBus.Error.InvalidArgs", Kind::Config),
            ("enable", "org.freedesktop.systemd1.BadUnitSetting", Kind::Config),
            ("reset", "org.freedesktop.systemd1.NoSuchUnit", Kind::Config),
            ("enable", "org.freedesktop.systemd1.NoSuchUnit", Kind::UnitNotFound),
            ("find", "org.freedesktop.systemd1.NoSuchUnit", Kind::UnitNotFound),
        ] {
            let text = if action == "reset" { "Unit a@.service not loaded." } else { "No." };
            let error =
                explained(Error::new(Kind::Systemd, text).with_dbus_name(name), action, Some(&template));
            assert_eq!(error.kind(), kind, "{action}: {error}");
            assert_eq!(error.to_string().contains("a@NAME.service"), kind == Kind::Config, "{error}");
        }
    }

    #[test]
    fn each_verb_names_its_own_polkit_action() {
        let unit: UnitName = "a.service".parse().unwrap();
        for (verb, polkit) in [
            ("reset_failed_unit", "manage-units"),
            ("cancel_job", "manage-units"),
            ("enable_unit", "manage-unit-files"),
            ("mask_unit", "manage-unit-files"),
            ("daemon_reload", "reload-daemon"),
        ] {
            let refusal = Error::new(Kind::Systemd, "Interactive authentication required.")
                .with_dbus_name("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired");
            let error = explained_verb(refusal, crate::verb::named(verb).unwrap(), Some(&unit), None);
            let hint = error.facts().hint.as_ref().unwrap().to_string();
            assert!(hint.ends_with(&format!(" org.freedesktop.systemd1.{polkit}")), "{verb}: {hint}");
        }
    }

    #[test]
    fn what_an_older_systemd_does_not_know_is_told() {
        let unknown = Error::new(Kind::Systemd, "Unknown method QueueSignalUnit or interface ...")
            .with_dbus_name("org.freedesktop.DBus.Error.UnknownMethod");
        let verb = crate::verb::named("queue_signal_unit").unwrap();
        let error = explained_verb(unknown, verb, Some(&"a.service".parse().unwrap()), None);
        assert_eq!(error.kind(), Kind::Unsupported);
        assert!(error.to_string().ends_with("it came with systemd 254"), "{error}");
    }

    #[test]
    fn the_limit_of_dumps_is_systemds_own() {
        let verb = crate::verb::named("dump").unwrap();
        let text = "Dump request rejected due to rate limit on unprivileged callers, blocked for 9min.";
        let refusal = Error::new(Kind::Systemd, text).with_dbus_name(LIMITS_EXCEEDED);
        let error = explained_verb(refusal, verb, None, None);
        assert_eq!(error.kind(), Kind::AuthorizationRequired);
        let hint = error.facts().hint.as_ref().unwrap().to_string();
        assert!(hint.ends_with(" org.freedesktop.systemd1.bypass-dump-ratelimit"), "{hint}");
    }
}
