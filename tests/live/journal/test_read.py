"""What `pm2go.journal.read` tells of the journal of the machine is what journalctl tells of it."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.exported import Told, exported, told
from live.fixtures.scope import ROOT, SCOPE_OPTION
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until
from pm2go import journal

if TYPE_CHECKING:
    from collections.abc import Iterator

UNIT_OPTION = "--unit" if ROOT else "--user-unit"


def journalctl(*words: str) -> list[Told]:
    command = ["journalctl", "--quiet", "--output=export", "--all", *words]
    return list(exported(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


@contextlib.contextmanager
def running(unit: str, script: str, last: str) -> Iterator[None]:
    """A service that has said its last word: journald knows little of a process that is gone when it comes to its line."""
    command = ["systemd-run", *SCOPE_OPTION, "--quiet", "--collect", f"--unit={unit}", "sh", "-c", script]
    subprocess.run(command, check=True)
    wait_until(lambda: any(entry.message == last for entry in journal.read(unit)))
    yield


@pytest.fixture(scope="module")
def unit() -> str:
    """A service that has said something and failed, all of which is in the journal."""
    name = f"journal-{uuid.uuid4().hex[:8]}.service"
    script = "trap 'exit 3' TERM; echo one; echo '<3>two' ; printf 'three \\377\\n'; sleep infinity & wait"
    with running(name, script, "three \ufffd"):
        systemctl("kill", "--kill-who=main", name)
    wait_until(lambda: any("Failed with result" in (entry.message or "") for entry in journal.read(name)))
    return name


@pytest.fixture
def mark() -> str:
    """What the entries of one test have, and no others."""
    return uuid.uuid4().hex


def same(words: list[str], **options: Any) -> int:
    """Compare what both tell, but for what was logged meanwhile; and tell how much that was."""
    theirs = journalctl(*words)
    ours = [told(entry) for entry in journal.read(**options)]
    assert ours[: len(theirs)] == theirs
    return len(theirs)


def test_all_that_may_be_read_is_read(unit: str) -> None:
    assert same([]) > 5
    newest = journal.read(lines=1)
    last = next(newest)
    until_last = f"--until=@{last.timestamp_usec // 1_000_000}.{last.timestamp_usec % 1_000_000:06}"
    theirs = journalctl("--reverse", until_last)
    assert [told(entry) for entry in journal.read(reverse=True, until=last.timestamp)] == theirs
    del unit


def test_fifty_thousand_entries_are_what_journalctl_exports(mark: str) -> None:
    """Byte by byte: short and long ones (journald compresses those), lines, bytes, fields that are there several times."""
    count = 50_000
    kinds: list[dict[str, Any]] = [
        {},
        {"lines": "one\ntwo\n", "empty": ""},
        {"binary": bytes(range(256)), "zeros": b"\0" * 600},
        {"several": ["a", b"\xff", "a", 3], "wide": "\u00fc\u4e2d\U0001f600" * 50},
        {"long": "a line that repeats itself, " * 60},
    ]
    for number in range(count):
        message = f"entry {number}" if number % 1000 else f"{number} " * 20_000
        journal.send(message, mark=mark, number=number, priority=number % 8, **kinds[number % len(kinds)])
    wait_until(lambda: len(list(journal.read(matches={"MARK": mark}, fields="NUMBER"))) == count)
    assert same([f"MARK={mark}"], matches={"MARK": mark}) == count


def test_a_unit_is_what_journalctl_takes_for_it(unit: str) -> None:
    theirs = journalctl(f"{UNIT_OPTION}={unit}")
    entries = list(journal.read(unit))
    assert [told(entry) for entry in entries] == theirs
    by_itself = [entry.message for entry in entries if entry.identifier == "sh"]
    assert by_itself == ["one", "two", "three \ufffd"]
    about = {entry.unit if ROOT else entry.user_unit for entry in entries}
    assert about == {unit}
    assert [told(entry) for entry in journal.read(unit[:-10] + "*")] == theirs
    errors = journalctl(f"{UNIT_OPTION}={unit}", "--priority=err")
    assert [told(entry) for entry in journal.read(unit, priority="err")] == errors
    assert len(errors) < len(theirs)


def test_one_run_of_a_unit_is_told_from_others(unit: str) -> None:
    with running(unit, "echo again; exec sleep infinity", "again"):
        systemctl("stop", unit)
    runs = {
        entry["_SYSTEMD_INVOCATION_ID"] for entry in journal.read(unit) if "_SYSTEMD_INVOCATION_ID" in entry
    }
    by_run = {str(run): [entry.message for entry in journal.read(invocation=str(run))] for run in runs}
    assert sum("again" in messages for messages in by_run.values()) == 1
    assert sum("one" in messages for messages in by_run.values()) == 1


def test_a_file_is_read_while_it_is_written(unit: str) -> None:
    """Each reading has all that the one before it had, and goes on from it."""
    marker = uuid.uuid4().hex
    writer = subprocess.Popen(
        ["sh", "-c", f"for n in $(seq 200); do echo {marker} $n; done | systemd-cat -t {marker}"]
    )
    seen: list[str] = []
    cursor = None
    matches = {"SYSLOG_IDENTIFIER": marker}

    def go_on() -> bool:
        nonlocal cursor
        for entry in journal.read(matches=matches, after_cursor=cursor):
            seen.append(str(entry.message))
            cursor = entry.cursor
        return len(seen) == 200

    wait_until(go_on)
    writer.wait()
    assert seen == [f"{marker} {n}" for n in range(1, 201)]
    del unit


def test_async_for_tells_the_same_and_the_loop_goes_on(unit: str) -> None:
    async def read() -> list[Told]:
        return [told(entry) async for entry in journal.read(unit)]

    assert asyncio.run(read()) == journalctl(f"{UNIT_OPTION}={unit}")


def test_this_boot_is_known(unit: str) -> None:
    boots = journal.boots()
    listed = subprocess.run(
        ["journalctl", "--list-boots"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    assert boots[-1].boot_id in listed
    assert {entry.boot_id for entry in journal.read(unit, boot=0)} == {boots[-1].boot_id}


if ROOT:

    def test_root_reads_all() -> None:
        assert journal.read().left_out == ()

else:

    def test_what_may_not_be_read_is_told() -> None:
        """Who may not read the system's journal is told so, and never that nothing was said."""
        for options in ({"scope": "system"}, {"units": ["dbus"], "scope": "system"}):
            units = options.pop("units", [])
            with pytest.raises(pm2go.PermissionDeniedError, match="cannot read the journal") as raised:
                journal.read(*units, **options)
            assert "systemd-journal" in str(raised.value.hint)
        stream = journal.read()
        list(stream)
        refused = [left.path for left in stream.left_out if "ermission denied" in left.reason]
        assert any("system" in Path(path).name for path in refused)
