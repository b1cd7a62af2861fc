"""Whatever happens to systemd while a job is waited for and units are watched: each ends in time, and life goes on."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import pm2go
from live.fixtures.bus import bus_pid, forget_starts_of_the_bus, is_on_the_bus
from live.fixtures.descriptors import cut_sockets
from live.fixtures.scope import ROOT
from live.fixtures.services import SLEEP, services
from live.fixtures.systemctl import manager_pid, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

#: How long the job takes, and how long it may take.
SLOW = "[Service]\nType=oneshot\nExecStart=/bin/sleep 1.5\n"
LIMIT = 60.0
#: While the manager is stopped a call may take this long only.
SHORT = 1.0
#: How much later than its deadline a call may end on a busy machine.
LATE = 60.0


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(fault_slow=SLOW, fault_after=SLEEP):
        yield


class Blocking:
    """Blocking calls, each on a thread of its own."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._pool = ThreadPoolExecutor(4)
        self._systemd = pm2go.Systemd(**options)
        self._watch = self._systemd.watch_units("fault-*", "basic.target")
        self._events: queue.SimpleQueue[pm2go.UnitEvent | pm2go.Pm2goError] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        """Without a break: what nobody reads for a while may have a gap of its own."""
        try:
            for event in self._watch:
                self._events.put(event)
        except pm2go.Pm2goError as error:
            self._events.put(error)

    def _next(self) -> pm2go.UnitEvent:
        event = self._events.get(timeout=LATE)
        if isinstance(event, pm2go.Pm2goError):
            raise event
        return event

    def call(self, verb: str, *arguments: Any, **options: Any) -> Future[Any]:
        return self._pool.submit(getattr(self._systemd, verb), *arguments, **options)

    def event(self) -> Future[Any]:
        return self._pool.submit(self._next)

    def close(self) -> None:
        self._systemd.close()
        self._reader.join(LATE)
        self._pool.shutdown()


class OnALoop:
    """The same on an event loop, which runs on a thread."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._systemd = pm2go.AsyncSystemd(**options)
        self._watch = self._systemd.watch_units("fault-*", "basic.target")

    def _run(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, verb: str, *arguments: Any, **options: Any) -> Future[Any]:
        return self._run(getattr(self._systemd, verb)(*arguments, **options))

    def event(self) -> Future[Any]:
        return self._run(self._watch.__anext__())

    def close(self) -> None:
        self._run(self._systemd.close()).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()


FACES: tuple[type[Blocking | OnALoop], ...] = (Blocking, OnALoop)


def reexec(_: Future[Any]) -> None:
    systemctl("daemon-reexec")


def reload(_: Future[Any]) -> None:
    systemctl("daemon-reload")


def cut(_: Future[Any]) -> None:
    cut_sockets()


def kill_bus(_: Future[Any]) -> None:
    pid = bus_pid()
    forget_starts_of_the_bus()
    systemctl("kill", "--signal=KILL", "dbus.service")
    wait_until(lambda: bus_pid() != pid)  # its socket may have begun it anew already
    systemctl("start", "dbus.socket", "dbus.service")


def stop_manager(job: Future[Any]) -> None:
    """Until the job's deadline. Only a user's manager can be stopped: the kernel protects the first process."""
    os.kill(manager_pid(), signal.SIGSTOP)
    try:
        job.exception(SHORT + LATE)
    finally:
        os.kill(manager_pid(), signal.SIGCONT)


class Ends(NamedTuple):
    """How a wait for a job may end, and whether a watch beside it tells of a gap."""

    result: bool
    errors: tuple[type[pm2go.Pm2goError], ...]
    gap: bool


AS_IF_NOTHING_HAD_BEEN = Ends(result=True, errors=(), gap=False)
#: The job is found again on a new connection, or the caller learns that the old one is lost.
CUT_OFF = Ends(result=True, errors=(pm2go.ConnectionLostError,), gap=True)
#: By fault and by how the client of the job reaches systemd. A blocking watch takes the bus where there is one.
TABLE: dict[tuple[Callable[[Future[Any]], None], Way, type[Blocking | OnALoop]], Ends] = {
    **{(reload, way, face): AS_IF_NOTHING_HAD_BEEN for way in DBUS_WAYS for face in FACES},
    **{(reexec, way, face): CUT_OFF for way in DBUS_WAYS for face in FACES},
    **{(cut, way, face): CUT_OFF for way in DBUS_WAYS for face in FACES},
    **{(kill_bus, Way.BUS, face): CUT_OFF for face in FACES},
    (kill_bus, Way.PRIVATE, Blocking): Ends(result=True, errors=(), gap=True),
    (kill_bus, Way.PRIVATE, OnALoop): AS_IF_NOTHING_HAD_BEEN,
}
if not ROOT:
    stopped = Ends(result=False, errors=(pm2go.OperationTimeoutError,), gap=False)
    TABLE |= {(stop_manager, way, face): stopped for way in DBUS_WAYS for face in FACES}


def until(face: Blocking | OnALoop, done: Callable[[pm2go.UnitEvent], object]) -> list[pm2go.UnitEvent]:
    events = [face.event().result(LATE)]
    while not done(events[-1]):
        events.append(face.event().result(LATE))
    return events


@pytest.mark.parametrize(
    ("fault", "way", "face_class"),
    TABLE,
    ids=lambda part: part.value if isinstance(part, Way) else part.__name__,
)
def test_while_waiting_for_a_job_and_watching(
    fault: Callable[[Future[Any]], None], way: Way, face_class: type[Blocking | OnALoop]
) -> None:
    ends = TABLE[fault, way, face_class]
    face = face_class(WAYS[way])
    limit = LIMIT if ends.result else SHORT
    try:
        until(face, lambda event: event.kind == "snapshot")
        face.call("connect").result(60)
        begin = time.monotonic()
        job = face.call("start_unit", "fault-slow", settle=0, timeout=limit)
        until(face, lambda event: event.kind == "job-new")
        happening = ThreadPoolExecutor(1).submit(fault, job)
        error = job.exception(limit + LATE)
        took = time.monotonic() - begin
        if error is None:
            assert ends.result
            assert job.result().result == "done"
            assert took > 1.4
        else:
            assert isinstance(error, ends.errors), error
            assert error.hint
        happening.result(LATE)
        print(f"{way.value}, {face_class.__name__}, {fault.__name__}: {error!r} after {took:.1f} s")
        if way is Way.BUS and fault.__name__ == "kill_bus":
            # Until the manager is back on the bus nobody can reach it there.
            wait_until(is_on_the_bus)
        assert face.call("get_unit_status", "fault-slow", timeout=60).result(62).load_state == "loaded"
        assert face.call("start_unit", "fault-after", settle=0, timeout=60).result(62).result == "done"
        after = until(
            face, lambda event: event.unit == "fault-after.service" and event.active_state == "active"
        )
        gaps = [event.reason for event in after if event.kind == "gap"]
        print(f"    gaps: {gaps}")
        assert bool(gaps) == ends.gap, after
    finally:
        face.close()
        wait_until(is_on_the_bus)
