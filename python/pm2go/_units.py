"""Units: what can be asked of one manager of systemd, and told it, but for jobs (`_unit_jobs`)."""

from __future__ import annotations

from ._core import Request
from ._results import unit_file_changes, unit_status
from ._typing import TYPE_CHECKING
from ._unit_jobs import UnitJobs
from .rows import unit_list
from .watch import texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._types import Seconds
    from .models import UnitFileChanges, UnitStatus
    from .rows import UnitList
    from .unit_properties import UnitProperties


class Units(UnitJobs):
    """A client of one manager, with all verbs for units."""

    def connect(self, *, timeout: Seconds | None = None) -> None:
        """Connect now rather than at the first call, to see early whether there is a systemd.

        Args:
            timeout: As for every call: how long it may take, instead of the client's `timeout`.

        Raises:
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.connect()
            ...     systemd.backend
            'dbus'
        """
        self._run(Request.connect(), timeout)

    def enable_unit(self, name: str, *, timeout: Seconds | None = None) -> UnitFileChanges:
        """Have a unit started at boot (for the user scope: with the user's manager), as its file says.

        `EnableUnitFiles` of `org.freedesktop.systemd1.Manager`; a reload follows when something changed. systemd
        does not enable an alias: the error names the unit that it stands for.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were made, and what systemd remarked, as of a unit without an `[Install]` section;
            false when all was so already.

        Raises:
            UnitNotFoundError: There is no such unit file.
            UnsupportedError: The name is an alias.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.enable_unit("pm2-clock").changed  # start() did it
            ...     left = manager.delete("clock")
            False
        """
        return unit_file_changes(self._run(Request.enable_unit(name), timeout))

    def disable_unit(self, name: str, *, timeout: Seconds | None = None) -> UnitFileChanges:
        """Undo `enable_unit`. `DisableUnitFiles` of `org.freedesktop.systemd1.Manager`.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were removed; false when all was so already.

        Raises:
            UnitNotFoundError: There is no such unit file.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.disable_unit("pm2-clock").changed
            ...     left = manager.delete("clock")
            True
        """
        return unit_file_changes(self._run(Request.disable_unit(name), timeout))

    def list_units(self, *patterns: str, timeout: Seconds | None = None) -> UnitList:
        """List the units that systemd has in memory. `ListUnitsByPatterns` of the manager.

        Args:
            *patterns: Names, or shell patterns of names, such as `"pm2-*"`; without any, all units are listed. A
                name without a type suffix is that of a service, an alias stands for its unit, and a pattern has to
                match the whole name, the suffix included.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The units; ``print`` shows them as a table, and ``pandas.DataFrame`` takes them as they are.

        Raises:
            ConfigError: A name cannot be that of a unit.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     [unit.name for unit in systemd.list_units("basic.target")]
            ['basic.target']
        """
        return unit_list(self._run(Request.list_units(patterns), timeout))

    def get_unit_status(self, name: str, *, timeout: Seconds | None = None) -> UnitStatus:
        """Tell what a unit is doing: its states, processes, times and counters.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The status.

        Raises:
            UnitNotFoundError: There is no such unit.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.get_unit_status("basic.target")
            <UnitStatus basic.target active/active>
        """
        return unit_status(self._run(Request.get_unit_status(name), timeout))

    def get_unit_properties(self, name: str, *, timeout: Seconds | None = None) -> UnitProperties:
        """Return all properties of a unit, by systemd's own names, with their real types.

        `GetAll` of `org.freedesktop.DBus.Properties`, for the unit and for its type. Counters that systemd
        does not keep are `None`. Environment variables are among the properties, secrets included: systemd
        shows them to every local user.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The properties (org.freedesktop.systemd1(5)), a dict; its `to_dict` is for `json.dumps`.

        Raises:
            UnitNotFoundError: There is no such unit.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.get_unit_properties("basic.target")["ActiveState"]
            'active'
        """
        properties: UnitProperties = self._run(Request.get_unit_properties(name), timeout)
        return properties

    def get_unit_property(self, name: str, property_name: str, *, timeout: Seconds | None = None) -> Any:
        """Read one property of a unit, faster than all of them.

        Args:
            name: The unit; without a suffix it is a service.
            property_name: The property's name as systemd spells it, see org.freedesktop.systemd1(5).
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The value, typed as in `get_unit_properties`; `None` for what is not set.

        Raises:
            UnitNotFoundError: There is no such unit.
            ConfigError: The unit has no such property.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.get_unit_property("basic.target", "ActiveState")
            'active'
        """
        return self._run(Request.get_unit_property(name, property_name), timeout)

    def daemon_reload(self, *, timeout: Seconds | None = None) -> None:
        """Have the manager read all unit files again. `Reload` of `org.freedesktop.systemd1.Manager`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.daemon_reload()
        """
        self._run(Request.daemon_reload(), timeout)

    def reset_failed_unit(self, name: str, *, timeout: Seconds | None = None) -> None:
        """Clear a unit's failed state and its restart counter. `ResetFailedUnit` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: systemd does not have such a unit in memory: nothing of it is remembered.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.reset_failed_unit("pm2-clock")
            ...     left = manager.delete("clock")
        """
        self._run(Request.reset_failed_unit(name), timeout)

    def wait_for_unit(
        self,
        name: str,
        state: str | Iterable[str],
        *,
        stable: Seconds = 0.0,
        timeout: Seconds | None = None,
    ) -> UnitStatus:
        """Wait until a unit is in a state, by systemd's own signals; if it is already, return at once.

        Args:
            name: The unit's name; without a type suffix it is a service.
            state: The `ActiveState` or `SubState` to wait for, such as `"active"` or `"exited"`; or several,
                of which any will do.
            stable: How long it has to stay so without a break; another run of the unit is one.
            timeout: How long to wait, instead of the client's `timeout`.

        Returns:
            The unit's status right after; the state may have changed once more.

        Raises:
            UnitNotFoundError: There is no such unit.
            OperationTimeoutError: It did not come about in time.
            MonitoringUnavailableError: Watching is turned off, or there is no D-Bus connection to be had.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.wait_for_unit("basic.target", "active")
            <UnitStatus basic.target active/active>
        """
        return unit_status(self._run(Request.wait_for_unit(name, texts(state), stable), timeout))
