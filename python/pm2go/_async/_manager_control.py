# Written by scripts/generate from ../_manager_control.py: change that, and run it again.
"""The manager itself: what it is and does, its environment and its log, and its end."""

from __future__ import annotations

import pm2go
from pm2go._core import Request
from pm2go._results import manager_status
from pm2go._typing import Iterable, Mapping, typing
from pm2go.watch import texts

from ._manager_verbs import AsyncManagerVerbs


class AsyncManagerControl(AsyncManagerVerbs):
    """A client of one manager, with the verbs for the manager itself."""

    async def get_manager_status(
        self, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.ManagerStatus:
        """Tell what the manager is and does: version, state, times of the boot, counts, defaults.

        `GetAll` of `org.freedesktop.DBus.Properties`, for `org.freedesktop.systemd1.Manager`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The status.

        Raises:
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     status = await systemd.get_manager_status()
            >>> status.version != "", "+PAM" in status.features, status.n_names > 0
            (True, True, True)
        """
        return manager_status(await self._run(Request.get_manager_status(), timeout))

    async def get_manager_properties(
        self, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.UnitProperties:
        """Return all properties of the manager, by systemd's own names, with their real types.

        `GetAll` of `org.freedesktop.DBus.Properties`, for `org.freedesktop.systemd1.Manager`. Times that never came and
        limits that there are none of are `None`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The properties (org.freedesktop.systemd1(5)), a dict; its `to_dict` is for `json.dumps`.

        Raises:
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     len((await systemd.get_manager_properties())["UnitPath"]) > 3
            True
        """
        properties: pm2go.UnitProperties = await self._run(Request.get_manager_properties(), timeout)
        return properties

    async def get_manager_property(
        self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> typing.Any:
        """Read one property of the manager. `Get` of `org.freedesktop.DBus.Properties`.

        Args:
            name: The property's name as systemd spells it, see org.freedesktop.systemd1(5).
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The value, typed as in `get_manager_properties`; `None` for what is not set.

        Raises:
            ConfigError: The manager has no such property.
            UnsupportedError: This systemd has none yet.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.get_manager_property("SystemState") in ("running", "degraded", "starting")
            True
        """
        return await self._run(Request.get_manager_property(name), timeout)

    async def set_manager_property(
        self,
        name: str,
        value: typing.Union[str, int],
        *,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Set a property of the manager. `Set` of `org.freedesktop.DBus.Properties`.

        It holds until the manager ends. What is kept beyond that stands in systemd-system.conf(5).

        Args:
            name: `LogLevel`, `LogTarget`, `ServiceWatchdogs`, `RuntimeWatchdogUSec`, `RuntimeWatchdogPreUSec`,
                `RuntimeWatchdogPreGovernor`, `RebootWatchdogUSec` or `KExecWatchdogUSec`.
            value: A text, a truth value, or a number of microseconds, as the property has it.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            ConfigError: The manager has no such property, it cannot be set, or not to this value.
            UnsupportedError: systemctl cannot do it, and no message bus can be asked.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.set_manager_property("ServiceWatchdogs", True)
        """
        await self._run(Request.set_manager_property(name, value), timeout)

    async def get_log_level(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> str:
        """Tell what the manager logs. Its property `LogLevel`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            `"info"`, `"debug"`, ... (systemctl(1), ``log-level``).

        Raises:
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.get_log_level()
            'info'
        """
        level: str = await self._run(Request.get_manager_property("LogLevel"), timeout)
        return level

    async def set_log_level(self, level: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Choose what the manager logs, until it ends. Its property `LogLevel`.

        Args:
            level: `"emerg"`, `"alert"`, `"crit"`, `"err"`, `"warning"`, `"notice"`, `"info"` or `"debug"`.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            ConfigError: systemd knows no such level.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.set_log_level(await systemd.get_log_level())
        """
        await self._run(Request.set_manager_property("LogLevel", level), timeout)

    async def get_log_target(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> str:
        """Tell where the manager logs to. Its property `LogTarget`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            `"journal-or-kmsg"`, `"console"`, ... (systemctl(1), ``log-target``).

        Raises:
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.get_log_target() != ""
            True
        """
        target: str = await self._run(Request.get_manager_property("LogTarget"), timeout)
        return target

    async def set_log_target(self, target: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Choose where the manager logs to, until it ends. Its property `LogTarget`.

        Args:
            target: `"console"`, `"kmsg"`, `"journal"`, `"journal-or-kmsg"`, `"auto"`, `"null"`, ...
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            ConfigError: systemd knows no such target.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.set_log_target(await systemd.get_log_target())
        """
        await self._run(Request.set_manager_property("LogTarget", target), timeout)

    async def get_environment(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> dict[str, str]:
        """Return the environment variables that the manager gives to what it starts. Its property `Environment`.

        systemd shows them to every local user: they are no place for secrets.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The variables by their names.

        Raises:
            UnavailableError: There is no systemd that can be reached.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     "PATH" in await systemd.get_environment()
            True
        """
        variables: dict[str, str] = await self._run(Request.get_environment(), timeout)
        return variables

    async def set_environment(
        self,
        variables: Mapping[str, str],
        *,
        unset: typing.Union[str, Iterable[str]] = (),
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Set environment variables for all that the manager starts from now on. `SetEnvironment` of the manager.

        Args:
            variables: The variables by their names. systemd shows them to every local user.
            unset: Names of others that are unset in the same moment (`UnsetAndSetEnvironment`).
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            ConfigError: A name or a value cannot be that of an environment variable.
            UnsupportedError: With `unset`, systemctl cannot do it, and no message bus can be asked.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.set_environment({"PM2GO_EXAMPLE": "a b"})
            ...     (await systemd.get_environment())["PM2GO_EXAMPLE"]
            ...     await systemd.unset_environment("PM2GO_EXAMPLE")
            'a b'
        """
        names = texts(unset)
        if names:
            request = Request.call("unset_and_set_environment", names, variables)
        else:
            request = Request.call("set_environment", variables)
        await self._run(request, timeout)

    async def unset_environment(self, *names: str, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Unset environment variables for all that the manager starts from now on. `UnsetEnvironment` of the manager.

        Args:
            *names: The names of the variables; one that is not set is no error.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            ConfigError: A name cannot be that of an environment variable.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.unset_environment("PM2GO_NOBODYS")
        """
        await self._run(Request.call("unset_environment", names), timeout)

    async def daemon_reexec(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Have the manager execute its program again, and wait until it is there. `Reexecute` of the manager.

        Units, jobs and this client's watches, tables and waits outlive it: watches tell of a gap.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.daemon_reexec()
            ...     (await systemd.get_unit_status("basic.target")).active_state
            'active'
        """
        await self._run(Request.reexecute(), timeout)
