//! Which units a control group belongs to (systemd's src/basic/cgroup-util.c).

use crate::scope::Scope;
use crate::unit::{UnitName, UnitType};

/// The units of this scope's manager in which whoever is in a control group runs: its slices from the outside, and the
/// unit itself last, if it is in one. `text` is `/proc/PID/cgroup`: a line for each hierarchy, of which systemd has one.
pub(super) fn units_of(text: &str, scope: Scope) -> Vec<UnitName> {
    let paths = text.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    paths.map(|path| units_of_path(path, scope)).max_by_key(Vec::len).unwrap_or_default()
}

fn units_of_path(path: &str, scope: Scope) -> Vec<UnitName> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    if scope == Scope::User && !parts.any(|part| part.starts_with("user@") && part.ends_with(".service")) {
        return Vec::new();
    }
    let mut units = Vec::new();
    for part in parts {
        // An underscore tells a unit from what the kernel has of the same name.
        let Ok(unit) = part.strip_prefix('_').unwrap_or(part).parse::<UnitName>() else { break };
        let is_slice = unit.unit_type() == UnitType::Slice;
        units.push(unit);
        // What is below it is its own.
        if !is_slice {
            break;
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_lie_above_the_unit() {
        let user = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/a@b.service/inner/c.service\n";
        let hybrid = "12:cpu:/x\n1:name=systemd:/system.slice/_cpu.service\n0::/\n";
        for (text, scope, expected) in [
            (user, Scope::User, &["app.slice", "a@b.service"][..]),
            (user, Scope::System, &["user.slice", "user-1000.slice", "user@1000.service"]),
            (hybrid, Scope::System, &["system.slice", "cpu.service"]),
            (hybrid, Scope::User, &[]),
            (
                "0::/user.slice/user-1.slice/session-1.scope\n",
                Scope::System,
                &["user.slice", "user-1.slice", "session-1.scope"],
            ),
            ("0::/a:b.service/x\n", Scope::System, &["a:b.service"]),
            ("0::/\n", Scope::System, &[]),
            ("0::/x/y.service\n", Scope::System, &[]),
            ("", Scope::System, &[]),
        ] {
            let units: Vec<_> = units_of(text, scope).iter().map(|unit| unit.as_str().to_owned()).collect();
            assert_eq!(units, expected, "{text:?} {scope}");
        }
    }
}
