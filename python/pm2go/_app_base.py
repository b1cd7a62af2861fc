"""Apps: how one is made of what is given, and how it is told, whatever its keys are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, Union, cast

from . import _core
from ._warn import warn
from .exceptions import ConfigError
from .models import Record

Path = Union[str, os.PathLike[str]]
Word = Union[str, int, float, os.PathLike[str]]
_InitT = TypeVar("_InitT", bound=Callable[..., None])

#: The keys that may be given without their names.
_POSITIONAL = ("name", "script")


class Pm2goSecretWarning(UserWarning):
    """Something in an app's configuration looks secret, and every local user will be able to read it."""


class Pm2goConfigWarning(UserWarning):
    """systemd may ignore a part of an app's configuration, or a file that it names does not exist."""


class AppBase(Record):
    """An app that was checked, of the core: it cannot be changed, and what is read of it is a copy."""

    _checked: _core.CheckedApp

    def _take(self, checked: _core.CheckedApp) -> None:
        vars(self).update(checked.values(), _checked=checked)

    def __eq__(self, other: object) -> bool:
        return self._checked == other._checked if isinstance(other, AppBase) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._checked)


def checked_by_the_core(init: _InitT) -> _InitT:
    """Have a constructor give its keywords to the core as they are, unknown ones too: it names all that is wrong.

    The constructor itself is there for its signature, which people and tools read, and for what Python says of
    arguments that no function takes.
    """

    @wraps(init)
    def construct(self: AppBase, *args: Any, **keywords: Any) -> None:
        if len(args) > len(_POSITIONAL) or any(key in keywords for key, _ in zip(_POSITIONAL, args)):
            init(self, *args, **keywords)
        if args and isinstance(args[0], Mapping):
            message = f"{type(self).__name__} takes keywords, not a mapping"
            raise ConfigError(message, hint=f"use {type(self).__name__}.from_dict()")
        take_checked(self, _core.CheckedApp.check({**dict(zip(_POSITIONAL, args)), **keywords}))

    return cast("_InitT", construct)


def take_checked(app: AppBase, checked: tuple[_core.CheckedApp, list[tuple[str, bool]]]) -> None:
    """Have an app be the one that was checked, and warn of what was found with it."""
    core, notes = checked
    app._take(core)  # noqa: SLF001 - how an app is made
    name = vars(app)["name"]
    for note, is_secret in notes:
        warn(f"app {name}: {note}", Pm2goSecretWarning if is_secret else Pm2goConfigWarning)
