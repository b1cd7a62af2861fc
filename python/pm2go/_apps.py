"""What the manager of apps and its asynchronous twin have in common: how they are made, requests, watches."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Generic, Literal, Optional, TypeVar, Union

import pm2go

from ._client import ClientBase
from ._core import Apps, Request
from ._process import OfOneProcess
from ._types import Seconds
from .app import AppConfig, core_app, one_app
from .exceptions import ConfigError
from .watch import Watch, Watches

_SystemdT = TypeVar("_SystemdT", bound=ClientBase)


class ManagerBase(OfOneProcess, Generic[_SystemdT]):
    """A manager of apps, without its verbs."""

    _client_class: type[_SystemdT]

    def __init__(
        self,
        systemd: Optional[_SystemdT] = None,
        *,
        prefix: str = "pm2-",
        unit_dir: Optional[Union[str, os.PathLike[str]]] = None,
        scope: Optional[Literal["system", "user"]] = None,
        backend: Optional[Literal["auto", "dbus", "command"]] = None,
        address: Optional[str] = None,
        timeout: Optional[Seconds] = None,
        monitoring: Optional[bool] = None,
        runtime_dir: Optional[Union[str, os.PathLike[str]]] = None,
        interactive: bool = False,
        user: Optional[str] = None,
        machine: Optional[str] = None,
        host: Optional[str] = None,
    ) -> None:
        options = (scope, backend, address, timeout, monitoring, runtime_dir, user, machine, host)
        if systemd is not None and (interactive or any(option is not None for option in options)):
            message = "systemd is given together with options of its own"
            raise ConfigError(message, hint="give the options to the client")
        self._closed = False
        self._watches = Watches()
        self._owns_systemd = systemd is None
        self._systemd = systemd or self._client_class(
            scope=scope,
            backend=backend,
            address=address,
            timeout=timeout,
            monitoring=monitoring,
            runtime_dir=runtime_dir,
            interactive=interactive,
            user=user,
            machine=machine,
            host=host,
        )
        self._prefix = prefix
        self._apps = Apps(
            self._systemd._client,  # noqa: SLF001 - the core's part of it
            prefix=prefix,
            unit_dir=None if unit_dir is None else os.fspath(unit_dir),
        )

    @property
    def systemd(self) -> _SystemdT:
        """The client that the manager works with, for all that is about units."""
        return self._systemd

    @property
    def closed(self) -> bool:
        """Whether `close` was called, on the manager or on its client."""
        return self._closed or self._systemd.closed

    def watch_units(
        self,
        *,
        states: Union[str, Iterable[str]] = (),
        capacity: int = 10_000,
    ) -> Watch:
        """Watch the apps' units: `Systemd.watch_units` for the units of the manager's prefix.

        Args:
            states: Only events that lead into one of these active states, such as `"failed"`.
            capacity: How many events may wait to be read.

        Returns:
            The stream, for ``for`` and for ``async for``.

        Raises:
            MonitoringUnavailableError: Watching is turned off, or the backend is `systemctl`. That no D-Bus
                connection can be had is known only when the first event is asked for, and raised then.

        Example:
            >>> import pm2go
            >>> with pm2go.Manager() as manager, manager.watch_units() as watch:
            ...     watch.closed
            False
        """
        self._refuse_closed()
        pattern = f"{self._prefix}*.service"
        return self._watches.add(self._systemd.watch_units(pattern, states=states, capacity=capacity))

    def sample(
        self, interval: Seconds, *apps: str, details: bool = False, history: int = 0
    ) -> pm2go.FigureStream:
        """Tell again and again what apps use: `Systemd.sample` for their units.

        Args:
            interval: How long from one list to the next: a number of seconds, a timedelta, or a text with a unit; at
                least 10 ms.
            *apps: The apps' names; without any, all units of the manager's prefix.
            details: As for `figures`.
            history: How many lists the stream keeps, for plots.

        Returns:
            The stream, which does not end by itself.

        Raises:
            UnitNotFoundError: There was no unit of one of the apps when the first list was asked for.

        Example:
            >>> import pm2go
            >>> with pm2go.Manager() as manager:
            ...     next(iter(manager.sample(0.05)))
            []
        """
        self._refuse_closed()
        units = self._units_of(apps, "sample")
        return self._systemd.sample(interval, *units, details=details, history=history)

    def _units_of(self, apps: Iterable[str], verb: str) -> list[str]:
        """The units of these apps; without any, the pattern of all."""
        return [self._apps.unit(one_name(app, verb)) for app in apps] or [f"{self._prefix}*.service"]

    def _end(self) -> None:
        """Refuse what comes from now on, and end the watches."""
        self._closed = True
        self._watches.close()

    def _refuse_closed(self) -> None:
        if self.closed:
            message = "this manager is closed"
            raise ConfigError(message, hint="make a new one")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._prefix}* {self._systemd!r}>"


def one_name(name: object, verb: str) -> str:
    """Return the name of one app, which is what a verb takes."""
    if isinstance(name, str):
        return name
    if isinstance(name, AppConfig):
        hint = f"give its name: {verb}({name.name!r})"
    elif isinstance(name, Iterable) and not isinstance(name, (bytes, Mapping)):
        hint = f"give one name at a time: for name in names: manager.{verb}(name)"
    else:
        hint = "give the name under which it was started, as a text"
    message = f"{verb}() takes the name of one app, nothing of the type {type(name).__name__}"
    raise ConfigError(message, hint=hint)


def check(apps: Apps, app: object) -> Request:
    """Return the request that has an app checked where it is to run; a mere name is refused."""
    return apps.check(one_app(app))


def preparation(apps: Apps, verb: str, app: Union[AppConfig, Mapping[str, object], str]) -> Request:
    """Return the request for all that comes before the job of a verb."""
    if isinstance(app, AppConfig) and verb == "start":
        return apps.deploy(core_app(app))
    return apps.prepare(verb, one_name(app, verb))
