"""Streams of one unit's properties, for `for` and `async for`."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional, Union

from . import _core
from ._core import Client
from .models import Record, moment
from .watch import WatchBase, texts


@dataclass(frozen=True, repr=False)
class PropertiesEvent(Record):
    """What became of the properties of a unit that `Systemd.watch_unit_properties` watches.

    Values are typed as in `Systemd.get_unit_properties`; `None` stands for what is not set.

    Attributes:
        sequence: Counts all events of the stream, from 1.
        timestamp_usec: When it was read, in microseconds since the epoch.
        kind: `snapshot` (how the properties were found), `changed`, `removed` (systemd has unloaded the unit) or
            `gap` (events were lost; what follows says how things are now).
        unit: The unit, by its own name: an alias that was asked for is resolved.
        changed: The properties that changed, with their new values; in a snapshot all of them.
        values: All properties that are watched, as of this event; as last known in `removed` and `gap`.
        dropped: How many events were dropped, for `gap`, where that is known.
        reason: Why, for `gap`.
    """

    sequence: int
    timestamp_usec: int
    kind: str
    unit: str
    changed: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    dropped: Optional[int] = None
    reason: Optional[str] = None

    @property
    def timestamp(self) -> Optional[datetime]:
        """When it was read, as an aware `datetime` in UTC."""
        return moment(self.timestamp_usec)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict that `json.dumps` takes: the time in ISO 8601, bytes in hexadecimal."""
        timestamp = self.timestamp
        plain = {"timestamp_usec": None if timestamp is None else timestamp.isoformat()}
        fields = {**super().to_dict(), **plain}
        return {"timestamp" if name == "timestamp_usec" else name: value for name, value in fields.items()}

    def __hash__(self) -> int:
        return hash((self.sequence, self.timestamp_usec, self.unit))

    def __repr__(self) -> str:
        changes = [f" {name}={reprlib.repr(value)}" for name, value in self.changed.items()]
        told = f" {self.reason}" if self.kind == "gap" else "".join(changes)
        return f"<PropertiesEvent {self.sequence} {self.kind} {self.unit}{told}>"


class PropertyWatch(WatchBase[PropertiesEvent]):
    """What becomes of some of a unit's properties: what `Systemd.watch_unit_properties` returns.

    Read it with ``for``, with ``async for``, or with `next`. First comes an event of the kind `"snapshot"` with
    all values; then one of the kind `"changed"` for each change that systemd announces. When systemd unloads
    the unit (units that are down and that nothing refers to), it is `"removed"`; when it loads the unit again
    for more than a look, `"changed"` comes next, even where no value is another than before. A few values, such
    as `ExecStart` (also when it ran last), systemd announces without telling them: they are read a moment later
    and come as an event of their own, unless the unit is gone by then. Where changes may be missing, the stream
    says so with an event of the kind `"gap"`, tells how things are now, and goes on, as `Watch` does.

    What else holds for a `Watch` holds here: it begins with the first event that is asked for, on a connection
    of its own, and ends with `close`, with the end of its ``with`` or ``async with`` block, and with the
    client.

    Example:
        >>> import pm2go
        >>> with pm2go.Systemd() as systemd:
        ...     with systemd.watch_unit_properties("basic.target", ["ActiveState", "Job"]) as watch:
        ...         for event in watch:
        ...             print(event.kind, event.unit, event.values["ActiveState"])
        ...             break
        snapshot basic.target active
    """

    _verb = "watch_unit_properties"

    def __init__(self, client: Client, name: str, names: Union[str, Iterable[str]], capacity: int) -> None:
        super().__init__(client, _core.PropertyWatch(client, name, texts(names), capacity))
