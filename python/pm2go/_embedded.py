"""A systemd of one's own, where the machine has none: in containers, in tests, in notebooks."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Literal, Optional

from ._core import Embedded
from ._types import Seconds, Self
from .manager import Manager
from .systemd import Systemd


class EmbeddedSystemd:
    """A private `systemd --user` in namespaces of its own, which ends with this object.

    It boots in less than a second, runs real units, and leaves nothing behind, however the process ends. It has a journal of
    its own, which its clients read as those of another systemd do (`Manager.logs`, ``log=``), and `pm2go.journal` by its
    folder. It needs the programs of systemd, and root or a cgroup of one's own (`systemd-run --user --scope
    --property=Delegate=yes COMMAND` gives one).

    Args:
        timeout: How long it may take to boot.

    Raises:
        UnavailableError: It cannot be started here; the message says what is missing.

    Example:
        >>> import pm2go
        >>> with pm2go.embedded() as box, box.systemd() as systemd:
        ...     systemd.get_unit_status("basic.target").active_state
        'active'
    """

    def __init__(self, *, timeout: Seconds = 10.0) -> None:
        self._core = Embedded(timeout)

    @property
    def runtime_dir(self) -> Path:
        """Its `XDG_RUNTIME_DIR`."""
        return self._core.runtime_dir

    @property
    def unit_dir(self) -> Path:
        """Where its unit files are."""
        return self._core.unit_dir

    @property
    def private_socket(self) -> Path:
        """The socket on which it speaks D-Bus."""
        return self._core.private_socket

    @property
    def journal_dir(self) -> Path:
        """The folder of its journal, which ends with it.

        Example:
            >>> import pm2go
            >>> from pm2go import journal
            >>> with pm2go.embedded() as box:
            ...     entries = journal.read("basic.target", scope="user", folder=box.journal_dir)
            ...     print(next(entries).user_unit)
            basic.target
        """
        return self._core.journal_dir

    @property
    def running(self) -> bool:
        """Whether it runs: it ends early if somebody kills it or tells it to exit, or while it is stopped."""
        return self._core.running

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which `systemctl --user` and other programs find it."""
        return self._core.environment

    def systemd(
        self,
        *,
        backend: Optional[Literal["auto", "dbus", "command"]] = None,
        address: Optional[str] = None,
        timeout: Optional[Seconds] = None,
        monitoring: Optional[bool] = None,
    ) -> Systemd:
        """Make a client of it.

        Args:
            backend: As for `Systemd`.
            address: As for `Systemd`.
            timeout: As for `Systemd`.
            monitoring: As for `Systemd`.

        Returns:
            The client.
        """
        return Systemd(
            scope="user",
            runtime_dir=self.runtime_dir,
            backend=backend,
            address=address,
            timeout=timeout,
            monitoring=monitoring,
        )

    def manager(
        self,
        *,
        prefix: str = "pm2-",
        backend: Optional[Literal["auto", "dbus", "command"]] = None,
        address: Optional[str] = None,
        timeout: Optional[Seconds] = None,
        monitoring: Optional[bool] = None,
    ) -> Manager:
        """Make a manager of apps on it.

        Args:
            prefix: As for `Manager`.
            backend: As for `Manager`.
            address: As for `Manager`.
            timeout: As for `Manager`.
            monitoring: As for `Manager`.

        Returns:
            The manager.
        """
        return Manager(
            scope="user",
            runtime_dir=self.runtime_dir,
            unit_dir=self.unit_dir,
            prefix=prefix,
            backend=backend,
            address=address,
            timeout=timeout,
            monitoring=monitoring,
        )

    def read_log(self) -> str:
        """Return the end of what its units and itself have said, also after it has stopped: a MiB at most, as a text.

        Raises:
            StorageError: The log cannot be read.
        """
        return self._core.read_log()

    def stop(self) -> None:
        """End it with everything that runs in it. A second time does nothing."""
        self._core.stop()

    close = stop

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<EmbeddedSystemd {self.runtime_dir}>"


def embedded(*, timeout: Seconds = 10.0) -> EmbeddedSystemd:
    """Boot an embedded systemd; use it in a ``with`` statement, or `EmbeddedSystemd.stop` it.

    Args:
        timeout: How long it may take to boot.

    Returns:
        The systemd, ready for use.

    Raises:
        UnavailableError: It cannot be started here; the message says what is missing.

    Example:
        >>> import pm2go
        >>> with pm2go.embedded() as box, box.manager() as manager:
        ...     manager.start(pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"]))
        <AppResult clock started>
    """
    return EmbeddedSystemd(timeout=timeout)
