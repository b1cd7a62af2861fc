//! A unit file or a drop-in where the manager runs, be that another host, a container or another user: read and written by a
//! shell there, with the same care as here. It writes a temporary file under the lock that writers here take, too, syncs it
//! and puts it in its place in one step, if that holds what is expected.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{LOCK_WAIT, Written};
use crate::error::{Error, Kind, Result};
use crate::flow::tell::tell;
use crate::process::{Said, quoted, run_script};

/// What the script ends with.
pub(super) const NO_FOLDER: i32 = 10;
pub(super) const LOCKED: i32 = 11;
const NOT_A_FILE: i32 = 12;
const CHANGED: i32 = 13;
const NOT_WRITTEN: i32 = 14;
const ABSENT: i32 = 15;

/// Takes the lock of the folder, which is the current one; `$wait` is how long, in seconds.
pub(super) const LOCK: &str = include_str!("shell_file/lock.sh");

/// Whether the file holds what is expected.
pub(super) const COMPARE: &str = include_str!("shell_file/compare.sh");

const READ: &str = include_str!("shell_file/read.sh");
const REPLACE: &str = include_str!("shell_file/replace.sh");

pub(super) const REMOVE: &str = include_str!("shell_file/remove.sh");

/// A file elsewhere.
#[derive(Clone, Debug)]
pub struct ShellFile {
    /// The command of a shell that runs there.
    shell: Vec<String>,
    path: PathBuf,
    unit: String,
}

