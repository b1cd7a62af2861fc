"""Apps as files describe them: one at a time, and with keys and times that may be PM2's.

What to use instead of the keys that mean something else, the core knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import _core
from .exceptions import ConfigError

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
    "combine_logs": (True, False),
    "force": (False,),
    "source_map_support": (False,),
    "time": (False,),
    "treekill": (True,),
    "wait_ready": (False,),
}

#: PM2 counts these in milliseconds, and we in seconds.
TIMES = ("restart_delay", "min_uptime", "kill_timeout")

#: From this many seconds on, a bare number may be PM2's milliseconds (the core has the same bound).
_AMBIGUOUS = 100


def one_app(app: Any) -> Mapping[str, Any]:
    """Return the mapping that one app is described by; anything else gets an answer that says what to do."""
    if isinstance(app, Mapping):
        several = "apps"
        if several in app:
            raise _core.unknown_key(several)
        return app
    if isinstance(app, str):
        message = "an app is expected, and not a name"
        hint = "give an AppConfig or a mapping; restart() starts an app that is deployed and stopped"
        raise ConfigError(message, hint=hint)
    message = f"an app is of the type {type(app).__name__}"
    if isinstance(app, Iterable):
        raise ConfigError(message, hint="give one app at a time: `for app in apps: manager.start(app)`")
    raise ConfigError(message, hint="give an AppConfig or a mapping")


def with_unit(seconds: float | None) -> float | str | None:
    """Return a time so that `from_pm2` knows that it is in seconds."""
    if seconds is None or seconds < _AMBIGUOUS:
        return seconds
    return f"{int(seconds) if seconds.is_integer() else seconds}s"


def from_pm2(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with our keys; keys that neither PM2 nor we know stay as they are.

    Raises:
        ConfigError: A key of PM2 has no equivalent here, or two keys mean the same.
    """
    settings: dict[str, Any] = {}
    for key in mapping:
        if not isinstance(key, str):
            message = f"a key of the app is of the type {type(key).__name__}"
            raise ConfigError(message, hint="give a mapping from names")
    foreign = [key for key in mapping if _core.pm2_advice(key) is not None]
    for key, value in mapping.items():
        new, translated = _translate(key, value)
        if new is None:
            continue
        if new in settings:
            message = f"{new} is given twice, once as {key}"
            raise ConfigError(message, hint="give it once")
        settings[new] = translated
    for key in TIMES:
        if isinstance(mapping.get(key), (int, float, str)):
            _core.check_bare_time(key, mapping[key], foreign[0] if foreign else None)
    return settings


def _translate(key: str, value: Any) -> tuple[str | None, Any]:
    """Return our key and its value; no key where there is nothing to do."""
    if value in _NOTHING_TO_DO.get(key, ()):
        return None, None
    if key == "autorestart" and isinstance(value, bool):
        return "restart", "always" if value else "no"
    new = _SAME.get(key, key)
    if new == key and _core.pm2_advice(key) is not None:
        raise _core.unknown_key(key)
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
