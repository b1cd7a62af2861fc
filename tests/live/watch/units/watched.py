"""The services that these watches tell of, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pm2go

OURS = ("watch-a.service", "watch-b.service", "watch-fail.service", "watch-once.service")


def state(event: pm2go.UnitEvent) -> tuple[str | None, str | None]:
    return event.unit, event.active_state


def is_down(event: pm2go.UnitEvent) -> bool:
    """Whether it tells that watch-a runs no more: it may be unloaded before anybody can look."""
    return (
        event.unit == "watch-a.service"
        and event.active_state in {None, "inactive"}
        and "job" not in event.kind
    )


def reaches(unit: str, active_state: str) -> Callable[[pm2go.UnitEvent], bool]:
    return lambda event: event.kind == "changed" and state(event) == (unit, active_state)
