//! Which unit is meant by a text that cannot be a unit's name, as systemd-escape(1) has it.

use super::escape::{escape, escape_path, is_name_byte, push_hex};
use super::unit_type::{UnitType, has_type};

/// The next step for whoever gave this text for a name.
pub(super) fn hint(text: &str) -> String {
    if text.starts_with('/') { hint_for_path(text) } else { hint_for_name(text) }
}

/// Below `/dev` and `/sys` are devices; whatever else has a path can be mounted. A unit file is neither.
fn hint_for_path(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    if has_type(file) && is_name(file) {
        return format!("a unit is named without the folder of its file: {file}");
    }
    let is_device = path.starts_with("/dev/") || path.starts_with("/sys/");
    let kind = if is_device { UnitType::Device } else { UnitType::Mount };
    match escape_path(path) {
        Ok(escaped) => format!("the {kind} unit of that path is {escaped}.{kind}"),
        Err(_) => "a path in a unit's name has no \"..\" components".to_owned(),
    }
}

fn hint_for_name(text: &str) -> String {
    let (stem, suffix) = match text.rsplit_once('.') {
        Some((stem, suffix)) if has_type(text) => (stem, suffix),
        _ => (text, "service"),
    };
    let escaped = match stem.split_once('@') {
        // An instance can be any text, which the unit gets back as %I.
        Some((prefix, instance)) if is_name(prefix) => format!("{prefix}@{}", escape(instance)),
        // What stands for a path is turned back into that one only if its own dashes are escaped as well.
        _ if stem.contains('/') => escape(stem),
        _ => escape_wrong_bytes(stem),
    };
    format!("escaped as systemd-escape does it, the name is {escaped}.{suffix}")
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'@' || is_name_byte(byte))
}

/// As `systemd-escape --mangle` does it: what can be in a name stays.
fn escape_wrong_bytes(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte == b'@' || is_name_byte(byte) {
            escaped.push(char::from(byte));
        } else {
            push_hex(&mut escaped, byte);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::cannot_run::cannot_run;

    /// Texts that are no names, how to ask systemd-escape(1) for the one that is meant, and its answer.
    const TABLE: [(&str, &[&str], &str); 13] = [
        ("my app", &["--mangle", "my app"], r"my\x20app.service"),
        ("my-app x.timer", &["--mangle", "my-app x.timer"], r"my-app\x20x.timer"),
        ("é", &["--mangle", "é"], r"\xc3\xa9.service"),
        ("/srv/my-app", &["--mangle", "/srv/my-app"], r"srv-my\x2dapp.mount"),
        ("/srv/my-app/", &["--path", "--suffix=mount", "/srv/my-app/"], r"srv-my\x2dapp.mount"),
        ("/", &["--path", "--suffix=mount", "/"], "-.mount"),
        ("/dev/sda", &["--mangle", "/dev/sda"], "dev-sda.device"),
        ("/dev/disk/by-id/x y", &["--mangle", "/dev/disk/by-id/x y"], r"dev-disk-by\x2did-x\x20y.device"),
        ("/sys/class/net/eth0", &["--mangle", "/sys/class/net/eth0"], "sys-class-net-eth0.device"),
        ("copy@/srv/my-app", &["--template=copy@.service", "/srv/my-app"], r"copy@-srv-my\x2dapp.service"),
        ("copy@a b.socket", &["--template=copy@.socket", "a b"], r"copy@a\x20b.socket"),
        ("srv/my-app", &["--suffix=service", "srv/my-app"], r"srv-my\x2dapp.service"),
        ("my-app/x.slice", &["--suffix=slice", "my-app/x"], r"my\x2dapp-x.slice"),
    ];

    #[test]
    fn the_name_that_is_meant_is_the_one_of_systemd_escape() {
        for (text, arguments, meant) in TABLE {
            let hint = hint(text);
            assert!(hint.ends_with(&format!(" {meant}")), "{text}: {hint}");
            let Ok(output) = Command::new("systemd-escape").args(arguments).output() else {
                return cannot_run("the_name_that_is_meant", "systemd-escape is not installed");
            };
            assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), meant, "{arguments:?}");
        }
    }

    #[test]
    fn a_unit_file_is_named_without_its_folder() {
        assert!(hint("/etc/systemd/system/nginx.service").ends_with(" nginx.service"));
        assert!(hint("/srv/../x").contains("\"..\""));
    }
}
