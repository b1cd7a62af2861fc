"""Results made of what the core tells.

Their classes are dataclasses, which take longer to load than the rest of a client: they come with the first result.
The package loads them, whichever threads want the first result at once.
"""

from __future__ import annotations

import pm2go

from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .manager_status import ManagerStatus
    from .models import JobResult, UnitFileChanges, UnitStatus
    from .rows import JobList


def job_result(told: tuple[str, str, str, bool, Iterable[str]]) -> JobResult:
    """Make the result of a job from its unit, operation, result, whether it changed anything, and notes."""
    unit, operation, result, changed, notes = told
    return pm2go.JobResult(unit, operation, result, changed, tuple(notes))


def unit_status(told: Mapping[str, Any]) -> UnitStatus:
    """Make a status from the core's fields, whose times are microseconds since the epoch."""
    from . import UnitStatus, models  # noqa: F401, PLC0415 - see above

    return models.unit_status(told)


def manager_status(told: Mapping[str, Any]) -> ManagerStatus:
    """Make the manager's status from the core's fields, whose times and spans are microseconds."""
    from . import ManagerStatus, ResourceLimit, manager_status  # noqa: F401, PLC0415 - see above

    return manager_status.of_fields(told)


def job_list(told: Iterable[tuple[int, str, str, str, str, str]]) -> JobList:
    """Make the list of jobs from their numbers, units, types, states and object paths, by their numbers."""
    from .rows import job_list  # noqa: PLC0415 - most programs list no jobs

    return job_list(pm2go.JobInfo(*fields[:4]) for fields in told)


def unit_file_changes(
    told: tuple[bool | None, Iterable[tuple[str, str, str | None]], Iterable[str]],
) -> UnitFileChanges:
    """Make the outcome of enabling from whether there is an `[Install]` section, the changes and the notes."""
    from . import UnitFileChanges, models  # noqa: F401, PLC0415 - see above

    return models.unit_file_changes(*told)
