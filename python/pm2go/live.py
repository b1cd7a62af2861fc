"""The live table: what `Systemd.live_units` returns."""

from __future__ import annotations

from types import TracebackType
from typing import Callable, Optional

from ._live_base import LiveUnitsBase, time_after, time_left
from ._types import Seconds, Self
from .exceptions import OperationTimeoutError


class LiveUnits(LiveUnitsBase):
    """How units are, kept by systemd's own signals: what `Systemd.live_units` returns.

    A mapping from the units' own names to a `UnitState` each. It is filled at the beginning of its ``with`` block, or by
    whoever reads it first; from then on reading asks systemd for nothing. A name without a type suffix is that of a
    service, and an alias that was given to `live_units` stands for its unit. What is read as one (`items`, `values`, an
    iteration) is of one moment.

    A read takes in what has come, without waiting. It waits, for as long as a call may take, in two cases: the first read
    after this client has changed something waits until systemd has told of that; and while the table is not `current`, as
    after a lost connection, reads and waits see to it that it is. `OperationTimeoutError` says that this took too long.
    (While another thread waits for changes on the same client, that one takes in what comes.)

    All tables and watches of a client that are read by blocking calls share a connection. A table ends with `close`, with
    its ``with`` block, with the client, and when nobody has it any more.

    Example:
        >>> import pm2go
        >>> with pm2go.Systemd() as systemd, systemd.live_units("*.target") as units:
        ...     print(units["basic.target"].active_state)
        ...     print("basic.target" in units.select(states="active"), "basic.target" in units.jobs)
        active
        True False
    """

    _awaited = False

    def changed(self, timeout: Optional[Seconds] = None) -> None:
        """Wait until something has changed since this returned last, or since the table was filled.

        A unit came, went or changed, a job began or ended, or the table is `current` no longer, or again. Several changes
        may be told by one return, also where they add up to none.

        Args:
            timeout: How long to wait; by default as long as it takes.

        Raises:
            OperationTimeoutError: Nothing changed in time.
            ConfigError: The table was closed.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd, systemd.live_units() as units:
            ...     systemd.daemon_reload()
            ...     units.changed(timeout=30)
        """
        self._fill()
        self._core.wait(self._told, timeout)
        self._told = self._core.version

    def wait(self, predicate: Callable[[Self], object], timeout: Optional[Seconds] = None) -> None:
        """Wait until something is true of the units; if it is already, return at once.

        Args:
            predicate: Is called with the table, now and after each change, while the table is `current`.
            timeout: How long to wait; by default as long as it takes.

        Raises:
            OperationTimeoutError: It did not come about in time. The message tells how many units are in which state.
            ConfigError: The table was closed.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd, systemd.live_units("basic.target") as units:
            ...     units.wait(lambda units: units["basic.target"].active_state == "active", timeout=5)
        """
        until = time_after(timeout)
        self._fill()
        while True:
            version = self._core.version
            if self._core.current and predicate(self):
                return
            try:
                self._core.wait(version, time_left(until))
            except OperationTimeoutError:
                raise self._too_late() from None

    def _fill(self) -> None:
        if not self._is_filled:
            self._core.fill()
            self._told = self._core.version
            self._is_filled = True

    #: Whether it was filled for `changed`, which tells of what comes after that.
    _is_filled = False

    def __enter__(self) -> Self:
        try:
            self._fill()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()
