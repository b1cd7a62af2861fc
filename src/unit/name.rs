//! Names of units, checked once where they come in.

use std::fmt;
use std::str::FromStr;

use super::escape::{hex_byte, is_name_byte, push_digits};
use super::meant;
use super::unit_type::{UnitType, has_type};
use crate::error::{Error, Result};

/// Where systemd's unit objects live on D-Bus.
pub const OBJECT_PATH_PREFIX: &str = "/org/freedesktop/systemd1/unit/";

/// The longest name that systemd takes, in bytes.
const LONGEST: usize = 255;

/// A name that systemd takes for a unit: `nginx.service`, `getty@.service`, `getty@tty1.service`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitName(String);

impl UnitName {
    /// The name, with `.service` added where it has no type suffix, as systemctl(1) does.
    ///
    /// Unlike systemctl, nothing is escaped behind the caller's back: a wrong character is an error.
    pub fn complete(name: &str) -> Result<Self> {
        // A path stands for a mount or a device, which has another suffix.
        let is_path = name.starts_with('/');
        if is_path || name.is_empty() || has_type(name) {
            name.parse()
        } else {
            format!("{name}.service").parse()
        }
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The unit's type.
    #[must_use]
    pub fn unit_type(&self) -> UnitType {
        // The suffix was checked when the name came in, so the default is never taken.
        self.0
            .rsplit_once('.')
            .and_then(|(_, suffix)| UnitType::from_suffix(suffix))
            .unwrap_or(UnitType::Service)
    }

    /// The name without its type suffix.
    fn stem(&self) -> &str {
        self.0.rsplit_once('.').map_or(self.0.as_str(), |(stem, _)| stem)
    }

    /// The part before `@`, or before the type suffix where there is no `@`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        let stem = self.stem();
        stem.split_once('@').map_or(stem, |(prefix, _)| prefix)
    }

    /// The part between `@` and the type suffix; none for plain units and for templates.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.stem().split_once('@').map(|(_, instance)| instance).filter(|instance| !instance.is_empty())
    }

    /// The same name with the suffix of another type.
    #[must_use]
    pub fn with_type(&self, unit_type: UnitType) -> String {
        format!("{}.{}", self.stem(), unit_type.as_str())
    }

    /// Whether this names a template, such as `getty@.service`.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.stem().split_once('@').is_some_and(|(_, instance)| instance.is_empty())
    }

    /// The name of another instance of the same template (this may be the template or any instance).
    pub fn with_instance(&self, instance: &str) -> Result<Self> {
        if !self.stem().contains('@') {
            return Err(Error::config(format!("{self} is no template: it has no instances"))
                .with_unit(self.as_str())
                .with_hint(format!("a template is called {}@.{}", self.stem(), self.unit_type())));
        }
        if instance.is_empty() {
            return Err(Error::config(format!("the instance of {self} is empty")).with_unit(self.as_str()));
        }
        format!("{}@{instance}.{}", self.prefix(), self.unit_type()).parse()
    }

    /// The path of the unit's D-Bus object.
    #[must_use]
    pub fn object_path(&self) -> String {
        let mut path = OBJECT_PATH_PREFIX.to_owned();
        for (index, byte) in self.0.bytes().enumerate() {
            if byte.is_ascii_alphabetic() || (index > 0 && byte.is_ascii_digit()) {
                path.push(char::from(byte));
            } else {
                path.push('_');
                push_digits(&mut path, byte);
            }
        }
        path
    }

    /// The unit whose D-Bus object has this path.
    pub fn from_object_path(path: &str) -> Result<Self> {
        let bad = || Error::config(format!("{path:?} is no path of a unit object"));
        let mut label = path.strip_prefix(OBJECT_PATH_PREFIX).ok_or_else(bad)?.as_bytes();
        let mut name = Vec::with_capacity(label.len());
        while let Some((&byte, rest)) = label.split_first() {
            if byte == b'_' {
                name.push(hex_byte(rest.get(..2)).ok_or_else(bad)?);
                label = &rest[2..];
            } else {
                name.push(byte);
                label = rest;
            }
        }
        String::from_utf8(name).map_err(|_| bad())?.parse()
    }
}

impl FromStr for UnitName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        check_characters(name)?;
        let bad = |reason: &str, hint: &'static str| {
            Err(Error::config(format!("unit name {name:?} {reason}")).with_hint(hint).with_unit(name))
        };
        if name.is_empty() {
            return bad("is empty", "give a name such as nginx.service");
        }
        if name.len() > LONGEST {
            return bad("is too long", "systemd takes at most 255 bytes");
        }
        let Some((stem, suffix)) = name.rsplit_once('.') else {
            return bad("has no type suffix", "add one, such as .service");
        };
        if UnitType::from_suffix(suffix).is_none() {
            return bad("has no known type suffix", "add one, such as .service");
        }
        if stem.is_empty() || stem.starts_with('@') {
            return bad("has nothing before its suffix or @", "give a name such as nginx.service");
        }
        Ok(Self(name.to_owned()))
    }
}

