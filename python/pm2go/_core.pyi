"""
The compiled part of pm2go; use the classes of `pm2go` itself.
"""

from _typeshed import SupportsGetItem
from os import PathLike
from typing import Any, Final, SupportsFloat, SupportsIndex, final

__all__ = ["__version__", "Apps", "Client", "Request", "check_app"]

__version__: Final[str]
"""
The version of the compiled part.
"""

@final
class Apps:
    """
    Makes requests about the apps of one scope.
    """
    def __new__(cls, /, client: Client, *, prefix: str | None = None, unit_dir: str | PathLike[str] | None = None) -> Apps: ...
    def delete(self, /, name: str) -> Request:
        """
        Delete an app.
        """
    def describe(self, /, name: str) -> Request:
        """
        Tell all about an app.
        """
    def list(self, /) -> Request:
        """
        List all apps.
        """
    def logs(self, /, name: str, lines: SupportsIndex) -> Request:
        """
        The last lines that an app logged.
        """
    def restart(self, /, name: str, settle: SupportsFloat | SupportsIndex, log_lines: SupportsIndex) -> Request:
        """
        Restart an app.
        """
    def start(self, /, app: dict, settle: SupportsFloat | SupportsIndex, log_lines: SupportsIndex) -> Request:
        """
        Deploy an app.
        """
    def stop(self, /, name: str, log_lines: SupportsIndex) -> Request:
        """
        Stop an app.
        """
    def unit(self, /, name: str) -> str:
        """
        The unit of the app of this name.
        """

@final
class Client:
    """
    A client of one manager.
    """
    def __new__(cls, /, *, scope: str | None = None, backend: str | None = None, address: str | None = None, timeout: Any | None = None, monitoring: bool | None = None, runtime_dir: str | PathLike[str] | None = None, interactive: bool = False) -> Client: ...
    @property
    def backend(self, /) -> str | None:
        """
        The backend in use, `dbus` or `command`; `None` before the first call.
        """
    def close(self, /) -> None:
        """
        Closes the connection; a later call opens a new one.
        """
    @property
    def endpoint(self, /) -> str | None:
        """
        Where the D-Bus connection leads.
        """
    @property
    def monitoring(self, /) -> bool:
        """
        Whether watching is allowed.
        """
    @property
    def reason(self, /) -> str | None:
        """
        Why this backend was chosen.
        """
    def run(self, /, request: Request, timeout: Any | None = None) -> Any:
        """
        Does what is asked, on the calling thread.
        """
    @property
    def scope(self, /) -> str:
        """
        `system` or `user`.
        """
    @property
    def settings(self, /) -> str:
        """
        The settings and where they came from.
        """
    @property
    def timeout(self, /) -> float | None:
        """
        How long a call may take, in seconds; `None` for as long as it takes.
        """

@final
class Request:
    """
    Something to ask of a client.
    """
    def __repr__(self, /) -> str: ...
    @staticmethod
    def connect() -> Request:
        """
        Connect, if there is no connection.
        """
    @staticmethod
    def disable_unit(name: str) -> Request:
        """
        Make a unit no longer start at boot.
        """
    @staticmethod
    def enable_unit(name: str) -> Request:
        """
        Make a unit start at boot.
        """
    @staticmethod
    def get_unit_properties(name: str) -> Request:
        """
        Tell all properties of a unit.
        """
    @staticmethod
    def get_unit_status(name: str) -> Request:
        """
        Tell what a unit is doing.
        """
    @staticmethod
    def list_units(patterns: SupportsGetItem[int, str]) -> Request:
        """
        List the loaded units whose names match one of the patterns.
        """
    @staticmethod
    def reload() -> Request:
        """
        Read all unit files again.
        """
    @staticmethod
    def reset_failed_unit(name: str) -> Request:
        """
        Clear a unit's failed state and restart counter.
        """
    @staticmethod
    def run_job(verb: str, name: str, mode: str, settle: SupportsFloat | SupportsIndex, log_lines: SupportsIndex) -> Request:
        """
        Run a job: `verb` is `start`, `stop` or `restart`.
        """

def check_app(app: dict) -> tuple[dict, list[str]]:
    """
    Checks an app's configuration and gives it with all defaults and absolute paths, and what to warn of.
    """

@final
class Embedded:
    def __new__(cls, /, timeout: Any | None = None) -> Embedded: ...
    @property
    def environment(self, /) -> dict[str, str]: ...
    @property
    def log_path(self, /) -> str: ...
    @property
    def private_socket(self, /) -> str: ...
    @property
    def runtime_dir(self, /) -> str: ...
    def stop(self, /) -> None: ...
    @property
    def unit_dir(self, /) -> str: ...
