"""Control systemd from Python: units and apps, over D-Bus or `systemctl`.

`Systemd` is about units, `Manager` about apps. Importing this package does nothing: no connection, no thread,
no file, no logging handler. What pm2go has to tell on the way goes to the logger `pm2go`.
"""

from __future__ import annotations

from ._core import __version__
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
from .models import JobResult, UnitFileChange, UnitFileChanges, UnitInfo, UnitList, UnitStatus
from .systemd import Systemd

__all__ = [
    "AuthorizationRequiredError",
    "ConfigError",
    "ConnectionLostError",
    "DependencyFailedError",
    "JobCanceledError",
    "JobError",
    "JobFailedError",
    "JobResult",
    "JobTimeoutError",
    "MonitoringUnavailableError",
    "NotOwnedError",
    "OperationTimeoutError",
    "PermissionDeniedError",
    "Pm2goError",
    "StorageError",
    "Systemd",
    "SystemdError",
    "UnavailableError",
    "UnitExistsError",
    "UnitFileChange",
    "UnitFileChanges",
    "UnitInfo",
    "UnitList",
    "UnitLoadError",
    "UnitMaskedError",
    "UnitNotFoundError",
    "UnitStatus",
    "UnsupportedError",
    "__version__",
]
