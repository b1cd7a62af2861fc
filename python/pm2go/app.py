"""Apps: what to run and how."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, Optional, TypeVar, Union, cast

from . import _core
from ._types import Seconds
from ._warn import warn
from .exceptions import ConfigError
from .models import Record
from .pm2_keys import TIMES, from_pm2, one_app, with_unit

_Path = Union[str, os.PathLike[str]]
_Word = Union[str, int, float, os.PathLike[str]]


class Pm2goSecretWarning(UserWarning):
    """Something in an app's configuration looks secret, and every local user will be able to read it."""


class Pm2goConfigWarning(UserWarning):
    """systemd may ignore a part of an app's configuration, or a file that it names does not exist."""


_ClassT = TypeVar("_ClassT", bound=type)


def _naming_unknown_keywords(cls: _ClassT) -> _ClassT:
    """Have the constructor say what to do, where it is given something else than the keywords that it knows."""
    init = cast("Any", cls).__init__

    @wraps(init)
    def checked(self: Any, *args: Any, **keywords: Any) -> None:
        for key in keywords:
            if key not in KEYS:
                raise _core.unknown_key(key)
        if not args and "name" not in keywords:
            raise _nameless()
        if args and isinstance(args[0], Mapping):
            message = "AppConfig takes keywords, not a mapping"
            raise ConfigError(message, hint="use AppConfig.from_dict()")
        init(self, *args, **keywords)

    cast("Any", cls).__init__ = checked
    return cls


