"""Apps: deployed as units of systemd, and looked after by it."""

from __future__ import annotations

from types import TracebackType
from typing import Optional

from ._app_tables import AppTables
from ._types import Self


class Manager(AppTables):
    """Deploys apps as units of systemd: writes their unit files, starts, stops, lists and deletes them.

    An app NAME is the unit `pm2-NAME.service`, in `/etc/systemd/system` or, in the user scope, in
    `$XDG_CONFIG_HOME/systemd/user`. Only units that pm2go wrote are ever listed, overwritten or deleted.

    Use it in a ``with`` statement, or `close` it; a call after that raises, as with `Systemd`.

    Args:
        systemd: The client to work with; it stays open when the manager is closed. Without it the manager
            makes one with the remaining arguments, which are those of `Systemd`, and closes it.
        prefix: What the names of the units begin with.
        unit_dir: The folder of the unit files, instead of the usual one.
        scope: As for `Systemd`.
        backend: As for `Systemd`.
        address: As for `Systemd`.
        timeout: As for `Systemd`.
        monitoring: As for `Systemd`.
        runtime_dir: As for `Systemd`.
        interactive: As for `Systemd`.
        user: As for `Systemd`. Elsewhere, and for another user, unit files are written by a shell there, with the same
            care as here; an app is looked at there when it is started (`check_app`).
        machine: As for `Systemd`.
        host: As for `Systemd`.

    Raises:
        ConfigError: An argument or a ``PM2GO_`` variable is wrong.

    Example:
        >>> import pm2go
        >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
        >>> with pm2go.Manager() as manager:
        ...     manager.start(clock)
        ...     manager.describe("clock").status
        ...     manager.delete("clock")
        <AppResult clock started>
        'online'
        []
    """

    def close(self) -> None:
        """Close the client, if the manager made it. A second time does nothing; any other call raises."""
        self._end()
        if self._owns_systemd:
            self._systemd.close()

    def __enter__(self) -> Self:
        self._refuse_closed()
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()
