"""The journal of another host and of a container, read and followed there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import uuid
from typing import TYPE_CHECKING, Any, Optional

import pytest

import pm2go
from live.fixtures.container import Container
from live.fixtures.ssh_server import SshServer, clients
from live.fixtures.waiting import wait_until
from pm2go import journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    with Container("live-journal") as started:
        yield started


def plain(entry: journal.Entry) -> tuple[str, list[Any]]:
    """What it is; journalctl writes the boot first, wherever the file has it."""
    return entry.cursor, sorted(entry.fields, key=repr)


def test_a_hosts_journal_is_what_it_is_there(server: SshServer) -> None:
    mark = uuid.uuid4().hex
    for number in range(6):
        journal.send(f"one\n{number}", mark=mark, binary=b"\x00\xff\n", priority=number)
    matches = {"MARK": mark}
    wait_until(lambda: len(list(journal.read(matches=matches))) == 6)
    here = list(journal.read(matches=matches))
    several: tuple[dict[str, Any], ...] = (
        {},
        {"lines": 2},
        {"lines": 2, "reverse": True},
        {"reverse": True},
        {"priority": "crit"},
        {"after_cursor": here[3].cursor},
        {"cursor": here[2].cursor, "lines": 2},
        {"since": here[2].timestamp, "until": here[4].timestamp},
        {"since": here[2].timestamp, "until": here[4].timestamp, "lines": 1},
        {"cursor": here[4].cursor, "reverse": True, "until": here[2].timestamp},
        {"after_cursor": here[4].cursor, "reverse": True, "lines": 2},
        {"cursor": here[1].cursor, "since": here[3].timestamp},
        {"grep": "one\\s[45]"},
        {"grep": "two"},
        {"boot": 0, "lines": 3},
        {"fields": ["MESSAGE"]},
    )
    for options in several:
        there = journal.read(matches=matches, host=server.host, **options)
        expected = journal.read(matches=matches, **options)
        assert [plain(entry) for entry in there] == [plain(entry) for entry in expected], options
        assert there.left_out == ()
    of_unit: dict[str, Any] = {"until": here[-1].timestamp, "lines": 3}
    there = journal.read("systemd-journald", host=server.host, **of_unit)
    assert [plain(entry) for entry in there] == [
        plain(entry) for entry in journal.read("systemd-journald", **of_unit)
    ]


def test_a_hosts_journal_is_followed(server: SshServer) -> None:
    mark = uuid.uuid4().hex
    journal.send("0", mark=mark)
    wait_until(lambda: list(journal.read(matches={"MARK": mark})))
    with journal.follow(matches={"MARK": mark}, lines=1, host=server.host) as entries:
        first = entries.next(60)
        assert first is not None
        journal.send("1", mark=mark)
        assert next(entries).message == "1"
        with pytest.raises(pm2go.OperationTimeoutError):
            entries.next(0.05)
    wait_until(lambda: not clients())

    async def go_on() -> list[Optional[str]]:
        async with journal.follow(
            matches={"MARK": mark}, after_cursor=first.cursor, host=server.host
        ) as entries:
            found = [(await entries.__anext__()).message]
            journal.send("2", mark=mark)
            found.append((await asyncio.wait_for(entries.__anext__(), 60)).message)
        return found

    assert asyncio.run(go_on()) == ["1", "2"]


def test_whoever_follows_is_told_that_the_host_is_gone(server: SshServer) -> None:
    with journal.follow(lines=1, host=server.host) as entries:
        assert entries.next(60) is not None
        (client,) = clients()
        os.kill(client, signal.SIGTERM)
        with pytest.raises(pm2go.UnavailableError, match="cannot read the journal of the host"):
            list(entries)


def test_a_containers_journal_is_read(container: Container) -> None:
    subprocess.run(["systemctl", f"--machine={container.name}", "start", "basic.target"], check=True)
    command = ["journalctl", f"--machine={container.name}", "--output=cat", "--unit=basic.target"]
    theirs = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    ours = [entry.message for entry in journal.read("basic.target", machine=container.name)]
    assert ours == theirs != []
    with journal.follow("basic.target", machine=container.name, lines=1) as entries:
        assert next(entries).message == theirs[-1]
        subprocess.run(["systemctl", f"--machine={container.name}", "restart", "basic.target"], check=True)
        assert next(entries).unit == "basic.target"


def test_what_cannot_be_read_there_is_told(server: SshServer) -> None:
    unknown: list[tuple[dict[str, Any], str]] = [
        ({"host": "127.0.0.1:1"}, "the host 127.0.0.1:1: .*"),
        ({"machine": "nobodys-container"}, "the container nobodys-container: "),
    ]
    begin: Callable[..., journal.EntryStream]
    for options, said in unknown:
        for begin in (journal.read, journal.follow):
            with pytest.raises(pm2go.UnavailableError, match=f"cannot read the journal of {said}") as raised:
                begin(**options).next(60)
            assert raised.value.hint
    refused_there: list[dict[str, Any]] = [{"scope": "user"}, {"namespace": "a"}]
    for options in refused_there:
        (name,) = options
        with pytest.raises(pm2go.UnsupportedError, match=f"of a container, and takes no {name}"):
            journal.read(machine="nobodys-container", **options)
    for begin in (journal.read, journal.follow):
        with pytest.raises(pm2go.PermissionDeniedError, match="may not be read") as refused:
            begin(host=f"tester@{server.host}", scope="system").next(60)
        assert "systemd-journal" in str(refused.value.hint)
