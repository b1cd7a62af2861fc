"""A long run on a real systemd: memory and descriptors stay as they are. `scripts/soak` starts it in the box.

scripts/soak          # 1,000,000 calls, 10,000 watches, 10,000 cancelled awaits
scripts/soak 0.01     # a hundredth of that
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pm2go
from live.fixtures.ways import WAYS, Way

sys.path.insert(0, str(Path(__file__).resolve().parent))

from live.fixtures.descriptors import descriptors
from live.fixtures.services import SLEEP, services
from live.fixtures.ways import DBUS_WAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

CALLS, WATCHES, CANCELLED = 1_000_000, 10_000, 10_000
UNIT = "soak-sleep.service"
OTHER = "soak-other.service"
#: What the allocator may keep for itself; a leak of 100 bytes a call is many times this.
NOISE_KB = 2048
#: So much of the work is done before the first measurement, for buffers and caches to get their size.
WARM = 0.1


def memory() -> int:
    """Return the memory in kB that this process has for itself."""
    gc.collect()
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


def blocking_calls(systemd: pm2go.Systemd, count: int) -> None:
    for number in range(count):
        if number % 100 == 0:
            systemd.get_unit_properties(UNIT)
        elif number % 100 == 1:
            systemd.list_units("soak-*")
        elif number % 100 == 2:
            with contextlib.suppress(pm2go.UnitNotFoundError):
                systemd.get_unit_status("soak-none.service")
        elif number % 10 == 3:
            systemd.get_unit_status(UNIT)
        else:
            systemd.get_unit_property(UNIT, "ActiveState")


async def calls(systemd: pm2go.AsyncSystemd, count: int) -> None:
    for _ in range(0, count, 100):
        requests: list[Coroutine[Any, Any, Any]] = [systemd.get_unit_properties(UNIT)]
        requests.append(systemd.list_units("soak-*"))
        requests.append(systemd.get_unit_status("soak-none.service"))
        requests.extend(systemd.get_unit_status(UNIT) for _ in range(10))
        requests.extend(systemd.get_unit_property(UNIT, "ActiveState") for _ in range(87))
        ended = await asyncio.gather(*requests, return_exceptions=True)
        wrong = [end for end in ended if isinstance(end, BaseException)]
        assert [type(error) for error in wrong] == [pm2go.UnitNotFoundError], wrong


def blocking_watches(systemd: pm2go.Systemd, count: int) -> None:
    for number in range(count):
        watch = systemd.watch_units("soak-*")
        assert next(watch).kind == "snapshot"
        if number % 2:
            watch.close()


async def watches(systemd: pm2go.AsyncSystemd, count: int) -> None:
    for number in range(count):
        if number % 3 == 0:
            async with systemd.watch_units("soak-*") as watch:
                assert (await watch.__anext__()).kind == "snapshot"
        elif number % 3 == 1:
            async for event in systemd.watch_units("soak-*"):
                assert event.kind == "snapshot"
                break
        else:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(
                    systemd.watch_units("soak-none*").__anext__(), random.uniform(0, 0.005)
                )


async def cancelled(systemd: pm2go.AsyncSystemd, count: int) -> None:
    verbs: list[Callable[[], Coroutine[Any, Any, Any]]] = [
        lambda: systemd.get_unit_status(UNIT),
        lambda: systemd.list_units("soak-*"),
        lambda: systemd.get_unit_properties(UNIT),
        lambda: systemd.wait_for_unit(OTHER, "failed"),
        lambda: systemd.restart_unit(OTHER, settle=1),
    ]
    weights = [30, 30, 20, 18, 2]

    async def one() -> None:
        task = asyncio.ensure_future(random.choices(verbs, weights)[0]())
        if random.random() < 0.5:
            for _ in range(random.randrange(6)):
                await asyncio.sleep(0)
        else:
            await asyncio.sleep(random.uniform(0, 0.02))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, pm2go.JobCanceledError):
            await task

    for _ in range(0, count, 50):
        await asyncio.gather(*[one() for _ in range(50)])
    assert systemd._loops.driver().load()[0] == 0, "calls are still pending"
    assert (await systemd.get_unit_status(UNIT)).active_state == "active"


class Flat:
    """Does a piece of work, first a little of it, and compares what it holds before and after the rest."""

    def __init__(self, title: str, count: int) -> None:
        self.title = title
        self.counts = max(int(count * WARM), 50), max(count - int(count * WARM), 50)
        self._begin = time.monotonic()

    def first(self) -> int:
        return self.counts[0]

    def rest(self) -> int:
        self._before = memory(), descriptors()
        return self.counts[1]

    def end(self) -> bool:
        after = memory(), descriptors()
        grown = after[0] - self._before[0]
        # The client's own connection may have lain idle meanwhile, and be closed.
        is_flat = grown < NOISE_KB and after[1] <= self._before[1]
        print(
            f"{'ok  ' if is_flat else 'FAIL'} {self.title}: {sum(self.counts)} in {time.monotonic() - self._begin:.0f} s;"
            f" {grown:+} kB of {self._before[0]}, descriptors {self._before[1]} -> {after[1]}",
            flush=True,
        )
        return is_flat


def blocking(title: str, work: Callable[[pm2go.Systemd, int], None], way: Way, count: int) -> bool:
    flat = Flat(f"{title}, blocking, {way.value}", count)
    with pm2go.Systemd(**WAYS[way]) as systemd:
        work(systemd, flat.first())
        work(systemd, flat.rest())
        return flat.end()


def on_a_loop(
    title: str, work: Callable[[pm2go.AsyncSystemd, int], Coroutine[Any, Any, None]], way: Way, count: int
) -> bool:
    flat = Flat(f"{title}, asyncio, {way.value}", count)

    async def main() -> bool:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            await systemd.connect()
            await work(systemd, flat.first())
            await asyncio.sleep(0.1)
            count = flat.rest()
            await work(systemd, count)
            await asyncio.sleep(0.1)
            return flat.end()

    return asyncio.run(main())


def main(share: float) -> int:
    seed = int(os.environ.get("PM2GO_SEED", time.time_ns() % 10**6))
    random.seed(seed)
    print(f"PM2GO_SEED={seed}", flush=True)
    fine = []
    with services(soak_sleep=SLEEP, soak_other=SLEEP), pm2go.Systemd() as systemd:
        systemd.start_unit(UNIT)
        for way in DBUS_WAYS:
            fine += [
                blocking("calls", blocking_calls, way, int(CALLS / 4 * share)),
                on_a_loop("calls", calls, way, int(CALLS / 4 * share)),
                blocking("watches", blocking_watches, way, int(WATCHES / 4 * share)),
                on_a_loop("watches", watches, way, int(WATCHES / 4 * share)),
                on_a_loop("cancelled awaits", cancelled, way, int(CANCELLED / 2 * share)),
            ]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0))
