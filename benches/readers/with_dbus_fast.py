"""dbus-fast: one connection, as it recommends, with a message handler and a queue for each watcher."""

from __future__ import annotations

import asyncio

from contenders.asked import ADDRESS
from floor import DBUS, MANAGER, MANAGER_PATH, PROPERTIES, SERVICE, SIGNALS, UNIT, unit_path


def read_dbus_fast(task):
    asyncio.run(read(task))


async def read(task):
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

    bus = await MessageBus(bus_address=ADDRESS["bus"]).connect()
    add_match = {
        "destination": DBUS,
        "path": "/org/freedesktop/DBus",
        "interface": DBUS,
        "member": "AddMatch",
    }
    await bus.call(Message(**add_match, signature="s", body=[SIGNALS]))
    await bus.call(Message(destination=SERVICE, path=MANAGER_PATH, interface=MANAGER, member="Subscribe"))
    followers = [asyncio.ensure_future(follow(bus, watcher)) for watcher in task.watchers]
    # Each has its handler once it has run for the first time.
    await asyncio.sleep(0)
    for _ in task.watchers:
        task.begun()
    await asyncio.gather(*followers)
    task.end()
    bus.disconnect()


def is_wanted(watcher):
    """Tell signals of a watcher's units, and of their jobs, from others."""
    names = set(watcher.names)
    paths = {unit_path(name) for name in names}

    def wanted(message):
        if message.interface == PROPERTIES:
            return message.path in paths
        return message.member in {"JobNew", "JobRemoved"} and message.body[2] in names

    return wanted


async def follow(bus, watcher):
    queue = asyncio.Queue()
    wanted = is_wanted(watcher)

    def handle(message):
        if wanted(message):
            queue.put_nowait(message)

    bus.add_message_handler(handle)
    states = {}
    while True:
        message = await queue.get()
        watcher.events += 1
        if message.member == "JobRemoved":
            if watcher.ends():
                return
        elif message.member == "PropertiesChanged" and message.body[0] == UNIT:
            state = message.body[1]["ActiveState"].value
            if states.get(message.path, "active") != state:
                watcher.flipped()
            states[message.path] = state
