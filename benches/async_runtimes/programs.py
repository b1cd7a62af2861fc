"""Short programs, each in a process of its own: `programs.py KIND CLIENT`. What they find goes to stdout as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import threading
import time
from time import perf_counter

from clients import CLIENTS

AWAITS = 1500
TOGETHER = 256
ROUNDS = 15
#: Seconds after which a call is taken for one that will never be answered.
PATIENCE = 3


async def latency(connect):
    """What one await costs, and each of many at once."""
    get = await connect()
    for _ in range(200):
        assert await get() == "active"
    one = []
    for _ in range(AWAITS):
        begin = perf_counter()
        await get()
        one.append(perf_counter() - begin)
    many = []
    for _ in range(ROUNDS):
        begin = perf_counter()
        await asyncio.gather(*(get() for _ in range(TOGETHER)))
        many.append((perf_counter() - begin) / TOGETHER)
    threads = len(os.listdir("/proc/self/task"))
    print(json.dumps({"one": one, "many": many, "threads": threads}))


async def completed(connect):
    """Every await has ended when the interpreter does."""
    get = await connect()
    for _ in range(50):
        await get()


async def pending(connect):
    """The loop ends at any moment between the first answer and the last."""
    get = await connect()
    calls = [asyncio.ensure_future(get()) for _ in range(200)]
    await asyncio.sleep(random.uniform(0, 0.005))  # noqa: S311 - it only spreads the moments
    del calls


def daemon_thread(connect):
    """The interpreter ends while a thread with a loop of its own goes on asking."""
    begun = threading.Event()

    async def forever():
        get = await connect()
        while True:
            await asyncio.gather(*(get() for _ in range(16)))
            begun.set()

    threading.Thread(target=lambda: asyncio.run(forever()), daemon=True).start()
    assert begun.wait(30)
    time.sleep(random.uniform(0, 0.01))  # noqa: S311 - it only spreads the moments


async def once(ready):
    get = await ready()
    assert await get() == "active"


def forked(connect, *, anew):
    """A child that asks, with its parent's client or with one of its own; and then the parent again."""
    loop = asyncio.new_event_loop()
    get = loop.run_until_complete(connect())

    async def inherited():
        return get

    loop.run_until_complete(once(inherited))
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        code = 1
        try:
            asyncio.run(once(connect if anew else inherited))
            code = 0
        finally:
            os._exit(code)
    print(json.dumps({"child": outcome(os.waitpid(child, 0)[1])}), flush=True)
    signal.alarm(PATIENCE)
    loop.run_until_complete(once(inherited))
    signal.alarm(0)
    print(json.dumps({"parent": "answered"}), flush=True)
    os._exit(0)


def outcome(status):
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return "hangs" if number == signal.SIGALRM else signal.Signals(number).name
    return "error" if os.WEXITSTATUS(status) else "answered"


def main():
    kind, name = sys.argv[1:]
    connect = CLIENTS[name]
    if kind == "daemon thread":
        daemon_thread(connect)
    elif kind.startswith("fork"):
        forked(connect, anew=kind == "fork, a client of its own")
    else:
        asyncio.run({"latency": latency, "completed": completed, "pending": pending}[kind](connect))


if __name__ == "__main__":
    main()
