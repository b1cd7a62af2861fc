"""`multiprocessing` and process pools: children use the library, their results travel back, the parent goes on."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from every_exception import CLASSES, MESSAGE, facts_of, seen
from live.fixtures.scope import TARGET
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor
    from multiprocessing.context import BaseContext
    from multiprocessing.pool import Pool

    from live.fixtures.units import UnitFiles

METHODS = ("fork", "spawn", "forkserver")
CHILDREN = 4
#: Whatever hangs is ended after so many seconds.
PATIENCE = 60

# Newer Pythons warn of what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

#: What the parent has connected: a forked child has it too, any other finds nothing here.
inherited: dict[str, Any] = {}

Call = tuple[Callable[..., Any], tuple[Any, ...]]


# ------------------------------------------------------------------------------------- what children do


def use(way: str, name: str) -> dict[str, Any]:
    """Do what there is to do, by blocking calls and on an event loop."""
    signal.alarm(PATIENCE)
    found = {**blocking(way, name), **asyncio.run(awaiting(way))}
    signal.alarm(0)
    return {"pid": os.getpid(), "found": found, "plain": {key: plain(value) for key, value in found.items()}}


def blocking(way: str, name: str) -> dict[str, Any]:
    systemd: pm2go.Systemd = inherited.get("blocking") or connect(Way(way))
    return {
        "status": systemd.get_unit_status(TARGET),
        "list": systemd.list_units(TARGET),
        "job": systemd.start_unit(name, settle=0),
        "properties": systemd.get_unit_properties(TARGET),
    }


async def awaiting(way: str) -> dict[str, Any]:
    # A child that does more than one task goes on using the client, each time on another loop.
    systemd: pm2go.AsyncSystemd = inherited.setdefault("asyncio", pm2go.AsyncSystemd(**WAYS[Way(way)]))
    both = await asyncio.gather(systemd.get_unit_status(TARGET), systemd.list_units(TARGET))
    found: dict[str, Any] = {"awaited status": both[0], "awaited list": both[1]}
    if Way(way) in DBUS_WAYS:
        async with systemd.watch_units(TARGET) as watch:
            found["event"] = await watch.__anext__()
        found["state"] = found["event"].new
    return found


def plain(value: Any) -> Any:
    """Return what a result is made of, to be compared on the other side."""
    return [value.to_dict(), repr(value)] if hasattr(value, "to_dict") else repr(value)


# -------------------------------------------------------------------------------- how children are made


def through_processes(context: BaseContext, calls: Sequence[Call]) -> list[Any]:
    ends = []
    for function, arguments in calls:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=send, args=(theirs, function, arguments))  # type: ignore[attr-defined]
        process.start()
        theirs.close()
        ends.append((process, ours))
    found = [ours.recv() for _, ours in ends if ours.poll(PATIENCE)]
    for process, ours in ends:
        process.join(PATIENCE)
        assert process.exitcode == 0
        ours.close()
    return found


def send(end: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    end.send(function(*arguments))


def through_a_pool(context: BaseContext, calls: Sequence[Call]) -> list[Any]:
    with context.Pool(2) as pool:
        pending = [pool.apply_async(function, arguments) for function, arguments in calls]
        return [result.get(PATIENCE) for result in pending]


def through_an_executor(context: BaseContext, calls: Sequence[Call]) -> list[Any]:
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        pending = [executor.submit(function, *arguments) for function, arguments in calls]
        return [future.result(PATIENCE) for future in pending]


MEANS = {"process": through_processes, "pool": through_a_pool, "executor": through_an_executor}

every_method = pytest.mark.parametrize("method", METHODS)
every_means = pytest.mark.parametrize("means", MEANS)


def check(found: list[dict[str, Any]], way: Way) -> None:
    assert len(found) == CHILDREN
    assert os.getpid() not in {child["pid"] for child in found}
    for child in found:
        results = child["found"]
        assert {key: plain(value) for key, value in results.items()} == child["plain"]
        assert results["status"].is_active
        assert type(results["status"]) is pm2go.UnitStatus
        assert type(results["list"]) is type(results["awaited list"]) is pm2go.UnitList
        assert (
            [row.name for row in results["list"]] == [row.name for row in results["awaited list"]] == [TARGET]
        )
        assert type(results["job"]) is pm2go.JobResult
        assert results["job"].result == "done"
        if way in DBUS_WAYS:
            assert (results["event"].kind, results["event"].unit) == ("snapshot", TARGET)
            assert results["state"].active_state == "active"


@pytest.fixture(autouse=True)
def nothing_inherited() -> Iterator[None]:
    yield
    inherited.clear()


# ------------------------------------------------------------------------------------------ the parents


@every_means
@every_method
def test_a_blocking_parent(way: Way, units: UnitFiles, method: str, means: str) -> None:
    name = units.service()
    calls = [(use, (way.value, name))] * CHILDREN
    with connect(way) as systemd:
        assert systemd.list_units(TARGET)
        inherited["blocking"] = systemd
        for _ in range(2):
            check(MEANS[means](multiprocessing.get_context(method), calls), way)
            assert systemd.get_unit_status(name).active_state == "active"
            assert systemd.stop_unit(name).result == "done"


@every_method
def test_a_parent_with_a_blocking_watch(units: UnitFiles, method: str) -> None:
    """One thread waits for events while another makes the children."""
    name = units.service()
    calls = [(use, (Way.BUS.value, name))] * CHILDREN
    found: list[list[Any]] = []
    context = multiprocessing.get_context(method)
    # Not one of a pool, which Python does not bear: a child may find its lock taken.
    thread = threading.Thread(target=lambda: found.append(MEANS["executor"](context, calls)))
    with connect(Way.BUS) as systemd:
        inherited["blocking"] = systemd
        systemd.connect()
        with systemd.watch_units(name, TARGET) as watch:
            event = watch.next(10)
            assert event is not None
            assert event.unit == TARGET
            thread.start()
            while (event.unit, event.active_state) != (name, "active"):
                event = watch.next(PATIENCE)
                assert event is not None
                assert event.kind != "gap"
            thread.join(PATIENCE)
            check(found[0], Way.BUS)


@every_means
@every_method
@pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)
def test_a_parent_with_an_event_loop_and_a_watch(way: Way, units: UnitFiles, method: str, means: str) -> None:
    """Children are made on the loop's own thread and on another one, while the loop runs."""
    name, other = units.service(), units.service(stem="other")
    context = multiprocessing.get_context(method)
    call = (use, (way.value, name))
    events: list[pm2go.UnitEvent] = []

    async def main() -> None:
        systemd = pm2go.AsyncSystemd(**WAYS[way])
        inherited["asyncio"] = systemd
        watch = systemd.watch_units(name, other, TARGET)
        events.append(await watch.__anext__())
        ended = asyncio.ensure_future(read(watch, other, events))
        await systemd.get_unit_status(TARGET)
        here = await on_this_thread(context, means, call)
        elsewhere = await on_another_thread(MEANS[means], context, [call] * CHILDREN)
        for found in (here, elsewhere):
            check(found, way)
        assert (await systemd.get_unit_status(name)).active_state == "active"
        assert (await systemd.start_unit(other, settle=0)).result == "done"
        await asyncio.wait_for(ended, 60)
        watch.close()
        await systemd.close()

    asyncio.run(asyncio.wait_for(main(), 4 * PATIENCE))
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert "gap" not in {event.kind for event in events}
    assert {event.unit for event in events} == {name, other, TARGET}


