"""The journal's files are read without a systemd: three that a real journald has written, each in another form."""

from __future__ import annotations

import asyncio
import errno
import json
import math
import os
import pickle
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import pm2go
from live.fixtures.exported import told
from pm2go import journal

from .journals import FORMS, expected, unpack


@pytest.fixture(params=FORMS)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return unpack(request.param, tmp_path)


@pytest.fixture
def zstd(tmp_path: Path) -> Path:
    return unpack("zstd", tmp_path)


def messages(**options: Any) -> list[str | None]:
    return [entry.message for entry in journal.read(**options)]


def test_entries_are_those_that_journalctl_tells(file: Path) -> None:
    entries = list(journal.read(files=[file]))
    assert [told(entry) for entry in entries] == expected(file.stem)
    assert len(entries) == 44
    stream = journal.read(files=[file], reverse=True)
    assert list(stream) == entries[::-1]
    assert stream.left_out == ()


def test_what_is_asked_for_by_its_fields_is_found_in_every_form(file: Path) -> None:
    found = journal.read(files=[file], matches={"SYSLOG_IDENTIFIER": ["program1", "program2"], "PRIORITY": 1})
    numbers = [n for n in range(40) if n % 5 in (1, 2) and n % 8 == 1]
    assert [entry.message for entry in found] == [f"line {n}" for n in numbers]
    assert messages(files=[file], matches={"LONG": "abc6 " * 300}) == ["line 6"]
    assert messages(files=[file], matches={"LONG": "abc6 " * 299}) == []
    hello = journal.read("example", files=[file], scope="system")
    assert [entry.message for entry in hello if entry.identifier == "echo"] == ["hello"]
    assert {entry.unit for entry in journal.read("examp*", files=[file], scope="system")} == {
        "example.service"
    }


def test_an_entry_tells_what_it_is(zstd: Path) -> None:
    entries = list(journal.read(files=[zstd], matches={"SYSLOG_IDENTIFIER": "program0"}, lines=8))
    entry = entries[0]
    assert (entry.message, entry.priority, entry.identifier) == ("line 0", journal.Priority.EMERG, "program0")
    assert isinstance(entry.priority, journal.Priority)
    assert entry.pid is not None
    assert entry.timestamp.tzinfo is timezone.utc
    assert entry.timestamp == datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(
        microseconds=entry.timestamp_usec
    )
    assert isinstance(entry["BYTES"], bytes)
    assert len(entry["BYTES"]) == 40
    assert entry["MESSAGE"] == entry.get("MESSAGE") == "line 0"
    assert ("MESSAGE" in entry, "NOTHING" in entry, 1 in entry) == (True, False, False)
    assert (entry.get("NOTHING"), entry.get("NOTHING", "x"), entry.get_all("NOTHING")) == (None, "x", [])
    with pytest.raises(KeyError, match="NOTHING"):
        entry["NOTHING"]
    assert dict(entry)["MESSAGE"] == "line 0"
    assert repr(entry).endswith(": line 0>")
    assert str(entry) == f"{entry.timestamp:%Y-%m-%d %H:%M:%S} UTC program0[{entry.pid}]: line 0"
    told_so = json.loads(json.dumps(entry.to_dict()))
    assert (told_so["MESSAGE"], bytes.fromhex(told_so["BYTES"])) == ("line 0", entry["BYTES"])
    again = pickle.loads(pickle.dumps(entry))
    assert again == entry
    assert hash(again) == hash(entry)
    assert entry != entries[1]


def test_repeated_and_empty_fields_are_kept(file: Path) -> None:
    (twice,) = journal.read(files=[file], matches={"MESSAGE": "line 2"})
    assert sorted(set(twice.get_all("TWICE"))) == ["1", "2"]
    assert sorted(set(twice.to_dict()["TWICE"])) == ["1", "2"]
    (empty, *_) = journal.read(files=[file], matches={"MESSAGE": "line 3"})
    assert empty["EMPTY"] == ""
    (lines,) = journal.read(files=[file], matches={"MESSAGE": "line 4"}, fields="LINES")
    assert lines.fields == [("LINES", "one\ntwo\n")]
    (large,) = journal.read(files=[file], matches={"MESSAGE": "line 33"}, fields=["LARGE"])
    assert large["LARGE"] == "0123456789" * 20_000


