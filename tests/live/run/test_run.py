"""`run`: a command in a unit of its own, by both faces and over each way to systemd."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import SCOPE_OPTION
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import WAYS, Way, connect
from live.verbs.test_verbs import Do, awaited, blocking

SHELL = "/bin/sh"
#: How many commands are run; scripts/soak runs a thousand.
COUNT = int(os.environ.get("PM2GO_RUNS", "30"))
AT_ONCE = min(COUNT, 50)
#: What each does: it says what it was told, so often, and ends with its argument.
ECHO = 'read line; for i in 1 2 3 4 5 6 7 8 9 10; do echo "$line"; done; exit "$1"'
LINES = 10


@pytest.fixture(params=[blocking, awaited], ids=["blocking", "awaited"])
def do(request: pytest.FixtureRequest) -> Do:
    face: Do = request.param
    return face


def units_of_runs() -> list[str]:
    """The units of commands that systemd has in memory."""
    listed = systemctl("list-units", "--all", "--plain", "--no-legend", "pm2go-run-*")
    return [line.split()[0] for line in listed.splitlines()]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Any:
    yield
    wait_until(lambda: units_of_runs() == [])


def sh(script: str, *arguments: str) -> list[str]:
    return [SHELL, "-c", script, SHELL, *arguments]


@pytest.mark.parametrize(
    ("argv", "options", "expected"),
    [
        (["true"], {}, (0, "", "")),
        (["false"], {}, (1, "", "")),
        (sh("exit 7"), {}, (7, "", "")),
        (sh("sleep 0.2; exit 203"), {}, (203, "", "")),
        (sh("exit 203"), {}, (203, "", "")),
        (sh("exit 200"), {}, (200, "", "")),
        (sh("echo out; echo err >&2"), {}, (0, "out\n", "err\n")),
        (sh("kill -KILL $$"), {}, (-9, "", "")),
        (sh("kill -TERM $$"), {}, (-15, "", "")),
        (["cat"], {"input": "hällo\n"}, (0, "hällo\n", "")),
        (["cat"], {"input": b"\xff\r\n", "text": False}, (0, b"\xff\r\n", b"")),
        (["cat"], {"input": b"a\xff\r\nb"}, (0, "a\N{REPLACEMENT CHARACTER}\nb", "")),
        (["cat"], {}, (0, "", "")),
        (["true"], {"input": "x" * 1_000_000}, (0, "", "")),
        (["head", "-c", "300000", "/dev/zero"], {"text": False}, (0, b"\0" * 300_000, b"")),
        (sh("echo out; echo err >&2"), {"stderr": subprocess.STDOUT}, (0, "out\nerr\n", None)),
        (sh("echo out; echo err >&2"), {"stdout": subprocess.DEVNULL}, (0, None, "err\n")),
        (
            ["echo", "a b", "$HOME", "${HOME}", "%n", "$$", "\\", '"', "é\n", ""],
            {},
            (0, 'a b $HOME ${HOME} %n $$ \\ " é\n \n', ""),
        ),
        (
            sh('echo "$A"; echo "$B"'),
            {"env": {"A": 'x "y" $z `w` \\', "B": "two\nlines"}},
            (0, 'x "y" $z `w` \\\ntwo\nlines\n', ""),
        ),
        (["pwd"], {"cwd": "/usr"}, (0, "/usr\n", "")),
        (sh("ulimit -n"), {"properties": {"LimitNOFILE": 77}}, (0, "77\n", "")),
        (sh("ulimit -n"), {"properties": {"LimitNOFILE": (55, 77)}}, (0, "55\n", "")),
        (sh("umask"), {"properties": {"UMask": 0o027}}, (0, "0027\n", "")),
        (sh('echo "$X"'), {"properties": {"Environment": {"X": "a b"}}}, (0, "a b\n", "")),
        (sh("nice"), {"properties": {"Nice": 7}}, (0, "7\n", "")),
        (sh("yes | head -n 1"), {}, (0, "y\n", "")),
    ],
    ids=lambda value: repr(value)[:60] if isinstance(value, list) else None,
)
def test_it_ends_as_with_subprocess(way: Way, do: Do, argv: Any, options: Any, expected: Any) -> None:
    result = do(way, "run", argv, **options)
    assert (result.returncode, result.stdout, result.stderr) == expected
    assert result.signal == (-result.returncode if result.returncode < 0 else None)


def test_it_tells_what_it_used(way: Way, do: Do) -> None:
    result = do(
        way, "run", sh("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"), properties={"CPUAccounting": True}
    )
    assert result.returncode == 0
    assert result.result == "success"
    assert result.cpu is not None
    assert 0 < result.cpu < 60
    assert result.duration is not None
    assert result.duration.total_seconds() > 0
    assert len(result.invocation_id) == 32
    assert result.pid > 1
    assert result.to_dict()["returncode"] == 0


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$"])
def test_an_end_without_success_raises_where_that_is_wanted(way: Way, do: Do, script: str) -> None:
    with pytest.raises(pm2go.CommandFailedError) as caught:
        do(way, "run", sh(f"echo out; echo err >&2; {script}"), check=True)
    error = caught.value
    assert (error.stdout, error.stderr) == ("out\n", "err\n")
    assert (error.returncode, error.signal) == ((3, None) if "exit" in script else (-9, 9))


def test_a_run_that_takes_too_long_is_killed(way: Way, do: Do) -> None:
    for patience in (1, 5, 25):
        with pytest.raises(pm2go.OperationTimeoutError) as caught:
            do(way, "run", sh("echo $$; echo err >&2; exec sleep 300"), timeout=patience)
        if caught.value.stdout:
            break
    process = str(caught.value.stdout).strip()
    assert process.isdecimal()
    assert not is_there(process)
    assert caught.value.stderr == "err\n"
    assert (caught.value.unit or "").startswith("pm2go-run-")


def test_it_takes_as_long_as_it_takes(way: Way) -> None:
    with connect(way, timeout=0.5) as systemd:
        assert systemd.run(["sleep", "1"]).returncode == 0


def test_a_run_that_is_cancelled_is_killed(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            task = asyncio.ensure_future(systemd.run(["sleep", "300"]))
            while not running():
                await asyncio.sleep(0.02)
            (process,) = running()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not is_there(process)
            assert units_of_runs() == []

    asyncio.run(main())


def running() -> list[str]:
    """The main processes of the runs that are there."""
    found = [show(unit, "MainPID") for unit in units_of_runs()]
    return [process for process in found if process not in ("", "0")]


def is_there(process: str) -> bool:
    """Whether it is not dead; what is left of it then is systemd's to bury."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    return "State:\tZ" not in status


