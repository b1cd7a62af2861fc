"""The keys of PM2's ecosystem files: those that mean the same here, and what to use instead of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: PM2's key, and ours.
_SAME = {
    "exec_interpreter": "interpreter",
    "node_args": "interpreter_args",
    "interpreterArgs": "interpreter_args",
    "uid": "user",
    "gid": "group",
}

#: Values that ask for what happens here anyway.
_NOTHING_TO_DO: dict[str, tuple[object, ...]] = {
    "exec_mode": ("fork", "fork_mode"),
    "instances": (1,),
    "watch": (False,),
    "merge_logs": (True, False),
    "vizion": (True, False),
    "pmx": (True, False),
    "treekill": (True,),
    "wait_ready": (False,),
}

#: What to use instead.
_INSTEAD = {
    "exec_mode": "systemd has no cluster mode; share the port with SO_REUSEPORT and start several apps",
    "instances": "start several apps with different names",
    "watch": "restart the app from what changes the files",
    "ignore_watch": "restart the app from what changes the files",
    "max_memory_restart": 'use extra={"Service": {"MemoryMax": "300M"}}: systemd then kills and restarts it',
    "cron_restart": "use a timer unit that runs `systemctl try-restart`",
    "cron": "use a timer unit that runs `systemctl try-restart`",
    "wait_ready": 'use extra={"Service": {"Type": "notify"}} and have the app call sd_notify(3)',
    "listen_timeout": 'use extra={"Service": {"TimeoutStartSec": "10s"}}',
    "env_file": "use environment_file",
    "out_file": 'the journal has it; or use extra={"Service": {"StandardOutput": "append:/path"}}',
    "error_file": 'the journal has it; or use extra={"Service": {"StandardError": "append:/path"}}',
    "log_file": 'the journal has it; or use extra={"Service": {"StandardOutput": "append:/path"}}',
    "stop_exit_codes": 'use extra={"Service": {"SuccessExitStatus": "3", "RestartPreventExitStatus": "3"}}',
    "exp_backoff_restart_delay": "use restart_delay, or RestartSteps= of systemd.service(5) in extra",
    "treekill": 'use extra={"Service": {"KillMode": "mixed"}}',
    "namespace": 'use extra={"Service": {"Slice": "NAME.slice"}}',
}

#: PM2 counts these in milliseconds, and we in seconds.
_TIMES = ("kill_timeout", "restart_delay", "min_uptime")


def from_pm2(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with our keys; keys that neither PM2 nor we know stay as they are.

    Raises:
        ConfigError: A key of PM2 has no equivalent here, or two keys mean the same.
    """
    settings: dict[str, Any] = {}
    foreign = [key for key in mapping if _is_foreign(key)]
    for key, value in mapping.items():
        new, translated = _translate(key, value)
        if new is None:
            continue
        if new in settings:
            message = f"{new} is given twice, once as {key}"
            raise ConfigError(message, hint="give it once")
        settings[new] = translated
    times = [key for key in _TIMES if key in mapping]
    if foreign and times:
        message = f"{times[0]} stands beside {foreign[0]}, a key of PM2, which counts milliseconds"
        raise ConfigError(message, hint="use pm2go's keys alone, with times in seconds")
    return settings


def _is_foreign(key: str) -> bool:
    return key in _SAME or key in _INSTEAD or key in _NOTHING_TO_DO or key == "autorestart"


def _translate(key: str, value: Any) -> tuple[str | None, Any]:
    """Return our key and its value; no key where there is nothing to do."""
    if value in _NOTHING_TO_DO.get(key, ()):
        return None, None
    if key in _INSTEAD:
        message = f"pm2go has no {key}"
        raise ConfigError(message, hint=_INSTEAD[key])
    if key == "autorestart":
        return "restart", "always" if value else "no"
    if key.startswith("env_") and key != "env_file":
        message = f"pm2go does not choose between environments such as {key}"
        raise ConfigError(message, hint="merge it into env")
    new = _SAME.get(key, key)
    if new in ("args", "interpreter_args") and isinstance(value, str):
        return new, _words(key, value)
    return new, value


def _words(key: str, text: str) -> list[str]:
    try:
        import shlex  # noqa: PLC0415 - few programs come here

        return shlex.split(text)
    except ValueError as error:
        message = f"{key} cannot be split into arguments: {error}"
        raise ConfigError(message, hint="give a list of texts") from None
