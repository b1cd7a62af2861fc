"""The stream tells every change that systemd signalled, in order and once, however many units change at once.

For the full numbers, 200 units and 20,000 changes in a minute or two: PM2GO_SOAK=1.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import PRIVATE
from live.fixtures.services import SLEEP, services
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way

from .recorder import UNITS, Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOAK = os.environ.get("PM2GO_SOAK") == "1"
COUNT = int(os.environ.get("PM2GO_FLAP_UNITS", "200" if SOAK else "40"))
CHANGES = int(os.environ.get("PM2GO_FLAP_CHANGES", "20000" if SOAK else "2000"))
#: It ends at once and is started again, until it has done so too often: three changes or more each time.
FLAP = f"""\
[Unit]
StartLimitIntervalSec=1h
StartLimitBurst={CHANGES // COUNT // 3 + 1}
[Service]
ExecStart=/bin/true
Restart=always
RestartSec={COUNT * 5}ms
"""
NAMES = [f"flap-{number}.service" for number in range(COUNT)]
#: What is watched: the units that flap, and those that tell where the comparison begins and ends.
END = "flap-end.service"
PATTERNS = ("flap-*.service", "basic.target")
#: One that sleeps has this much room.
SMALL = 100
#: So many events of a real run are taken away, doubled and swapped, to see that each is noticed.
DAMAGES = 30
#: How long the units may take, in seconds.
PATIENCE = 600 if SOAK else 60
#: State, sub-state and invocation; or that the unit came or went; or a job with its number and result.
Step = Any
JOBS = ("job-new", "job-removed")
History = dict[str, list[Step]]
FRESH = ("inactive", "dead", "")

pytestmark = pytest.mark.timeout(2 * PATIENCE)


@pytest.fixture(autouse=True)
def units() -> Iterator[None]:
    texts = {name.replace("-", "_").partition(".")[0]: FLAP for name in NAMES}
    with services(flap_end=SLEEP, **texts):
        yield


def add(history: History, current: dict[str, Step], unit: str, step: Step) -> None:
    """Add what is told of a unit, unless it only says again how the unit is."""
    if step[0] in JOBS:
        pass
    elif step == "removed":
        current.pop(unit, None)
    elif step == "added":
        current[unit] = FRESH
    elif current.get(unit) == step:
        return
    else:
        current[unit] = step
    history[unit].append(step)


def recorded(recorder: Recorder) -> History:
    """Return what systemd signalled, until the unit at the end came."""
    history: History = defaultdict(list)
    current: dict[str, Step] = {}
    for path, member, body in recorder.signals():
        if member in {"UnitNew", "UnitRemoved"}:
            unit = body[0]
            if unit == END:
                break
            if unit.startswith("flap-"):
                add(history, current, unit, "added" if member == "UnitNew" else "removed")
        elif member in {"JobNew", "JobRemoved"}:
            if body[2].startswith("flap-") and body[2] != END:
                kind = "job-new" if member == "JobNew" else "job-removed"
                add(history, current, body[2], (kind, body[0], *body[3:]))
        elif member == "PropertiesChanged" and body[0] == "org.freedesktop.systemd1.Unit":
            unit = unescaped(path)
            if unit.startswith("flap-"):
                changed = dict(body[1])
                known = current.get(unit, FRESH)
                invocation = bytes(changed["InvocationID"]).hex() if "InvocationID" in changed else known[2]
                step = changed.get("ActiveState", known[0]), changed.get("SubState", known[1]), invocation
                add(history, current, unit, step)
    return history


def unescaped(path: str) -> str:
    """Return the unit of an object path."""
    assert path.startswith(UNITS), path
    head, *rest = path[len(UNITS) :].split("_")
    return head + "".join(chr(int(part[:2], 16)) + part[2:] for part in rest)


def told(events: Iterable[pm2go.UnitEvent]) -> History:
    """Return what a stream told, in the same form."""
    history: History = defaultdict(list)
    current: dict[str, Step] = {}
    for event in events:
        if event.unit is None or not event.unit.startswith("flap-") or event.unit == END:
            continue
        if event.kind in {"added", "removed"}:
            add(history, current, event.unit, event.kind)
        elif event.kind in {"changed", "snapshot"}:
            assert event.new is not None
            add(history, current, event.unit, step_of(event.new))
        elif event.kind in JOBS:
            result = () if event.job_result is None else (event.job_result,)
            add(history, current, event.unit, (event.kind, event.job_id, *result))
    return history


def step_of(state: pm2go.UnitState) -> Step:
    return state.active_state, state.sub_state, state.invocation_id or ""


def break_in(events: Iterable[pm2go.UnitEvent]) -> str | None:
    """Return where an event does not begin with how the one before it left its unit, if anywhere.

    Beyond the steps that are compared, this covers all that an event says: process ids, results, restarts.
    """
    known: dict[str, pm2go.UnitState] = {}
    for event in events:
        if event.unit is None:
            continue
        before = known.pop(event.unit, None)
        is_job = event.kind in JOBS
        if (event.new if is_job else event.old) != before or (event.old == event.new and not is_job):
            return f"{event!r} is from {event.old!r} to {event.new!r}; the unit was {before!r}"
        if event.new is not None:
            known[event.unit] = event.new
    return None


def is_whole(events: list[pm2go.UnitEvent]) -> bool:
    """Whether nothing is missing by the stream's own word."""
    numbers = [event.sequence for event in events]
    return numbers == list(range(1, len(events) + 1)) and "gap" not in {event.kind for event in events}


def difference(record: History, other: History) -> str | None:
    """Return what is first not the same, if anything."""
    for unit in sorted({*record, *other}):
        pairs = zip(record[unit] + [None], other[unit] + [None])
        for index, (wanted, found) in enumerate(pairs):
            if wanted != found:
                return f"{unit}, step {index}: signalled {wanted}, told {found}"
        if len(record[unit]) != len(other[unit]):
            return f"{unit}: {len(record[unit])} steps signalled, {len(other[unit])} told"
    return None


def complaint(record: History, events: list[pm2go.UnitEvent]) -> str | None:
    """Return what is wrong with what a stream told, beside its own count."""
    return break_in(events) or difference(record, told(events))


def damages(events: list[pm2go.UnitEvent], count: int) -> Iterator[tuple[str, list[pm2go.UnitEvent]]]:
    """Return what was told with one event taken away, told twice, or told after the unit's next one."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.unit is not None and event.unit.startswith("flap-") and event.unit != END:
            places[event.unit].append(place)
    pairs = [pair for own in places.values() for pair in zip(own, own[1:])]
    for place, following in random.sample(pairs, min(count, len(pairs))):
        event, after = events[place], events[following]
        yield f"without {event!r}", events[:place] + events[place + 1 :]
        yield f"twice {event!r}", [*events[:place], event, *events[place:]]
        between = events[place + 1 : following]
        swapped = [*events[:place], after, *between, event, *events[following + 1 :]]
        yield f"{event!r} and {after!r} swapped", swapped


def changes(history: History) -> int:
    return sum(step[0] not in JOBS for steps in history.values() for step in steps)


def flap(recorder: Recorder) -> None:
    """Let the units flap until all have done so too often; then they are forgotten."""
    for begin in range(0, COUNT, 20):
        systemctl("start", "--no-block", *NAMES[begin : begin + 20])
    failed = ["list-units", "--state=failed", "--no-legend", "--plain", "flap-*"]
    wait_until(lambda: len(systemctl(*failed).splitlines()) == COUNT, seconds=PATIENCE)
    systemctl("reset-failed", *NAMES)
    systemctl("start", END)
    wait_until(lambda: recorder.has(b"flap-end.service\0"))


async def read(watch: pm2go.Watch, into: list[pm2go.UnitEvent], begun: asyncio.Event) -> None:
    """Read until the unit at the end comes."""
    async for event in watch:
        begun.set()
        if event.unit == END:
            return
        into.append(event)


def event_of(watch: pm2go.Watch, seconds: float) -> pm2go.UnitEvent:
    event = watch.next(seconds)
    assert event is not None
    return event


#: By its own choice a blocking watch takes the bus, whose daemon keeps what is not read at once.
BLOCKING = {"private": {"address": f"unix:path={PRIVATE}"}, "bus": WAYS[Way.BUS]}


@pytest.mark.parametrize("options", BLOCKING.values(), ids=BLOCKING)
def test_one_blocking_watch(options: dict[str, Any]) -> None:
    recorder = Recorder()
    with pm2go.Systemd(**options) as systemd, systemd.watch_units(*PATTERNS, capacity=10**6) as watch:
        events = [event_of(watch, 10)]
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(flap, recorder)
            while events[-1].unit != END:
                events.append(event_of(watch, PATIENCE))
            work.result()
    record = recorded(recorder)
    recorder.close()
    assert is_whole(events)
    assert changes(record) >= CHANGES
    assert complaint(record, events) is None
    # Had one event been lost, told twice or told too late, it would have been seen.
    damaged = list(damages(events, DAMAGES))
    assert len(damaged) == 3 * DAMAGES
    assert [what for what, wrong in damaged if complaint(record, wrong) is None or is_whole(wrong)] == []
    print(f"{changes(record)} changes of {len(record)} units, {len(events)} events")


def test_ten_watches_of_which_one_sleeps() -> None:
    """Every other one is whole, and so is one that begins in the middle, from where it begins."""
    everything: list[list[pm2go.UnitEvent]] = [[] for _ in range(9)]
    asleep: list[pm2go.UnitEvent] = []
    late: list[list[pm2go.UnitEvent]] = [[], []]
    recorder = Recorder()

    async def main() -> None:
        clients = [pm2go.AsyncSystemd(**WAYS[way], timeout=PATIENCE) for way in DBUS_WAYS]
        loop = asyncio.get_running_loop()
        sleeper = clients[0].watch_units(*PATTERNS, capacity=SMALL)
        asleep.append(await sleeper.__anext__())
        readers = []
        for number, events in enumerate(everything):
            begun = asyncio.Event()
            watch = clients[number % 2].watch_units(*PATTERNS, capacity=10**6)
            readers.append(asyncio.ensure_future(read(watch, events, begun)))
            await asyncio.wait_for(begun.wait(), 10)
        work = loop.run_in_executor(None, flap, recorder)
        while not work.done() and recorder.count(b"org.freedesktop.systemd1.Unit\0") < CHANGES / 10:
            await asyncio.sleep(0.05)
        for client, events in zip(clients, late):
            watch = client.watch_units(*PATTERNS, capacity=10**6)
            readers.append(asyncio.ensure_future(read(watch, events, asyncio.Event())))
        await work
        await asyncio.wait_for(asyncio.gather(*readers), PATIENCE)
        systemctl("stop", END)
        systemctl("start", END)
        while asleep[-1].unit != END or asleep[-1].active_state != "active":
            asleep.append(await asyncio.wait_for(sleeper.__anext__(), PATIENCE))
        for client in clients:
            await client.close()

    asyncio.run(main())
    record = recorded(recorder)
    recorder.close()
    assert changes(record) >= CHANGES
    for events in everything:
        assert is_whole(events)
        assert complaint(record, events) is None
    for events in late:
        assert is_whole(events)
        assert (break_in(events) or continues(record, events)) is None
    gap = asleep[1]
    assert (gap.kind, gap.reason) == ("gap", "the reader was too slow")
    assert gap.dropped is not None
    # What it was not told and what it was told is all that happened to it.
    assert gap.dropped >= len(everything[0]) - 1
    assert len(asleep) < SMALL
    print(f"{changes(record)} changes of {len(record)} units, {gap.dropped} dropped for the one that slept")


def continues(record: History, events: list[pm2go.UnitEvent]) -> str | None:
    """Return where a stream that began later does not tell the end of the record, unit by unit.

    What it found at its beginning is how things were then, which systemd may never have signalled.
    """
    begin = told(event for event in events if event.kind == "snapshot")
    tail = told(events)
    if not begin or changes(tail) < CHANGES / 10:
        return f"it began too late to prove anything: {len(begin)} units, {changes(tail)} changes"
    for unit, steps in record.items():
        told_later = tail[unit][len(begin[unit]) :]
        # Where a state was found before it was signalled, it is not told again, but the jobs around it are.
        for of_jobs in (False, True):
            wanted, rest = (
                [one for one in part if (one[0] in JOBS) == of_jobs] for part in (steps, told_later)
            )
            if rest != wanted[len(wanted) - len(rest) :]:
                return f"{unit}: signalled {wanted[-len(rest) :][:5]}..., told {rest[:5]}..."
    return None
