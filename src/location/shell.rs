//! A POSIX shell where a manager runs, with the rights of whose it is.

use super::Location;
use crate::error::{Error, Kind, Result};
use crate::process::{Said, run_script};

impl Location {
    /// Runs a script there, however it ends.
    pub async fn ask(&self, script: &str) -> Result<Said> {
        let said = run_script(&self.shell(), script).await;
        said.map_err(|error| self.no_shell(&error).with_errno(error.raw_os_error()))
    }

    /// The error where a script did not come to its end.
    #[must_use]
    pub fn without_shell(&self, said: &Said) -> Error {
        self.no_shell(&said.words.lines.last().map_or("it says nothing", String::as_str))
    }

    fn no_shell(&self, reason: &dyn std::fmt::Display) -> Error {
        let hint = match &self.host {
            Some(host) => format!("see that `ssh {host} sh` starts a shell without a question"),
            None => "see that it runs (machinectl, or loginctl), and that this is root".to_owned(),
        };
        Error::new(Kind::Unavailable, format!("no shell can be had on {self}: {reason}")).with_hint(hint)
    }

    /// The command that starts one. It reads its script from its standard input.
    #[must_use]
    pub fn shell(&self) -> Vec<String> {
        let words = self.shell_there();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.command(&words)
    }

    fn shell_there(&self) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        match (&self.machine, &self.user) {
            (None, None) => words(&["sh"]),
            // runuser takes no numbers.
            (None, Some(user)) if user.bytes().all(|byte| byte.is_ascii_digit()) => {
                let script = format!("name=$(id -nu -- {user}) && exec runuser -u \"$name\" -- sh");
                words(&["sh", "-c", &script])
            }
            (None, Some(user)) => words(&["runuser", "-u", user, "--", "sh"]),
            (Some(machine), user) => {
                let mut line = words(&["systemd-run", "--quiet", "--pipe", "--wait", "--collect"]);
                line.push(format!("--machine={machine}"));
                line.extend(user.as_ref().map(|user| format!("--uid={user}")));
                line.push("/bin/sh".to_owned());
                line
            }
        }
    }
}
