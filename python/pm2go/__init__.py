"""Control systemd from Python: units and apps, over D-Bus or `systemctl`.

`Systemd` is about units, `Manager` about apps. Importing this package does nothing: no connection, no thread,
no file, no logging handler. What pm2go has to tell on the way goes to the logger `pm2go`.
"""

# Each name is loaded when it is first used: a program that only lists units needs no asyncio.
from __future__ import annotations

# Type checkers take this for `typing.TYPE_CHECKING`, whose import would cost more than all the rest here. (Without its
# type, jedi takes what is below for dead code.)
TYPE_CHECKING: bool = False
if TYPE_CHECKING:
    from . import aio_journal, journal
    from ._async._unit_edit import AsyncUnitEdit
    from ._core import PropertiesEvent, UnitEvent, UnitInfo, UnitState, __version__
    from ._embedded import EmbeddedSystemd, embedded
    from ._types import Seconds
    from ._unit_edit import UnitEdit
    from .aio import AsyncSystemd
    from .aio_job import AsyncJob
    from .aio_live import AsyncLiveUnits
    from .aio_manager import AsyncManager
    from .aio_run import AsyncRun
    from .app import AppConfig, Pm2goConfigWarning, Pm2goSecretWarning
    from .app_models import App, AppDescription, AppList, AppResult
    from .exceptions import (
        AuthorizationRequiredError,
        CommandFailedError,
        ConfigError,
        ConnectionLostError,
        DependencyFailedError,
        JobCanceledError,
        JobError,
        JobFailedError,
        JobRefusedError,
        JobsFailedError,
        JobTimeoutError,
        MonitoringUnavailableError,
        NotOwnedError,
        OperationTimeoutError,
        PermissionDeniedError,
        Pm2goError,
        StorageError,
        SystemdError,
        UnavailableError,
        UnitExistsError,
        UnitLoadError,
        UnitMaskedError,
        UnitNotFoundError,
        UnsupportedError,
        WatchNotBegunError,
    )
    from .figure_stream import FigureStream
    from .figures import FigureList, Pressure, Stall, UnitFigures
    from .job import Job
    from .live import LiveUnits
    from .manager import Manager
    from .manager_status import ManagerStatus, ResourceLimit
    from .models import AffectedJob, JobInfo, JobPlan, JobResult, UnitFileChange, UnitFileChanges, UnitStatus
    from .problem import Problem
    from .properties import PropertyWatch
    from .quoting import (
        ExecCommand,
        quote_command,
        quote_environment,
        quote_path,
        quote_text,
        split_command,
        split_environment,
    )
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
        UnitList,
    )
    from .run import Run
    from .run_result import RunResult
    from .start_times import StartTime, StartTimes
    from .systemd import Systemd
    from .times import (
        CalendarExpression,
        format_timespan,
        format_timestamp,
        next_elapses,
        parse_timespan,
        parse_timestamp,
    )
    from .unit_details import UnitDetails
    from .unit_file import Assignment, DropIn, IgnoredLine, UnitFile, UnitProblem, UnitText, UnitTextChange
    from .unit_models import (
        AutomountInfo,
        CurrentUnit,
        PathInfo,
        SocketInfo,
        StoredDescriptor,
        TimerInfo,
        UnitDependency,
        UnitFileInfo,
        UnitProcess,
        UnitSetting,
        UnitSource,
        UnitSources,
    )
    from .unit_name import UnitName, escape, escape_path, unescape, unescape_path
    from .unit_properties import UnitProperties
    from .watch import Watch
