//! The client that reaches other hosts.

use std::fs::DirBuilder;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::own_uid;

/// The variable that names another client; systemd's own programs read it, too.
const CLIENT: &str = "SYSTEMD_SSH";
/// How long a connection is kept that nobody uses, in seconds.
const KEPT: u32 = 60;
/// The socket has a longer name while it is made (`muxserver_listen` of OpenSSH's mux.c), of 107 bytes at most.
const LONGEST_PATH: usize = 90;

/// OpenSSH's, where nothing else is said.
#[must_use]
pub fn ssh_client() -> String {
    let client = std::env::var(CLIENT).ok().filter(|client| !client.is_empty());
    client.unwrap_or_else(|| "ssh".to_owned())
}

/// The options of `ssh_config(5)` by which all that goes to one host logs in once: a connection is kept for a while, and what
/// comes next goes over it, if it would be made in the very same way. None where the user's configuration has a
/// `ControlPath` of its own, or no folder is only the user's. `line` is the command of a client.
pub(crate) fn shared_connection(line: &[String]) -> Vec<String> {
    let Some(folder) = private_folder() else { return Vec::new() };
    configuration(line).map(|configuration| options(&folder, line, &configuration)).unwrap_or_default()
}

fn options(folder: &Path, line: &[String], configuration: &str) -> Vec<String> {
    let path = configuration.lines().find_map(|line| line.strip_prefix("controlpath "));
    if path.is_some_and(|path| path != "none") {
        return Vec::new();
    }
    // Two names of one host may have different keys: nobody may come in with those of another name.
    let mut hasher = DefaultHasher::new();
    (line, configuration).hash(&mut hasher);
    let path = folder.join(format!("{:016x}", hasher.finish()));
    if path.as_os_str().len() > LONGEST_PATH {
        return Vec::new();
    }
    let path = format!("-oControlPath={}", path.display());
    vec!["-oControlMaster=auto".to_owned(), format!("-oControlPersist={KEPT}"), path]
}

/// What a client would go by.
fn configuration(line: &[String]) -> Option<String> {
    let (client, arguments) = line.split_first()?;
    let mut command = Command::new(client);
    command.arg("-G").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let mut text = Vec::new();
    let read = child.stdout.take()?.read_to_end(&mut text);
    // Somebody who waits for any child may have it; what it has said is enough.
    drop(child.wait());
    read.ok()?;
    String::from_utf8(text).ok().filter(|text| text.lines().any(|line| line.starts_with("hostname ")))
}

/// A folder for sockets that this user alone can use.
fn private_folder() -> Option<PathBuf> {
    let uid = own_uid();
    let parent = match uid {
        0 => PathBuf::from("/run"),
        _ => PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?),
    };
    let folder = parent.join("pm2go");
    let made = DirBuilder::new().mode(0o700).create(&folder);
    let found = folder.symlink_metadata().ok()?;
    // No bit of the group, and none of others.
    let is_ours = found.is_dir() && found.uid() == uid && found.mode().trailing_zeros() >= 6;
    (folder.is_absolute() && (made.is_ok() || is_ours)).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_users_own_stays_what_it_is() {
        let of = |configuration: &str| options(Path::new("/run/pm2go"), &["ssh".to_owned()], configuration);
        for none in ["hostname web1\ncontrolmaster false\n", "hostname web1\ncontrolpath none\n"] {
            let [master, persist, path] = of(none).try_into().unwrap();
            assert_eq!([master, persist], ["-oControlMaster=auto", "-oControlPersist=60"]);
            assert!(path.starts_with("-oControlPath=/run/pm2go/"), "{path}");
        }
        assert!(of("hostname web1\ncontrolpath /home/me/.ssh/%C\n").is_empty());
        assert!(options(Path::new(&"/long".repeat(20)), &[], "hostname web1\n").is_empty());
    }

    #[test]
    fn what_would_be_reached_in_another_way_has_a_connection_of_its_own() {
        let of =
            |name: &str, configuration: &str| options(Path::new("/run"), &[name.to_owned()], configuration);
        let one = of("a", "hostname web1\nidentityfile ~/.ssh/one\n");
        assert_eq!(one, of("a", "hostname web1\nidentityfile ~/.ssh/one\n"));
        assert_ne!(one, of("a", "hostname web1\nidentityfile ~/.ssh/other\n"));
        assert_ne!(one, of("b", "hostname web1\nidentityfile ~/.ssh/one\n"));
    }

    #[test]
    fn a_client_that_does_not_tell_its_configuration_has_none() {
        assert_eq!(configuration(&["/nowhere/ssh".to_owned()]), None);
        assert_eq!(configuration(&["/bin/echo".to_owned()]), None);
        assert_eq!(configuration(&[]), None);
    }
}
