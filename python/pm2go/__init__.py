"""Control systemd from Python: units and apps, over D-Bus or `systemctl`.

`Systemd` is about units, `Manager` about apps. Importing this package does nothing: no connection, no thread,
no file, no logging handler. What pm2go has to tell on the way goes to the logger `pm2go`.
"""

from __future__ import annotations

from ._core import UnitEvent, UnitState, __version__
from .aio import AsyncSystemd
from .aio_manager import AsyncManager
from .app import AppConfig, Pm2goSecretWarning
from .app_models import App, AppDescription, AppList, AppResult
from .embedded import EmbeddedSystemd, embedded
from .exceptions import (
    AuthorizationRequiredError,
    ConfigError,
    ConnectionLostError,
    DependencyFailedError,
    JobCanceledError,
    JobError,
    JobFailedError,
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
)
from .job import AsyncJob, Job
from .manager import Manager
from .models import JobResult, UnitFileChange, UnitFileChanges, UnitInfo, UnitList, UnitStatus
from .systemd import Systemd
from .watch import Watch

__all__ = [
    "App",
    "AppConfig",
    "AppDescription",
    "AppList",
    "AppResult",
    "AsyncJob",
    "AsyncManager",
    "AsyncSystemd",
    "AuthorizationRequiredError",
    "ConfigError",
    "ConnectionLostError",
    "DependencyFailedError",
    "EmbeddedSystemd",
    "Job",
    "JobCanceledError",
    "JobError",
    "JobFailedError",
    "JobResult",
    "JobTimeoutError",
    "Manager",
    "MonitoringUnavailableError",
    "NotOwnedError",
    "OperationTimeoutError",
    "PermissionDeniedError",
    "Pm2goError",
    "Pm2goSecretWarning",
    "StorageError",
    "Systemd",
    "SystemdError",
    "UnavailableError",
    "UnitEvent",
    "UnitExistsError",
    "UnitFileChange",
    "UnitFileChanges",
    "UnitInfo",
    "UnitList",
    "UnitLoadError",
    "UnitMaskedError",
    "UnitNotFoundError",
    "UnitState",
    "UnitStatus",
    "UnsupportedError",
    "Watch",
    "__version__",
    "embedded",
]
