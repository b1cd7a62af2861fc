"""What `watch_unit_properties` could not hear of is told as a gap, after which it is right again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from live.fixtures.bus import forget_starts_of_the_bus
from live.fixtures.descriptors import cut_sockets
from live.fixtures.scope import ROOT
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import Way, connect

from .watched import STATES, UNIT, is_state

if TYPE_CHECKING:
    import pm2go
    from live.fixtures.streams import StreamOf


def test_after_daemon_reexec(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemctl("start", UNIT)
    stream = stream_of(systemd.watch_unit_properties(UNIT, STATES))
    stream.begin()
    systemctl("daemon-reexec")
    systemctl("stop", UNIT)
    events = stream.until(lambda event: event.values["ActiveState"] == "inactive") + stream.quiet()
    kinds = [event.kind for event in events]
    assert kinds.count("gap") == 1
    gap = events[kinds.index("gap")]
    assert gap.reason
    assert (gap.unit, gap.changed, gap.dropped) == (UNIT, {}, None)
    systemctl("start", UNIT)
    assert stream.until(is_state("active"))


def test_after_a_lost_connection(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemctl("start", UNIT)
    stream = stream_of(systemd.watch_unit_properties(UNIT, STATES))
    stream.begin()
    cut_sockets()
    events = stream.until(lambda event: event.kind == "gap")
    systemctl("stop", UNIT)
    events += stream.until(lambda event: event.values["ActiveState"] == "inactive")
    assert [event.kind for event in events].count("gap") == 1
    assert systemd.get_unit_property(UNIT, "ActiveState") == "inactive"


def test_what_was_unloaded_during_a_gap(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemctl("start", UNIT)
    stream = stream_of(systemd.watch_unit_properties(UNIT, "ActiveState"))
    stream.begin()
    cut_sockets()
    systemctl("stop", UNIT)
    events = stream.quiet(1)
    assert [event.kind for event in events] == ["gap", "changed", "removed"]
    assert [event.values["ActiveState"] for event in events] == ["active", "inactive", "inactive"]
    systemctl("start", UNIT)
    assert stream.until(is_state("active"))


if ROOT:  # nobody else may restart the machine's message bus

    def test_after_a_restart_of_the_message_bus(stream_of: StreamOf) -> None:
        with connect(Way.BUS) as systemd:
            systemctl("start", UNIT)
            stream = stream_of(systemd.watch_unit_properties(UNIT, STATES))
            stream.begin()
            forget_starts_of_the_bus()
            systemctl("kill", "--signal=KILL", "dbus.service")
            wait_until(lambda: systemctl("is-active", "dbus.service", check=False) != "active")
            systemctl("start", "dbus.socket", "dbus.service")
            systemctl("stop", UNIT)
            events = stream.until(lambda event: event.values["ActiveState"] == "inactive", seconds=20)
            assert "gap" in [event.kind for event in events]
            systemctl("start", UNIT)
            assert stream.until(is_state("active"))


def test_a_slow_reader_learns_how_much_it_missed(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    stream = stream_of(systemd.watch_unit_properties("propflap", [*STATES, "NRestarts"], capacity=10))
    stream.next()
    systemctl("start", "--no-block", "propflap")
    wait_until(lambda: systemctl("is-failed", "propflap", check=False) == "failed", seconds=30)
    gap, snapshot = stream.until(lambda event: event.kind == "gap")[-1], stream.next()
    assert (gap.kind, gap.reason) == ("gap", "the reader was too slow")
    assert gap.dropped is not None
    assert gap.dropped >= 10
    assert (snapshot.kind, snapshot.changed) == ("snapshot", snapshot.values)
    events = [snapshot, *stream.quiet()]
    assert events[-1].values == {
        name: systemd.get_unit_property("propflap", name) for name in snapshot.values
    }
