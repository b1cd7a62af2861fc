"""Commands with a name: they outlive their callers, and are found again with all that they wrote."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.scope import ROOT, TARGET
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import WAYS, Way, connect

from .test_run import sh
from .test_spawn import Scene, awaited_face, blocking_face

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "live-named"
UNIT = f"{NAME}.service"
FOLDER = Path("/run/pm2go") if ROOT else Path(os.environ["XDG_RUNTIME_DIR"], "pm2go")


@pytest.fixture(params=[blocking_face, awaited_face], ids=["blocking", "awaited"])
def play(request: pytest.FixtureRequest, way: Way) -> Callable[[Scene], None]:
    return lambda scene: request.param(way, scene)


Play = Callable[[Scene], None]


def is_there() -> bool:
    return systemctl("list-units", "--all", "--plain", "--no-legend", UNIT) != ""


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    if is_there():
        systemctl("stop", UNIT)
        systemctl("reset-failed", UNIT, check=False)
        pytest.fail(f"{UNIT} is left")
    assert list(FOLDER.iterdir()) == []


def test_it_outlives_its_caller_and_is_found_again(play: Play) -> None:
    async def start(systemd: Any, do: Any) -> None:
        async with contextlib.AsyncExitStack():
            run = await do(systemd.spawn(sh("echo out; echo err >&2; read x < /dev/null; exit 7"), name=NAME))
        assert run.unit == UNIT
        with pytest.raises(pm2go.UnitExistsError) as caught:
            await do(systemd.spawn(["true"], name=NAME))
        assert caught.value.unit == UNIT
        assert await do(run.wait()) == 7
        del run

    async def find(systemd: Any, do: Any) -> None:
        # As often as one likes.
        for _ in range(2):
            run = await do(systemd.attach(NAME))
            assert await do(run.communicate()) == ("out\n", "err\n")
            assert (run.returncode, await do(run.poll())) == (7, 7)
        result = await do((await do(systemd.attach(UNIT))).collect())
        assert (result.unit, result.returncode, result.stdout, result.stderr) == (UNIT, 7, "out\n", "err\n")
        with pytest.raises(pm2go.UnitNotFoundError, match=UNIT):
            await do(systemd.attach(NAME))
        # The name is free again.
        again = await do(systemd.spawn(["true"], name=NAME))
        assert (await do(again.collect())).returncode == 0

    play(start)
    play(find)


def test_its_output_is_nobody_elses(way: Way) -> None:
    with connect(way) as systemd:
        run = systemd.spawn(["echo", "s3cret"], name=NAME)
        (page,) = systemd.get_unit_property(UNIT, "Documentation")
        folder = Path(page.removeprefix("file:"))
        assert folder.parent == FOLDER
        assert [oct(path.stat().st_mode & 0o777) for path in (FOLDER, folder, folder / "stdout")] == [
            "0o700",
            "0o700",
            "0o600",
        ]
        run.collect()
        assert not folder.exists()


def test_its_output_is_read_while_it_comes(play: Play) -> None:
    async def scene(systemd: Any, do: Any) -> None:
        run = await do(systemd.spawn(sh("while read x; do echo $x; done"), name=NAME, stdin=subprocess.PIPE))
        other = await do(systemd.attach(NAME))
        for word in ("a", "b"):
            run.stdin.write(f"{word}\n")
            await do(run.stdin.drain() if hasattr(run.stdin, "drain") else run.stdin.flush())
            for reader in (run, other):
                assert await do(reader.stdout.readline()) == f"{word}\n"
        with pytest.raises(pm2go.OperationTimeoutError) as caught:
            await do(other.wait(timeout=0.1))
        assert caught.value.unit == UNIT
        run.stdin.close()
        assert await do(other.stdout.read()) == ""
        assert (await do(other.collect())).returncode == 0

    play(scene)


def test_what_cannot_be_started_or_is_something_else_is_told(play: Play) -> None:
    async def scene(systemd: Any, do: Any) -> None:
        with pytest.raises(pm2go.JobFailedError, match="/no/such"):
            await do(systemd.spawn(["/no/such"], name=NAME))
        assert not is_there()
        with pytest.raises(pm2go.NotOwnedError, match=TARGET) as caught:
            await do(systemd.attach(TARGET))
        assert caught.value.unit == TARGET
        for name in ("a b", "live.target", ""):
            with pytest.raises(pm2go.ConfigError):
                await do(systemd.spawn(["true"], name=name))
        run = await do(systemd.spawn(["sleep", "300"], name=NAME))
        await do(run.kill())
        result = await do(run.collect())
        assert (result.returncode, result.result) == (-9, "signal")

    play(scene)


CALLER = """
import json, os, signal, sys
import pm2go
way, number = json.loads(sys.argv[1]), sys.argv[2]
with pm2go.Systemd(**way) as systemd:
    run = systemd.spawn(["/bin/sh", "-c", "echo begin; sleep 0.$0; echo end >&2; exit $0", number], name="live-named")
    print("started", flush=True)
    run.wait()
    signal.pause()
"""


@pytest.mark.parametrize("number", range(1, int(os.environ.get("PM2GO_KILLS", "5")) + 1))
def test_nothing_is_lost_when_its_caller_is_killed(way: Way, number: int) -> None:
    """scripts/soak does that 200 times."""
    code = number % 9 + 1
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, json.dumps(WAYS[way]), str(code)], stdout=subprocess.PIPE, text=True
    )
    assert caller.stdout
    assert caller.stdout.readline() == "started\n"
    time.sleep(number % 7 / 50)
    with contextlib.suppress(ProcessLookupError):
        caller.send_signal(signal.SIGKILL)
    assert caller.wait() == -signal.SIGKILL
    caller.stdout.close()
    with connect(way) as systemd:
        result = systemd.attach(NAME).collect()
    assert (result.returncode, result.stdout, result.stderr) == (code, "begin\n", "end\n")


def test_a_cancelled_start_can_be_attached_to(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            task = asyncio.ensure_future(systemd.spawn(["true"], name=NAME))
            while not is_there():
                await asyncio.sleep(0)
                if task.done():
                    break
            task.cancel()
            await asyncio.wait([task])
            wait_until(is_there)
            assert (await (await systemd.attach(NAME)).collect()).returncode == 0

    asyncio.run(main())


def test_it_is_stopped_as_any_service(way: Way) -> None:
    with connect(way) as systemd:
        run = systemd.spawn(sh("trap 'echo stopped; exit 0' TERM; echo up; sleep 300 & wait"), name=NAME)
        assert run.stdout
        assert run.stdout.readline() == "up\n"
        systemctl("stop", UNIT)
        # It is gone; what it wrote, and how it ended, is still there for who has it.
        assert run.communicate()[0] == "stopped\n"
        assert run.returncode == 0
        run.collect()
