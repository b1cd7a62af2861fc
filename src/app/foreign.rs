//! Keys that apps do not have: those of PM2's files and of systemd, with what to use instead, and mistyped ones.

use super::extra;
use super::key::Keys as _;
use super::keys::AppKeys;
use crate::error::hint::{self, command, given, text};
use crate::error::{Error, Hint, Part};
use crate::near::nearest;
use crate::unit_file::shown_name;

/// What to use instead of a key of PM2's files; none if it is no such key.
#[must_use]
pub(super) fn pm2_advice(key: &str) -> Option<Hint> {
    if key.starts_with("env_") && key != "env_file" && key != "env_name" {
        return Some("merge it into env: pm2go does not choose between environments".into());
    }
    Some(match key {
        "uid" => "use user".into(),
        "gid" => "use group".into(),
        "cmd" => "use command".into(),
        "exec_interpreter" => "use interpreter".into(),
        "node_args" | "interpreterArgs" => "use interpreter_args".into(),
        "env_file" => "use environment_file".into(),
        "autorestart" => {
            Hint::from([text("use "), given("restart", "always"), text(" or "), given("restart", "no")])
        }
        "port" => Hint::from([text("use "), Part::Entry("env", "PORT".into(), "8000".into())]),
        "exec_mode" | "instances" | "instance" | "instance_var" | "increment_var" => {
            about_instances(key).into()
        }
        "out_file" | "output" | "out" | "log_file" | "log" => append_to("StandardOutput"),
        "error_file" | "error" | "err" => append_to("StandardError"),
        "log_date_format" | "log_type" | "time" => {
            "leave it out: journalctl shows the time, and in the format that it is asked for".into()
        }
        "watch" | "ignore_watch" | "watch_options" | "watch_delay" => {
            "restart the app from what changes the files".into()
        }
        "cron_restart" | "cron" => {
            Hint::from([text("use a timer unit that runs "), command("systemctl", "try-restart")])
        }
        "merge_logs" | "combine_logs" | "pid_file" | "pid" | "vizion" | "pmx" | "automation" | "trace"
        | "force" => "leave it out: systemd does without".into(),
        "source_map_support" => "give the interpreter's own option in interpreter_args".into(),
        "exp_backoff_restart_delay" => {
            "use restart_delay, or RestartSteps= of systemd.service(5) in extra".into()
        }
        "shutdown_with_message" => "use kill_signal, and have the app end when the signal comes".into(),
        "env_name" => "merge the variables into env".into(),
        "filter_env" => "leave it out: only the variables of env are given to the app".into(),
        "apps" => "give one app at a time, each of the list in turn".into(),
        "deploy" => "leave it out: pm2go deploys on the machine that it runs on".into(),
        _ => return by_a_setting(key),
    })
}

fn about_instances(key: &str) -> &'static str {
    match key {
        "exec_mode" => "systemd has no cluster mode; share the port with SO_REUSEPORT and start several apps",
        "instances" | "instance" => "start several apps with different names",
        _ => "start several apps with different names, and give each its number in env",
    }
}

fn append_to(setting: &'static str) -> Hint {
    Hint::from([text("the journal has it; or use "), hint::extra("Service", [(setting, "append:/path")])])
}

/// What systemd has a setting for that no key of an app stands for.
fn by_a_setting(key: &str) -> Option<Hint> {
    let service = |settings| Hint::from([text("use "), settings]);
    Some(match key {
        "max_memory_restart" => service(hint::extra("Service", [("MemoryMax", "300M")]))
            .and(": systemd then kills and restarts it"),
        "wait_ready" => {
            service(hint::extra("Service", [("Type", "notify")])).and(" and have the app call sd_notify(3)")
        }
        "listen_timeout" => service(hint::extra("Service", [("TimeoutStartSec", "10s")])),
        "disable_logs" => {
            service(hint::extra("Service", [("StandardOutput", "null"), ("StandardError", "null")]))
        }
        "stop_exit_codes" => {
            service(hint::extra("Service", [("SuccessExitStatus", "3"), ("RestartPreventExitStatus", "3")]))
        }
        "treekill" => service(hint::extra("Service", [("KillMode", "mixed")])),
        "namespace" => service(hint::extra("Service", [("Slice", "NAME.slice")])),
        _ => return None,
    })
}

/// Says that an app has no such key, and what to use instead.
#[must_use]
pub(super) fn unknown_key(key: &str) -> Error {
    if key == "apps" {
        let advice = pm2_advice(key).unwrap_or_default();
        return Error::config("apps is a whole list of apps, where one app is expected").with_hint(advice);
    }
    if let Some(advice) = pm2_advice(key) {
        return Error::config(format!("pm2go has no {}", shown_name(key))).with_hint(advice);
    }
    let hint = match (nearest(key, AppKeys::names()), extra::advice(key)) {
        (Some(near), _) => format!("did you mean {near}?").into(),
        (None, Some(advice)) => advice,
        (None, None) => format!("an app has {}", AppKeys::names().collect::<Vec<_>>().join(", ")).into(),
    };
    Error::config(format!("an app has no '{}'", shown_name(key).escape_debug())).with_hint(hint)
}
