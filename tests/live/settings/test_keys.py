"""Each key of an app means to systemd what it says, and is remembered."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import UNIT_FOLDER
from live.fixtures.systemctl import show

from .key_table import ROWS, ROWS_HERE, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore::pm2go.Pm2goSecretWarning")


@pytest.fixture
def manager() -> Iterator[pm2go.Manager]:
    with pm2go.Manager() as manager:
        yield manager
        for app in manager.list():
            manager.delete(app.name)


def without(row: Row) -> dict[str, Any]:
    return {"name": "keys", "command": ["/bin/sleep", "60"], "cwd": "/", **row.beside}


def with_key(key: str, row: Row) -> pm2go.AppConfig:
    return pm2go.AppConfig(**{**without(row), key: row.given})


def text_of(manager: pm2go.Manager, app: pm2go.AppConfig) -> str:
    """The unit file, but for what it remembers."""
    manager.start(app, settle=0)
    text = Path(UNIT_FOLDER, f"pm2-{app.name}.service").read_text(encoding="utf-8")
    return text.partition("[X-Pm2go]")[0]


def test_every_key_has_a_row_and_an_argument() -> None:
    keys = list(pm2go.AppConfig.json_schema()["properties"])
    assert list(ROWS) == keys
    assert list(inspect.signature(pm2go.AppConfig).parameters) == keys


@pytest.mark.parametrize("key", ROWS)
def test_a_key_is_what_it_was_given(key: str) -> None:
    row = ROWS[key]
    app = with_key(key, row)
    expected = row.given if row.has is None else row.has
    assert getattr(app, key) == expected
    described = json.loads(json.dumps(app.to_dict()))
    assert key in described
    for again in (
        pm2go.AppConfig.from_dict(described),
        pm2go.AppConfig(**described),
        pickle.loads(pickle.dumps(app)),
        copy.deepcopy(app),
    ):
        assert again == app
        assert getattr(again, key) == expected
    if row.is_written:
        assert app != pm2go.AppConfig(**without(row))


@pytest.mark.parametrize("key", ROWS_HERE)
def test_a_key_means_what_it_says(manager: pm2go.Manager, key: str) -> None:
    row = ROWS_HERE[key]
    app = with_key(key, row)
    text = text_of(manager, app)
    name, expected = row.shown
    assert expected in show(f"pm2-{app.name}.service", name)
    assert manager.describe(app.name).config == app
    assert (text != text_of(manager, pm2go.AppConfig(**without(row)))) is row.is_written
