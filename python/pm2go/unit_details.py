"""A unit in detail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from .figures import UnitFigures, figure_list
from .models import Record


@dataclass(frozen=True)
class UnitDetails(Record):
    """What a unit executes, where, and what it uses.

    Attributes:
        exec_start: Each command that starts it, a program with its arguments (``ExecStart=``, drop-ins included).
        environment: Its variables (``Environment=``); what looks secret is replaced by `***`, here and in `exec_start`.
        working_directory: Its working directory; with a ``-`` before it, it may be missing.
        figures: What it uses, with descriptors, threads and the network; `None` where it has no control group.
    """

    exec_start: tuple[tuple[str, ...], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    working_directory: Optional[str] = None
    figures: Optional[UnitFigures] = None


def unit_details(told: Mapping[str, Any], figures: Iterable[tuple[Any, ...]]) -> UnitDetails:
    """Make them from what the core tells."""
    commands = tuple(tuple(command) for command in told["exec_start"])
    rows = figure_list(figures)
    return UnitDetails(commands, told["environment"], told["working_directory"], rows[0] if rows else None)
