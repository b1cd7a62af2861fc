r"""Unit files as text: read, changed and written without disturbing the rest, and values quoted for them.

Example:
    >>> import pm2go
    >>> file = pm2go.UnitFile("[Service]\n# sleeps\nExecStart=/bin/sleep 60\n")
    >>> file.set("Service", "Nice", 5)
    >>> file.set("Service", "ExecStart", pm2go.quote_command(["/bin/echo", "100 %", "$HOME"]))
    >>> print(file)
    [Service]
    # sleeps
    ExecStart="/bin/echo" "100 %%" "$$HOME"
    Nice=5
    <BLANKLINE>
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Optional, Union

from . import _core
from ._types import Self
from .models import Record

#: What a setting is set to: several values are lines of their own.
Setting = Union[str, int, timedelta, Iterable[Union[str, int, timedelta]]]


@dataclass(frozen=True, repr=False)
class Assignment(Record):
    """One assignment of a unit file, as it is written: quotes and specifiers are not resolved.

    Attributes:
        section: The section that it stands in.
        key: The setting.
        value: The value, without white space at its ends; lines that it goes on in are joined.
        line: The number of its first line, from 1.
    """

    section: str
    key: str
    value: str
    line: int

    def __repr__(self) -> str:
        return f"<Assignment line {self.line}: [{self.section}] {self.key}=>"


@dataclass(frozen=True)
class IgnoredLine(Record):
    """A line of a unit file that systemd skips with a warning.

    Attributes:
        line: Its number, from 1.
        reason: Why systemd skips it.
    """

    line: int
    reason: str


class UnitFile:  # noqa: PLW1641 - it can be changed
    r"""The text of a unit file, read as systemd reads it: systemd.syntax(7).

    What is not changed stays as it is, byte for byte: comments, blank lines, the order, settings that nobody knows.

    Args:
        text: The text.

    Raises:
        UnitLoadError: systemd would refuse the whole file; the message names the line.

    Example:
        >>> import pm2go
        >>> file = pm2go.UnitFile("[Unit]\nDescription=A \\\n  sleeper\n")
        >>> file.get("Unit", "Description")
        'A    sleeper'
    """

    __slots__ = ("_core",)

    def __init__(self, text: Union[str, bytes] = "") -> None:
        self._core = _core.UnitFileText(text)

    @classmethod
    def from_dict(cls, sections: Mapping[str, Mapping[str, Setting]]) -> Self:
        r"""Make a unit file of its sections, each a table of settings.

        Args:
            sections: The sections. Values are as `set` takes them.

        Returns:
            The unit file.

        Raises:
            ConfigError: A name or a value cannot stand in a unit file.

        Example:
            >>> import pm2go
            >>> str(pm2go.UnitFile.from_dict({"Service": {"Environment": ["A=1", "B=2"], "RemainAfterExit": True}}))
            '[Service]\nEnvironment=A=1\nEnvironment=B=2\nRemainAfterExit=yes\n'
        """
        file = cls()
        file._core = _core.UnitFileText.of(sections)
        return file

    @classmethod
    def read(cls, path: Union[str, os.PathLike[str]]) -> Self:
        """Read a unit file from disk.

        Args:
            path: Where it is.

        Returns:
            The unit file.

        Raises:
            UnitLoadError: systemd would refuse the whole file; the message names the line.
            OSError: It cannot be read.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     path = systemd.get_unit_status("basic.target").fragment_path
            >>> pm2go.UnitFile.read(path).sections
            ['Unit']
        """
        return cls(Path(path).read_bytes())

    @property
    def sections(self) -> list[str]:
        """The names of the sections, each once, in the order in which they come."""
        return self._core.sections()

    @property
    def assignments(self) -> list[Assignment]:
        """All assignments in their order, with those that reset a list."""
        return [Assignment(*told) for told in self._core.assignments()]

    @property
    def ignored(self) -> list[IgnoredLine]:
        """The lines that systemd skips with a warning."""
        return [IgnoredLine(*told) for told in self._core.ignored()]

    def get(self, section: str, key: str) -> Optional[str]:
        r"""Return the value of a setting that is in force: the last one.

        Args:
            section: The section, such as `Service`.
            key: The setting.

        Returns:
            The value as it is written; `None` where it is not set, or reset at last.

        Example:
            >>> import pm2go
            >>> pm2go.UnitFile("[Service]\nNice=5\nNice=7\n").get("Service", "Nice")
            '7'
        """
        return self._core.get(section, key)

    def get_all(self, section: str, key: str) -> list[str]:
        r"""Return the values of a setting that is a list: those behind the last empty one, which resets it.

        Args:
            section: The section, such as `Service`.
            key: The setting.

        Returns:
            The values as they are written.

        Example:
            >>> import pm2go
            >>> pm2go.UnitFile("[Unit]\nAfter=a.target\nAfter=\nAfter=b.target c.target\n").get_all("Unit", "After")
            ['b.target c.target']
        """
        return self._core.get_all(section, key)

    def set(self, section: str, key: str, value: Setting) -> None:
        r"""Make this the only value of a setting: where the first one stands, or at the end of its section.

        Args:
            section: The section, such as `Service`; it is made where it is missing.
            key: The setting.
            value: A text, which is written as it is (see `quote_command` and its like); a number; True or False;
                a timedelta; or several of these, each for a line of its own. An empty text resets a list.

        Raises:
            ConfigError: A name or the value cannot stand in a unit file.

        Example:
            >>> import pm2go
            >>> file = pm2go.UnitFile("[Service]\nNice=5\n# end\n")
            >>> file.set("Service", "Nice", 7)
            >>> str(file)
            '[Service]\nNice=7\n# end\n'
        """
        self._core.set(section, key, value)

    def add(self, section: str, key: str, value: Setting) -> None:
        r"""Add a value to a setting: behind the last one, or at the end of its section.

        Args:
            section: The section, such as `Service`; it is made where it is missing.
            key: The setting.
            value: As `set` takes it.

        Raises:
            ConfigError: A name or the value cannot stand in a unit file.

        Example:
            >>> import pm2go
            >>> file = pm2go.UnitFile("[Service]\nEnvironment=A=1\n")
            >>> file.add("Service", "Environment", pm2go.quote_environment("B", "1 2"))
            >>> str(file)
            '[Service]\nEnvironment=A=1\nEnvironment="B=1 2"\n'
        """
        self._core.add(section, key, value)

    def remove(self, section: str, key: str) -> int:
        r"""Remove all assignments of a setting.

        Args:
            section: The section, such as `Service`.
            key: The setting.

        Returns:
            How many there were.

        Example:
            >>> import pm2go
            >>> pm2go.UnitFile("[Service]\nNice=5\nNice=7\n").remove("Service", "Nice")
            2
        """
        return self._core.remove(section, key)

    def to_dict(self) -> dict[str, dict[str, list[str]]]:
        r"""Return the sections as tables: of each setting all values as they are written, in their order.

        Example:
            >>> import pm2go
            >>> pm2go.UnitFile("[Service]\nNice=5\n").to_dict()
            {'Service': {'Nice': ['5']}}
        """
        found: dict[str, dict[str, list[str]]] = {section: {} for section in self.sections}
        for section, key, value, _ in self._core.assignments():
            found[section].setdefault(key, []).append(value)
        return found

    def __str__(self) -> str:
        return self._core.render()

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, UnitFile) else NotImplemented

    def __repr__(self) -> str:
        return f"<UnitFile {' '.join(f'[{section}]' for section in self.sections) or 'empty'}>"

    def __reduce__(self) -> tuple[type[UnitFile], tuple[str]]:
        return type(self), (str(self),)


#: What a unit file or a drop-in is given as: its text, a `UnitFile`, or its sections as tables.
UnitText = Union[str, UnitFile, Mapping[str, Mapping[str, Setting]]]


@dataclass(frozen=True, repr=False)
class UnitTextChange(Record):
    """What became of a unit file or of a drop-in; true when it changed.

    Attributes:
        path: The file.
        before: Its text before; `None` where there was none.
        after: Its text after it; `None` where there is none.
    """

    path: str
    before: Optional[str]
    after: Optional[str]

    @property
    def changed(self) -> bool:
        """Whether the text is another than before."""
        return self.before != self.after

    @property
    def diff(self) -> str:
        """The change as a unified diff, which `patch` takes. Whatever is secret in the texts is in it."""
        return _core.unified_diff(self.path, self.before or "", self.after or "")

    def __bool__(self) -> bool:
        return self.changed

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict that `json.dumps` takes, with `changed` as Ansible wants it."""
        return {"changed": self.changed, **super().to_dict()}

    def __repr__(self) -> str:
        return f"<UnitTextChange {self.path}{'' if self.changed else ' unchanged'}>"


@dataclass(frozen=True)
class DropIn(Record):
    """A drop-in that systemd has in force.

    Attributes:
        path: Where it is.
        owned: Whether pm2go has written it.
    """

    path: str
    owned: bool

    @property
    def name(self) -> str:
        """Its name, without `.conf`."""
        return Path(self.path).name.removesuffix(".conf")


@dataclass(frozen=True)
class UnitProblem(Record):
    """What systemd's verifier finds wrong with a unit file.

    Attributes:
        line: The number of the line, from 1; `None` where it is about the whole.
        message: What is wrong, in systemd's words.
    """

    line: Optional[int]
    message: str

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"