else:
    #: Where the names are; a test holds it against `__all__`.
    _NAMES = {
        "_async._unit_edit": "AsyncUnitEdit",
        "_core": "PropertiesEvent UnitEvent UnitInfo UnitState __version__",
        "_embedded": "EmbeddedSystemd embedded",
        "_types": "Seconds",
        "_unit_edit": "UnitEdit",
        "aio": "AsyncSystemd",
        "aio_job": "AsyncJob",
        "aio_journal": "",
        "aio_live": "AsyncLiveUnits",
        "aio_manager": "AsyncManager",
        "aio_run": "AsyncRun",
        "app": "AppConfig Pm2goConfigWarning Pm2goSecretWarning",
        "app_models": "App AppDescription AppList AppResult",
        "exceptions": "AuthorizationRequiredError CommandFailedError ConfigError ConnectionLostError "
        "DependencyFailedError JobCanceledError JobError JobFailedError JobRefusedError JobsFailedError JobTimeoutError "
        "MonitoringUnavailableError "
        "NotOwnedError OperationTimeoutError PermissionDeniedError Pm2goError StorageError SystemdError "
        "UnavailableError UnitExistsError UnitLoadError UnitMaskedError UnitNotFoundError UnsupportedError "
        "WatchNotBegunError",
        "figure_stream": "FigureStream",
        "figures": "FigureList Pressure Stall UnitFigures",
        "job": "Job",
        "journal": "",
        "live": "LiveUnits",
        "manager": "Manager",
        "manager_status": "ManagerStatus ResourceLimit",
        "models": "AffectedJob JobInfo JobPlan JobResult UnitFileChange UnitFileChanges UnitStatus",
        "problem": "Problem",
        "properties": "PropertyWatch",
        "quoting": "ExecCommand quote_command quote_environment quote_path quote_text split_command split_environment",
        "start_times": "StartTime StartTimes",
        "times": "CalendarExpression format_timespan format_timestamp next_elapses parse_timespan parse_timestamp",
        "unit_details": "UnitDetails",
        "unit_file": "Assignment DropIn IgnoredLine UnitFile UnitProblem UnitText UnitTextChange",
        "unit_name": "UnitName escape escape_path unescape unescape_path",
        "rows": "AutomountList DescriptorList JobList JobResults PathList ProcessList SettingList SocketList TimerList "
        "UnitFileList UnitList",
        "run": "Run",
        "run_result": "RunResult",
        "systemd": "Systemd",
        "unit_models": "AutomountInfo CurrentUnit PathInfo SocketInfo StoredDescriptor TimerInfo UnitDependency "
        "UnitFileInfo UnitProcess UnitSetting UnitSource UnitSources",
        "unit_properties": "UnitProperties",
        "watch": "Watch",
    }
    _PLACES = {name: module for module, names in _NAMES.items() for name in names.split()}

    #: By process: a forked child must not wait for a thread that it does not have.
    _LOADING = {}

    def __getattr__(name):  # noqa: ANN001, ANN202 - type checkers do not see it: to them it would allow any name
        from importlib import import_module  # noqa: PLC0415 - most programs never come here twice

        if name in _PLACES:
            value = globals()[name] = _load(import_module, name)
            return value
        if name in _NAMES:
            return import_module(f".{name}", __name__)
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)

    def _load(import_module, name):  # noqa: ANN001, ANN202 - as above
        """Load what has this name: one thread at a time, and without a signal handler in the middle of it.

        Both could come upon modules that are not there in full yet; threads do so up to Python 3.9.2
        (bpo-43517).
        """
        import os  # noqa: PLC0415 - these two every interpreter has
        from _signal import SIG_BLOCK, SIG_SETMASK, pthread_sigmask, valid_signals  # noqa: PLC0415
        from _thread import RLock  # noqa: PLC0415

        with _LOADING.setdefault(os.getpid(), RLock()):
            before = pthread_sigmask(SIG_BLOCK, ())
            try:
                pthread_sigmask(SIG_BLOCK, valid_signals())
                return getattr(import_module(f".{_PLACES[name]}", __name__), name)
            finally:
                pthread_sigmask(SIG_SETMASK, before)

    def __dir__():  # noqa: ANN202 - as above
        return sorted({*globals(), *_PLACES, *_NAMES})


__all__ = [
    "AffectedJob",
    "App",
    "AppConfig",
    "AppDescription",
    "AppList",
    "AppResult",
    "Assignment",
    "AsyncJob",
    "AsyncLiveUnits",
    "AsyncManager",
    "AsyncRun",
    "AsyncSystemd",
    "AsyncUnitEdit",
    "AuthorizationRequiredError",
    "AutomountInfo",
    "AutomountList",
    "CalendarExpression",
    "CommandFailedError",
    "ConfigError",
    "ConnectionLostError",
    "CurrentUnit",
    "DependencyFailedError",
    "DescriptorList",
    "DropIn",
    "EmbeddedSystemd",
    "ExecCommand",
    "FigureList",
    "FigureStream",
    "IgnoredLine",
    "Job",
    "JobCanceledError",
    "JobError",
    "JobFailedError",
    "JobInfo",
    "JobList",
    "JobPlan",
    "JobRefusedError",
    "JobResult",
    "JobResults",
    "JobTimeoutError",
    "JobsFailedError",
    "LiveUnits",
    "Manager",
    "ManagerStatus",
    "MonitoringUnavailableError",
    "NotOwnedError",
    "OperationTimeoutError",
    "PathInfo",
    "PathList",
    "PermissionDeniedError",
    "Pm2goConfigWarning",
    "Pm2goError",
    "Pm2goSecretWarning",
    "Pressure",
    "Problem",
    "ProcessList",
    "PropertiesEvent",
    "PropertyWatch",
    "ResourceLimit",
    "Run",
    "RunResult",
    "Seconds",
    "SettingList",
    "SocketInfo",
    "SocketList",
    "Stall",
    "StartTime",
    "StartTimes",
    "StorageError",
    "StoredDescriptor",
    "Systemd",
    "SystemdError",
    "TimerInfo",
    "TimerList",
    "UnavailableError",
    "UnitDependency",
    "UnitDetails",
    "UnitEdit",
    "UnitEvent",
    "UnitExistsError",
    "UnitFigures",
    "UnitFile",
    "UnitFileChange",
    "UnitFileChanges",
    "UnitFileInfo",
    "UnitFileList",
    "UnitInfo",
    "UnitList",
    "UnitLoadError",
    "UnitMaskedError",
    "UnitName",
    "UnitNotFoundError",
    "UnitProblem",
    "UnitProcess",
    "UnitProperties",
    "UnitSetting",
    "UnitSource",
    "UnitSources",
    "UnitState",
    "UnitStatus",
    "UnitText",
    "UnitTextChange",
    "UnsupportedError",
    "Watch",
    "WatchNotBegunError",
    "__version__",
    "aio_journal",
    "embedded",
    "escape",
    "escape_path",
    "format_timespan",
    "format_timestamp",
    "journal",
    "next_elapses",
    "parse_timespan",
    "parse_timestamp",
    "quote_command",
    "quote_environment",
    "quote_path",
    "quote_text",
    "split_command",
    "split_environment",
    "unescape",
    "unescape_path",
]
