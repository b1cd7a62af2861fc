"""Commands with a terminal, by both faces and over each way to systemd."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.ways import Way, connect

from .test_run import do, nothing_is_left, sh  # noqa: F401 - fixtures
from .test_spawn import Scene, play  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from live.verbs.test_verbs import Do

ALL = {"stdin": "pty", "stdout": "pty", "stderr": "pty"}
#: Its exit code has a bit for each stream that is a terminal.
WHICH = "r=0; [ -t 0 ] && r=$((r + 1)); [ -t 1 ] && r=$((r + 2)); [ -t 2 ] && r=$((r + 4)); exit $r"


def test_what_was_asked_for_is_a_terminal(way: Way, do: Do) -> None:  # noqa: F811
    for wanted in itertools.product((False, True), repeat=3):
        streams = {name: "pty" for name, is_wanted in zip(ALL, wanted) if is_wanted}
        result = do(way, "run", sh(WHICH), **streams)
        assert result.returncode == sum(bit for bit, is_wanted in zip((1, 2, 4), wanted) if is_wanted)


@pytest.mark.parametrize(
    ("script", "options", "expected"),
    [
        ("echo out; echo err >&2", ALL, (0, "out\nerr\n", None)),
        ("echo out; echo err >&2", {**ALL, "text": False}, (0, b"out\r\nerr\r\n", None)),
        ("echo out; echo err >&2", {"stdout": "pty"}, (0, "out\n", "err\n")),
        ("echo out; echo err >&2", {"stderr": "pty"}, (0, "out\n", "err\n")),
        ("echo out; echo err >&2", {"stdout": "pty", "stderr": -2}, (0, "out\nerr\n", None)),
        ("cat", {"stdin": "pty"}, (0, "", "")),
        ("cat", {"stdin": "pty", "input": "a\nb"}, (0, "a\nb", "")),
        ("cat; exit 3", {**ALL, "input": "a\n"}, (3, "a\na\n", None)),
        (
            "tty | sed s,[0-9]*$,,; echo $TERM",
            {**ALL, "env": {"TERM": "dumb"}},
            (0, "/dev/pts/\ndumb\n", None),
        ),
        ("stty size", {**ALL, "env": {"LINES": "7", "COLUMNS": "70"}}, (0, "7 70\n", None)),
        ("cat", {**ALL, "properties": {"Environment": {"TERM": "dumb"}}}, (0, "", None)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_it_shows_is_one_stream(way: Way, do: Do, script: str, options: Any, expected: Any) -> None:  # noqa: F811
    result = do(way, "run", sh(script), **options)
    assert (result.returncode, result.stdout, result.stderr) == expected


def test_all_goes_through_it(way: Way, do: Do) -> None:  # noqa: F811
    result = do(way, "run", sh("yes 123456789 | head -n 30000"), **ALL)
    assert result.stdout == "123456789\n" * 30_000
    # Nobody reads what comes back of this.
    result = do(way, "run", ["wc", "-c"], stdin="pty", input="123456789\n" * 30_000)
    assert result.stdout.split() == ["300000"]


def test_it_is_the_terminal_of_its_session(way: Way, do: Do) -> None:  # noqa: F811
    words = "set +o history\nsleep 0.1 &\nfg\necho $((20 + 1))\nexit 3\n"
    result = do(way, "run", ["bash", "--norc", "--noprofile", "-i"], input=words, **ALL)
    assert result.returncode == 3
    assert "no job control" not in result.stdout
    assert "\n21\n" in result.stdout


HEAR = """
import os, signal
signal.signal(signal.SIGWINCH, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})
print("up", flush=True)
signal.sigwait({signal.SIGWINCH})
print(*os.get_terminal_size(), flush=True)
signal.pause()
"""


def test_it_hears_of_another_size_and_of_keys(play: Callable[[Scene], None]) -> None:  # noqa: F811
    async def scene(systemd: Any, do: Any) -> None:  # noqa: F811
        run = await do(systemd.spawn(["python3", "-c", HEAR], **ALL))
        assert await do(run.stdout.readline()) == "up\n"
        run.resize(40, 132)
        assert await do(run.stdout.readline()) == "132 40\n"
        for rows, columns in ((0, 80), (24, 65536), ("24", 80)):
            with pytest.raises(pm2go.ConfigError):
                run.resize(rows, columns)
        run.stdin.write("\x03")
        await do(run.stdin.drain() if hasattr(run.stdin, "drain") else run.stdin.flush())
        assert (await do(run.wait())) in (1, -2)
        assert run.stderr is None

    play(scene)


def test_what_cannot_have_one_is_told(way: Way) -> None:
    with connect(way) as systemd:
        with pytest.raises(pm2go.ConfigError, match="outlives"):
            systemd.spawn(["true"], name="live-named", stdout="pty")
        with systemd.spawn(["sleep", "300"]) as run, pytest.raises(pm2go.ConfigError, match="no terminal"):
            run.resize(24, 80)
