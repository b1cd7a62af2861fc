# Written by scripts/generate from ../_unit_files.py: change that, and run it again.
"""Unit files: which units start by themselves, and whose files they are of."""

from __future__ import annotations

import os

import pm2go
from pm2go._core import Request
from pm2go._results import unit_file_changes
from pm2go._typing import typing

from ._unit_control import AsyncUnitControl


class AsyncUnitFiles(AsyncUnitControl):
    """A client of one manager, with the verbs for unit files."""

    async def enable_unit(
        self,
        *names: typing.Union[str, os.PathLike[str]],
        runtime: bool = False,
        force: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileChanges:
        """Have units started at boot (for the user scope: with the user's manager), as their files say.

        `EnableUnitFiles` of `org.freedesktop.systemd1.Manager`; a daemon-reload follows when something changed. systemd
        does not enable an alias: the error names the unit that it stands for.

        Args:
            *names: The units' names; without a type suffix it is a service. Or absolute paths of unit files that
                lie elsewhere: those are linked as well.
            runtime: Whether only until the next boot.
            force: Whether to replace links that are in the way.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were made, and what systemd remarked, as of a unit without an `[Install]` section;
            false when all was so already.

        Raises:
            UnitNotFoundError: There is no such unit file.
            UnsupportedError: A name is an alias.
            UnitExistsError: A file is in the way; or a link, and `force` is not set.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     (await manager.systemd.enable_unit("pm2-clock")).changed  # start() did it
            ...     left = await manager.delete("clock")
            False
        """
        return unit_file_changes(
            await self._run(Request.call("enable_unit", names, runtime, force).planned(dry_run), timeout)
        )

    async def disable_unit(
        self,
        *names: str,
        runtime: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileChanges:
        """Undo `enable_unit`, and `link_unit`. `DisableUnitFiles` of the manager; a daemon-reload follows a change.

        Args:
            *names: The units' names; without a type suffix it is a service.
            runtime: Whether to undo only what holds until the next boot.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were removed; false when all was so already.

        Raises:
            UnitNotFoundError: There is no such unit file.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     (await manager.systemd.disable_unit("pm2-clock")).changed
            ...     left = await manager.delete("clock")
            True
        """
        return unit_file_changes(
            await self._run(Request.call("disable_unit", names, runtime).planned(dry_run), timeout)
        )

    async def reenable_unit(
        self,
        *names: typing.Union[str, os.PathLike[str]],
        runtime: bool = False,
        force: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileChanges:
        """Remove the links of units, and make them as their files say now. `ReenableUnitFiles` of the manager.

        Args:
            *names: The units' names; without a type suffix it is a service. Or absolute paths of unit files that
                lie elsewhere: those are linked as well.
            runtime: Whether only until the next boot.
            force: Whether to replace links that are in the way.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were removed and made.

        Raises:
            UnitNotFoundError: There is no such unit file.
            UnsupportedError: A name is an alias.
            UnitExistsError: A file is in the way; or a link, and `force` is not set.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     (await manager.systemd.reenable_unit("pm2-clock")).changed
            ...     left = await manager.delete("clock")
            True
        """
        return unit_file_changes(
            await self._run(Request.call("reenable_unit", names, runtime, force).planned(dry_run), timeout)
        )

    async def mask_unit(
        self,
        *names: str,
        runtime: bool = False,
        force: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileChanges:
        """Have nothing start units any more, not even by hand. `MaskUnitFiles` of the manager.

        What runs goes on. A unit whose file is the administrator's own cannot be masked for good: that file is in the
        way of the link to /dev/null.

        Args:
            *names: The units' names; without a type suffix it is a service.
            runtime: Whether only until the next boot.
            force: Whether to replace links that are in the way.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were made; false when all was so already.

        Raises:
            UnitExistsError: A file is in the way; or a link, and `force` is not set.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     (await systemd.mask_unit("pm2go-nobody", runtime=True)).changed
            ...     (await systemd.unmask_unit("pm2go-nobody", runtime=True)).changed
            True
            True
        """
        return unit_file_changes(
            await self._run(Request.call("mask_unit", names, runtime, force).planned(dry_run), timeout)
        )

    async def unmask_unit(
        self,
        *names: str,
        runtime: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileChanges:
        """Undo `mask_unit`. `UnmaskUnitFiles` of the manager; a daemon-reload follows a change.

        Args:
            *names: The units' names; without a type suffix it is a service.
            runtime: Whether to undo only what holds until the next boot.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were removed; false when all was so already.

        Raises:
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     (await systemd.unmask_unit("pm2go-nobody")).changed
            False
        """
        return unit_file_changes(
            await self._run(Request.call("unmask_unit", names, runtime).planned(dry_run), timeout)
        )

    async def link_unit(
        self,
        *paths: typing.Union[str, os.PathLike[str]],
        runtime: bool = False,
        force: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileChanges:
        r"""Make unit files known that lie outside of systemd's folders. `LinkUnitFiles` of the manager.

        Args:
            *paths: Absolute paths of the files.
            runtime: Whether only until the next boot.
            force: Whether to replace links that are in the way.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were made; false when all was so already.

        Raises:
            UnitNotFoundError: There is no such file.
            UnitExistsError: A file is in the way; or a link, and `force` is not set.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pathlib, tempfile
            >>> import pm2go
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = pathlib.Path(folder, "pm2go-linked.service")
            ...     length = path.write_text("[Service]\nExecStart=/bin/true\n")
            ...     async with pm2go.AsyncSystemd() as systemd:
            ...         (await systemd.link_unit(path)).changed
            ...         (await systemd.disable_unit("pm2go-linked")).changed
            True
            True
        """
        return unit_file_changes(
            await self._run(Request.call("link_unit", paths, runtime, force).planned(dry_run), timeout)
        )

    async def preset_unit(
        self,
        *names: str,
        mode: str = "full",
        runtime: bool = False,
        force: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFileChanges:
        """Enable or disable units as the vendor and the administrator wish. `PresetUnitFilesWithMode` of the manager.

        Args:
            *names: The units' names; without a type suffix it is a service.
            mode: `"full"`, `"enable-only"` or `"disable-only"` (systemd.preset(5)).
            runtime: Whether only until the next boot.
            force: Whether to replace links that are in the way.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The links that were made and removed; false when all was so already.

        Raises:
            UnitNotFoundError: There is no such unit file.
            UnitExistsError: A file is in the way; or a link, and `force` is not set.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     (await manager.systemd.preset_unit("pm2-clock", mode="enable-only")).changed  # it is enabled
            ...     left = await manager.delete("clock")
            False
        """
        return unit_file_changes(
            await self._run(
                Request.call("preset_unit", names, mode, runtime, force).planned(dry_run), timeout
            )
        )

    async def revert_unit(
        self, *names: str, dry_run: bool = False, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.UnitFileChanges:
        """Remove all drop-ins and links of units, and unit files that stand in the way of the vendor's. `RevertUnitFiles`.

        Args:
            *names: The units' names; without a type suffix it is a service.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            What was removed; false when all was so already.

        Raises:
            UnitNotFoundError: There is no such unit file.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> async with pm2go.AsyncManager() as manager:
            ...     result = await manager.start(clock)
            ...     (await manager.systemd.revert_unit("pm2-clock")).changed  # it is as it was written
            ...     left = await manager.delete("clock")
            False
        """
        return unit_file_changes(
            await self._run(Request.call("revert_unit", names).planned(dry_run), timeout)
        )
