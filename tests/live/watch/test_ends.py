"""The end of a watch of either kind: whoever waits is let go, and nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.bus import match_rules
from live.fixtures.descriptors import descriptors
from live.fixtures.programs import run_program
from live.fixtures.scope import ROOT
from live.fixtures.services import SLEEP, services
from live.fixtures.waiting import until, wait_until, waits_in_poll
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect
from pm2go._core import LoopDriver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm2go.watch import WatchBase

UNIT = "watch-end.service"


@dataclass(frozen=True)
class Kind:
    """A kind of watch, and how it is asked for."""

    verb: str
    #: It tells one snapshot, and then nothing until somebody starts the unit.
    quiet: tuple[Any, ...]
    #: It tells one thing at least.
    other: tuple[Any, ...]
    #: It gives no event, but this error (or that one, to who awaits it) after so many seconds at most.
    fruitless: tuple[Any, ...]
    seconds: float
    error: type[BaseException]
    awaited_error: type[BaseException]

    def watch(self, client: pm2go.Systemd | pm2go.AsyncSystemd, arguments: tuple[Any, ...]) -> WatchBase[Any]:
        watch: WatchBase[Any] = getattr(client, self.verb)(*arguments)
        return watch


KINDS = [
    Kind(
        verb="watch_units",
        quiet=("basic.target", UNIT),
        other=(),
        fruitless=("watch-none*",),
        seconds=0.01,
        error=pm2go.OperationTimeoutError,
        awaited_error=asyncio.TimeoutError,
    ),
    Kind(
        verb="watch_unit_properties",
        quiet=(UNIT, ["ActiveState", "SubState", "MainPID"]),
        other=(UNIT, "ExecStart"),
        fruitless=(UNIT, "Nonsense"),
        seconds=10,
        error=pm2go.ConfigError,
        awaited_error=pm2go.ConfigError,
    ),
]
both_kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.verb)
all_ways = pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    with services(watch_end=f"[Unit]\nStartLimitIntervalSec=0\n{SLEEP}"):
        yield


@pytest.fixture(params=DBUS_WAYS, ids=lambda way: way.value)
def systemd(request: pytest.FixtureRequest) -> Iterator[pm2go.Systemd]:
    with connect(request.param) as client:
        yield client


@both_kinds
def test_closing_from_another_thread_ends_a_blocking_reader(systemd: pm2go.Systemd, kind: Kind) -> None:
    watch = kind.watch(systemd, kind.quiet)
    assert next(watch).kind == "snapshot"

    def close() -> None:
        wait_until(lambda: waits_in_poll(os.getpid()))
        watch.close()

    threading.Thread(target=close).start()
    assert list(watch) == []
    assert watch.closed
    watch.close()
    assert watch.next() is None


@both_kinds
@all_ways
@pytest.mark.parametrize("how", ["thread", "task", "client"])
def test_closing_ends_an_asynchronous_reader(way: Way, kind: Kind, how: str) -> None:
    async def main() -> None:
        client = pm2go.AsyncSystemd(**WAYS[way])
        # Calls and watches share the connection.
        await client.get_unit_status("basic.target")
        before = descriptors()
        watch = kind.watch(client, kind.quiet)
        kinds: list[str] = []

        async def read() -> None:
            async for event in watch:
                kinds.append(event.kind)  # noqa: PERF401 - each at once

        reader = asyncio.ensure_future(read())
        await until(lambda: kinds)  # and now it waits for another one
        if how == "thread":
            threading.Thread(target=watch.close).start()
        elif how == "task":
            watch.close()
        else:
            await client.close()
        await reader
        assert kinds == ["snapshot"]
        await until(lambda: descriptors() <= before)

    asyncio.run(asyncio.wait_for(main(), 120))


def drivers() -> int:
    """Return how many drivers of event loops there are; what a loop waits for keeps them."""
    gc.collect()
    return sum(type(known) is LoopDriver for known in gc.get_objects())


async def use(kind: Kind, client: pm2go.AsyncSystemd, number: int) -> None:
    """Read a watch and end it, in one of several ways."""
    if number % 4 == 0:
        async with kind.watch(client, kind.other) as watch:
            await watch.__anext__()
    elif number % 4 == 1:
        async for _ in kind.watch(client, kind.other):
            break
    elif number % 4 == 2:
        with pytest.raises(kind.awaited_error):
            await asyncio.wait_for(kind.watch(client, kind.fruitless).__anext__(), kind.seconds)
    else:
        watch = kind.watch(client, kind.quiet)
        reader = asyncio.ensure_future(watch.__anext__())
        for _ in range(number % 3 * 10):
            await asyncio.sleep(0)
        watch.close()
        with contextlib.suppress(StopAsyncIteration):  # unless it has read the first event
            await reader


@both_kinds
@all_ways
def test_nothing_is_left_of_watches_on_a_loop(way: Way, kind: Kind) -> None:
    async def main() -> None:
        client = pm2go.AsyncSystemd(**WAYS[way])
        # Calls and watches share the connection, and the loop's driver.
        await client.connect()
        before = descriptors()
        known = drivers()
        rules = match_rules()
        for number in range(12):
            await use(kind, client, number)
        gc.collect()  # generators and exceptions that were thrown away
        await until(lambda: descriptors() <= before and match_rules() == rules)
        assert drivers() <= known
        await client.close()
        await asyncio.sleep(0)
        assert drivers() == 0, "the loop still has timers of theirs"

    asyncio.run(main())


@both_kinds
def test_nothing_is_left_of_blocking_watches(systemd: pm2go.Systemd, kind: Kind) -> None:
    systemd.connect()
    with kind.watch(systemd, kind.other) as watch:
        # All watches share a connection.
        next(watch)
    before = descriptors()
    rules = match_rules()
    for number in range(8):
        watch = kind.watch(systemd, kind.quiet)
        next(watch)
        if number % 2:
            watch.close()
        del watch
        for _ in kind.watch(systemd, kind.other):
            break
        with pytest.raises(kind.error):
            kind.watch(systemd, kind.fruitless).next(kind.seconds)
    gc.collect()
    assert descriptors() <= before
    wait_until(lambda: match_rules() <= rules, seconds=2)


@both_kinds
def test_a_wait_that_is_cancelled_loses_no_event(systemd: pm2go.Systemd, kind: Kind) -> None:
    """A wake-up carries no data: what came is taken when somebody asks, not while he is told."""

    async def main() -> None:
        watch = kind.watch(systemd, kind.quiet)
        sequence: list[int] = []

        async def read(seconds: float) -> None:
            event = await asyncio.wait_for(watch.__anext__(), seconds)
            sequence.append(event.sequence)

        process = await asyncio.create_subprocess_exec(
            "sh",
            "-c",
            f"for _ in $(seq 12); do systemctl $0 restart {UNIT}; done; systemctl $0 stop {UNIT}",
            "--system" if ROOT else "--user",
        )
        flapping = asyncio.ensure_future(process.wait())
        while not flapping.done():
            with contextlib.suppress(asyncio.TimeoutError):
                await read(0.0005)
        assert flapping.result() == 0
        with contextlib.suppress(asyncio.TimeoutError):
            while True:
                await read(0.5)
        assert len(sequence) > 20
        assert sequence == list(range(1, len(sequence) + 1))
        watch.close()

    asyncio.run(main())


@both_kinds
def test_a_forked_child_has_no_part_in_it(kind: Kind) -> None:
    run_program(f"""
        import os
        import pm2go
        arguments = {kind.quiet!r}
        watch = pm2go.Systemd().{kind.verb}(*arguments)
        assert watch.next().kind == "snapshot"
        child = os.fork()
        if not child:
            try:
                watch.next()
            except pm2go.ConnectionLostError as error:
                assert "parent" in str(error), error
                watch.close()
                with pm2go.Systemd() as systemd, systemd.{kind.verb}(*arguments) as own:
                    os._exit(own.next().sequence != 1)
            os._exit(9)
        assert os.waitpid(child, 0)[1] == 0
        try:
            watch.next(0.2)
        except pm2go.OperationTimeoutError:
            pass
        assert not watch.closed
        watch.close()
    """)


def test_the_bus_brings_changes_of_the_units_that_are_watched() -> None:
    """Who watches single units is not woken by all others; a pattern may stand for any."""
    everything, one = (
        "path_namespace='/org/freedesktop/systemd1/unit'",
        "path='/org/freedesktop/systemd1/unit/",
    )
    before = [match_rules(rule) for rule in (everything, one)]

    def rules() -> list[int]:
        return [match_rules(rule) - known for rule, known in zip((everything, one), before)]

    with connect(Way.BUS) as systemd, systemd.watch_units("basic.target") as first:
        first.next(30)
        has_stats = sum(rules()) > 0
        if not has_stats:
            # Whom the bus does not tell has nothing to look at.
            assert match_rules("type=") == 0
            return
        assert rules() == [0, 1]
        with systemd.watch_units("sockets.target") as second:
            second.next(30)
            assert rules() == [0, 2]
            with systemd.watch_units("b*") as third:
                third.next(30)
                assert rules() == [1, 0]
        # Who goes leaves the rules as they are until somebody asks anew how things are.
        with systemd.watch_units("paths.target") as fourth:
            fourth.next(30)
            assert rules() == [0, 2]
    wait_until(lambda: rules() == [0, 0])