/// Refuses characters that no unit name has, and shows the name that may be meant.
fn check_characters(name: &str) -> Result<()> {
    let allowed = |c: char| u8::try_from(c).is_ok_and(|byte| byte == b'@' || is_name_byte(byte));
    let Some(wrong) = name.chars().find(|&c| !allowed(c)) else { return Ok(()) };
    let error =
        Error::config(format!("unit name {name:?} has the character {wrong:?}, which no unit name can have"));
    Err(error.with_hint(meant::hint(name)).with_unit(name))
}

impl fmt::Display for UnitName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for UnitName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "UnitName({:?})", self.0)
    }
}

impl AsRef<str> for UnitName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts() {
        for (name, prefix, instance, template, kind) in [
            ("nginx.service", "nginx", None, false, UnitType::Service),
            ("getty@.service", "getty", None, true, UnitType::Service),
            ("getty@tty1.service", "getty", Some("tty1"), false, UnitType::Service),
            ("a@b@c.d.socket", "a", Some("b@c.d"), false, UnitType::Socket),
            ("-.mount", "-", None, false, UnitType::Mount),
            (r"dev-a\x2db.swap", r"dev-a\x2db", None, false, UnitType::Swap),
        ] {
            let unit: UnitName = name.parse().unwrap();
            assert_eq!(unit.to_string(), name);
            assert_eq!((unit.prefix(), unit.instance()), (prefix, instance), "{name}");
            assert_eq!((unit.is_template(), unit.unit_type()), (template, kind), "{name}");
        }
    }

    #[test]
    fn refused() {
        let long = format!("{}.service", "a".repeat(248));
        for name in [
            "",
            "nginx",
            ".service",
            "a.b",
            "a.",
            "@.service",
            "@x.service",
            "a b.service",
            "a/b.service",
            "é.service",
            "a.service\n",
            "a\0.service",
            "a*.service",
            "a.SERVICE",
            &long,
        ] {
            assert!(name.parse::<UnitName>().is_err(), "{name:?}");
        }
        assert!(long[1..].parse::<UnitName>().is_ok());
    }

    #[test]
    fn complete_adds_the_suffix_and_never_escapes() {
        for (given, name) in [
            ("nginx", "nginx.service"),
            ("a.b", "a.b.service"),
            ("x.timer", "x.timer"),
            ("a@b", "a@b.service"),
        ] {
            assert_eq!(UnitName::complete(given).unwrap().as_str(), name);
        }
        let error = UnitName::complete("my app").unwrap_err().to_string();
        assert!(error.contains("' '") && error.contains(r"my\x20app.service"), "{error}");
        assert!(UnitName::complete("").is_err());
    }

    #[test]
    fn instances() {
        let template: UnitName = "getty@.service".parse().unwrap();
        let instance = template.with_instance("tty1").unwrap();
        assert_eq!(instance.as_str(), "getty@tty1.service");
        assert_eq!(instance.with_instance("a@b").unwrap().as_str(), "getty@a@b.service");
        assert!(template.with_instance("").is_err());
        assert!(template.with_instance("a b").is_err());
        assert!("nginx.service".parse::<UnitName>().unwrap().with_instance("x").is_err());
    }

    #[test]
    fn object_paths() {
        for (name, label) in [
            ("nginx.service", "nginx_2eservice"),
            ("0-a_b@c.timer", "_30_2da_5fb_40c_2etimer"),
            (r"a\x20b.path", "a_5cx20b_2epath"),
        ] {
            assert_eq!(
                name.parse::<UnitName>().unwrap().object_path(),
                format!("{OBJECT_PATH_PREFIX}{label}")
            );
        }
        for path in [
            "",
            "/",
            "/org/freedesktop/systemd1/unit/",
            "/org/freedesktop/systemd1/unit/a_2",
            "/x/a_2eservice",
        ] {
            assert!(UnitName::from_object_path(path).is_err(), "{path}");
        }
        assert!(UnitName::from_object_path(&format!("{OBJECT_PATH_PREFIX}a_c3_a9")).is_err());
    }

    proptest! {
        #[test]
        fn object_path_there_and_back(name in r"[A-Za-z0-9:_.\\-][A-Za-z0-9:_.\\@-]{0,40}\.(service|timer|slice)") {
            let unit: UnitName = name.parse().unwrap();
            let path = unit.object_path();
            prop_assert!(path[OBJECT_PATH_PREFIX.len()..].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
            prop_assert_eq!(UnitName::from_object_path(&path).unwrap(), unit);
        }

        #[test]
        fn parsing_never_panics(name in any::<String>()) {
            if let Ok(unit) = name.parse::<UnitName>() {
                prop_assert_eq!(unit.as_str(), &name);
            }
            let _ = UnitName::complete(&name);
            let _ = UnitName::from_object_path(&name);
        }
    }
}
