"""A name means the same everywhere: short, an alias, with characters that have to be escaped."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.scope import UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl
from live.fixtures.ways import Way, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live.fixtures.streams import StreamOf
    from live.fixtures.units import UnitFiles


class Alias:
    """A unit with another name."""

    def __init__(self, units: UnitFiles) -> None:
        self.unit = units.service()
        self.name = units.name("alias")
        self.link = UNIT_FOLDER / self.name
        self.link.symlink_to(self.unit)
        systemctl("daemon-reload")


@pytest.fixture
def alias(units: UnitFiles) -> Iterator[Alias]:
    made = Alias(units)
    yield made
    systemctl("stop", made.unit)
    made.link.unlink()


def short(name: str) -> str:
    return name[: -len(".service")]


def test_a_list_takes_a_short_name(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    name = units.service()
    systemd.start_unit(short(name))
    assert [row.name for row in systemd.list_units(short(name))] == [name]
    # A pattern has to match the whole name, as for systemctl.
    assert systemd.list_units(f"{short(name)[:-1]}?") == []
    assert [row.name for row in systemd.list_units(f"{short(name)}*")] == [name]


def test_a_list_takes_an_alias(systemd: pm2go.Systemd, alias: Alias) -> None:
    assert systemd.list_units(alias.name) == [], "it is not in memory"
    systemd.start_unit(alias.unit)
    for asked in ((alias.name,), (short(alias.name),), (alias.name, alias.unit), (alias.name, "nothing*")):
        assert [row.name for row in systemd.list_units(*asked)] == [alias.unit], asked
    both = systemd.list_units(alias.name, "basic.target")
    assert [row.name for row in both] == sorted([alias.unit, "basic.target"])


@pytest.mark.parametrize("name", ["", "a b", "a/b", "/srv/my-app"])
def test_a_name_that_no_unit_can_have_is_refused(systemd: pm2go.Systemd, name: str) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        systemd.list_units(name)
    assert caught.value.hint
    assert systemd.backend is None


#: Texts that are no names, and the arguments with which systemd-escape tells the one that is meant.
MEANT = {
    "/srv/my-app": ["--mangle", "/srv/my-app"],
    "/dev/sda": ["--mangle", "/dev/sda"],
    "my app": ["--mangle", "my app"],
    "copy@/srv/my-app": ["--template=copy@.service", "/srv/my-app"],
    "copy@a b.socket": ["--template=copy@.socket", "a b"],
}


@pytest.mark.parametrize(("text", "arguments"), MEANT.items())
def test_hints_escape_as_systemd_escape_does(systemd: pm2go.Systemd, text: str, arguments: list[str]) -> None:
    output = subprocess.run(["systemd-escape", *arguments], check=True, capture_output=True, text=True)
    with pytest.raises(pm2go.ConfigError) as caught:
        systemd.get_unit_status(text)
    assert (caught.value.hint or "").endswith(f" {output.stdout.strip()}")


@pytest.mark.parametrize("dbus_way", [Way.PRIVATE, Way.BUS], ids=["private", "bus"])
class TestWatches:
    def test_a_watch_takes_a_short_name(self, dbus_way: Way, units: UnitFiles, stream_of: StreamOf) -> None:
        name = units.service()
        with connect(dbus_way) as systemd:
            systemd.start_unit(name)
            stream = stream_of(systemd.watch_units(short(name)))
            event = stream.next()
            assert (event.kind, event.unit) == ("snapshot", name)
            systemctl("stop", name)
            stream.until(lambda event: event.unit == name and event.kind == "changed")

    def test_a_watch_takes_an_alias(self, dbus_way: Way, alias: Alias, stream_of: StreamOf) -> None:
        with connect(dbus_way) as systemd:
            systemd.start_unit(alias.unit)
            stream = stream_of(systemd.watch_units(short(alias.name)))
            event = stream.next()
            assert (event.kind, event.unit) == ("snapshot", alias.unit)
            systemctl("stop", alias.unit)
            stream.until(lambda event: event.unit == alias.unit and event.kind == "changed")

    def test_a_watch_takes_an_alias_that_is_loaded_later(
        self, dbus_way: Way, alias: Alias, stream_of: StreamOf
    ) -> None:
        with connect(dbus_way) as systemd:
            stream = stream_of(systemd.watch_units(alias.name, "basic.target"))
            assert stream.next().unit == "basic.target"
            systemctl("start", alias.unit)
            stream.until(
                lambda event: event.unit == alias.unit and event.new and event.new.active_state == "active"
            )
            systemctl("stop", alias.unit)
            stream.until(lambda event: event.unit == alias.unit and event.kind == "changed")

    def test_an_alias_can_be_waited_for(self, dbus_way: Way, alias: Alias) -> None:
        with connect(dbus_way) as systemd:
            systemctl("start", "--no-block", alias.unit)
            assert systemd.wait_for_unit(short(alias.name), "active", timeout=60).name == alias.unit
            with systemd.watch_unit_properties(short(alias.name), "ActiveState") as watch:
                assert next(iter(watch)).unit == alias.unit

    def test_a_name_with_a_backslash(self, dbus_way: Way, units: UnitFiles, stream_of: StreamOf) -> None:
        name = units.service(stem=r"my\x20app")
        with connect(dbus_way) as systemd:
            systemd.start_unit(name)
            assert [row.name for row in systemd.list_units(name)] == [name]
            stream = stream_of(systemd.watch_units(name))
            assert stream.next().unit == name
            systemctl("stop", "--no-block", name)
            assert systemd.wait_for_unit(name, "inactive", timeout=60).active_state == "inactive"
            assert show(name, "ActiveState") == "inactive"
