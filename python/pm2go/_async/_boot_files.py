# Written by scripts/generate from ../_boot_files.py: change that, and run it again.
"""Unit files: what starts with which target, and what the vendor wishes of all units."""

from __future__ import annotations

import pm2go
from pm2go._core import Request
from pm2go._results import unit_file_changes
from pm2go._typing import typing

from ._unit_files import AsyncUnitFiles


class AsyncBootFiles(AsyncUnitFiles):
    """A client of one manager, with the verbs for what is booted into."""

    async def preset_all_units(
        self,
        *,
        mode: typing.Literal["full", "enable-only", "disable-only"] = "full",
        runtime: bool = False,
        force: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileChanges:
        """Enable or disable all units as the vendor and the administrator wish. `PresetAllUnitFiles` of the manager.

        Args:
            mode: `"full"`, `"enable-only"` or `"disable-only"` (systemd.preset(5)).
            runtime: Whether only until the next boot.
            force: Whether to replace links that are in the way.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were made and removed, in no order; false when all was so already.

        Raises:
            UnitExistsError: A file is in the way; or a link, and `force` is not set.
            UnitMaskedError: One that is to be enabled is masked (only some are no error to systemd).
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     changes = await systemd.preset_all_units(mode="disable-only", dry_run=True)
            >>> {change.kind for change in changes.changes} <= {"unlink"}
            True
        """
        return unit_file_changes(
            await self._run(Request.call("preset_all_units", mode, runtime, force).planned(dry_run), timeout)
        )

    async def add_unit_dependencies(
        self,
        target: str,
        *names: str,
        kind: typing.Literal["Wants", "Requires"] = "Wants",
        runtime: bool = False,
        force: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileChanges:
        r"""Have a target start other units with it, whatever their files say. `AddDependencyUnitFiles` of the manager.

        `systemctl add-wants` and `systemctl add-requires`. `disable_unit` of the units removes what it has added.

        Args:
            target: The target's name; without a type suffix it is a target. Any other unit will do, too.
            *names: The names of the units that are started with it; without a type suffix it is a service.
            kind: `"Wants"`, or `"Requires"`: then the target is not reached without them.
            runtime: Whether only until the next boot.
            force: Whether to replace links that are in the way.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were made; false when all was so already.

        Raises:
            UnitNotFoundError: There is no file of the target or of a unit.
            UnitExistsError: A file is in the way; or a link, and `force` is not set.
            UnitMaskedError: The target or a unit is masked.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     (await manager.systemd.add_unit_dependencies("timers", "pm2-clock")).changed
            ...     (await manager.systemd.disable_unit("pm2-clock")).changed
            ...     left = await manager.delete("clock")
            True
            True
        """
        call = Request.call("add_unit_dependencies", names, target, kind, runtime, force)
        return unit_file_changes(await self._run(call.planned(dry_run), timeout))

    async def get_default_target(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> str:
        """Return the target that is booted into. `GetDefaultTarget` of the manager.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            Its name.

        Raises:
            SystemdError: There is none.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     (await systemd.get_default_target()).endswith(".target")
            True
        """
        target: str = await self._run(Request.call("get_default_target"), timeout)
        return target

    async def set_default_target(
        self, name: str, *, dry_run: bool = False, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.UnitFileChanges:
        """Choose the target to boot into. `SetDefaultTarget` of the manager.

        Args:
            name: The target's name.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The link that was made.

        Raises:
            UnitNotFoundError: There is no such unit file.
            ConfigError: It is no target.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     changes = await systemd.set_default_target("basic.target")
        """
        # `systemctl set-default` replaces the link that is there, too.
        replace = True
        return unit_file_changes(
            await self._run(Request.call("set_default_target", name, replace).planned(dry_run), timeout)
        )
