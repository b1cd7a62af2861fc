"""What verbs for texts of unit files take and give, for both faces."""

from __future__ import annotations

import os

import pm2go

from ._typing import Iterable, typing


class Edited:
    """The text of a unit's file that is being changed."""

    _systemd: typing.Any

    def __init__(self, systemd: object, told: tuple[str, object, object, typing.Optional[str], str]) -> None:
        self._systemd = systemd
        self._unit: str = told[0]
        self._path: str = str(told[1])
        self._source: str = str(told[2])
        self._before: typing.Optional[str] = told[3]
        self._read: str = told[4]
        self._file: pm2go.UnitFile = pm2go.UnitFile(self._read)

    @property
    def unit(self) -> str:
        """The unit whose file it is: of an instance its template, of an alias its unit."""
        return self._unit

    @property
    def path(self) -> str:
        """Where it will be written."""
        return self._path

    @property
    def source(self) -> str:
        """Where the text was read: elsewhere, if it is somebody else's and will be copied."""
        return self._source

    @property
    def file(self) -> pm2go.UnitFile:
        """The text as a `UnitFile`: what is changed in it is saved."""
        return self._file

    @property
    def text(self) -> str:
        """The text, which can be assigned to."""
        return str(self._file)

    @text.setter
    def text(self, text: str) -> None:
        self._file = pm2go.UnitFile(text)

    def _is_unchanged(self) -> bool:
        return self._before is None and self.text == self._read

    def _saved(self, change: pm2go.UnitTextChange) -> None:
        self._before = self._read = change.after or ""
        self._source = self._path

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"


def given_text(content: pm2go.UnitText) -> str:
    """Return the text that is meant."""
    if isinstance(content, (str, pm2go.UnitFile)):
        return str(content)
    return str(pm2go.UnitFile.from_dict(content))


def given_unit(
    content: typing.Union[pm2go.UnitText, os.PathLike[str]], name: typing.Optional[str]
) -> tuple[str, str]:
    """Return what the unit is called, and its text."""
    if not isinstance(content, os.PathLike):
        return name or "checked.service", given_text(content)
    with open(content, encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes as long as a client
        return name or os.path.basename(content), file.read()  # noqa: PTH119 - the same


def text_change(
    told: tuple[typing.Any, typing.Optional[str], typing.Optional[str]],
) -> pm2go.UnitTextChange:
    """Make the outcome of a change from the path, and the texts before and after."""
    path, before, after = told
    return pm2go.UnitTextChange(str(path), before, after)


def drop_ins(told: Iterable[tuple[typing.Any, bool]]) -> list[pm2go.DropIn]:
    """Make the list of drop-ins from their paths, and whose they are."""
    return [pm2go.DropIn(str(path), owned) for path, owned in told]


def problems(told: Iterable[tuple[typing.Optional[int], str]]) -> list[pm2go.UnitProblem]:
    """Make the list of problems from their lines and messages."""
    return [pm2go.UnitProblem(*fields) for fields in told]
