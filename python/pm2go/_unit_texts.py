"""Texts of unit files and drop-ins: written with care, checked by systemd's own verifier, read by systemd."""

from __future__ import annotations

import os

import pm2go

from ._boot_files import BootFiles
from ._core import TextRequest
from ._typing import typing
from ._unit_edit import UnitEdit
from ._unit_texts_given import drop_ins, given_text, given_unit, problems, text_change


class UnitTexts(BootFiles):
    """A client of one manager, with the verbs for texts of unit files."""

    def edit_unit(self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> UnitEdit:
        r"""Read a unit's file, to change it without losing a comment, as `systemctl edit --full` does it.

        Only the administrator's folder is ever written to: the file of somebody else, such as the distribution's, is
        copied there when the change is saved, and hides the other one from then on. Of an instance the file is its
        template's, of an alias its unit's.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The text, to be changed and saved.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnitMaskedError: The unit is masked.
            UnsupportedError: The unit has no file, or is a transient one.
            NotOwnedError: A link or something else that is no file is in the administrator's folder.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     edit = manager.systemd.edit_unit("pm2-clock")
            ...     edit.file.set("Service", "Nice", 5)
            ...     edit.save(dry_run=True).changed
            ...     left = manager.delete("clock")
            True
        """
        return UnitEdit(self, self._run(TextRequest.edit(name), timeout))

    def write_drop_in(
        self,
        unit: str,
        content: pm2go.UnitText,
        *,
        name: str = "50-pm2go",
        runtime: bool = False,
        check: bool = True,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitTextChange:
        r"""Write a drop-in: a file in the folder `UNIT.d`, whose settings come on top of the unit's own.

        systemd.unit(5). It is written whole or not at all, by one writer at a time, and only where there is none, or one
        of pm2go's, which has an `[X-Pm2go]` section. A daemon-reload follows a change; what runs takes most of it on when
        it is restarted.

        Args:
            unit: The unit's name; without a type suffix it is a service. It need not exist.
            content: The text, a `UnitFile`, or a table of sections as `UnitFile.from_dict` takes it.
            name: The drop-in's name, without `.conf`: they come in the order of their names.
            runtime: Whether only until the next boot.
            check: Whether systemd's own verifier has to find nothing wrong with it first.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The file, with its text before and after; false when it was so already.

        Raises:
            ConfigError: systemd finds fault with it; or something in it cannot stand in a unit file.
            UnitLoadError: systemd would refuse the whole file.
            NotOwnedError: A drop-in of somebody else has this name.
            PermissionDeniedError: The folder cannot be written to.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     change = systemd.write_drop_in("pm2go-nobody", {"Service": {"Nice": 5}})
            ...     print(change.diff)
            ...     systemd.remove_drop_in("pm2go-nobody").changed
            --- ...
            +++ ...
            @@ -0,0 +1,5 @@
            +[Service]
            +Nice=5
            +
            +[X-Pm2go]
            +DropIn=yes
            <BLANKLINE>
            True
        """
        text = given_text(content)
        request = TextRequest.write_drop_in(unit, name, runtime, text, check, dry_run)
        return text_change(self._run(request, timeout))

    def read_drop_in(
        self,
        unit: str,
        *,
        name: str = "50-pm2go",
        runtime: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitFile:
        r"""Read a drop-in that is in the administrator's folder, be it pm2go's or not.

        Args:
            unit: The unit's name; without a type suffix it is a service.
            name: The drop-in's name, without `.conf`.
            runtime: Whether it is one that is gone with the next boot.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The drop-in.

        Raises:
            UnitNotFoundError: There is no such drop-in.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     change = systemd.write_drop_in("pm2go-nobody", "[Service]\nNice=5\n", runtime=True)
            ...     print(systemd.read_drop_in("pm2go-nobody", runtime=True).get("Service", "Nice"))
            ...     change = systemd.remove_drop_in("pm2go-nobody", runtime=True)
            5
        """
        return pm2go.UnitFile(self._run(TextRequest.read_drop_in(unit, name, runtime), timeout))

    def remove_drop_in(
        self,
        unit: str,
        *,
        name: str = "50-pm2go",
        runtime: bool = False,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitTextChange:
        """Undo `write_drop_in`. A daemon-reload follows a change.

        Args:
            unit: The unit's name; without a type suffix it is a service.
            name: The drop-in's name, without `.conf`.
            runtime: Whether it is one that is gone with the next boot.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The file, with its text before; false when there was none.

        Raises:
            NotOwnedError: It is a drop-in of somebody else.
            PermissionDeniedError: The folder cannot be written to.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.remove_drop_in("pm2go-nobody", name="70-nothing").changed
            False
        """
        request = TextRequest.remove_drop_in(unit, name, runtime, dry_run)
        return text_change(self._run(request, timeout))

    def list_drop_ins(
        self, unit: str, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> list[pm2go.DropIn]:
        """List the drop-ins of a unit that systemd has in force. `DropInPaths` of the unit.

        Args:
            unit: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The drop-ins, in the order in which systemd reads them.

        Raises:
            UnitNotFoundError: There is no such unit.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     change = systemd.write_drop_in("basic.target", {"Unit": {"Documentation": "man:init(1)"}})
            ...     print([drop_in.name for drop_in in systemd.list_drop_ins("basic.target") if drop_in.owned])
            ...     change = systemd.remove_drop_in("basic.target")
            ['50-pm2go']
        """
        return drop_ins(self._run(TextRequest.list_drop_ins(unit), timeout))

    def check_unit(
        self,
        unit: typing.Union[pm2go.UnitText, os.PathLike[str]],
        *,
        name: typing.Optional[str] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> list[pm2go.UnitProblem]:
        r"""Have systemd's own verifier look at a unit file, which is not put in place. `systemd-analyze verify`.

        For a root folder the systemd of this machine looks at it, and what that says of programs here is left out.

        Args:
            unit: The text, a `UnitFile`, or a table of sections; or the path of a file, as a pathlib.Path.
            name: What the unit would be called; by default as the file, or `checked.service`.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            What is wrong, with the lines; nothing when systemd remarks nothing.

        Raises:
            ConfigError: No unit can have this name.
            UnavailableError: `systemd-analyze` is not installed.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     for problem in systemd.check_unit("[Service]\nExecStart=/bin/true\nRestrat=no\n"):
            ...         print(problem.line, problem.message)
            3 Unknown key ... ignoring.
        """
        called, text = given_unit(unit, name)
        return problems(self._run(TextRequest.check(called, text), timeout))
