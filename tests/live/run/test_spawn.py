"""`spawn`: a command in a unit of its own that goes on beside its caller, by both faces and over each way to systemd."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import inspect
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import SCOPE_OPTION
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

from .test_run import nothing_is_left, sh, units_of_runs  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Coroutine

PIPE = subprocess.PIPE

#: What is done with a command that was started, written once: `do` waits for what the awaited face has to wait for.
Scene = Callable[[Any, Any], "Coroutine[Any, Any, None]"]


def gone() -> None:
    """What is killed is removed a moment later."""
    wait_until(lambda: units_of_runs() == [])


async def at_once(value: Any) -> Any:
    return value


async def awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def blocking_face(way: Way, scene: Scene) -> None:
    with connect(way) as systemd:
        coroutine = scene(systemd, at_once)
        with pytest.raises(StopIteration):
            coroutine.send(None)


def awaited_face(way: Way, scene: Scene) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            await asyncio.wait_for(scene(systemd, awaited), 60)

    asyncio.run(main())


@pytest.fixture(params=[blocking_face, awaited_face], ids=["blocking", "awaited"])
def play(request: pytest.FixtureRequest, way: Way) -> Callable[[Scene], None]:
    return lambda scene: request.param(way, scene)


Play = Callable[[Scene], None]


def test_it_goes_on_beside_its_caller(play: Play) -> None:
    async def scene(systemd: Any, do: Any) -> None:
        run = await do(systemd.spawn(sh("read line; echo got $line; exit 3"), stdin=PIPE))
        assert run.unit in units_of_runs()
        assert (run.returncode, await do(run.poll())) == (None, None)
        assert Path(f"/proc/{run.pid}").exists()
        with pytest.raises(pm2go.OperationTimeoutError) as caught:
            await do(run.wait(timeout=0.2))
        assert caught.value.unit == run.unit
        assert "goes on" in str(caught.value)
        assert await do(run.communicate("it\n")) == ("got it\n", "")
        assert run.returncode == 3
        assert (await do(run.poll()), await do(run.wait())) == (3, 3)
        result = await do(run.collect())
        assert (result.returncode, result.stdout, result.stderr) == (3, "got it\n", "")
        assert result.pid == run.pid
        assert run.unit not in units_of_runs()

    play(scene)


def test_a_wait_that_took_too_long_has_lost_nothing(play: Play) -> None:
    async def scene(systemd: Any, do: Any) -> None:
        run = await do(systemd.spawn(sh("cat; sleep 0.7; echo end"), stdin=PIPE))
        with pytest.raises(pm2go.OperationTimeoutError):
            await do(run.communicate("x" * 100_000, timeout=0.3))
        assert await do(run.communicate()) == ("x" * 100_000 + "end\n", "")

    play(scene)


def test_its_lines_are_read_as_they_come(play: Play) -> None:
    async def scene(systemd: Any, do: Any) -> None:
        run = await do(systemd.spawn(sh("while read line; do echo $line $line; done; printf é"), stdin=PIPE))
        for word in ("a", "ö"):
            written = run.stdin.write(f"{word}\n")
            assert written in (None, 2)
            await do(run.stdin.drain() if hasattr(run.stdin, "drain") else run.stdin.flush())
            assert await do(run.stdout.readline()) == f"{word} {word}\n"
        run.stdin.close()
        assert await do(run.stdout.readline()) == "é"
        assert await do(run.stdout.readline()) == ""
        assert await do(run.stderr.read()) == ""
        assert await do(run.wait()) == 0

    play(scene)


def test_signals(play: Play) -> None:
    async def scene(systemd: Any, do: Any) -> None:
        sends: list[tuple[Callable[[Any], Any], int]] = [
            (lambda run: run.send_signal(signal.SIGUSR1), -10),
            (lambda run: run.send_signal("SIGINT"), -2),
            (lambda run: run.send_signal("SIGTERM", whom="all"), -15),
            (lambda run: run.terminate(), -15),
            (lambda run: run.kill(), -9),
        ]
        for send, code in sends:
            run = await do(systemd.spawn(["sleep", "300"]))
            await do(send(run))
            assert await do(run.wait()) == code
            await do(send(run))
        with pytest.raises(pm2go.ConfigError, match="SIGNO"):
            await do(run.send_signal("SIGNO"))

    play(scene)


def test_what_cannot_be_started_leaves_nothing(play: Play) -> None:
    async def scene(systemd: Any, do: Any) -> None:
        with pytest.raises(pm2go.JobFailedError, match="/no/such"):
            await do(systemd.spawn(["/no/such"]))
        gone()
        run = await do(systemd.spawn(["cat"]))
        with pytest.raises(pm2go.ConfigError, match="PIPE"):
            await do(run.communicate("a"))
        assert await do(run.wait()) == 0

    play(scene)


def test_bytes_and_files(play: Play, tmp_path: Any) -> None:
    async def scene(systemd: Any, do: Any) -> None:
        with (tmp_path / "err").open("wb") as errors:
            run = await do(systemd.spawn(sh("cat; echo err >&2"), stdin=PIPE, stderr=errors, text=False))
        assert await do(run.communicate(b"\xff\r\n")) == (b"\xff\r\n", None)
        assert (tmp_path / "err").read_bytes() == b"err\n"
        # One command's output is another one's input.
        first = await do(systemd.spawn(["echo", "hello"]))
        second = await do(systemd.spawn(["tr", "a-z", "A-Z"], stdin=first.stdout))
        assert await do(first.wait()) == 0
        assert await do(second.communicate()) == ("HELLO\n", "")

    play(scene)


def test_it_ends_with_its_block_and_with_its_client(way: Way) -> None:
    with connect(way) as systemd:
        with systemd.spawn(["sleep", "300"]) as run:
            assert run.unit in units_of_runs()
        gone()
        kept = systemd.spawn(["sleep", "300"])
    gone()
    del kept

    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            async with await systemd.spawn(["sleep", "300"]):
                assert len(units_of_runs()) == 1
            gone()
            kept = await systemd.spawn(["sleep", "300"])
        gone()
        del kept

    asyncio.run(main())


def test_one_that_nobody_has_any_more_is_killed_and_says_so(way: Way) -> None:
    with connect(way) as systemd:
        run = systemd.spawn(["sleep", "300"])
        kept, unit = [run], run.unit
        del run
        with pytest.warns(ResourceWarning, match=unit):
            kept.clear()
        gone()

    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            run = await systemd.spawn(["sleep", "300"])
            # Until now the loop itself has what was awaited.
            await asyncio.sleep(0)
            kept, unit = [run], run.unit
            del run
            with pytest.warns(ResourceWarning, match=unit):
                kept.clear()
            gone()

    asyncio.run(main())


LEFT = """
    import json, sys
    import pm2go
    systemd = pm2go.Systemd(**json.loads(sys.argv[1]))
    run = systemd.spawn(["sleep", "300"])
    print(json.dumps(run.unit))
