//! What systemd's own verifier says of unit files before they are put in place: `systemd-analyze verify`.

use std::fmt;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Kind, Result};
use crate::process::{self, quoted};
use crate::scope::Scope;
use crate::temporary::TemporaryFolder;

/// What is wrong with a unit file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitProblem {
    /// The number of the line, from 1; none where it is about the whole.
    pub line: Option<u32>,
    /// What is wrong, in systemd's words.
    pub message: String,
}

impl UnitProblem {
    /// Whether it is about a file beside the unit's own, such as a program: the verifier looks for those on its own machine.
    #[must_use]
    pub fn is_about_another_file(&self) -> bool {
        self.line.is_none() && self.message.contains(" is not executable: ")
    }
}

impl fmt::Display for UnitProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "line {line}: {}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

/// The texts that make up a unit: its own file, and a drop-in that comes with it. What else belongs to the unit is found
/// where it is.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// The unit's name.
    pub unit: &'a str,
    /// The text of its own file; none where that is in place.
    pub own: Option<&'a str>,
    /// A drop-in: its file's name and its text.
    pub drop_in: Option<(&'a str, &'a str)>,
}

/// Whose systemd looks at the texts.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'a> {
    /// The scope of the units.
    pub scope: Scope,
    /// The `XDG_RUNTIME_DIR` of the user's manager on this machine; none for this process's own.
    pub runtime_folder: Option<&'a Path>,
    /// The command of a shell, for the systemd where that runs.
    pub shell: Option<&'a [String]>,
}

/// Has systemd read a copy of the texts, and tells what it remarks of them.
pub async fn verify(verifier: Verifier<'_>, texts: Texts<'_>) -> Result<Vec<UnitProblem>> {
    let (folder, said, ended_well) = match verifier.shell {
        None => verify_here(verifier.scope, verifier.runtime_folder, texts).await?,
        Some(shell) => verify_there(verifier.scope, shell, texts).await?,
    };
    let problems = problems(&said, &folder, texts.unit);
    if problems.is_empty() && !ended_well {
        let message = said.lines().last().unwrap_or("systemd refuses it").to_owned();
        return Ok(vec![UnitProblem { line: None, message }]);
    }
    Ok(problems)
}

/// What makes its output the same everywhere.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("LC_ALL", "C"),
    ("SYSTEMD_LOG_LEVEL", "warning"),
    ("SYSTEMD_LOG_TARGET", "console"),
    ("SYSTEMD_LOG_LOCATION", "0"),
    ("SYSTEMD_LOG_COLOR", "0"),
    ("SYSTEMD_LOG_TIME", "0"),
];

async fn verify_here(
    scope: Scope,
    runtime_folder: Option<&Path>,
    texts: Texts<'_>,
) -> Result<(PathBuf, String, bool)> {
    let folder =
        TemporaryFolder::new().map_err(|error| Error::file("create", std::env::temp_dir(), &error))?;
    let path = folder.path().join(texts.unit);
    write_all(folder.path(), &path, texts).map_err(|error| Error::file("write", &path, &error))?;
    let mut command = Command::new("systemd-analyze");
    command.args(["verify", "--man=no"]);
    let likened = match scope {
        Scope::System => None,
        Scope::User => Some(runtime_folder.map(Path::to_owned).or_else(own_runtime_folder)),
        // No user's manager need be there.
        Scope::Global => Some(None),
    };
    if let Some(real) = likened {
        let apart = folder.path().join("runtime");
        liken(&apart, real.as_deref()).map_err(|error| Error::file("create", &apart, &error))?;
        command.arg("--user").env("XDG_RUNTIME_DIR", apart).env_remove("DBUS_SESSION_BUS_ADDRESS");
    }
    command.arg(&path).envs(ENVIRONMENT);
    let output = process::run(command).await?;
    let ended_well = output.status.is_none_or(|status| status.success());
    Ok((folder.path().to_owned(), String::from_utf8_lossy(&output.stderr).into_owned(), ended_well))
}

fn own_runtime_folder() -> Option<PathBuf> {
    std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)
}

/// Makes a runtime folder with all of a user's but the sockets. The verifier is a manager of its own, and where it finds the
/// user's private socket it may put its own in that place, with which nobody reaches the user's manager any more:
/// <https://github.com/systemd/systemd/issues/36540> (seen in 247 and 257).
fn liken(apart: &Path, real: Option<&Path>) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(apart.join("systemd"))?;
    for part in ["", "systemd"] {
        let entries = real.map(|real| fs::read_dir(real.join(part)));
        for entry in entries.into_iter().flatten().flatten().flatten() {
            if entry.file_name() != "systemd" && !entry.file_type()?.is_socket() {
                symlink(entry.path(), apart.join(part).join(entry.file_name()))?;
            }
        }
    }
    Ok(())
}

