"""What is told of the journal as a whole is what journalctl tells; and what is to be done with it, journald does.

Both faces, `pm2go.journal` and `pm2go.aio_journal`, are asked by the fixture `whole`.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import ROOT
from live.fixtures.waiting import wait_until
from pm2go import aio_journal, journal
from python.journals import unpack

if TYPE_CHECKING:
    from pathlib import Path


FUNCTIONS = ("boots", "field_values", "fields", "flush", "rotate", "sync", "usage", "vacuum")


def on_a_loop(name: str) -> Any:
    async def ask(*arguments: Any, **options: Any) -> Any:
        return await getattr(aio_journal, name)(*arguments, **options)

    return lambda *arguments, **options: asyncio.run(ask(*arguments, **options))


@pytest.fixture(params=["blocking", "awaited"])
def whole(request: pytest.FixtureRequest) -> Any:
    """What is asked of the journal as a whole, by one of the faces."""
    ask = on_a_loop if request.param == "awaited" else lambda name: getattr(journal, name)
    return SimpleNamespace(**{name: ask(name) for name in FUNCTIONS})


def journalctl(*words: str) -> set[str]:
    command = ["journalctl", "--quiet", "--all", *words]
    return set(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines())


def test_fields_and_values_are_those_that_journalctl_tells(whole: Any) -> None:
    mark = uuid.uuid4().hex
    journal.send("known", known_mark=mark)
    wait_until(lambda: "KNOWN_MARK" in whole.fields())
    assert journalctl("--fields") <= set(whole.fields())
    assert mark in whole.field_values("KNOWN_MARK")
    for name in ("PRIORITY", "_TRANSPORT", "KNOWN_MARK"):
        assert set(whole.field_values(name)) >= journalctl(f"--field={name}")


@pytest.mark.parametrize(("option", "ours"), [("size", "3M"), ("files", 3), ("time", "1s")])
def test_journalctl_would_have_removed_the_same(
    whole: Any, tmp_path: Path, option: str, ours: int | str
) -> None:
    source = unpack("zstd", tmp_path).read_bytes()
    names = [
        *(f"system@{'ab' * 16}-{n:016x}-{0x0006000000000000 + n * 1000:016x}.journal" for n in (1, 5, 9)),
        f"user-1@{'cd' * 16}-{1:016x}-{0x0006000000000FFF:016x}.journal",
        "system@0006000000000bbb-00000000000000ff.journal~",
        "other.text",
    ]
    if option != "size":
        # Older systemds do not count it, where the size is limited.
        names.append("system.journal")
    left = []
    for turn in ("ours", "theirs"):
        folder = tmp_path / turn
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(source)
        if turn == "ours":
            limit: dict[str, Any] = {option: ours}
            assert whole.vacuum(folder=folder, **limit)[0]
        else:
            command = ["journalctl", f"--directory={folder}", f"--vacuum-{option}={ours}"]
            subprocess.run(command, check=True, capture_output=True)
        left.append(sorted(path.name for path in folder.iterdir()))
    assert left[0] == left[1]


def test_boots_are_those_that_journalctl_tells(whole: Any) -> None:
    known = [boot.boot_id for boot in whole.boots()]
    said = subprocess.run(
        ["journalctl", "--quiet", "--list-boots"], check=True, stdout=subprocess.PIPE, text=True
    )
    assert known == [word for line in said.stdout.splitlines() for word in line.split() if len(word) == 32]


def test_wrong_arguments_are_told_at_once(whole: Any, tmp_path: Path) -> None:
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("vacuum", {}, "needs a limit"),
        ("vacuum", {"size": "much"}, "much"),
        ("fields", {"namespace": "../x"}, "namespace"),
        ("field_values", {"name": "no field"}, "no field"),
    ]
    for name, arguments, reason in wrong:
        with pytest.raises(pm2go.ConfigError, match=reason):
            getattr(whole, name)(**arguments)
    with pytest.raises(pm2go.StorageError):
        whole.usage(folder=tmp_path / "none")


def test_a_loop_goes_on_while_the_journal_is_looked_at() -> None:
    """Forty questions at once, of which every other one is given up: all others are answered, nothing is left open."""

    async def ask() -> list[Any]:
        asked = [asyncio.ensure_future(aio_journal.fields()) for _ in range(40)]
        await asyncio.sleep(0)
        for given_up in asked[::2]:
            given_up.cancel()
        return await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(ask())
    before = len(os.listdir("/proc/self/fd"))
    found = asyncio.run(ask())
    assert all(isinstance(each, asyncio.CancelledError) for each in found[::2])
    assert all("MESSAGE" in each for each in found[1::2])
    # A thread that was left to its end has its files open until then.
    wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before)


if ROOT:

    def test_journald_rotates_synchronizes_and_flushes(whole: Any) -> None:
        mark = uuid.uuid4().hex
        journal.send("to be there", mark=mark)
        whole.sync(timeout=60)
        assert len(list(journal.read(matches={"MARK": mark}))) == 1
        with journal.follow(matches={"MARK": mark}, lines=1) as entries:
            assert entries.next(60) is not None
            whole.rotate(timeout=60)
            whole.flush(timeout=60)
            journal.send("in a new file", mark=mark)
            entry = entries.next(60)
            assert entry is not None
            assert entry.message == "in a new file"
        usage = subprocess.run(["journalctl", "--disk-usage"], check=True, stdout=subprocess.PIPE, text=True)
        # It does not round, and since systemd 257 leaves out a 0 behind the point.
        (told,) = re.findall(r"take up ([0-9.]+)M", usage.stdout)
        assert float(told) == whole.usage() * 10 // (1 << 20) / 10

else:

    def test_who_may_not_is_told_who_may(whole: Any) -> None:
        refused = [whole.rotate, whole.flush]
        # systemd 262 lets everybody have what is on its way written.
        if subprocess.run(["journalctl", "--sync"], check=False, stderr=subprocess.DEVNULL).returncode:
            refused.append(whole.sync)
        else:
            whole.sync()
        for ask in refused:
            with pytest.raises(pm2go.PermissionDeniedError, match="only root may ask for it") as raised:
                ask()
            assert raised.value.hint == "run it as root"
        if any("@" in left.path for left in journal.read().left_out):
            with pytest.raises(pm2go.PermissionDeniedError, match="remove the journal") as raised:
                whole.vacuum(files=1)
            assert raised.value.hint == "root may remove it"