async def read(watch: pm2go.Watch, last: str, events: list[pm2go.UnitEvent]) -> None:
    async for event in watch:
        events.append(event)
        if (event.unit, event.active_state) == (last, "active"):
            return


async def on_another_thread(work: Callable[..., list[Any]], *arguments: Any) -> list[Any]:
    """Have the children made by a thread.

    Not one of a pool, and none of a pool is begun meanwhile: Python does not bear that (a child exits with 1, or finds
    the pools' lock taken when it ends).
    """
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work(*arguments)))
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while thread.is_alive() and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    return list(found[0])


async def on_this_thread(context: BaseContext, means: str, call: Call) -> list[Any]:
    """Have the children made by the thread of the loop; what they return is waited for beside it."""
    function, arguments = call
    if means == "process":
        ends = []
        for _ in range(CHILDREN):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=send, args=(theirs, *call))  # type: ignore[attr-defined]
            process.start()
            theirs.close()
            ends.append((process, ours))
        found = [await asyncio.to_thread(ours.recv) for _, ours in ends]
        for process, ours in ends:
            await asyncio.to_thread(process.join, PATIENCE)
            ours.close()
        return found
    if means == "pool":
        pool: Pool = context.Pool(2)
        try:
            pending = [pool.apply_async(function, arguments) for _ in range(CHILDREN)]
            return [await asyncio.to_thread(result.get, PATIENCE) for result in pending]
        finally:
            pool.close()
            await asyncio.to_thread(pool.join)
    executor: Executor = ProcessPoolExecutor(2, mp_context=context)
    try:
        loop = asyncio.get_running_loop()
        return await asyncio.gather(
            *(loop.run_in_executor(executor, function, *arguments) for _ in range(CHILDREN))
        )
    finally:
        await asyncio.to_thread(executor.shutdown)


