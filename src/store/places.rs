//! Where each scope's unit files are: the folder to write to, and all the others (systemd.unit(5), "Unit File
//! Load Path").

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::scope::Scope;

/// Looks up an environment variable; in production `std::env::var_os`.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

const SYSTEM: &[&str] = &[
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
];

const USER: &[&str] = &[
    "/etc/systemd/user",
    "/run/systemd/user",
    "/usr/local/share/systemd/user",
    "/usr/share/systemd/user",
    "/usr/local/lib/systemd/user",
    "/usr/lib/systemd/user",
    "/lib/systemd/user",
];

const USER_RUNTIME: &[&str] =
    &["transient", "user.control", "generator.early", "user", "generator", "generator.late"];

/// The folders of one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) folder: PathBuf,
    pub(super) others: Vec<PathBuf>,
}

impl Places {
    pub(super) fn of(scope: Scope, environment: Environment<'_>) -> Result<Self> {
        let (folder, mut others) = match scope {
            Scope::System => ("/etc/systemd/system".into(), SYSTEM.iter().map(PathBuf::from).collect()),
            Scope::User => user_places(environment)?,
            Scope::Global => ("/etc/systemd/user".into(), USER.iter().map(PathBuf::from).collect()),
        };
        others.retain(|other: &PathBuf| *other != folder);
        Ok(Self { folder, others })
    }
}

fn user_places(environment: Environment<'_>) -> Result<(PathBuf, Vec<PathBuf>)> {
    let config = base_folder(environment, "XDG_CONFIG_HOME", ".config")?.join("systemd");
    let data = base_folder(environment, "XDG_DATA_HOME", ".local/share")?.join("systemd/user");
    let mut others = vec![config.join("user.control")];
    if let Some(runtime) = absolute(environment, "XDG_RUNTIME_DIR") {
        others.extend(USER_RUNTIME.iter().map(|name| runtime.join("systemd").join(name)));
    }
    others.extend(folder_list(environment, "XDG_CONFIG_DIRS", "/etc/xdg"));
    others.push(data);
    others.extend(folder_list(environment, "XDG_DATA_DIRS", ""));
    others.extend(USER.iter().map(PathBuf::from));
    Ok((config.join("user"), others))
}

/// The XDG base directory specification: a value that is empty or relative is as good as none.
fn absolute(environment: Environment<'_>, variable: &str) -> Option<PathBuf> {
    environment(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn base_folder(environment: Environment<'_>, variable: &str, in_home: &str) -> Result<PathBuf> {
    if let Some(folder) = absolute(environment, variable) {
        return Ok(folder);
    }
    absolute(environment, "HOME").or_else(account_home).map(|home| home.join(in_home)).ok_or_else(|| {
        Error::config("cannot tell where this user's unit files are: no home folder is known")
            .with_hint(format!("set HOME or {variable} to an absolute path"))
    })
}

fn folder_list(environment: Environment<'_>, variable: &str, default: &str) -> Vec<PathBuf> {
    let value = environment(variable).filter(|value| !value.is_empty()).unwrap_or_else(|| default.into());
    std::env::split_paths(&value)
        .filter(|path| path.is_absolute())
        .map(|path| path.join("systemd/user"))
        .collect()
}

/// The home folder of this process's user as the account database has it.
fn account_home() -> Option<PathBuf> {
    let uid = rustix::process::getuid().as_raw();
    let listed = std::fs::read_to_string("/etc/passwd").ok().and_then(|text| home_in(&text, uid));
    // Accounts from elsewhere (LDAP, systemd-homed) are known to the C library, which this asks.
    listed.or_else(std::env::home_dir).filter(|home| home.is_absolute())
}

/// The home folder of this user in the text of passwd(5).
fn home_in(passwd: &str, uid: u32) -> Option<PathBuf> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':').skip(2);
        let is_user = fields.next()?.parse() == Ok(uid);
        let home = fields.nth(2)?;
        (is_user && Path::new(home).is_absolute()).then(|| home.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user_folder(variables: &[(&str, &str)]) -> PathBuf {
        places(variables).folder
    }

    fn places(variables: &[(&str, &str)]) -> Places {
        let look_up =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Places::of(Scope::User, &look_up).unwrap()
    }

    #[test]
    fn the_user_folder_follows_the_base_directory_specification() {
        let home = account_home().unwrap();
        let fallback = home.join(".config/systemd/user");
        let fallback = fallback.to_str().unwrap();
        for (variables, expected) in [
            (&[("XDG_CONFIG_HOME", "/c"), ("HOME", "/h")][..], "/c/systemd/user"),
            (&[("XDG_CONFIG_HOME", "c"), ("HOME", "/h")], "/h/.config/systemd/user"),
            (&[("XDG_CONFIG_HOME", ""), ("HOME", "/h")], "/h/.config/systemd/user"),
            (&[("HOME", "/h")], "/h/.config/systemd/user"),
            (&[("HOME", "h")], fallback),
            (&[("HOME", "")], fallback),
            (&[], fallback),
        ] {
            assert_eq!(user_folder(variables), Path::new(expected), "{variables:?}");
        }
    }

    #[test]
    fn the_system_folder_depends_on_nothing() {
        let places = Places::of(Scope::System, &|_| Some("/elsewhere".into())).unwrap();
        assert_eq!(places.folder, Path::new("/etc/systemd/system"));
        assert!(places.others.contains(&"/run/systemd/system".into()));
        assert!(places.others.contains(&"/usr/lib/systemd/system".into()));
        assert!(!places.others.contains(&places.folder));
    }

    #[test]
    fn the_users_other_folders_follow_the_environment() {
        let variables = [
            ("HOME", "/h"),
            ("XDG_RUNTIME_DIR", "/run/user/7"),
            ("XDG_CONFIG_DIRS", "/x:relative:/y"),
            ("XDG_DATA_HOME", "/d"),
        ];
        let others = places(&variables).others;
        for expected in [
            "/h/.config/systemd/user.control",
            "/run/user/7/systemd/transient",
            "/x/systemd/user",
            "/y/systemd/user",
            "/d/systemd/user",
            "/etc/systemd/user",
            "/usr/lib/systemd/user",
        ] {
            assert!(others.contains(&expected.into()), "{expected} is not in {others:?}");
        }
        assert!(!others.contains(&"/etc/xdg/systemd/user".into()));
        assert!(others.iter().all(|folder| folder.is_absolute()));
    }

    #[test]
    fn finds_the_home_folder_in_the_account_database() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\nbroken\na:x:7:7::relative:/bin/sh\nb:x:7:7:,,:/home/b:/bin/sh\n";
        for (uid, expected) in [(0, Some("/root")), (7, Some("/home/b")), (8, None)] {
            assert_eq!(home_in(passwd, uid), expected.map(PathBuf::from));
        }
    }
}