@_naming_unknown_keywords
@dataclass(frozen=True, init=False, repr=False)
class AppConfig(Record):
    """An app: what to run and how. It is checked here, so that nothing wrong comes near systemd.

    After construction, paths are absolute and defaults are filled in: the app means the same wherever the
    program goes. Times are numbers of seconds, timedeltas or texts such as `"1min 30s"`, and seconds in the
    result.

    Args:
        name: The app's name: letters, digits, `_`, `.` and `-`. Its unit is `pm2-NAME.service`.
        script: The file to run; relative to `cwd`. Either this or `command` is needed.
        command: The program to run and its arguments, instead of `script`.
        interpreter: The program that runs the script; by default the one for the script's suffix; `"none"`
            runs the script itself.
        interpreter_args: The arguments of the interpreter, before the script.
        args: The arguments of the script.
        cwd: The working directory; by default the current one.
        env: Environment variables. Every local user can read them over D-Bus.
        environment_file: A file with environment variables, which only systemd reads: the place for secrets,
            with mode 0600.
        user: The user to run as, by name or number (system scope only).
        group: The group to run as, by name or number (system scope only).
        restart: When systemd restarts the app by itself: `Restart=` of systemd.service(5); by default
            `"always"`.
        restart_delay: The time between the end of the app and its automatic restart; by default 0.1.
        max_restarts: Launches that may end too early before systemd gives up; by default 16.
        min_uptime: How long the app has to live for a launch not to count against `max_restarts`; by default
            1, but then at least a minute has to pass before launches stop to count.
        kill_signal: The signal that asks the app to end; by default `"SIGTERM"`.
        kill_timeout: The time between that signal and `SIGKILL`; by default 10.
        description: What the app is, in one line; by default its name.
        autostart: Whether the app starts with the machine, or with the user's manager; by default it does.
        extra: Settings that are written into the unit file as they are: section, setting, value or values.
            What systemd would ignore or refuse is an error; what pm2go does not know is written, and warned
            of.

    Raises:
        ConfigError: Something is wrong with it; the message says what, and the hint what to do.

    Warns:
        Pm2goSecretWarning: A variable or an argument looks secret, or everybody can read an environment file.
            It is named; its value is not shown.
        Pm2goConfigWarning: An environment file does not exist, or `extra` has what pm2go does not know.

    Example:
        >>> import pm2go
        >>> app = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"], env={"MODE": "test"})
        >>> app.kill_timeout
        10.0
    """

    name: str
    script: Optional[str]
    command: Optional[tuple[str, ...]]
    interpreter: Optional[str]
    interpreter_args: tuple[str, ...]
    args: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    environment_file: Optional[str]
    user: Optional[str]
    group: Optional[str]
    restart: str
    restart_delay: float
    max_restarts: int
    min_uptime: Optional[float]
    kill_signal: Optional[str]
    kill_timeout: float
    description: Optional[str]
    autostart: bool
    extra: Mapping[str, Mapping[str, list[str]]]

    def __init__(
        self,
        name: str,
        script: Optional[_Path] = None,
        *,
        command: Optional[Iterable[_Word]] = None,
        interpreter: Optional[_Path] = None,
        interpreter_args: Optional[Iterable[_Word]] = None,
        args: Optional[Iterable[_Word]] = None,
        cwd: Optional[_Path] = None,
        env: Optional[Mapping[str, _Word]] = None,
        environment_file: Optional[_Path] = None,
        user: Optional[Union[str, int]] = None,
        group: Optional[Union[str, int]] = None,
        restart: Optional[str] = None,
        restart_delay: Optional[Seconds] = None,
        max_restarts: Optional[int] = None,
        min_uptime: Optional[Seconds] = None,
        kill_signal: Optional[str] = None,
        kill_timeout: Optional[Seconds] = None,
        description: Optional[str] = None,
        autostart: Optional[bool] = None,
        extra: Optional[Mapping[str, Mapping[str, Union[str, Iterable[str]]]]] = None,
    ) -> None:
        given = {key: _given(key, value) for key, value in locals().items() if key in KEYS}
        app, notes = _core.check_app(given)
        _fill(self, app)
        for note, is_secret in notes:
            warn(f"app {self.name}: {note}", Pm2goSecretWarning if is_secret else Pm2goConfigWarning)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, object]) -> AppConfig:
        """Make an app from a mapping, such as an entry of a file in TOML or JSON.

        The keys are those of the constructor. Keys of PM2's ecosystem files are understood where they mean
        the same (`exec_interpreter`, `node_args`, `uid`, `gid`, `autorestart`, `args` as one text); for the
        others the exception says what to use instead. PM2 counts milliseconds: where a bare number could be
        meant so, because it is 100 or more or stands beside PM2's keys, it has to be written with its unit.

        Args:
            mapping: The keys and their values.

        Returns:
            The app.

        Raises:
            ConfigError: A key is unknown or a value is wrong, or these are several apps.

        Example:
            >>> import pm2go
            >>> pm2go.AppConfig.from_dict({"name": "clock", "command": ["/bin/sleep", "60"]})
            <AppConfig clock /bin/sleep>
        """
        return cls(**from_pm2(one_app(mapping)))

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` makes this app of again, without what is not set. Secrets are in it.

        Returns:
            The keys and their values, as `json.dumps` takes them.
        """
        settings = super().to_dict()
        for key in TIMES:
            settings[key] = with_unit(settings[key])
        return {key: value for key, value in settings.items() if value not in (None, [], {})}

    def __repr__(self) -> str:
        runs = self.script or next(iter(self.command or ()), "")
        names = f" env={','.join(self.env)}" if self.env else ""
        return f"<AppConfig {self.name} {runs}{names}>"


KEYS = tuple(item.name for item in fields(AppConfig))


def app_config(app: Mapping[str, Any]) -> AppConfig:
    """Make an app of what the core has checked already, without a look at the machine."""
    config = object.__new__(AppConfig)
    _fill(config, app)
    return config


def core_settings(app: AppConfig) -> dict[str, Any]:
    """Return the app as the core takes it."""
    return {key: _given(key, getattr(app, key)) for key in KEYS}


def _fill(config: AppConfig, app: Mapping[str, Any]) -> None:
    for key in KEYS:
        value = app.get(key)
        if key in ("interpreter_args", "args") or (key == "command" and value is not None):
            value = tuple(value or ())
        elif key in ("env", "extra"):
            value = dict(value or {})
        object.__setattr__(config, key, value)


def _nameless() -> ConfigError:
    return ConfigError("the app has no name", hint='give it one, with the key "name"')


def _given(key: str, value: Any) -> Any:
    """Return a setting in the type in which the core takes it."""
    if value is None:
        return None
    kind = _KINDS.get(key)
    return _text(key, value) if kind is None else kind(key, value)


def _environment(key: str, value: Any) -> dict[str, str]:
    return {name: _text(f"{key} {name}", inner) for name, inner in _mapping(key, value).items()}


def _extra(key: str, value: Any) -> dict[str, dict[str, list[str]]]:
    return {section: _settings(section, inner) for section, inner in _mapping(key, value).items()}


def _settings(section: str, settings: Any) -> dict[str, list[str]]:
    """Return the settings of a section of `extra`, each with a list of values."""
    found = {}
    for key, value in _mapping(f"extra [{section}]", settings).items():
        what = f"extra [{section}] {key}"
        found[key] = [_text(what, value)] if isinstance(value, str) else _list(what, value)
    return found


def _text(key: str, value: Any) -> str:
    """Return a text for a text, a path or a number; what else it could be is not ours to guess."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    try:
        path = os.fspath(value)
    except TypeError:
        path = None
    if isinstance(path, str):
        return _unicode(key, path)
    raise _wrong_type(key, value, "give a text")


def _unicode(key: str, text: str) -> str:
    """Refuse lone surrogates, which is how Python shows bytes of file names that are not UTF-8."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        message = f"{key} contains a lone surrogate, so it is no UTF-8"
        raise ConfigError(message, hint="unit files are UTF-8; rename the file, or give other text")
    return text


def _list(key: str, value: Any) -> list[str]:
    if isinstance(value, str):
        message = f"{key} is one text"
        raise ConfigError(
            message, hint='give a list of texts, such as ["--port", "8000"], or use shlex.split()'
        )
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise _wrong_type(key, value, "give a list of texts")
    return [_text(key, item) for item in value]


def _as_it_is(_key: str, value: Any) -> Any:
    """Return what the core makes sense of by itself."""
    return value


def _flag(key: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong_type(key, value, "give True or False")


def _mapping(key: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        for name in value:
            _unicode(f"a name in {key}", name)
        return value
    raise _wrong_type(key, value, "give a mapping from names")


def _wrong_type(key: str, value: Any, hint: str) -> ConfigError:
    """Name the type and not the value, which may be secret."""
    message = f"{key} is of the type {type(value).__name__}"
    return ConfigError(message, hint=hint)


#: How each key's value is brought into the type in which the core takes it; all others are texts.
_KINDS: dict[str, Callable[[str, Any], Any]] = {
    "command": _list,
    "interpreter_args": _list,
    "args": _list,
    "env": _environment,
    "restart_delay": _as_it_is,
    "max_restarts": _as_it_is,
    "min_uptime": _as_it_is,
    "kill_timeout": _as_it_is,
    "autostart": _flag,
    "extra": _extra,
}
