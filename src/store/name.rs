//! Which file names the store accepts.

use crate::error::{Error, Result};

/// systemd's limit for a unit's name, in bytes; also the usual limit for a file's name.
const LONGEST: usize = 255;

const TYPES: [&str; 5] = [".service", ".timer", ".path", ".socket", ".slice"];

/// Refuses everything but a plain unit file name, so that a name can never lead out of the folder.
pub(super) fn check(name: &str) -> Result<()> {
    let reason = if name.contains('/') {
        "contains a slash"
    } else if name.starts_with('.') {
        "starts with a dot, and systemd ignores hidden files"
    } else if name.len() > LONGEST {
        "is longer than 255 bytes"
    } else if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":_.-@\\".contains(&byte)) {
        "has a character that is not allowed in a unit's name"
    } else if !TYPES.iter().any(|suffix| name.strip_suffix(suffix).is_some_and(|stem| !stem.is_empty())) {
        "does not end in a unit type"
    } else {
        return Ok(());
    };
    Err(Error::config(format!("the unit file name {name:?} {reason}"))
        .with_unit(name)
        .with_hint("use a name such as \"pm2-api.service\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use proptest::prelude::*;

    #[test]
    fn accepts_unit_names_and_nothing_else() {
        let long = format!("{}.service", "a".repeat(248));
        for (accepted, name) in [
            (true, "pm2-api.service"),
            (true, "pm2-a.b_C-1.timer"),
            (true, "pm2-worker@1.service"),
            (true, &long[1..]),
            (false, &long),
            (false, ""),
            (false, "."),
            (false, ".."),
            (false, ".service"),
            (false, ".hidden.service"),
            (false, "../pm2-x.service"),
            (false, "a/b.service"),
            (false, "/etc/passwd"),
            (false, "pm2-x"),
            (false, "pm2-x.service.d"),
            (false, "pm2 x.service"),
            (false, "pm2-x\0.service"),
            (false, "pm2-x\n.service"),
            (false, "pm2-é.service"),
        ] {
            let result = check(name);
            assert_eq!(result.is_ok(), accepted, "{name:?}");
            assert!(result.map_or_else(|error| error.kind() == Kind::Config, |()| true));
        }
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_one_plain_path_component(name in "[./\\\\a-z\0]{0,12}(\\.service)?") {
            if check(&name).is_ok() {
                let path = std::path::Path::new(&name);
                let parts: Vec<_> = path.components().collect();
                prop_assert_eq!(parts, vec![std::path::Component::Normal(name.as_ref())]);
            }
        }
    }
}
