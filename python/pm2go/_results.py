"""Results made of what the core tells.

Their classes are dataclasses, which take longer to load than the rest of a client: they come with the first result.
The package loads them, whichever threads want the first result at once.
"""

from __future__ import annotations

import pm2go

from ._typing import TYPE_CHECKING
from .exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike
    from typing import Any

    from .exceptions import OperationTimeoutError
    from .figures import FigureList
    from .manager_status import ManagerStatus
    from .models import JobPlan, JobResult, UnitFileChanges, UnitStatus
    from .rows import (
        AutomountList,
        DescriptorList,
        JobList,
        JobResults,
        PathList,
        ProcessList,
        SettingList,
        SocketList,
        TimerList,
        UnitFileList,
    )
    from .run_result import RunResult
    from .start_times import StartTimes
    from .unit_models import CurrentUnit, UnitDependency, UnitSources


def job_result(told: tuple[str, str, str, bool, Iterable[str]]) -> JobResult:
    """Make the result of a job from its unit, operation, result, whether it changed anything, and notes."""
    unit, operation, result, changed, notes = told
    return pm2go.JobResult(unit, operation, result, changed, tuple(notes))


def job_results(told: tuple[str | None, Iterable[Any]]) -> JobResults:
    """Make the results of several jobs, each of which is told as one or is an exception."""
    failure, outcomes = told
    ended = [outcome if isinstance(outcome, BaseException) else job_result(outcome) for outcome in outcomes]
    results = pm2go.JobResults(outcome for outcome in ended if not isinstance(outcome, BaseException))
    if failure is not None:
        failures = tuple(outcome for outcome in ended if isinstance(outcome, pm2go.Pm2goError))
        raise pm2go.JobsFailedError(failure, results=results, failures=failures)
    return results


def job_plan(told: tuple[str, str, Iterable[str], Iterable[str], bool]) -> JobPlan:
    """Make what a job would do of the unit, the operation, what starts, what stops, and whether that is sure."""
    unit, operation, starts, stops, exact = told
    return pm2go.JobPlan(unit, operation, tuple(starts), tuple(stops), exact)


def start_times(told: Iterable[tuple[str, int, int | None, int | None, int]]) -> StartTimes:
    """Make the list of how long units took to start, of rows whose times are microseconds."""
    from . import StartTime, start_times  # noqa: F401, PLC0415 - see above

    return pm2go.StartTimes(start_times.of_row(*row) for row in told)


def unit_status(told: Mapping[str, Any]) -> UnitStatus:
    """Make a status from the core's fields, whose times are microseconds since the epoch."""
    from . import UnitStatus, models  # noqa: F401, PLC0415 - see above

    return models.unit_status(told)


def detailed_status(
    told: tuple[Mapping[str, Any], Mapping[str, Any], Iterable[tuple[Any, ...]]],
) -> UnitStatus:
    """Make a status with details from the core's fields."""
    from . import UnitDetails, models, unit_details  # noqa: F401, PLC0415 - see above

    status, details, figures = told
    return models.unit_status({**status, "details": unit_details.unit_details(details, figures)})


def manager_status(told: Mapping[str, Any]) -> ManagerStatus:
    """Make the manager's status from the core's fields, whose times and spans are microseconds."""
    from . import ManagerStatus, ResourceLimit, manager_status  # noqa: F401, PLC0415 - see above

    return manager_status.of_fields(told)


def run_words(argv: Iterable[str | PathLike[str]]) -> list[str]:
    """Return the words of a command."""
    from os import fspath  # noqa: PLC0415 - every interpreter has it

    if isinstance(argv, (str, bytes)) or hasattr(argv, "__fspath__"):
        message = "argv is one text"
        raise ConfigError(message, hint='give a list of words; for a shell, ["/bin/sh", "-c", "..."]')
    return [fspath(word) for word in argv]


def given_settings(**settings: object) -> dict[str, object]:
    """Return the settings that were given a value."""
    return {name: value for name, value in settings.items() if value is not None}


def triggered(argv_or_unit: str | Iterable[str | PathLike[str]]) -> tuple[str | None, list[str]]:
    """Return the name of a service, or the words of a command."""
    return (argv_or_unit, []) if isinstance(argv_or_unit, str) else (None, run_words(argv_or_unit))