def test_reading_goes_on_where_it_ended(zstd: Path) -> None:
    entries = list(journal.read(files=[zstd]))
    for at in (0, 7, 43):
        cursor = entries[at].cursor
        assert list(journal.read(files=[zstd], after_cursor=cursor)) == entries[at + 1 :]
        assert list(journal.read(files=[zstd], cursor=cursor, lines=2)) == entries[at : at + 2]
    assert list(journal.read(files=[zstd], lines=5)) == entries[-5:]
    assert list(journal.read(files=[zstd], lines=0)) == []


def test_times_are_moments_and_texts(zstd: Path) -> None:
    entries = list(journal.read(files=[zstd]))
    middle = entries[20].timestamp
    since = list(journal.read(files=[zstd], since=middle))
    assert since == [entry for entry in entries if entry.timestamp >= middle]
    text = f"@{middle.timestamp():.6f}"
    assert list(journal.read(files=[zstd], since=text)) == since
    assert list(journal.read(files=[zstd], until=text)) == [
        entry for entry in entries if entry.timestamp <= middle
    ]
    assert list(journal.read(files=[zstd], since="2100-01-01")) == []


def test_messages_are_found_by_what_is_in_them(zstd: Path) -> None:
    assert messages(files=[zstd], grep="LINE 3?9") == []
    assert messages(files=[zstd], grep="line 3?9$") == ["line 9", "line 39"]
    assert messages(files=[zstd], grep="line .9", lines=1) == ["line 39"]
    assert len(messages(files=[zstd], priority="crit", matches={"SYSLOG_IDENTIFIER": "program3"})) == 3


def test_boots_are_listed_and_chosen(zstd: Path, tmp_path: Path) -> None:
    (boot,) = journal.boots(folder=tmp_path)
    entries = list(journal.read(folder=tmp_path))
    assert (boot.number, boot.boot_id) == (0, entries[0].boot_id)
    assert (boot.first_entry, boot.last_entry) == (entries[0].timestamp, entries[-1].timestamp)
    assert (
        list(journal.read(files=[zstd], boot=0))
        == list(journal.read(files=[zstd], boot=boot.boot_id))
        == entries
    )
    with pytest.raises(pm2go.ConfigError, match="there is no boot -1: the journal knows of 1"):
        journal.read(files=[zstd], boot=-1)


def test_async_for_reads_the_same(file: Path) -> None:
    async def awaited() -> list[journal.Entry]:
        async with journal.read(files=[file]) as stream:
            return [entry async for entry in stream]

    assert asyncio.run(awaited()) == list(journal.read(files=[file]))


