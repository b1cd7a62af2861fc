"""Streams of one unit's properties, for `for` and `async for`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Union

from . import _core
from ._core import Client, LoopDriver, PropertiesEvent
from .watch import WatchBase, texts


class PropertyWatch(WatchBase[PropertiesEvent]):
    """What becomes of some of a unit's properties: what `Systemd.watch_unit_properties` returns.

    Read it with ``for``, with ``async for``, or with `next`. First comes an event of the kind `"snapshot"` with
    all values; then one of the kind `"changed"` for each change that systemd announces. When systemd unloads
    the unit (units that are down and that nothing refers to), it is `"removed"`; when it loads the unit again
    for more than a look, `"changed"` comes next, even where no value is another than before. A few values, such
    as `ExecStart` (also when it ran last), systemd announces without telling them: they are read a moment later
    and come as an event of their own, unless the unit is gone by then. Where changes may be missing, the stream
    says so with an event of the kind `"gap"`, tells how things are now, and goes on, as `Watch` does.

    What else holds for a `Watch` holds here: it begins with the first event that is asked for (on a
    connection of its own), and ends with `close`, with the end of its ``with`` or ``async with`` block, and with the
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

    def __init__(
        self,
        client: Client,
        driver: Callable[[], LoopDriver],
        name: str,
        names: Union[str, Iterable[str]],
        capacity: int,
    ) -> None:
        super().__init__(driver, _core.PropertyWatch(client, name, texts(names), capacity))