def run_settings(
    properties: Mapping[str, object] | None, **given: str | PathLike[str] | None
) -> dict[str, object]:
    """Return the settings of a command's service."""
    from os import fspath  # noqa: PLC0415 - every interpreter has it

    settings = {name: fspath(value) for name, value in given.items() if value is not None}
    return {**settings, **(properties or {})}


def run_result(
    told: tuple[str, Mapping[str, Any], str | bytes | None, str | bytes | None], text: tuple[str, str] | None
) -> RunResult:
    """Make the result of a command from what the core tells; with an encoding its output is text."""
    from . import RunResult, run_result  # noqa: F401, PLC0415 - see above

    return run_result.from_core(*told, text)


def output_as_text(error: OperationTimeoutError, encoding: str, errors: str) -> None:
    """Make what a command wrote before it was killed text."""
    from .run_result import as_text  # noqa: PLC0415 - see above

    if isinstance(error.stdout, bytes):
        error.stdout = as_text(error.stdout, (encoding, errors))
    if isinstance(error.stderr, bytes):
        error.stderr = as_text(error.stderr, (encoding, errors))


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


def unit_file_list(told: Iterable[tuple[Any, ...]]) -> UnitFileList:
    """Make the list of unit files."""
    return pm2go.UnitFileList(pm2go.UnitFileInfo(*file) for file in told)


def timer_list(told: Iterable[tuple[Any, ...]]) -> TimerList:
    """Make the list of timers."""
    from . import TimerList, unit_models  # noqa: PLC0415 - see above

    return TimerList(map(unit_models.timer, told))


def socket_list(told: Iterable[tuple[Any, ...]]) -> SocketList:
    """Make the list of sockets' addresses, by them."""
    from . import SocketList, unit_models  # noqa: PLC0415 - see above

    return SocketList(sorted(map(unit_models.socket, told), key=lambda it: (it.listen, it.type, it.name)))


def path_list(told: Iterable[tuple[Any, ...]]) -> PathList:
    """Make the list of paths that are watched, by them."""
    from . import PathList, unit_models  # noqa: PLC0415 - see above

    return PathList(sorted(map(unit_models.path, told), key=lambda it: (it.path, it.condition, it.name)))


def automount_list(told: Iterable[tuple[Any, ...]]) -> AutomountList:
    """Make the list of automounts, by their folders."""
    from . import AutomountList, unit_models  # noqa: PLC0415 - see above

    return AutomountList(sorted(map(unit_models.automount, told), key=lambda it: (it.where, it.name)))


def process_list(told: Iterable[tuple[Any, ...]]) -> ProcessList:
    """Make the list of processes, by their numbers."""
    return pm2go.ProcessList(
        sorted((pm2go.UnitProcess(*process) for process in told), key=lambda process: process.pid)
    )


def descriptor_list(told: Iterable[tuple[Any, ...]]) -> DescriptorList:
    """Make the list of stored file descriptors."""
    from . import DescriptorList, unit_models  # noqa: PLC0415 - see above

    return DescriptorList(map(unit_models.stored_descriptor, told))


def setting_list(told: Iterable[tuple[Any, ...]]) -> SettingList:
    """Make the list of settings."""
    return pm2go.SettingList(pm2go.UnitSetting(*setting) for setting in told)


def figure_list(told: Iterable[tuple[Any, ...]]) -> FigureList:
    """Make the list of what units use."""
    from . import figures  # noqa: PLC0415 - see above

    return figures.figure_list(told)


def current_unit(told: tuple[Any, ...] | None) -> CurrentUnit | None:
    """Make the current unit."""
    from . import CurrentUnit, unit_models  # noqa: F401, PLC0415 - see above

    return unit_models.current_unit(told)


def unit_dependency(told: tuple[Any, ...]) -> UnitDependency:
    """Make the tree of dependencies."""
    from . import UnitDependency, unit_models  # noqa: F401, PLC0415 - see above

    return unit_models.unit_dependency(told)


def unit_sources(told: tuple[str, bool, Iterable[tuple[str, str]]]) -> UnitSources:
    """Make the text of a unit."""
    from . import UnitSources, unit_models  # noqa: F401, PLC0415 - see above

    return unit_models.unit_sources(told)
