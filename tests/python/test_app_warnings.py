"""What the caller is warned of, at its own line."""

from __future__ import annotations

import asyncio
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go

from .apps import SLEEP, app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = {"name": "clock", "command": SLEEP, "env": {"DB_PASSWORD": "hunter2", "MODE": "prod"}}
NOWHERE: dict[str, Any] = {"address": "/nowhere", "backend": "dbus"}


async def start_awaited(app: dict[str, Any]) -> None:
    async with pm2go.AsyncManager(**NOWHERE) as manager:
        await manager.start(app)


def start(app: dict[str, Any]) -> None:
    with pm2go.Manager(**NOWHERE) as manager:
        manager.start(app)


#: All ways from a mapping to an app.
WAYS: dict[str, Callable[[dict[str, Any]], object]] = {
    "AppConfig": lambda app: pm2go.AppConfig(**app),
    "from_dict": pm2go.AppConfig.from_dict,
    "Manager.start": start,
    "AsyncManager.start": lambda app: asyncio.run(start_awaited(app)),
}


@pytest.mark.parametrize("way", WAYS)
def test_warnings_point_at_the_line_of_the_caller(way: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            WAYS[way](SECRET)
        except pm2go.UnavailableError:
            assert "start" in way
    assert [warning.category for warning in caught] == [pm2go.Pm2goSecretWarning]
    assert caught[0].filename == __file__
    assert "DB_PASSWORD" in str(caught[0].message)
    assert "hunter2" not in str(caught[0].message)


def test_a_secret_is_not_shown() -> None:
    with pytest.warns(pm2go.Pm2goSecretWarning):
        config = pm2go.AppConfig.from_dict(SECRET)
    assert "hunter2" not in repr(config)
    assert "DB_PASSWORD" in repr(config)


def test_nothing_to_warn_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app(env={"MODE": "prod", "PORT": 8000, "EMPTY": ""})
        app(extra={"Service": {"MemoryMax": "1G", "X-Mine": "1"}, "X-Mine": {"Any": "1"}})


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that everybody can look into."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


def variables(path: Path, *, extra: bool) -> dict[str, Any]:
    """Return the settings of an app whose variables are in this file."""
    return {"extra": {"Service": {"EnvironmentFile": str(path)}}} if extra else {"environment_file": path}


@pytest.mark.parametrize("extra", [False, True])
def test_a_missing_environment_file_is_warned_of(open_folder: Path, *, extra: bool) -> None:
    path = open_folder / "missing.env"
    with pytest.warns(pm2go.Pm2goConfigWarning, match="is no file"):
        app(**variables(path, extra=extra))


@pytest.mark.parametrize("extra", [False, True])
def test_an_environment_file_that_others_can_read_is_warned_of(open_folder: Path, *, extra: bool) -> None:
    path = open_folder / "shop.env"
    path.write_text("A=1\n")
    path.chmod(0o644)
    with pytest.warns(pm2go.Pm2goSecretWarning, match="chmod 600"):
        app(**variables(path, extra=extra))
    path.chmod(0o640)
    app(**variables(path, extra=extra))
    path.chmod(0o644)
    open_folder.chmod(0o700)
    app(**variables(path, extra=extra))


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"Service": {"MemoyMax": "1G"}}, r"did you mean MemoryMax\?"),
        ({"Serivce": {"MemoryMax": "1G"}}, r"did you mean \[Service\]\?"),
        ({"Service": {"SettingOfSystemd300": "1"}}, "does not know"),
        ({"Timer": {"OnCalendar": "daily"}}, r"\[Timer\]"),
    ],
)
def test_what_nobody_knows_is_written_and_warned_of(extra: dict[str, dict[str, str]], told: str) -> None:
    with pytest.warns(pm2go.Pm2goConfigWarning, match=told):
        config = app(extra=extra)
    assert {section: list(settings) for section, settings in config.extra.items()} == {
        section: list(settings) for section, settings in extra.items()
    }