def test_tasks_and_threads_share_a_stream(zstd: Path) -> None:
    everything = [entry.seqnum for entry in journal.read(files=[zstd])]
    taken: list[int] = []

    async def take(stream: journal.EntryStream) -> None:
        async for entry in stream:
            taken.append(entry.seqnum)  # noqa: PERF401 - the order of several tasks

    async def together() -> None:
        stream = journal.read(files=[zstd])
        await asyncio.gather(*(take(stream) for _ in range(3)))

    asyncio.run(together())
    assert sorted(taken) == everything
    taken.clear()
    stream = journal.read(files=[zstd])
    threads = [threading.Thread(target=lambda: taken.extend(e.seqnum for e in stream)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == everything


def test_a_wait_that_is_cancelled_loses_nothing(zstd: Path) -> None:
    async def cancelled() -> list[journal.Entry]:
        stream = journal.read(files=[zstd])
        waiting = asyncio.ensure_future(stream.__anext__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return [entry async for entry in stream]

    assert asyncio.run(cancelled()) == list(journal.read(files=[zstd]))


def test_a_closed_stream_ends(zstd: Path) -> None:
    with journal.read(files=[zstd]) as stream:
        next(stream)
        stream.close()
        assert list(stream) == []


def test_a_journal_that_is_followed_has_no_end(zstd: Path) -> None:
    everything = list(journal.read(files=[zstd]))
    with journal.follow(files=[zstd], lines=3) as stream:
        assert [stream.next() for _ in range(3)] == everything[-3:]
        with pytest.raises(pm2go.OperationTimeoutError, match="no entry came in time"):
            stream.next(0.01)
    cursor = everything[40].cursor
    with journal.follow(files=[zstd], after_cursor=cursor) as stream:
        assert [stream.next(60) for _ in range(3)] == everything[41:]
        threading.Timer(0.01, stream.close).start()
        assert stream.next() is None
    wrong: dict[str, dict[str, Any]] = {
        "lines and a cursor cannot both be given": {"lines": 1, "cursor": cursor},
        "folder and namespace cannot both be given": {"folder": zstd.parent, "namespace": "a"},
    }
    for message, options in wrong.items():
        with pytest.raises(pm2go.ConfigError, match=message):
            journal.follow(**options)
    with pytest.raises(pm2go.StorageError):
        journal.follow(folder=zstd.parent / "none")


def test_what_comes_wakes_a_loop_and_closing_ends_it(zstd: Path, tmp_path: Path) -> None:
    folder = tmp_path / "followed"
    folder.mkdir()

    async def follow() -> int:
        count = 0
        async with journal.follow(folder=folder) as stream:
            waiting = asyncio.ensure_future(stream.__anext__())
            await asyncio.sleep(0.01)
            assert not waiting.done()
            zstd.rename(folder / zstd.name)
            await asyncio.wait_for(waiting, 60)
            while (count := count + 1) < 44:
                await stream.__anext__()
            asyncio.get_running_loop().call_later(0.01, stream.close)
            return count + len([entry async for entry in stream])

    assert asyncio.run(follow()) == 44


def test_whoever_may_follow_no_more_is_told_of_the_limit(zstd: Path) -> None:
    limit = Path("/proc/sys/fs/inotify/max_user_instances")
    streams: list[journal.EntryStream] = []
    with pytest.raises(pm2go.UnavailableError, match="cannot follow the journal") as raised:
        streams.extend(journal.follow(files=[zstd]) for _ in range(int(limit.read_text()) + 1))
    assert raised.value.errno == errno.EMFILE
    assert any(word in str(raised.value.hint) for word in ("fs.inotify.max_user_instances", "ulimit -n"))
    for stream in streams:
        stream.close()


def test_a_forked_child_leaves_its_parents_stream_alone(zstd: Path) -> None:
    with journal.follow(files=[zstd], lines=3) as stream:
        stream.next()
        child = os.fork()
        if child == 0:
            try:
                stream.next(60)
            except pm2go.ConnectionLostError:
                stream.close()
                os._exit(0)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        assert stream.next() is not None


def test_fields_and_their_values_are_those_of_the_entries(file: Path) -> None:
    entries = list(journal.read(files=[file]))
    assert journal.fields(folder=file.parent) == sorted(
        {name for entry in entries for name, _ in entry.fields}
    )
    for name in ("MESSAGE", "PRIORITY", "TWICE", "BYTES", "LARGE"):
        values = {value for entry in entries for value in entry.get_all(name)}
        found = journal.field_values(name, folder=file.parent)
        assert (len(found), set(found)) == (len(values), values)
    assert journal.field_values("NOTHING", folder=file.parent) == []
    with pytest.raises(pm2go.ConfigError, match='"a" is no name of a field'):
        journal.field_values("a", folder=file.parent)


#: Written files have plain names; others the source and the number of their first entry, and its time.
OLD = [f"system@{'ab' * 16}-{number:016x}-{0x6000000000000 + number:016x}.journal" for number in (1, 5, 9)]
BROKEN = "system@0006000000000003-00000000000000ff.journal~"


@pytest.fixture
def old(zstd: Path) -> Path:
    """A folder with a journal that is written and some that were."""
    for name in (*OLD, BROKEN):
        (zstd.parent / name).write_bytes(zstd.read_bytes())
    return zstd.parent


def test_the_oldest_files_are_removed_and_none_that_is_written(old: Path) -> None:
    size = journal.usage(folder=old) // 5
    assert size == sum(path.stat().st_blocks * 512 for path in old.iterdir()) // 5
    assert journal.vacuum(size="1G", time="1000years", files=5, folder=old) == ((), 0)
    removed = journal.vacuum(files=4, folder=old)
    assert removed == ((str(old / OLD[0]),), size)
    assert journal.vacuum(size=3 * size, folder=old).removed == (str(old / BROKEN),)
    assert journal.vacuum(time=0, files=1, folder=old).removed == (str(old / OLD[1]), str(old / OLD[2]))
    assert [path.name for path in old.iterdir()] == ["zstd.journal"]


def test_what_cannot_be_vacuumed_is_told(old: Path) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "vacuuming needs a limit": {},
        'size is "much", which is none': {"size": "much"},
        "size is of the type bool": {"size": True},
        "files is -1": {"files": -1},
        "time is no": {"time": "often"},
    }
    for message, options in wrong.items():
        with pytest.raises(pm2go.ConfigError, match=message):
            journal.vacuum(folder=old, **options)
    with pytest.raises(pm2go.StorageError):
        journal.vacuum(files=1, folder=old / "none")
    with pytest.raises(pm2go.StorageError):
        journal.usage(folder=old / "none")


def test_no_journald_is_told() -> None:
    with pytest.raises(pm2go.UnavailableError, match="cannot rotate the journal: no journald is there"):
        journal.rotate(namespace="nobody")


def test_what_cannot_be_read_is_told(zstd: Path, tmp_path: Path) -> None:
    assert zstd.parent == tmp_path
    (tmp_path / "broken.journal").write_bytes(b"nothing")
    stream = journal.read(folder=tmp_path)
    assert len(list(stream)) == 44
    (left,) = stream.left_out
    assert left == (
        str(tmp_path / "broken.journal"),
        f"cannot read the journal {left.path}: it ends within its header",
    )
    with pytest.raises(pm2go.StorageError, match="it ends within its header") as raised:
        journal.read(files=[left.path])
    assert raised.value.path == left.path
    for options in ({"files": [tmp_path / "none"]}, {"folder": tmp_path / "none"}, {"namespace": "none"}):
        with pytest.raises(pm2go.StorageError):
            journal.read(**options)


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(zstd: Path) -> None:
    whole = list(journal.read(files=[zstd]))
    data = zstd.read_bytes()
    zstd.write_bytes(data[: len(data) * 2 // 3])
    stream = journal.read(files=[zstd])
    found = list(stream)
    assert found == whole[: len(found)] or stream.left_out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lines": -1}, "lines"),
        ({"lines": "5"}, "lines is of the type str"),
        ({"priority": "eror"}, 'priority is "eror", which is none'),
        ({"priority": 8}, 'priority is "8", which is none'),
        ({"priority": 1.5}, "priority is of the type float"),
        ({"boot": "x"}, 'boot is "x", which is no id'),
        ({"boot": True}, "boot is of the type bool"),
        ({"cursor": "x"}, '"x" is no cursor of the journal'),
        ({"grep": "("}, r'"\(" is no regular expression'),
        ({"fields": ["message"]}, '"message" is no name of a field'),
        ({"matches": {"message": "x"}}, '"message" is no name of a field'),
        ({"namespace": "../x"}, 'namespace is "../x"'),
        ({"since": "someday"}, "someday"),
        ({"since": math.pi}, "since is no datetime"),
        ({"scope": "global"}, "the global scope has no manager, and no journal"),
        ({"scope": "other"}, "other"),
        ({"folder": "/", "files": ["/"]}, "folder and files cannot both be given"),
        ({"cursor": "t=1", "after_cursor": "t=1"}, "cursor and after_cursor cannot both be given"),
    ],
)
def test_a_wrong_argument_is_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(pm2go.ConfigError, match=message):
        journal.read(**options)
