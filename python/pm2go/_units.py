"""Units: what they are doing, their properties, and waiting for their states."""

from __future__ import annotations

import pm2go

from ._core import Request, read_unit_details
from ._figures import FigureVerbs
from ._results import detailed_status, unit_status
from ._typing import Iterable, typing
from .watch import texts


class Units(FigureVerbs):
    """A client of one manager, with all verbs for units."""

    def connect(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
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

    def get_unit_status(
        self, name: str, *, detail: bool = False, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.UnitStatus:
        """Tell what a unit is doing: its states, processes, times and counters.

        Args:
            name: The unit's name; without a type suffix it is a service.
            detail: Whether to tell also what it executes, with which environment, where, and what it uses: `details` of
                the status.
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
        if detail:
            return detailed_status(self._run(read_unit_details(name), timeout))
        return unit_status(self._run(Request.get_unit_status(name), timeout))

    def get_unit_properties(
        self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.UnitProperties:
        """Return all properties of a unit, by systemd's own names, with their real types.

        `GetAll` of `org.freedesktop.DBus.Properties`, for the unit and for its type. Counters that systemd
        does not keep, and what nobody set, are `None`. Environment variables are among the properties, secrets
        included: systemd shows them to every local user.

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
        properties: pm2go.UnitProperties = self._run(Request.get_unit_properties(name), timeout)
        return properties

    def get_unit_property(
        self, name: str, property_name: str, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> typing.Any:
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

    def live_units(
        self,
        *patterns: str,
        states: typing.Union[str, Iterable[str]] = (),
        types: typing.Union[str, Iterable[str]] = (),
    ) -> pm2go.LiveUnits:
        """Keep a table of how units are: filled once, kept by systemd's own signals, read without asking.

        Driven by the signals of `org.freedesktop.systemd1.Manager` and by `PropertiesChanged` of the units, as
        `watch_units`; the jobs that are in progress at the beginning come from `ListJobs`.

        Args:
            *patterns: Names, or shell patterns of names, such as `"pm2-*"`; without any, all units are in it. A name
                without a type suffix is that of a service, and an alias stands for its unit.
            states: Only units in these active states, such as `"failed"`: one is in the table while it is in one of them.
            types: Only units of these types, such as `"service"`.

        Returns:
            The table. Its ``with`` block begins when it is filled; until then it waits for as long as a call may take,
            and raises `WatchNotBegunError` if the manager does not answer, `MonitoringUnavailableError` if no D-Bus
            connection can be had.

        Raises:
            ConfigError: A pattern, a state or a type is wrong.
            MonitoringUnavailableError: Watching is turned off, or the backend is `systemctl`.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd, systemd.live_units("basic.target") as units:
            ...     units["basic.target"]
            <UnitState active/active>
        """
        self._refuse_closed()
        table = pm2go.LiveUnits(self._client, self._driver, patterns, types, states)
        return self._watches.add(table)

    def wait_for_unit(
        self,
        name: str,
        state: typing.Union[str, Iterable[str]],
        *,
        stable: pm2go.Seconds = 0.0,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitStatus:
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
