"""What `watch_units` could not hear of is told as a gap, after which it is right again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from live.fixtures.bus import forget_starts_of_the_bus
from live.fixtures.descriptors import cut_sockets
from live.fixtures.scope import ROOT
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import Way, connect

from .watched import OURS, is_down, reaches

if TYPE_CHECKING:
    import pm2go
    from live.fixtures.streams import StreamOf


def test_a_slow_reader_learns_how_much_it_missed(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    stream = stream_of(systemd.watch_units(*OURS, capacity=10))
    stream.quiet(0.2)
    for _ in range(10):
        systemctl("start", "watch-a", "watch-b")
        systemctl("stop", "watch-b")
    # On an event loop the events wait in the queue, elsewhere in the socket.
    gap = stream.until(lambda event: event.kind == "gap")[-1]
    assert gap.dropped is not None
    assert gap.dropped >= 10
    assert gap.reason == "the reader was too slow"
    last: dict[str | None, str | None] = {}
    for event in stream.quiet():
        if event.dropped:
            last.clear()  # a fresh snapshot follows
        last[event.unit] = event.active_state
    assert last["watch-a.service"] == "active"
    assert last.get("watch-b.service") in {None, "inactive"}
    systemctl("stop", "watch-a")
    assert stream.until(lambda event: is_down(event) or event.dropped)


def test_after_daemon_reload(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemd.start_unit("watch-a", settle=0)
    stream = stream_of(systemd.watch_units(*OURS))
    stream.begin()
    systemctl("daemon-reload")
    assert [event.kind for event in stream.quiet()] == ["reloading", "reloaded"]
    systemctl("stop", "watch-a")
    assert stream.until(reaches("watch-a.service", "inactive"))


def test_after_daemon_reexec(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemd.start_unit("watch-a", settle=0)
    stream = stream_of(systemd.watch_units(*OURS))
    stream.begin()
    systemctl("daemon-reexec")
    systemctl("stop", "watch-a")
    events = stream.until(is_down) + stream.quiet()
    assert [event.kind for event in events].count("gap") == 1
    systemctl("start", "watch-b")
    assert stream.until(reaches("watch-b.service", "active"))


def test_after_a_lost_connection(systemd: pm2go.Systemd, stream_of: StreamOf) -> None:
    systemctl("start", "watch-a")
    stream = stream_of(systemd.watch_units(*OURS))
    stream.begin()
    cut_sockets()
    events = stream.until(lambda event: event.kind == "gap")
    systemctl("stop", "watch-a")
    events += stream.until(is_down)
    assert [event.kind for event in events].count("gap") == 1
    assert systemd.get_unit_status("watch-a").active_state == "inactive"


if ROOT:  # nobody else may restart the machine's message bus

    def test_after_a_restart_of_the_message_bus(stream_of: StreamOf) -> None:
        with connect(Way.BUS) as systemd:
            systemctl("start", "watch-a")
            stream = stream_of(systemd.watch_units(*OURS))
            stream.begin()
            forget_starts_of_the_bus()
            systemctl("kill", "--signal=KILL", "dbus.service")
            wait_until(lambda: systemctl("is-active", "dbus.service", check=False) != "active")
            systemctl("start", "dbus.socket", "dbus.service")
            systemctl("stop", "watch-a")
            events = stream.until(is_down, seconds=20)
            assert "gap" in [event.kind for event in events]
            systemctl("start", "watch-b")
            assert stream.until(reaches("watch-b.service", "active"))
            assert systemd.get_unit_status("watch-b").active_state == "active"
