"""Apps: what to run and how."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from . import _core
from ._app_base import Pm2goConfigWarning, Pm2goSecretWarning, take_checked
from ._app_keys import AppKeys
from .exceptions import ConfigError

__all__ = ["AppConfig", "Pm2goConfigWarning", "Pm2goSecretWarning"]


class AppConfig(AppKeys):
    """An app: what to run and how. It is checked here, so that nothing wrong comes near systemd.

    After construction, paths are absolute and defaults are filled in: the app means the same wherever the
    program goes. Times are numbers of seconds, timedeltas or texts such as `"1min 30s"`, and seconds in the
    result. It cannot be changed; `dataclasses.replace` makes another one of it.

    Raises:
        ConfigError: Something is wrong with it; the message says what, and the hint what to do. Where more than one
            thing is wrong, all are told: `ConfigError.problems` has each with its key.

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
            ConfigError: Keys are unknown or values are wrong, or these are several apps.

        Example:
            >>> import pm2go
            >>> pm2go.AppConfig.from_dict({"name": "clock", "command": ["/bin/sleep", "60"]})
            <AppConfig clock /bin/sleep>
        """
        app = cls.__new__(cls)
        take_checked(app, _core.CheckedApp.check_file(one_app(mapping)))
        return app

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """Return the JSON Schema of what `from_dict` takes, for editors and other checkers.

        Returns:
            The schema (draft 2020-12), as `json.dumps` takes it.

        Example:
            >>> import pm2go
            >>> pm2go.AppConfig.json_schema()["properties"]["kill_timeout"]["default"]
            10.0
        """
        return cast("dict[str, Any]", json.loads(_core.CheckedApp.schema()))

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` makes this app of again, without what is not set. Secrets are in it.

        Returns:
            The keys and their values, as `json.dumps` takes them.
        """
        return cast("dict[str, Any]", self._checked.described())

    def __repr__(self) -> str:
        runs = self.script or next(iter(self.command or ()), "")
        names = f" env={','.join(self.env)}" if self.env else ""
        return f"<AppConfig {self.name} {runs}{names}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.to_dict())


def app_config(checked: _core.CheckedApp) -> AppConfig:
    """Make an app of what the core has checked already."""
    app = AppConfig.__new__(AppConfig)
    app._take(checked)  # noqa: SLF001 - how an app is made
    return app


def checked_app(checked: tuple[_core.CheckedApp, list[tuple[str, bool]]]) -> AppConfig:
    """Make an app of what the core has just checked, and warn of what was found with it."""
    app = AppConfig.__new__(AppConfig)
    take_checked(app, checked)
    return app


def core_app(app: AppConfig) -> _core.CheckedApp:
    """Return the app as the core has it."""
    return app._checked  # noqa: SLF001 - the core's part of it


def _restore(cls: type[AppConfig], described: dict[str, Any]) -> AppConfig:
    app = cls.__new__(cls)
    app._take(_core.CheckedApp.restore(described))  # noqa: SLF001 - how an app is made
    return app


def one_app(app: object) -> object:
    """Return the mapping that one app is described by; anything else gets an answer that says what to do."""
    if isinstance(app, Mapping):
        return app
    if isinstance(app, str):
        message = "an app is expected, and not a name"
        hint = "give an AppConfig or a mapping; restart() starts an app that is deployed and stopped"
        raise ConfigError(message, hint=hint)
    message = f"an app is of the type {type(app).__name__}"
    if isinstance(app, Iterable):
        raise ConfigError(message, hint="give one app at a time: `for app in apps: manager.start(app)`")
    raise ConfigError(message, hint="give an AppConfig or a mapping")