"""


def test_one_ends_with_its_program(way: Way) -> None:
    unit = programs.run(LEFT, json.dumps(WAYS[way]))
    assert unit.startswith("pm2go-run-sleep-")
    gone()


def test_its_wait_can_be_cancelled(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            async with await systemd.spawn(sh("read x; echo $x"), stdin=PIPE) as started:
                run: Any = started
                waits: list[Any] = [run.wait, run.stdout.read]
                for wait in waits:
                    task = asyncio.ensure_future(wait())
                    await asyncio.sleep(0.05)
                    task.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await task
                assert run.returncode is None

    asyncio.run(main())


def test_a_forked_child_leaves_it_alone(way: Way) -> None:
    with connect(way) as systemd:
        run = systemd.spawn(sh("read x; exit 4"), stdin=PIPE)
        child = os.fork()
        if child == 0:
            run._core.close()
            del run
            systemd.close()
            gc.collect()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert run.poll() is None
        run.communicate("x\n")
        assert run.returncode == 4


def test_large_streams_are_whole(way: Way) -> None:
    """A small share of what scripts/soak does with 256 MiB: no more memory than for a few pieces."""
    size, piece = int(os.environ.get("PM2GO_STREAM_MIB", "4")) << 20, os.urandom(1 << 16)
    with connect(way) as systemd, systemd.spawn(["cat"], stdin=PIPE, text=False) as started:
        run: Any = started

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        def feed() -> None:
            for _ in range(size // len(piece)):
                run.stdin.write(piece)
            run.stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        found = hashlib.sha256()
        while data := run.stdout.read(1 << 16):
            found.update(data)
        feeder.join()
        assert run.wait() == 0
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert most - before < 16 << 10, "in KiB"
    assert found.digest() == hashlib.sha256(piece * (size // len(piece))).digest()


@pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)
def test_it_survives_that_systemd_executes_itself_anew(way: Way) -> None:
    with connect(way) as systemd, systemd.spawn(sh("read x; echo out; exit 5"), stdin=PIPE) as run:
        systemctl("daemon-reexec")
        assert run.communicate("x\n") == ("out\n", "")
        assert run.returncode == 5


def test_who_stops_it_ends_it(way: Way) -> None:
    with connect(way) as systemd, systemd.spawn(["sleep", "300"]) as run:
        timer = threading.Timer(0.2, systemctl, ["stop", run.unit])
        timer.start()
        assert run.wait(timeout=60) == -9
        timer.join()
    gone()


def test_who_stops_it_at_once_does_not_take_its_end_away(play: Play) -> None:
    """systemd forgets what is stopped with all that it knows of it: what it told before is heard from the start on."""
    stop = ["systemctl", *SCOPE_OPTION, "stop", "--no-block"]

    async def scene(systemd: Any, do: Any) -> None:
        for number in range(20):
            run = await do(systemd.spawn(["sleep", "300"]))
            if number % 4:
                await do(systemd.stop_unit(run.unit))
            else:
                subprocess.run([*stop, run.unit], check=True)
            assert await do(run.wait()) == -9
            result = await do(run.collect())
            assert (result.returncode, result.pid) == (-9, run.pid)

    play(scene)


KILLED = """
    import json, os, signal, sys
    import pm2go
    systemd = pm2go.Systemd(**json.loads(sys.argv[1]))
    run = systemd.spawn(["/bin/sh", "-c", sys.argv[2]])
    print(json.dumps(run.unit), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_is_left_by_one_who_was_killed_goes_with_the_next_command(way: Way) -> None:
    """Nobody can end anything then: its program goes on to its end, and its unit waits for whoever comes next."""
    left = []
    with connect(way) as living, living.spawn(sh("exit 4")) as run:
        for script in (
            "trap 'exit 0' USR1; sleep 300 & wait",
            "trap 'exit 3' USR1; sleep 300 & wait",
            "sleep 300",
        ):
            caller = [sys.executable, "-c", textwrap.dedent(KILLED), json.dumps(WAYS[way]), script]
            killed = subprocess.run(caller, stdout=subprocess.PIPE, text=True, check=False)
            assert killed.returncode == -signal.SIGKILL
            left.append(json.loads(killed.stdout))
        for unit in left:
            systemctl("kill", "--signal=USR1", unit)
        wait_until(lambda: all(show(unit, "ExecMainCode") != "0" for unit in [run.unit, *left]))
        with connect(way) as systemd:
            assert systemd.run(["true"]).returncode == 0
        wait_until(lambda: units_of_runs() == [run.unit])
        # Whoever lives reads how his own ended, whenever he comes to it.
        assert run.wait() == 4
