//! A POSIX shell where a manager runs, with the rights of whose it is.

use super::Location;

impl Location {
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
