"""What the logger `pm2go` hears of what was done."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.scope import UNIT_FOLDER
from live.fixtures.ways import WAYS, Way

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles


@pytest.mark.parametrize("face", ["blocking", "asyncio"])
@pytest.mark.parametrize("way", list(Way))
def test_what_was_done_is_told_at_debug(
    units: UnitFiles, caplog: pytest.LogCaptureFixture, way: Way, face: str
) -> None:
    unit = units.service(stem="logged")

    def blocking() -> None:
        with pm2go.Systemd(**WAYS[way]) as systemd:
            systemd.start_unit(unit)
            systemd.daemon_reload()
            systemd.get_unit_status(unit)
            systemd.enqueue_job("stop", unit).wait()

    async def awaited() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            await systemd.start_unit(unit)
            await systemd.daemon_reload()
            await systemd.get_unit_status(unit)
            await (await systemd.enqueue_job("stop", unit))

    with caplog.at_level(logging.DEBUG, "pm2go"):
        if face == "blocking":
            blocking()
        else:
            asyncio.run(awaited())
    told = [record.message for record in caplog.records if record.levelno == logging.DEBUG]
    assert told == [
        f"start of {unit}: done",
        "daemon-reload: done",
        f"stop of {unit}: done",
    ]


def test_what_was_written_is_told_at_debug(
    manager: pm2go.Manager, units: UnitFiles, caplog: pytest.LogCaptureFixture
) -> None:
    name = units.app()
    with pytest.warns(pm2go.Pm2goSecretWarning):
        app = pm2go.AppConfig(name=name, command=["/bin/sleep", "300"], env={"API_TOKEN": "0123456789abcdef"})
    with caplog.at_level(logging.DEBUG, "pm2go"):
        manager.start(app)
        manager.delete(name)
    told = [record.message for record in caplog.records if record.levelno == logging.DEBUG]
    path = UNIT_FOLDER / f"pm2-{name}.service"
    assert [line for line in told if str(path) in line] == [f"wrote {path}", f"removed {path}"]
    assert told.count("systemd has been asked to read all unit files again") >= 2
    assert "0123456789abcdef" not in caplog.text
