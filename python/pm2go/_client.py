"""What the client and its asynchronous twin have in common: how they are made, and watches."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ._core import Client
from ._process import OfOneProcess
from .exceptions import ConfigError
from .watch import Watch, Watches

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal


class ClientBase(OfOneProcess):
    """A client of one manager, without its verbs."""

    def __init__(
        self,
        *,
        scope: Literal["system", "user"] | None = None,
        backend: Literal["auto", "dbus", "command"] | None = None,
        address: str | None = None,
        timeout: float | str | None = None,
        monitoring: bool | None = None,
        runtime_dir: str | os.PathLike[str] | None = None,
        interactive: bool = False,
    ) -> None:
        self._client = Client(
            scope=scope,
            backend=backend,
            address=address,
            timeout=timeout,
            monitoring=monitoring,
            runtime_dir=None if runtime_dir is None else os.fspath(runtime_dir),
            interactive=interactive,
        )
        self._closed = False
        self._watches = Watches()

    @property
    def scope(self) -> str:
        """Whose manager this is: `"system"` or `"user"`."""
        return self._client.scope

    @property
    def timeout(self) -> float | None:
        """How long a call may take, in seconds; `None` for as long as it takes."""
        return self._client.timeout

    @property
    def monitoring(self) -> bool:
        """Whether watching is allowed."""
        return self._client.monitoring

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def backend(self) -> str | None:
        """The backend in use, `"dbus"` or `"command"`; `None` before the first call."""
        chosen = self._chosen()
        return None if chosen is None else chosen[0]

    @property
    def endpoint(self) -> str | None:
        """Where the D-Bus connection leads; `None` before the first call and without D-Bus."""
        chosen = self._chosen()
        return None if chosen is None else chosen[1]

    @property
    def reason(self) -> str | None:
        """Why this backend was chosen; `None` before the first call."""
        chosen = self._chosen()
        return None if chosen is None else chosen[2]

    def watch_units(
        self,
        *patterns: str,
        types: str | Iterable[str] = (),
        states: str | Iterable[str] = (),
        capacity: int = 10_000,
    ) -> Watch:
        """Watch units: a snapshot of how they are, and then everything that happens to them, in order.

        Driven by the signals of `org.freedesktop.systemd1.Manager` and by `PropertiesChanged` of the units.
        Nothing happens before the first event is asked for.

        Args:
            *patterns: Shell patterns of names, such as `"pm2-*"`; without any, all units are watched.
            types: Only units of these types, such as `"service"`.
            states: Only events that lead into one of these active states, such as `"failed"`.
            capacity: How many events may wait to be read. When there are more, they are dropped; the stream
                says how many, and tells how things are now.

        Returns:
            The stream, for ``for`` and for ``async for``.

        Raises:
            ConfigError: A pattern or a type is wrong.
            MonitoringUnavailableError: Watching is turned off, or the backend is `systemctl`. That no D-Bus
                connection can be had is known only when the first event is asked for, and raised then.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd, systemd.watch_units("basic.target") as watch:
            ...     watch.next()
            <UnitEvent 1 snapshot basic.target - -> active/active>
        """
        self._refuse_closed()
        return self._watches.add(Watch(self._client, patterns, types, states, capacity))

    def _chosen(self) -> tuple[str, str | None, str] | None:
        """Tell the backend, where it leads and why it was chosen."""
        raise NotImplementedError

    def _end(self) -> None:
        """Refuse what comes from now on, and end the watches."""
        self._closed = True
        self._watches.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            message = "this client is closed"
            raise ConfigError(message, hint="make a new one")

    def __repr__(self) -> str:
        state = "closed" if self._closed else self.backend or "not connected"
        return f"<{type(self).__name__} {self.scope} {state}>"
