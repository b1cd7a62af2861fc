"""A real container: a systemd of its own, which is reached by the container's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.container import Container

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "live-container.service"


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    with Container("live") as started:
        yield started


@pytest.fixture(params=["dbus", "command"])
def inside(container: Container, request: pytest.FixtureRequest) -> Iterator[pm2go.Systemd]:
    with pm2go.Systemd(machine=container.name, backend=request.param, timeout=60) as systemd:
        yield systemd


def test_a_unit_is_written_started_and_listed(container: Container, inside: pm2go.Systemd) -> None:
    file = container.root / "etc/systemd/system" / NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[Service]\nExecStart=/bin/sleep 600\n")
    inside.daemon_reload()
    change = inside.write_drop_in(NAME, {"Service": {"TasksMax": 50}})
    assert (container.root / change.path.lstrip("/")).read_text() == change.after
    assert inside.start_unit(NAME).changed
    assert [row.active_state for row in inside.list_units(NAME)] == ["active"]
    assert inside.get_unit_property(NAME, "TasksMax") == 50
    with pm2go.Systemd() as here:
        assert here.list_units(NAME) == []
    assert inside.stop_unit(NAME).changed
    assert inside.remove_drop_in(NAME).changed
    edit = inside.edit_unit(NAME)
    edit.file.set("Unit", "Description", "inside")
    edit.save()
    assert "Description=inside" in file.read_text()
    file.unlink()
    inside.daemon_reload()


def test_it_is_watched(container: Container) -> None:
    with pm2go.Systemd(machine=container.name, timeout=60) as systemd:
        with systemd.watch_units("basic.target") as watch:
            first = next(watch)
            assert (first.kind, first.active_state) == ("snapshot", "active")


def test_commands_are_run_in_it(container: Container, inside: pm2go.Systemd) -> None:
    result = inside.run(["sh", "-c", 'hostname; echo "$A"; cat; exit 3'], env={"A": "it's"}, input="read\n")
    assert (result.returncode, result.stdout) == (3, f"{container.name}\nit's\nread\n")
    shown = inside.run(
        ["sh", "-c", "test -t 0 && stty size"], stdin="pty", stdout="pty", env={"LINES": "7", "COLUMNS": "70"}
    )
    assert shown.stdout == "7 70\n"
    with pytest.raises(pm2go.ConfigError, match="no-such-program"):
        inside.run(["no-such-program"])