impl ShellFile {
    /// The file at this path, of this unit, which a shell of this command reaches.
    #[must_use]
    pub fn new(shell: Vec<String>, path: PathBuf, unit: &str) -> Self {
        Self { shell, path, unit: unit.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// What is in it; none where it is not there. What is no file is refused.
    pub async fn read(&self) -> Result<Option<String>> {
        let script = format!("name={}\n{READ}", quoted(&self.path.to_string_lossy()));
        let Some(said) = self.run(&script, "read").await? else { return Ok(None) };
        String::from_utf8(said.output).map(Some).map_err(|error| {
            let position = error.utf8_error().valid_up_to();
            self.error("read", &format!("it is not UTF-8 at byte {position}"))
        })
    }

    /// Has it hold this text, if it holds what is expected. The folder is made where it is missing.
    pub async fn write(
        &self,
        expected: Option<&str>,
        text: &str,
        deadline: Option<Instant>,
    ) -> Result<Written> {
        self.write_and(expected, text, "", deadline).await
    }

    /// The same, and then this in the folder.
    pub(super) async fn write_and(
        &self,
        expected: Option<&str>,
        text: &str,
        more: &str,
        deadline: Option<Instant>,
    ) -> Result<Written> {
        let set = format!("text={}\ntemporary=\n", quoted(text));
        let folder = "umask 022\nmkdir -p \"$folder\" && cd \"$folder\" || exit 10\n";
        let script =
            [&self.variables(expected, deadline), &*set, folder, LOCK, COMPARE, REPLACE, more, "exit 0\n"]
                .concat();
        self.run(&script, "write").await?;
        tell(format!("wrote {}", self.path.display()));
        Ok(if expected.is_some() { Written::Changed } else { Written::Created })
    }

    /// Removes it, if it holds what is expected; and the folder of drop-ins with it, if nothing is left there.
    pub async fn remove(&self, expected: &str, deadline: Option<Instant>) -> Result<()> {
        let folder = "temporary=\ncd \"$folder\" 2>/dev/null || exit 0\n";
        let tidy = "case $folder in *.d) rm -f $lock; rmdir \"$folder\" 2>/dev/null;; esac\nexit 0\n";
        let variables = self.variables(Some(expected), deadline);
        let script = [&variables, folder, LOCK, COMPARE, REMOVE, tidy].concat();
        self.run(&script, "remove").await?;
        tell(format!("removed {}", self.path.display()));
        Ok(())
    }

    /// Runs this in the folder; none where that is not there.
    pub(super) async fn run_in(
        &self,
        script: &str,
        expected: Option<&str>,
        deadline: Option<Instant>,
    ) -> Result<Option<Said>> {
        let enter = "temporary=\n[ -d \"$folder\" ] || exit 15\ncd \"$folder\" || exit 10\n";
        self.run(&[&self.variables(expected, deadline), enter, script].concat(), "write").await
    }

    fn variables(&self, expected: Option<&str>, deadline: Option<Instant>) -> String {
        let wait = wait(deadline);
        let part = |part: Option<&Path>| quoted(&part.unwrap_or(Path::new("/")).to_string_lossy());
        let known = if expected.is_some() { "yes" } else { "no" };
        format!(
            "export LC_ALL=C\nfolder={}\nname={}\nexpected={}\nknown={known}\nwait={:.3}\n",
            part(self.path.parent()),
            part(self.path.file_name().map(Path::new)),
            quoted(expected.unwrap_or_default()),
            wait.as_secs_f64(),
        )
    }

    /// None says that it is not there.
    async fn run(&self, script: &str, action: &str) -> Result<Option<Said>> {
        let said = run_script(&self.shell, script).await.map_err(|error| {
            let message = format!("cannot {action} {}: {error}", self.path.display());
            Error::new(Kind::Unavailable, message).with_errno(error.raw_os_error()).with_unit(&self.unit)
        })?;
        match said.words.status.and_then(|status| status.code()) {
            Some(0) => Ok(Some(said)),
            Some(ABSENT) => Ok(None),
            code => Err(self.failed(action, code, &said)),
        }
    }

    fn failed(&self, action: &str, code: Option<i32>, said: &Said) -> Error {
        let complaint = said.words.lines.last().map(String::as_str);
        let told = |reason: &str| self.error(action, complaint.unwrap_or(reason));
        match code {
            Some(LOCKED) => self
                .error(action, "another writer holds the folder")
                .with_hint("try again; nothing was changed"),
            Some(NOT_A_FILE) => {
                self.error(action, "it is no file").with_hint("move it away; nothing was changed")
            }
            Some(CHANGED) => self
                .error(action, "it was changed by somebody else meanwhile")
                .with_hint("read it again; nothing was changed here"),
            Some(NO_FOLDER | NOT_WRITTEN) if complaint.is_some_and(is_denied) => told("")
                .with_kind(Kind::PermissionDenied)
                .with_hint("only root, and whose they are, may write there"),
            Some(NO_FOLDER | NOT_WRITTEN) => told("the shell there could not"),
            _ => Error::new(
                Kind::Unavailable,
                format!(
                    "cannot {action} {}: {}",
                    self.path.display(),
                    complaint.unwrap_or("the shell there ended without a word")
                ),
            )
            .with_path(&self.path)
            .with_unit(&self.unit),
        }
    }

    fn error(&self, action: &str, reason: &str) -> Error {
        Error::new(Kind::Storage, format!("cannot {action} {}: {reason}", self.path.display()))
            .with_path(&self.path)
            .with_unit(&self.unit)
    }
}

/// How long somebody else is waited for.
pub(super) fn wait(deadline: Option<Instant>) -> Duration {
    deadline.map_or(LOCK_WAIT, |deadline| {
        deadline.saturating_duration_since(Instant::now()).clamp(Duration::from_millis(1), LOCK_WAIT)
    })
}

fn is_denied(complaint: &str) -> bool {
    ["Permission denied", "Operation not permitted", "Read-only file system"]
        .iter()
        .any(|reason| complaint.ends_with(reason))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::flow::block::block;

    fn file(path: &Path) -> ShellFile {
        ShellFile::new(vec!["sh".to_owned()], path.into(), "a.service")
    }

    fn run<T>(flow: impl Future<Output = Result<T>>) -> Result<T> {
        block(flow, None).unwrap()
    }

    #[test]
    fn a_text_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it's a folder/a.service.d/x.conf");
        let file = file(&path);
        assert_eq!(run(file.read()).unwrap(), None);
        let mut before = None;
        for text in
            ["", "\n", "[Service]\nA='b' \"$c\" `d` \\ %s %%\n", "no end", "\u{fc}\n\n\n", "-n -e x\n"]
        {
            let written = run(file.write(before, text, None)).unwrap();
            assert_eq!(written, if before.is_some() { Written::Changed } else { Written::Created });
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            assert_eq!(run(file.read()).unwrap().as_deref(), Some(text));
            before = Some(text);
        }
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o644);
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1, "something is left");
        run(file.remove("-n -e x\n", None)).unwrap();
        assert!(!path.parent().unwrap().exists(), "the folder of drop-ins is left");
        run(file.remove("-n -e x\n", None)).unwrap();
    }

    #[test]
    fn what_somebody_else_has_changed_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.service");
        let file = file(&path);
        for (there, expected) in
            [(Some("theirs"), Some("ours")), (Some("theirs"), None), (None, Some("ours"))]
        {
            let _ = std::fs::remove_file(&path);
            if let Some(there) = there {
                std::fs::write(&path, there).unwrap();
            }
            let error = run(file.write(expected, "new", None)).unwrap_err();
            assert!(error.to_string().contains("changed by somebody else"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), there);
        }
        std::fs::write(&path, "theirs").unwrap();
        assert!(run(file.remove("ours", None)).is_err() && path.exists());
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "something is left");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (link, made) = (folder.path().join("a.service"), folder.path().join("b.service"));
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        std::fs::create_dir(&made).unwrap();
        assert!(run(file(&link).write(Some(""), "x", None)).unwrap_err().to_string().contains("no file"));
        assert!(run(file(&made).write(None, "x", None)).unwrap_err().to_string().contains("no file"));
        assert!(run(file(&made).read()).unwrap_err().to_string().contains("no file"));
    }

    #[test]
    fn another_writer_is_waited_for_until_the_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let lock = std::fs::File::create(folder.path().join(".pm2go.lock")).unwrap();
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
        let file = file(&folder.path().join("a.service"));
        let deadline = Some(Instant::now() + Duration::from_millis(100));
        let error = run(file.write(None, "x", deadline)).unwrap_err();
        assert!(error.to_string().contains("another writer"), "{error}");
        drop(lock);
        run(file.write(None, "x", None)).unwrap();
    }

    #[test]
    fn a_full_disk_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.service");
        std::fs::write(&path, "before").unwrap();
        // No file of this shell's may be larger than a block of 512 bytes.
        let shell = ["sh", "-c", "trap '' XFSZ; ulimit -f 1; exec sh"].map(str::to_owned).to_vec();
        let file = ShellFile::new(shell, path.clone(), "a.service");
        let error = run(file.write(Some("before"), &"x".repeat(2000), None)).unwrap_err();
        assert!(error.to_string().contains("cannot write"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "something is left");
    }
}