/// The same in a shell; its `$folder` is empty but for the unit's files.
const LIKEN: &str = r#"real=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
mkdir -p "$folder/runtime/systemd" || exit
for it in "$real"/* "$real"/systemd/*; do
    [ "$it" = "$real/systemd" ] || [ -S "$it" ] || ln -s "$it" "$folder/runtime${it#"$real"}" || exit
done
export XDG_RUNTIME_DIR="$folder/runtime"
unset DBUS_SESSION_BUS_ADDRESS
"#;

async fn verify_there(scope: Scope, shell: &[String], texts: Texts<'_>) -> Result<(PathBuf, String, bool)> {
    let script = script(scope, texts);
    let said = process::run_script(shell, &script).await.map_err(|error| {
        Error::new(Kind::Unavailable, format!("the verifier there cannot be run: {error}"))
            .with_errno(error.raw_os_error())
    })?;
    let folder = String::from_utf8_lossy(&said.output).trim_end().to_owned();
    let lines = said.words.lines.join("\n");
    if !folder.starts_with('/') {
        let message = format!(
            "the verifier there cannot be run: {}",
            said.words.lines.last().map_or("", String::as_str)
        );
        return Err(Error::new(Kind::Unavailable, message));
    }
    let ended_well = said.words.status.is_none_or(|status| status.success());
    Ok((folder.into(), lines, ended_well))
}

/// It writes the folder's name first.
fn script(scope: Scope, texts: Texts<'_>) -> String {
    let unit = quoted(texts.unit);
    let begin = "folder=$(mktemp -d) || exit\ntrap 'rm -rf \"$folder\"' EXIT\ncd \"$folder\" || exit\n";
    let mut parts = vec![begin.to_owned()];
    parts.extend(texts.own.map(|own| format!("printf %s {} >{unit} || exit\n", quoted(own))));
    if let Some((name, text)) = texts.drop_in {
        let drop_ins = quoted(&format!("{}.d", texts.unit));
        let (name, text) = (quoted(name), quoted(text));
        parts.push(format!("mkdir {drop_ins} && printf %s {text} >{drop_ins}/{name} || exit\n"));
    }
    parts.extend(ENVIRONMENT.map(|(name, value)| format!("export {name}={value}\n")));
    let user = match scope {
        Scope::System => "",
        Scope::User | Scope::Global => {
            parts.push(LIKEN.to_owned());
            "--user"
        }
    };
    parts.push(format!("echo \"$folder\"\nsystemd-analyze verify --man=no {user} \"$folder\"/{unit}\n"));
    parts.concat()
}

fn write_all(folder: &Path, path: &Path, texts: Texts<'_>) -> std::io::Result<()> {
    if let Some(own) = texts.own {
        fs::write(path, own)?;
    }
    if let Some((name, text)) = texts.drop_in {
        let drop_ins = folder.join(format!("{}.d", texts.unit));
        DirBuilder::new().mode(0o700).create(&drop_ins)?;
        fs::write(drop_ins.join(name), text)?;
    }
    Ok(())
}

/// The lines that are about the copies; what is said of other units is not ours to tell.
fn problems(said: &str, folder: &Path, unit: &str) -> Vec<UnitProblem> {
    let mut found: Vec<UnitProblem> = Vec::new();
    let folder = folder.display().to_string();
    for line in said.lines() {
        let problem = if let Some(rest) = line.strip_prefix(&*folder) {
            let Some((place, message)) = rest.split_once(": ") else { continue };
            let line = place.rsplit_once(':').and_then(|(_, line)| line.parse().ok());
            UnitProblem { line, message: message.to_owned() }
        } else if let Some(message) = line.strip_prefix(unit).and_then(|rest| rest.strip_prefix(": ")) {
            UnitProblem { line: None, message: message.to_owned() }
        } else {
            continue;
        };
        if !found.contains(&problem) {
            found.push(problem);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is to be found in a runtime folder made like this one.
    fn likened(real: &Path, apart: &Path) -> Vec<&'static str> {
        let names = ["bus", "file", "systemd/private", "systemd/user/a.service", "systemd/units"];
        assert!(names.iter().all(|name| real.join(name).exists()));
        names.into_iter().filter(|name| apart.join(name).exists()).collect()
    }

    #[test]
    fn the_verifier_has_what_the_user_has_but_no_socket() {
        use std::os::unix::net::UnixListener;
        let folder = TemporaryFolder::new().unwrap();
        let real = folder.path().join("real");
        fs::create_dir_all(real.join("systemd/user")).unwrap();
        fs::create_dir(real.join("systemd/units")).unwrap();
        fs::write(real.join("file"), "").unwrap();
        fs::write(real.join("systemd/user/a.service"), "").unwrap();
        let _sockets = ["bus", "systemd/private"].map(|name| UnixListener::bind(real.join(name)).unwrap());
        let expected = ["file", "systemd/user/a.service", "systemd/units"];

        let apart = folder.path().join("apart");
        liken(&apart, Some(&real)).unwrap();
        assert_eq!(likened(&real, &apart), expected);

        let script = format!("{LIKEN}printf %s \"$XDG_RUNTIME_DIR\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).env("folder", folder.path()).env("XDG_RUNTIME_DIR", &real);
        let told = shell.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&told.stderr), "");
        assert_eq!(likened(&real, Path::new(&*String::from_utf8_lossy(&told.stdout))), expected);

        liken(&folder.path().join("none"), None).unwrap();
        liken(&folder.path().join("missing"), Some(Path::new("/nonexistent"))).unwrap();
    }

    #[test]
    fn what_the_verifier_says() {
        let said = "/tmp/x/a.service:3: Unknown key name 'Foo' in section 'Service', ignoring.\n\
                    /usr/lib/systemd/system/b.service:9: Something else.\n\
                    a.service: Command /nowhere is not executable: No such file or directory\n\
                    /tmp/x/a.service.d/50-x.conf:2: Failed to parse it: no\n\
                    /tmp/x/a.service:3: Unknown key name 'Foo' in section 'Service', ignoring.\n";
        let found = problems(said, Path::new("/tmp/x"), "a.service");
        let lines: Vec<_> = found.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some(3), None, Some(2)]);
        assert_eq!(found[1].message, "Command /nowhere is not executable: No such file or directory");
    }
}
