"""Units: one manager of systemd, asked and told over D-Bus or through `systemctl`."""

from __future__ import annotations

from types import TracebackType

import pm2go

from . import _core
from ._core import Request
from ._spawns import Spawns
from ._telling import Telling
from ._typing import typing
from .job import Job


class Systemd(Spawns):
    """A client of one manager of systemd: the machine's, or a user's own.

    Nothing is connected before the first call. One client may be used from many threads at once, and goes on
    in a forked child with a connection of its own. Use it in a ``with`` statement, or `close` it. As with
    files, a call after that raises (`ConfigError`, which is a `ValueError`).

    Args:
        scope: `"system"` or `"user"`; by default the machine's manager for root, and the user's own for
            everybody else. `"global"` is no manager: the unit files that all users have (`systemctl --global`).
        backend: `"dbus"`, `"command"` (runs `systemctl`), or `"auto"`: D-Bus if it can be had. By default
            what ``PM2GO_BACKEND`` says, or else `"auto"`.
        address: A D-Bus address or the path of a socket, instead of the usual ones.
        timeout: How long a call may take: seconds, a timedelta, a text such as `"1min 30s"`, or ``math.inf``
            (this holds for all times; see `Seconds`). By default what ``PM2GO_DBUS_TIMEOUT`` says, or else 30 seconds.
        monitoring: Whether watching is allowed. By default what ``PM2GO_ENABLE_MONITORING`` says, or else
            yes.
        runtime_dir: The folder to use instead of ``XDG_RUNTIME_DIR``.
        interactive: Whether polkit, or ssh, may ask somebody for a password.
        user: The user whose manager is meant, by name; only root and that user may. It implies ``scope="user"``.
        machine: The container whose manager is meant, as machinectl(1) calls it; only root may. A user's manager there
            with `user`.
        host: The host whose manager is meant, as ``ssh`` takes it: `"web1"`, `"user@web1"`, `"user@web1:2222"`. OpenSSH's
            client is run, with its configuration (or what ``SYSTEMD_SSH`` names), and no password is asked for unless
            `interactive` is set; the host needs systemd and nothing of ours. The scope is `"system"` by default; with
            `"user"` it is the manager of the user who logs in.
        root: A folder that has a system in it, such as a mounted image, instead of a manager: its unit files are listed,
            read, checked, written, enabled, masked, ... (`systemctl --root`). No link in it leads out of it. Paths that
            are given are those inside of it, and those that are told begin with the folder. With ``scope="global"`` what
            all its users have. What needs a manager raises `UnsupportedError`.

    Raises:
        ConfigError: An argument or a ``PM2GO_`` variable is wrong, or arguments exclude one another.
        UnsupportedError: ``systemctl`` reaches no user's manager on another host.

    Example:
        >>> import pm2go
        >>> with pm2go.Systemd() as systemd:
        ...     systemd.get_unit_status("basic.target").active_state
        'active'
    """

    def close(self) -> None:
        """Close the connection. A second time does nothing; any other call after that raises.

        A call that waits in another thread ends with `ConnectionLostError`; what systemd has begun goes on.
        """
        self._end()
        self._client.close()

    def _chosen(self) -> typing.Optional[tuple[str, typing.Optional[str], str]]:
        client = self._client
        return None if client.backend is None else (client.backend, client.endpoint, client.reason or "")

    def _run(
        self,
        request: Request,
        timeout: typing.Optional[pm2go.Seconds],
        told: typing.Optional[Telling] = None,
    ) -> typing.Any:
        self._refuse_closed()
        return (
            self._client.run(request, timeout) if told is None else told.run(self._client, request, timeout)
        )

    def _begin(self, request: Request, timeout: typing.Optional[pm2go.Seconds]) -> Job:
        self._refuse_closed()
        return Job(self, self._client.begin(request, timeout))

    def _started(self, core: _core.Run, text: typing.Optional[tuple[str, str]]) -> pm2go.Run:
        return pm2go.Run(self, self._watches.add(core), text)

    def __enter__(self) -> typing.Self:
        self._refuse_closed()
        return self

    def __exit__(
        self,
        kind: typing.Optional[type[BaseException]],
        exception: typing.Optional[BaseException],
        traceback: typing.Optional[TracebackType],
    ) -> None:
        self.close()
