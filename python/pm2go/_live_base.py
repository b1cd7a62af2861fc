"""Live tables: what a table and its asynchronous twin have in common."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from time import monotonic
from typing import Callable, Optional, TypeVar, Union, overload

from . import _core
from ._core import Client, LoopDriver, UnitState
from ._types import Seconds
from .exceptions import OperationTimeoutError
from .watch import texts

_DefaultT = TypeVar("_DefaultT")


class LiveUnitsBase(Mapping[str, UnitState]):
    """A live table of units, without its waits."""

    #: Whether it is filled on an event loop.
    _awaited: bool

    def __init__(
        self,
        client: Client,
        driver: Callable[[], LoopDriver],
        patterns: Iterable[str],
        types: Union[str, Iterable[str]],
        states: Union[str, Iterable[str]],
    ) -> None:
        self._core = _core.LiveUnits(
            client, list(patterns), texts(types), texts(states), awaited=self._awaited
        )
        self._driver_of_this_loop = driver
        # The version up to which `changed` has told.
        self._told = 0

    @property
    def current(self) -> bool:
        """Whether all that systemd has told is in the table.

        Not before it is filled, while the connection is lost, while systemd reads its unit files again, and where signals
        came faster than they could be read: until the units have been looked at again.
        """
        return self._core.current

    @property
    def jobs(self) -> dict[str, int]:
        """The units of the table that have a job in progress, with its number (`list_jobs` tells what it is to do).

        A table that was made for some `states` has the jobs of units in other states, too.
        """
        return self._core.jobs()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._core.closed

    def select(
        self, *, states: Union[str, Iterable[str]] = (), types: Union[str, Iterable[str]] = ()
    ) -> dict[str, UnitState]:
        """Return some of the units, as they are at this moment.

        Args:
            states: Only units in these active states, such as `"failed"`.
            types: Only units of these types, such as `"service"`.

        Returns:
            How they are, by their names, in their order.

        Raises:
            ConfigError: A state or a type is wrong.
        """
        return self._core.select(texts(states), texts(types))

    def __getitem__(self, name: str) -> UnitState:
        found: Optional[UnitState] = self._core.get(name)
        if found is None:
            raise KeyError(name)
        return found

    @overload
    def get(self, name: str, /, default: None = None) -> Optional[UnitState]: ...
    @overload
    def get(self, name: str, /, default: Union[UnitState, _DefaultT]) -> Union[UnitState, _DefaultT]: ...
    def get(
        self, name: str, /, default: Optional[Union[UnitState, _DefaultT]] = None
    ) -> Optional[Union[UnitState, _DefaultT]]:
        """Return how a unit is, or something else if it is not in the table."""
        found = self._core.get(name)
        return default if found is None else found

    def __contains__(self, name: object) -> bool:
        return self._core.get(name) is not None

    # All units at one moment: what comes and goes meanwhile does not come between.
    def __iter__(self) -> Iterator[str]:
        return iter(self._core.units())

    def __len__(self) -> int:
        return len(self._core.units())

    def keys(self) -> KeysView[str]:
        """Return the names of all units, as they are at this moment."""
        return self._core.units().keys()

    def values(self) -> ValuesView[UnitState]:
        """Return how all units are at this moment."""
        return self._core.units().values()

    def items(self) -> ItemsView[str, UnitState]:
        """Return the names of all units, and how they are, at this moment."""
        return self._core.units().items()

    def close(self) -> None:
        """End the table, from any thread or task: whoever waits for a change stops, with a `ConfigError`."""
        self._core.close()

    def _too_late(self) -> OperationTimeoutError:
        """Return the error of a wait: it tells how the units are instead."""
        if not self._core.current:
            return OperationTimeoutError(
                "what was waited for did not come about in time; how the units are is not known now",
                hint="the manager may be busy, stopped or away",
            )
        counts: dict[str, int] = {}
        for unit in self.values():
            counts[unit.active_state] = counts.get(unit.active_state, 0) + 1
        states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        return OperationTimeoutError(
            f"what was waited for did not come about in time; the units are now: {states or 'none'}",
            hint="to wait longer give timeout=",
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'closed' if self.closed else 'open'}>"


def time_left(until: Optional[float]) -> Optional[float]:
    """Return how many seconds there are until then; `None` is for ever."""
    return None if until is None else max(0.0, until - monotonic())


def time_after(timeout: Optional[Seconds]) -> Optional[float]:
    """Return when so much time has passed from now on."""
    limit = _core.LiveUnits.limit(timeout)
    return None if limit is None else monotonic() + limit
