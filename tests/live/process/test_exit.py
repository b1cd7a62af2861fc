"""How a program ends that has calls, watches and loops of all kinds, and what a child that it forks may do."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.programs import run_program
from live.fixtures.services import SLEEP, services

if TYPE_CHECKING:
    from collections.abc import Iterator


#: For a long run: PM2GO_EXIT_RUNS=200 PM2GO_FORKS=100.
FORKS = int(os.environ.get("PM2GO_FORKS", "20"))
EXIT_RUNS = int(os.environ.get("PM2GO_EXIT_RUNS", "20"))


@pytest.fixture(scope="module", autouse=True)
def units() -> Iterator[None]:
    with services(exit_sleep=SLEEP, exit_other=SLEEP):
        yield


EXITS = {
    "awaits completed": """
        async def main():
            systemd = pm2go.AsyncSystemd()
            await asyncio.gather(*[systemd.get_unit_status("exit-sleep") for _ in range(50)])
        asyncio.run(main())
    """,
    "calls pending": """
        async def main():
            global tasks
            systemd = pm2go.AsyncSystemd()
            await systemd.connect()
            calls = [systemd.wait_for_unit("exit-sleep", "failed") for _ in range(5)]
            calls += [systemd.get_unit_status("exit-sleep") for _ in range(100)]
            tasks = [asyncio.ensure_future(call) for call in calls]
            await asyncio.sleep(0)
        asyncio.run(main())
    """,
    "break out of a watch": """
        async def main():
            async for event in pm2go.AsyncSystemd().watch_units():
                break
        asyncio.run(main())
    """,
    "watch left open": """
        async def main():
            global watch, reader
            watch = pm2go.AsyncSystemd().watch_units("basic.target")
            await watch.__anext__()
            reader = asyncio.ensure_future(watch.__anext__())
            await asyncio.sleep(0)
        asyncio.run(main())
    """,
    "blocking watch left open": """
        watch = pm2go.Systemd().watch_units()
        next(watch)
    """,
    "daemon thread awaiting": """
        begun = threading.Event()
        async def main():
            systemd = pm2go.AsyncSystemd()
            await systemd.connect()
            async for event in systemd.watch_units("basic.target"):
                begun.set()
        threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
        assert begun.wait(60)
    """,
    "daemon thread blocking": """
        begun = threading.Event()
        def read():
            for event in pm2go.Systemd().watch_units("basic.target"):
                begun.set()
        threading.Thread(target=read, daemon=True).start()
        assert begun.wait(60)
    """,
    "daemon threads that wake while the interpreter ends": """
        class Slow:
            def __del__(self, sleep=time.sleep):
                sleep(0.3)
        # It goes when modules are taken down: no other thread may come back to Python any more.
        sys.modules["slow"] = types.ModuleType("slow")
        sys.modules["slow"].slow = Slow()
        def read():
            with pm2go.Systemd().watch_units("exit-none*") as watch:
                while True:
                    try:
                        watch.next(0.05)
                    except pm2go.OperationTimeoutError:
                        begun.release()
        def call():
            with pm2go.Systemd() as systemd:
                while True:
                    systemd.get_unit_status("exit-sleep")
                    begun.release()
        async def main():
            systemd = pm2go.AsyncSystemd()
            while True:
                await systemd.get_unit_status("exit-sleep")
                begun.release()
        for work in (read, call, lambda: asyncio.run(main())):
            begun = threading.Semaphore(0)  # of this one; those before go on
            threading.Thread(target=work, daemon=True).start()
            assert begun.acquire(timeout=60)
    """,
    "os._exit in a forked child": """
        async def main():
            systemd = pm2go.AsyncSystemd()
            with systemd.watch_units("exit-*") as watch:
                reader = asyncio.ensure_future(watch.__anext__())
                await systemd.connect()
                child = os.fork()
                if child == 0:
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
                assert (await systemd.get_unit_status("exit-sleep")).load_state == "loaded"
                reader.cancel()
        asyncio.run(main())
    """,
}


@pytest.mark.parametrize("text", EXITS.values(), ids=EXITS)
def test_exit(text: str) -> None:
    imports = "import asyncio, os, sys, threading, time, types\nimport pm2go\n"
    for _ in range(EXIT_RUNS):
        run_program(imports + inspect.cleandoc(text))


async def use_in_child(systemd: pm2go.AsyncSystemd, watch: pm2go.Watch) -> None:
    assert (await systemd.get_unit_status("exit-sleep")).name == "exit-sleep.service"
    with pytest.raises(pm2go.ConfigError, match="another event loop"):
        await watch.__anext__()
    async for event in systemd.watch_units("exit-sleep.service"):
        assert event.kind == "snapshot"
        break
    await systemd.close()


def in_child(number: int, systemd: pm2go.AsyncSystemd, watch: pm2go.Watch) -> None:
    """Do nothing, drop what was inherited, use it, or use something else."""
    code = 1
    try:
        if number % 4 == 1:
            watch.close()
            gc.collect()
        if number % 4 == 2:
            asyncio.run(use_in_child(systemd, watch))
        if number % 4 == 3:
            with pm2go.Systemd() as other:
                other.get_unit_status("exit-sleep")
            del systemd, watch
            gc.collect()
        code = 0
    finally:
        os._exit(code)


async def fork_while_calling(number: int, systemd: pm2go.AsyncSystemd, watch: pm2go.Watch) -> None:
    pending = asyncio.ensure_future(systemd.get_unit_status("exit-sleep"))
    await asyncio.sleep(0)
    process = os.fork()
    if process == 0:
        in_child(number, systemd, watch)
    assert (await pending).active_state == "active"
    waiting = asyncio.get_running_loop().run_in_executor(None, os.waitpid, process, 0)
    assert (await asyncio.wait_for(waiting, 120))[1] == 0, number


def test_a_fork_inside_a_running_loop(dbus_options: dict[str, Any]) -> None:
    """Whatever the child does, the parent's connection and watch go on."""

    async def main() -> None:
        async with pm2go.AsyncSystemd(**dbus_options) as systemd:
            await systemd.start_unit("exit-sleep", settle=0)
            watch = systemd.watch_units("exit-sleep.service", "exit-other.service")
            assert (await watch.__anext__()).unit == "exit-sleep.service"
            for number in range(FORKS):
                await fork_while_calling(number, systemd, watch)
            await systemd.start_unit("exit-other", settle=0)
            seen = [await asyncio.wait_for(watch.__anext__(), 60) for _ in range(4)]
            assert {event.unit for event in seen} == {"exit-other.service"}
            begin = time.process_time()
            await asyncio.sleep(0.3)
            assert time.process_time() - begin < 0.1, "the loop spins"
            watch.close()
            await systemd.stop_unit("exit-sleep")
            await systemd.stop_unit("exit-other")

    asyncio.run(main())
