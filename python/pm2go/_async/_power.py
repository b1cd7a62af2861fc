# Written by scripts/generate from ../_power.py: change that, and run it again.
"""The end of the manager, or of the machine."""

from __future__ import annotations

import pm2go
from pm2go._core import Request
from pm2go._typing import typing

from ._manager_control import AsyncManagerControl


class AsyncPower(AsyncManagerControl):
    """A client of one manager, with the verbs that end it."""

    async def reboot(
        self,
        *,
        confirm: bool = False,
        force: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Stop all units and start the machine anew.

        The job of `reboot.target`, which is not waited for; or `Reboot` of the manager. It goes past logind: nobody
        who is logged in is asked, and no inhibitor is heard.

        Args:
            confirm: Whether it is meant: nothing is done without it.
            force: Whether to do it at once, without stopping a unit, or writing what is not on disk yet (`Reboot`).
            timeout: How long it may take until systemd has taken it on, instead of the client's `timeout`.

        Raises:
            ConfigError: It was not confirmed.
            UnsupportedError: This manager cannot do it.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     try:
            ...         await systemd.reboot()
            ...     except pm2go.ConfigError as error:
            ...         print(error.hint)
            give confirm=True if it is meant
        """
        await self._run(Request.power("reboot", confirm=confirm, force=force), timeout)

    async def power_off(
        self,
        *,
        confirm: bool = False,
        force: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Stop all units and turn the machine off.

        The job of `poweroff.target`, which is not waited for; or `PowerOff` of the manager. It goes past logind:
        nobody who is logged in is asked, and no inhibitor is heard.

        Args:
            confirm: Whether it is meant: nothing is done without it.
            force: Whether to do it at once, without stopping a unit, or writing what is not on disk yet (`PowerOff`).
            timeout: How long it may take until systemd has taken it on, instead of the client's `timeout`.

        Raises:
            ConfigError: It was not confirmed.
            UnsupportedError: This manager cannot do it.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     try:
            ...         await systemd.power_off()
            ...     except pm2go.ConfigError as error:
            ...         print(error.hint)
            give confirm=True if it is meant
        """
        await self._run(Request.power("power_off", confirm=confirm, force=force), timeout)

    async def halt(
        self,
        *,
        confirm: bool = False,
        force: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Stop all units and leave the machine on, with nothing running.

        The job of `halt.target`, which is not waited for; or `Halt` of the manager. It goes past logind: nobody who
        is logged in is asked, and no inhibitor is heard.

        Args:
            confirm: Whether it is meant: nothing is done without it.
            force: Whether to do it at once, without stopping a unit, or writing what is not on disk yet (`Halt`).
            timeout: How long it may take until systemd has taken it on, instead of the client's `timeout`.

        Raises:
            ConfigError: It was not confirmed.
            UnsupportedError: This manager cannot do it.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     try:
            ...         await systemd.halt()
            ...     except pm2go.ConfigError as error:
            ...         print(error.hint)
            give confirm=True if it is meant
        """
        await self._run(Request.power("halt", confirm=confirm, force=force), timeout)

    async def kexec(
        self,
        *,
        confirm: bool = False,
        force: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Stop all units and execute the kernel that was loaded for it.

        The job of `kexec.target`, which is not waited for; or `KExec` of the manager. It goes past logind: nobody who
        is logged in is asked, and no inhibitor is heard.

        Args:
            confirm: Whether it is meant: nothing is done without it.
            force: Whether to do it at once, without stopping a unit, or writing what is not on disk yet (`KExec`).
            timeout: How long it may take until systemd has taken it on, instead of the client's `timeout`.

        Raises:
            ConfigError: It was not confirmed.
            UnsupportedError: This manager cannot do it.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     try:
            ...         await systemd.kexec()
            ...     except pm2go.ConfigError as error:
            ...         print(error.hint)
            give confirm=True if it is meant
        """
        await self._run(Request.power("kexec", confirm=confirm, force=force), timeout)

    async def soft_reboot(
        self,
        *,
        confirm: bool = False,
        force: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Stop all units and start userspace anew, under the same kernel (systemd 254).

        The job of `soft-reboot.target`, which is not waited for; or `SoftReboot` of the manager. Where there is a
        system in ``/run/nextroot/``, that one is started (systemd-soft-reboot.service(8)).

        Args:
            confirm: Whether it is meant: nothing is done without it.
            force: Whether to do it at once, without stopping a unit, or writing what is not on disk yet (`SoftReboot`).
            timeout: How long it may take until systemd has taken it on, instead of the client's `timeout`.

        Raises:
            ConfigError: It was not confirmed.
            UnsupportedError: This manager cannot do it, or is older.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     try:
            ...         await systemd.soft_reboot()
            ...     except pm2go.ConfigError as error:
            ...         print(error.hint)
            give confirm=True if it is meant
        """
        await self._run(Request.power("soft_reboot", confirm=confirm, force=force), timeout)

    async def exit(
        self,
        *,
        confirm: bool = False,
        force: bool = False,
        exit_code: typing.Optional[int] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Stop all units, and have the manager end.

        The job of `exit.target`, which is not waited for; or `Exit` of the manager. A user's manager, or that of a
        container; that of a machine turns the machine off, or starts it anew.

        Args:
            confirm: Whether it is meant: nothing is done without it.
            force: Whether to do it at once, without stopping any unit (`Exit`).
            exit_code: What it exits with, from 0 to 255 (`SetExitCode`): a user's manager or that of a container.
            timeout: How long it may take until systemd has taken it on, instead of the client's `timeout`.

        Raises:
            ConfigError: It was not confirmed.
            UnsupportedError: This manager cannot do it.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     try:
            ...         await systemd.exit()
            ...     except pm2go.ConfigError as error:
            ...         print(error.hint)
            give confirm=True if it is meant
        """
        await self._run(Request.power("exit", confirm=confirm, force=force, exit_code=exit_code), timeout)

    async def switch_root(
        self,
        root: str,
        init: str = "",
        *,
        confirm: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Leave the initial ramdisk for another root folder. `SwitchRoot` of the manager.

        Only the manager of an initial ramdisk does so, and it ends what still runs: initrd-switch-root.service is what
        calls it in a boot.

        Args:
            root: The folder that becomes the root.
            init: The program to execute there, from that folder's root; systemd's own without one.
            confirm: Whether it is meant: nothing is done without it.
            timeout: How long it may take until systemd has taken it on, instead of the client's `timeout`.

        Raises:
            ConfigError: It was not confirmed.
            UnsupportedError: This manager cannot do it: it is a user's.
            SystemdError: It is not that of an initial ramdisk.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     try:
            ...         await systemd.switch_root("/sysroot")
            ...     except pm2go.ConfigError as error:
            ...         print(error.hint)
            give confirm=True if it is meant
        """
        await self._run(Request.power("switch_root", root, init, confirm=confirm), timeout)
