"""20,000 signals: who reads them how fast. systemd makes them, the same for everybody."""

from __future__ import annotations

import asyncio
import resource
import time

from contenders.asked import ADDRESS
from floor import DBUS, MANAGER, MANAGER_PATH, SERVICE, SIGNALS, Floor
from workload import STORM_UNITS, Storm

# Each round stops or starts 500 targets, with about four signals a job.
ROUNDS = 10
# Seconds; a reader that waits so long waits for something that never comes.
PATIENCE = 60


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Clock:
    """Wall and processor time from the moment the storm begins."""

    def __init__(self, storm):
        storm.begin()
        self.wall, self.processor = time.perf_counter(), processor_seconds()

    def stop(self, **more):
        wall = time.perf_counter() - self.wall
        return {"wall": wall, "processor": processor_seconds() - self.processor, **more}


def drain(endpoint):
    floor = Floor(endpoint)
    floor.socket.settimeout(PATIENCE)
    if endpoint == "bus":
        floor.hear()
    storm = Storm(ROUNDS)
    clock = Clock(storm)
    signals = floor.drain(storm.jobs)
    found = clock.stop(events=signals)
    floor.close()
    storm.end()
    return found


async def read_pm2go(endpoint):
    import pm2go

    async with pm2go.AsyncSystemd(backend="dbus", address=ADDRESS[endpoint]) as systemd:
        units = len(await systemd.list_units("bench-*.target"))
        async with systemd.watch_units("bench-*.target", capacity=1_000_000) as watch:
            for _ in range(units):
                await watch.__anext__()
            storm = Storm(ROUNDS)
            left, events, delays, lost = storm.jobs, 0, [], 0
            clock = Clock(storm)
            async for event in watch:
                events += 1
                delays.append(time.time() * 1e6 - event.timestamp_usec)
                if event.kind == "job-removed":
                    left -= 1
                    if not left:
                        break
                elif event.kind == "gap":
                    lost += 1
            delays.sort()
            found = clock.stop(events=events, gaps=lost, delay=delays[len(delays) // 2] / 1e6)
            storm.end()
    return found


async def read_dbus_fast():
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

    bus = await MessageBus(bus_address=ADDRESS["bus"]).connect()
    queue = asyncio.Queue()
    await bus.call(
        Message(
            destination=DBUS,
            path="/org/freedesktop/DBus",
            interface=DBUS,
            member="AddMatch",
            signature="s",
            body=[SIGNALS],
        )
    )
    await bus.call(Message(destination=SERVICE, path=MANAGER_PATH, interface=MANAGER, member="Subscribe"))
    bus.add_message_handler(lambda message: queue.put_nowait(message))
    storm = Storm(ROUNDS)
    left, events = storm.jobs, 0
    clock = Clock(storm)
    while left:
        message = await queue.get()
        message.body
        events += 1
        left -= message.member == "JobRemoved"
    found = clock.stop(events=events)
    bus.disconnect()
    storm.end()
    return found


READERS = {
    ("raw floor", "private"): lambda: drain("private"),
    ("pm2go", "private"): lambda: asyncio.run(asyncio.wait_for(read_pm2go("private"), PATIENCE)),
    ("raw floor", "bus"): lambda: drain("bus"),
    ("pm2go", "bus"): lambda: asyncio.run(asyncio.wait_for(read_pm2go("bus"), PATIENCE)),
    ("dbus-fast", "bus"): lambda: asyncio.run(asyncio.wait_for(read_dbus_fast(), PATIENCE)),
}
assert STORM_UNITS * ROUNDS * 4 >= 20_000
