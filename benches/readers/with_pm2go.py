"""pm2go: a watch each, read by a task or by a thread each."""

from __future__ import annotations

import asyncio
import threading

from contenders.asked import ADDRESS

from .task import PATIENCE_NSEC

PATIENCE = PATIENCE_NSEC / 1e9


def heard(watcher, event):
    """Take note of an event; tell whether it was the last."""
    watcher.events += 1
    kind = event.kind
    if kind == "changed":
        watcher.flipped(event.timestamp_usec)
    elif kind == "job-removed":
        return watcher.ends()
    elif kind == "gap":
        watcher.gaps += 1
    return False


def read_pm2go(task):
    asyncio.run(read(task))


async def read(task):
    import pm2go

    async with pm2go.AsyncSystemd(backend="dbus", address=ADDRESS[task.endpoint]) as systemd:
        await asyncio.gather(*(follow(systemd, task, watcher) for watcher in task.watchers))
        task.end()


async def follow(systemd, task, watcher):
    async with systemd.watch_units(*task.patterns(watcher)) as watch:
        for _ in watcher.names:
            await watch.__anext__()
        task.begun()
        async for event in watch:
            if heard(watcher, event):
                return
            if watcher.gaps:
                break
        try:
            while not heard(watcher, await asyncio.wait_for(watch.__anext__(), PATIENCE)):
                pass
        except asyncio.TimeoutError:
            watcher.gives_up()


def read_pm2go_in_threads(task):
    import pm2go

    lock = threading.Lock()
    with pm2go.Systemd(backend="dbus", address=ADDRESS[task.endpoint]) as systemd:
        threads = [
            threading.Thread(target=follow_blocking, args=(systemd, task, watcher, lock))
            for watcher in task.watchers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        task.end()


def follow_blocking(systemd, task, watcher, lock):
    import pm2go

    with systemd.watch_units(*task.patterns(watcher)) as watch:
        for _ in watcher.names:
            watch.next()
        with lock:
            task.begun()
        for event in watch:
            if heard(watcher, event):
                return
            if watcher.gaps:
                break
        try:
            while not heard(watcher, watch.next(timeout=PATIENCE)):
                pass
        except pm2go.OperationTimeoutError:
            watcher.gives_up()
