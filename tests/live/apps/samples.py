"""Apps as tests of several files deploy them, by both faces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Callable

import pm2go
from live.fixtures.scope import ROOT, UNIT_FOLDER
from live.fixtures.ways import WAYS, Way, connect

if TYPE_CHECKING:
    from pathlib import Path

SLEEP = ("/bin/sleep", "300")


def app(name: str, **settings: Any) -> pm2go.AppConfig:
    """Return an app that sleeps, if nothing else is asked for."""
    return pm2go.AppConfig(**{"name": name, "command": SLEEP, **settings})


def shell(name: str, script: str, **settings: Any) -> pm2go.AppConfig:
    """Return an app that is a line of shell."""
    return app(name, command=["/bin/bash", "-c", script], **settings)


def unit_of(name: str) -> str:
    return f"pm2-{name}.service"


def file_of(name: str) -> Path:
    return UNIT_FOLDER / unit_of(name)


def link_of(name: str) -> Path:
    target = "multi-user.target" if ROOT else "default.target"
    return UNIT_FOLDER / f"{target}.wants" / unit_of(name)


def status_of(manager: pm2go.Manager, name: str) -> str | None:
    """Return what the list says of an app; `None` if it is not there."""
    return next((row.status for row in manager.list() if row.name == name), None)


#: Does a verb of a manager's: `call("stop", name)`.
Call = Callable[..., Any]


def blocking(way: Way) -> Call:
    def call(verb: str, *arguments: Any, **options: Any) -> Any:
        with connect(way) as systemd, pm2go.Manager(systemd) as manager:
            return getattr(manager, verb)(*arguments, **options)

    return call


def awaited(way: Way) -> Call:
    def call(verb: str, *arguments: Any, **options: Any) -> Any:
        async def main() -> Any:
            async with pm2go.AsyncManager(**WAYS[way]) as manager:
                return await getattr(manager, verb)(*arguments, **options)

        return asyncio.run(main())

    return call


FACES = {"Manager": blocking, "AsyncManager": awaited}
