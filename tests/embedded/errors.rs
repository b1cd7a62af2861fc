//! What is missing is named, with the next step, and nothing is left behind.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use pm2go::embedded::{Embedded, EmbeddedOptions};
use pm2go::error::Kind;

use super::traces::{options, parent_folder};

fn program(folder: &Path, name: &str, script: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn each_missing_piece_has_its_message() {
    let tools = parent_folder();
    let parent = parent_folder();
    let given = |name: &str, script: &str| Some(program(tools.path(), name, script));
    let only_unshare = tools.path().join("only-unshare");
    fs::create_dir(&only_unshare).unwrap();
    symlink("/usr/bin/unshare", only_unshare.join("unshare")).unwrap();
    let no_unshare_rights = tools.path().join("no-rights");
    fs::create_dir(&no_unshare_rights).unwrap();
    program(
        &no_unshare_rights,
        "unshare",
        "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1",
    );
    let usual = options(parent.path());
    let path_of = |folder: &Path| folder.to_str().unwrap().to_owned();
    let before_usual = |folder: &Path| format!("{}:{}", path_of(folder), usual.search_path);

    let cases = [
        (
            EmbeddedOptions { systemd: Some("/nowhere/systemd".into()), ..usual.clone() },
            Kind::Unavailable,
            "/nowhere/systemd is not a program",
            "name the systemd program itself",
        ),
        (
            EmbeddedOptions { search_path: path_of(tools.path()), ..usual.clone() },
            Kind::Unavailable,
            "the program \"unshare\" is not in",
            "util-linux",
        ),
        (
            EmbeddedOptions { search_path: path_of(&only_unshare), ..usual.clone() },
            Kind::Unavailable,
            "the program \"mount\" is not in",
            "util-linux",
        ),
        (
            EmbeddedOptions { search_path: before_usual(&no_unshare_rights), ..usual.clone() },
            Kind::Unavailable,
            "cannot make a private mount namespace: unshare: unshare failed: Operation not permitted",
            "--privileged",
        ),
        (
            EmbeddedOptions { systemd: given("ends", "echo I am broken; exit 1"), ..usual.clone() },
            Kind::Unavailable,
            "ended before it was ready: I am broken",
            "by hand",
        ),
        (
            EmbeddedOptions {
                systemd: given("hangs", "exec sleep 1000"),
                timeout: Duration::from_millis(300),
                ..usual.clone()
            },
            Kind::Timeout,
            "was not ready within 300ms",
            "raise the timeout",
        ),
        (
            EmbeddedOptions { parent_folder: Some("/nowhere".into()), ..usual.clone() },
            Kind::Storage,
            "cannot make /nowhere/pm2go-",
            "",
        ),
        (
            EmbeddedOptions {
                parent_folder: Some(format!("/tmp/{}", "x".repeat(80)).into()),
                ..usual.clone()
            },
            Kind::Config,
            "cannot be the path of a unix socket",
            "shorter",
        ),
        (
            EmbeddedOptions { parent_folder: Some("relative".into()), ..usual.clone() },
            Kind::Config,
            "must be absolute",
            "parent folder",
        ),
    ];
    for (options, kind, message, hint) in cases {
        let error = Embedded::start(&options).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.facts().message.contains(message), "{message:?} is not in: {error}");
        let said = error.facts().hint.clone().unwrap_or_default().to_string();
        assert!(said.contains(hint), "{hint:?} is not in: {error}");
        let left: Vec<_> = fs::read_dir(parent.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?} is left after: {error}");
    }
}
