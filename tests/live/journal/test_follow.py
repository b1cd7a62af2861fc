"""The journal is followed: nothing is missing, nothing is told twice, whatever becomes of its files and of its readers."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import uuid
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.scope import ROOT
from live.fixtures.waiting import wait_until, waits_in_poll
from pm2go import journal

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Follows what has a mark, and tells each number with its cursor; from a cursor on, if one is given.
READER = """
import os, sys
from pm2go import journal
mark, cursor, namespace = sys.argv[1], sys.argv[2] or None, sys.argv[3] or None
options = {"after_cursor": cursor} if cursor else {"since": "@1"}
with journal.follow(matches={"MARK": mark}, namespace=namespace, fields=["NUMBER"], **options) as entries:
    for entry in entries:
        os.write(1, f"{entry['NUMBER']} {entry.cursor}\\n".encode())
"""


@pytest.fixture
def mark() -> str:
    return uuid.uuid4().hex


def send(mark: str, *numbers: int) -> None:
    for number in numbers:
        journal.send(f"line {number}", mark=mark, number=number)


def number_of(entry: journal.Entry | None) -> int:
    assert entry is not None
    return int(entry["NUMBER"])


def test_the_last_are_told_and_then_what_comes(mark: str) -> None:
    send(mark, *range(5))
    wait_until(lambda: len(list(journal.read(matches={"MARK": mark}))) == 5)
    with journal.follow(matches={"MARK": mark}, lines=2) as entries:
        assert [number_of(entries.next(60)) for _ in range(2)] == [3, 4]
        with pytest.raises(pm2go.OperationTimeoutError, match="no entry came in time"):
            entries.next(timeout=0.01)
        send(mark, 5, 6)
        assert [number_of(entry) for _, entry in zip(range(2), entries)] == [5, 6]
        assert not entries.closed
    assert entries.closed
    assert entries.next() is None
    assert list(entries) == []


def test_whoever_says_nothing_of_the_past_hears_nothing_of_it(mark: str) -> None:
    send(mark, 1)
    wait_until(lambda: list(journal.read(matches={"MARK": mark})))
    with journal.follow(matches={"MARK": mark}) as entries:
        send(mark, 2)
        assert number_of(entries.next(60)) == 2


def test_on_a_loop_tasks_share_what_comes_and_cancelled_waits_lose_nothing(mark: str) -> None:
    async def follow() -> list[int]:
        told: list[int] = []

        async def take(entries: journal.EntryStream) -> None:
            async for entry in entries:
                told.append(number_of(entry))
                if len(told) == 40:
                    entries.close()

        async with journal.follow(matches={"MARK": mark}) as entries:
            for number in range(3):
                waiting = asyncio.ensure_future(entries.__anext__())
                await asyncio.sleep(0)
                waiting.cancel()
                (ended,) = await asyncio.gather(waiting, return_exceptions=True)
                if isinstance(ended, journal.Entry):
                    told.append(number_of(ended))
                send(mark, number)
            tasks = [asyncio.ensure_future(take(entries)) for _ in range(3)]
            await asyncio.sleep(0)
            await asyncio.get_running_loop().run_in_executor(None, send, mark, *range(3, 40))
            await asyncio.wait_for(asyncio.gather(*tasks), 60)
        return told

    assert sorted(asyncio.run(follow())) == list(range(40))


def test_another_thread_ends_the_wait() -> None:
    entries = journal.follow(matches={"MARK": "nobody's"})
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(entries.next()))
    thread.start()
    assert thread.native_id is not None
    number = thread.native_id
    wait_until(lambda: waits_in_poll(number, number))
    entries.close()
    thread.join(60)
    assert found == [None]


def test_ctrl_c_ends_the_wait(mark: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", READER, mark, "", ""], stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: waits_in_poll(process.pid))
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]


class Reader:
    """A reader that is killed now and then, and goes on from the last cursor that it has told."""

    def __init__(self, mark: str, namespace: str = "") -> None:
        self.told: list[int] = []
        self._cursor = ""
        self._words = mark, namespace

    def read(self, count: int) -> None:
        """Have it tell so many and be killed, which may be when it has told more."""
        mark, namespace = self._words
        words = [sys.executable, "-c", READER, mark, self._cursor, namespace]
        process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout as lines:
            for read, line in enumerate(lines, start=1):
                if line.endswith(b"\n"):
                    number, self._cursor = line.decode().split()
                    self.told.append(int(number))
                if read == count:
                    process.kill()
        assert process.wait(60) == -signal.SIGKILL


def test_a_reader_that_was_killed_goes_on_where_it_was(mark: str) -> None:
    writer = threading.Thread(target=send, args=(mark, *range(200)))
    reader = Reader(mark)
    writer.start()
    while len(reader.told) < 200:
        reader.read(min(70, 200 - len(reader.told)))
    writer.join()
    assert reader.told == list(range(200))


if ROOT:
    import socket
    import time
    from pathlib import Path

    from live.fixtures.systemctl import systemctl

    COUNT = 100_000

    @pytest.fixture
    def namespace() -> Iterator[str]:
        """A journald of its own, without limits."""
        name = f"follow{uuid.uuid4().hex[:8]}"
        settings = Path(f"/etc/systemd/journald@{name}.conf")
        settings.write_text(
            "[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\nRateLimitBurst=0\nSyncIntervalSec=1h\n"
            "SystemMaxUse=2G\nSystemKeepFree=1M\n"
        )
        units = [f"systemd-journald@{name}.{kind}" for kind in ("socket", "service")]
        systemctl("start", *units)
        yield name
        systemctl("stop", *units, f"systemd-journald-varlink@{name}.socket", check=False)
        settings.unlink()
        subprocess.run(f"rm -rf /var/log/journal/*.{name} /run/log/journal/*.{name}", shell=True, check=True)

    def test_nothing_is_lost_at_full_speed_through_rotation_and_restarts(mark: str, namespace: str) -> None:
        """While the journal rotates ten times, journald restarts twice, and the reader is killed now and then."""
        sent = 0

        def write() -> None:
            nonlocal sent
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journald:
                journald.connect(f"/run/systemd/journal.{namespace}/socket")
                for sent in range(1, COUNT + 1):
                    journald.send(f"MESSAGE=line\nMARK={mark}\nNUMBER={sent - 1}\n".encode())

        def disturb() -> None:
            for turn in range(1, 13):
                while sent < COUNT * turn // 13:
                    time.sleep(0.01)
                if turn % 6 == 0:
                    systemctl("restart", f"systemd-journald@{namespace}.service")
                else:
                    subprocess.run(["journalctl", f"--namespace={namespace}", "--rotate"], check=True)

        threads = [threading.Thread(target=target) for target in (write, disturb)]
        for thread in threads:
            thread.start()
        wait_until(lambda: list(Path("/var/log/journal").glob(f"*.{namespace}")))
        reader = Reader(mark, namespace)
        while len(reader.told) < COUNT:
            reader.read(min(COUNT // 4, COUNT - len(reader.told)))
        for thread in threads:
            thread.join()
        assert reader.told == list(range(COUNT))
        files = list(Path("/var/log/journal").glob(f"*.{namespace}/*"))
        assert len(files) > 10