CANCELLED = """
    import asyncio, json, sys
    import pm2go

    async def main():
        async with pm2go.AsyncSystemd(**json.loads(sys.argv[1])) as systemd:
            await asyncio.wait_for(systemd.run(["sleep", "300"]), 0.3)

    try:
        asyncio.run(main())
    except asyncio.TimeoutError:
        print(json.dumps("too late"))
"""


def test_a_program_that_ends_with_its_cancelled_run_leaves_nothing(way: Way) -> None:
    """A message bus does not tell systemd what somebody may do who has left it."""
    for _ in range(5):
        assert programs.run(CANCELLED, json.dumps(WAYS[way])) == "too late"
    assert units_of_runs() == []


INTERRUPTED = """
    import json, os, sys, threading
    import pm2go
    with pm2go.Systemd(**json.loads(sys.argv[1])) as systemd:
        threading.Timer(1, os.kill, (os.getpid(), 2)).start()
        try:
            systemd.run(["sleep", "300"])
        except KeyboardInterrupt:
            print(json.dumps("interrupted"))
"""


def test_a_run_that_is_interrupted_is_killed(way: Way) -> None:
    assert programs.run(INTERRUPTED, json.dumps(WAYS[way])) == "interrupted"


def test_files_are_handed_on(way: Way, do: Do, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("given\n")
    with (tmp_path / "in").open() as given, (tmp_path / "out").open("w") as out:
        result = do(way, "run", sh("cat; echo err >&2"), stdin=given, stdout=out, stderr=out.fileno())
    assert (result.returncode, result.stdout, result.stderr) == (0, None, None)
    assert (tmp_path / "out").read_text() == "given\nerr\n"


@pytest.mark.parametrize(
    ("argv", "options", "kind", "words"),
    [
        (["no-such-program"], {}, pm2go.ConfigError, "no-such-program"),
        ([], {}, pm2go.ConfigError, "empty"),
        ("true", {}, pm2go.ConfigError, "list of words"),
        (["/no/such"], {}, pm2go.JobFailedError, "/no/such"),
        (["true"], {"cwd": "/no/such"}, pm2go.JobFailedError, "/no/such"),
        (["true"], {"cwd": "/no/such"}, pm2go.JobFailedError, "could not be entered (exit code 200"),
        (["true"], {"properties": {"MemoyMax": 1}}, pm2go.ConfigError, "MemoryMax"),
        (["true"], {"properties": {"Type": "oneshot"}}, pm2go.ConfigError, "Type"),
        (["true"], {"env": {"a b": "s3cret"}}, pm2go.ConfigError, "a b"),
        (["true"], {"input": "a", "stdin": 0}, pm2go.ConfigError, "stdin"),
        (["true"], {"stdout": "file"}, pm2go.ConfigError, "stdout"),
        (["true"], {"stdout": 98765}, pm2go.ConfigError, "stdout"),
        (["echo", "\ud800"], {}, pm2go.ConfigError, "UTF-8"),
        (["echo", "a\0b"], {}, pm2go.ConfigError, "zero byte"),
        (["true"], {"user": "no-such-user"}, pm2go.Pm2goError, "start"),
    ],
)
def test_what_cannot_be_run_is_told(way: Way, do: Do, argv: Any, options: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind) as caught:
        do(way, "run", argv, **options)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_the_environment_is_nobodys_to_read(way: Way, do: Do) -> None:
    script = f'echo "$TOKEN"; systemctl {" ".join(SCOPE_OPTION)} show --all "$(basename "$(cut -d: -f3 /proc/self/cgroup)")"'
    result = do(way, "run", sh(script), env={"TOKEN": "s3cret"})
    assert result.stdout.startswith("s3cret\n")
    assert "s3cret" not in result.stdout.removeprefix("s3cret\n")


def test_many_at_once_awaited(way: Way) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            turns = asyncio.Semaphore(AT_ONCE)

            async def run(number: int) -> pm2go.RunResult:
                async with turns:
                    return await systemd.run(sh(ECHO, str(number % 100)), input=f"{number}\n")

            results = await asyncio.gather(*map(run, range(COUNT)))
            found = [(result.returncode, result.stdout) for result in results]
            assert found == [(number % 100, f"{number}\n" * LINES) for number in range(COUNT)]

    asyncio.run(main())


def test_many_at_once_in_threads(systemd: pm2go.Systemd) -> None:
    def run(number: int) -> tuple[object, object]:
        result = systemd.run(sh(ECHO, str(number % 100)), input=f"{number}\n")
        return result.returncode, result.stdout

    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = list(threads.map(run, range(COUNT)))
    assert found == [(number % 100, f"{number}\n" * LINES) for number in range(COUNT)]


def test_it_survives_that_systemd_executes_itself_anew(way: Way) -> None:
    with connect(way) as systemd:
        timer = threading.Timer(0.5, lambda: systemctl("daemon-reexec"))
        timer.start()
        result = systemd.run(sh("sleep 2; echo out; exit 5"))
        timer.join()
    assert (result.returncode, result.stdout) == (5, "out\n")


def test_systemctls_way_needs_no_socket_of_ours() -> None:
    """A program of systemd's speaks to the message bus."""
    with connect(Way.COMMAND) as systemd:
        found = systemd.run(["ps", "-o", "comm=", "--ppid", str(os.getpid())]).stdout
    assert "systemd-stdio-b" in str(found)


def test_systemctls_way_without_that_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "systemctl").symlink_to(shutil.which("systemctl") or "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with connect(Way.COMMAND) as systemd:
        assert systemd.run(["/bin/echo", "out"]).stdout == "out\n"


def test_who_stops_it_ends_it(way: Way) -> None:
    """Its own program does; how it ended is known to whoever has begun to wait, as a stopped one is forgotten."""
    own = '"$(basename "$(cut -d: -f3 /proc/self/cgroup)")"'
    script = f"sleep 1; systemctl {' '.join(SCOPE_OPTION)} stop --no-block {own}; sleep 300"
    with connect(way) as systemd:
        result = systemd.run(sh(script))
    assert result.returncode == -9