@pytest.mark.parametrize("make", [pm2go.Systemd, pm2go.AsyncSystemd, pm2go.Manager, pm2go.AsyncManager])
def test_clients_stay_in_their_process(make: Callable[[], object]) -> None:
    """Only a forked child has its parent's; to send one anywhere is an error at once."""
    client = make()
    for context in map(multiprocessing.get_context, ("spawn", "forkserver")):
        with pytest.raises(TypeError, match="make one in each process"):
            context.Process(target=print, args=(client,)).start()  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="make one in each process"):
        copy.copy(client)


# ------------------------------------------------------------------------------------------- exceptions

POOLS: dict[str, Callable[[Any], Any]] = {
    "pool": lambda context: context.Pool(1),
    "executor": lambda context: ProcessPoolExecutor(1, mp_context=context),
}


def fail_by_hand(name: str) -> None:
    cls = getattr(pm2go, name)
    raise cls(MESSAGE, **facts_of(cls))


def fail(way: str, verb: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    with connect(Way(way)) as systemd:
        getattr(systemd, verb)(*arguments, **options)


def how_it_fails(function: Callable[..., None], *arguments: Any) -> tuple[str, str, dict[str, Any]]:
    try:
        function(*arguments)
    except pm2go.Pm2goError as error:
        return told(error)
    raise AssertionError(arguments)


def told(error: BaseException) -> tuple[str, str, dict[str, Any]]:
    return type(error).__name__, str(error), seen(error)


def call(pool: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    if isinstance(pool, ProcessPoolExecutor):
        return pool.submit(function, *arguments).result(PATIENCE)
    return pool.apply_async(function, arguments).get(PATIENCE)


@pytest.fixture(params=POOLS)
def pool(request: pytest.FixtureRequest) -> Iterator[Any]:
    with POOLS[request.param](multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_every_exception_comes_through_a_pool(pool: Any) -> None:
    for cls in CLASSES:
        with pytest.raises(cls) as caught:
            call(pool, fail_by_hand, cls.__name__)
        assert told(caught.value) == how_it_fails(fail_by_hand, cls.__name__)


def test_what_goes_wrong_in_a_child_is_told_in_full(pool: Any, way: Way, units: UnitFiles) -> None:
    fails = units.service("/bin/sh -c 'echo gone wrong; exit 7'", kind="oneshot")
    slow = units.service(service="ExecStartPre=/bin/sleep 60")
    cases: list[tuple[type[pm2go.Pm2goError], str, tuple[Any, ...], dict[str, Any]]] = [
        (pm2go.UnitNotFoundError, "get_unit_status", ("no-such-unit-at-all",), {}),
        (pm2go.UnitNotFoundError, "start_unit", ("no-such-unit-at-all",), {}),
        (pm2go.UnitMaskedError, "start_unit", (units.mask(units.name("masked")),), {}),
        (pm2go.JobFailedError, "start_unit", (fails,), {}),
        (pm2go.OperationTimeoutError, "start_unit", (slow,), {"timeout": 0.2}),
        (pm2go.ConfigError, "start_unit", ("a b",), {}),
    ]
    if way is Way.COMMAND:
        cases.append((pm2go.MonitoringUnavailableError, "watch_units", (), {}))
    for cls, verb, arguments, options in cases:
        given = (way.value, verb, arguments, options)
        expected = call(pool, how_it_fails, fail, *given)
        with pytest.raises(cls) as caught:
            call(pool, fail, *given)
        found = told(caught.value)
        assert found[0] == expected[0] == cls.__name__
        if cls is pm2go.JobFailedError:
            assert found[2]["exit_code"] == 7
            assert "gone wrong" in found[2]["log"]
        else:
            assert found == expected
        assert caught.value.hint
