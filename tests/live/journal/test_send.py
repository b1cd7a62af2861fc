"""What is sent to the journal, as `journalctl` tells it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

import pm2go
import pm2go.journal
from live.fixtures.scope import ROOT
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import wait_until


def entries(mark: str) -> list[dict[str, Any]]:
    """All that was sent with this mark, once journald has written the last of it."""
    command = ["journalctl", "--output=json", "--all", "--no-pager", f"MARK={mark}"]
    found: list[dict[str, Any]] = []

    def is_there() -> bool:
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found[:] = [json.loads(line) for line in text.splitlines()]
        return bool(found)

    wait_until(is_there)
    return found


@pytest.fixture
def mark() -> str:
    return uuid.uuid4().hex


def test_fields_come_as_they_were_sent(mark: str) -> None:
    pm2go.journal.send(
        "one\ntwo",
        mark=mark,
        priority="warning",
        order_id=17,
        binary=b"\x00\xff\n",
        user=["anna", "bert"],
        nothing=None,
        empty="",
        unicode="grüße \U0001f600",
    )
    (entry,) = entries(mark)
    assert entry["MESSAGE"] == "one\ntwo"
    assert (entry["PRIORITY"], entry["ORDER_ID"]) == ("4", "17")
    assert entry["BINARY"] == [0, 255, 10]
    assert entry["USER"] == ["anna", "bert"]
    assert (entry["EMPTY"], entry["UNICODE"]) == ("", "grüße \U0001f600")
    assert "NOTHING" not in entry
    assert entry["CODE_FILE"] == __file__
    assert entry["CODE_FUNC"] == "test_fields_come_as_they_were_sent"
    assert entry["SYSLOG_IDENTIFIER"] == Path(sys.argv[0]).name
    assert entry["_PID"] == str(os.getpid())
    assert entry["_TRANSPORT"] == "journal"


@pytest.mark.parametrize("size", [0, 1000, 300_000, 5_000_000])
def test_large_entries_come_whole(mark: str, size: int) -> None:
    pm2go.journal.send(b"x" * size, mark=mark)
    (entry,) = entries(mark)
    assert len(entry["MESSAGE"]) == size


def test_wrong_names_and_priorities_are_told() -> None:
    for name in ("_pid", "1a", "a-b", "", "a" * 65, "ä"):
        with pytest.raises(pm2go.ConfigError, match="name of a field"):
            pm2go.journal.send("x", **{name: 1})
    for priority in (8, -1, "loud", True, 1.5):
        with pytest.raises(pm2go.ConfigError, match="priority"):
            pm2go.journal.send("x", priority=priority)


def test_a_journald_that_is_not_there() -> None:
    with pytest.raises(pm2go.UnavailableError, match="no journald"):
        pm2go.journal.JournalSender(namespace="live-nobody").send("x")
    pm2go.journal.JournalSender(namespace="live-nobody", missing="ignore").send("x")
    with pytest.raises(pm2go.ConfigError):
        pm2go.journal.JournalSender(missing="whatever")  # type: ignore[arg-type]
    with pytest.raises(pm2go.ConfigError):
        pm2go.journal.JournalSender(namespace="a/b")


def test_logging(mark: str) -> None:
    log = logging.getLogger(f"live.{mark}")
    log.propagate = False
    log.setLevel(logging.DEBUG)
    handler = pm2go.journal.JournalHandler(identifier="live-shop", mark=mark)
    log.addHandler(handler)
    try:
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL, 25):
            log.log(
                level,
                "level %d",
                level,
                extra={"order_id": level, "Weird-name": "x", "_private": 1, "priority": "high"},
            )
        try:
            raise ValueError("why")  # noqa: TRY301, EM101 - for the traceback
        except ValueError:
            log.exception("it failed")
    finally:
        log.removeHandler(handler)
    wait_until(lambda: len(entries(mark)) == 7)
    *levels, failed = entries(mark)
    assert [(entry["MESSAGE"], entry["PRIORITY"], entry["ORDER_ID"]) for entry in levels] == [
        (f"level {level}", priority, str(level))
        for level, priority in ((10, "7"), (20, "6"), (30, "4"), (40, "3"), (50, "2"), (25, "6"))
    ]
    assert levels[0]["LOGGER"] == log.name
    assert levels[0]["SYSLOG_IDENTIFIER"] == "live-shop"
    assert levels[0]["WEIRD_NAME"] == "x"
    assert levels[0]["PRIVATE"] == "1"
    assert levels[0]["CODE_FUNC"] == "test_logging"
    assert levels[0]["THREAD_NAME"] == "MainThread"
    assert failed["EXCEPTION_TYPE"] == "ValueError"
    assert failed["EXCEPTION_TEXT"] == "why"
    assert failed["EXCEPTION_INFO"].startswith("Traceback (most recent call last)")
    assert failed["MESSAGE"].startswith("it failed\nTraceback")


def test_threads_and_children_send_with_one_sender(mark: str) -> None:
    sender = pm2go.journal.JournalSender()

    def send(name: str) -> None:
        for number in range(50):
            sender.send("x", mark=mark, who=f"{name}-{number}")

    threads = [threading.Thread(target=send, args=(f"thread-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    child = os.fork()
    if not child:
        send("child")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    for thread in threads:
        thread.join()
    wait_until(lambda: len(entries(mark)) == 250)
    assert len({entry["WHO"] for entry in entries(mark)}) == 250


def test_a_child_does_not_read_on_what_its_parent_reads() -> None:
    stream = pm2go.journal.read(lines=3)
    child = os.fork()
    if not child:
        try:
            next(stream)
        except pm2go.ConnectionLostError:
            stream.close()
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert len(list(stream)) == 3


if ROOT:

    @pytest.mark.parametrize("kinds", [("service",), ("service", "socket")], ids=len)
    def test_a_journald_that_comes_again_is_found(mark: str, kinds: tuple[str, ...]) -> None:
        sender = pm2go.journal.JournalSender()
        sender.send("before", mark=mark)
        # Two jobs of a restart at once can end one another in systemd 247.
        for verb in ("stop", "start"):
            systemctl(verb, *[f"systemd-journald.{kind}" for kind in kinds])
        sender.send("after", mark=mark)
        pm2go.journal.send("by itself", mark=mark)
        wait_until(lambda: len(entries(mark)) == 3)
        assert [entry["MESSAGE"] for entry in entries(mark)] == ["before", "after", "by itself"]
