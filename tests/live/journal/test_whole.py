"""What is told of the journal as a whole is what journalctl tells; and what is to be done with it, journald does."""

from __future__ import annotations

import subprocess
import uuid
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import ROOT
from live.fixtures.waiting import wait_until
from pm2go import journal
from python.journals import unpack

if TYPE_CHECKING:
    from pathlib import Path


def journalctl(*words: str) -> set[str]:
    command = ["journalctl", "--quiet", "--all", *words]
    return set(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines())


def test_fields_and_values_are_those_that_journalctl_tells() -> None:
    mark = uuid.uuid4().hex
    journal.send("known", known_mark=mark)
    wait_until(lambda: "KNOWN_MARK" in journal.fields())
    assert journalctl("--fields") <= set(journal.fields())
    assert mark in journal.field_values("KNOWN_MARK")
    for name in ("PRIORITY", "_TRANSPORT", "KNOWN_MARK"):
        assert set(journal.field_values(name)) >= journalctl(f"--field={name}")


@pytest.mark.parametrize(("option", "ours"), [("size", "3M"), ("files", 3), ("time", "1s")])
def test_journalctl_would_have_removed_the_same(tmp_path: Path, option: str, ours: int | str) -> None:
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
            assert journal.vacuum(folder=folder, **limit)[0]
        else:
            command = ["journalctl", f"--directory={folder}", f"--vacuum-{option}={ours}"]
            subprocess.run(command, check=True, capture_output=True)
        left.append(sorted(path.name for path in folder.iterdir()))
    assert left[0] == left[1]


if ROOT:

    def test_journald_rotates_synchronizes_and_flushes() -> None:
        mark = uuid.uuid4().hex
        journal.send("to be there", mark=mark)
        journal.sync(timeout=60)
        assert len(list(journal.read(matches={"MARK": mark}))) == 1
        with journal.follow(matches={"MARK": mark}, lines=1) as entries:
            assert entries.next(60) is not None
            journal.rotate(timeout=60)
            journal.flush(timeout=60)
            journal.send("in a new file", mark=mark)
            entry = entries.next(60)
            assert entry is not None
            assert entry.message == "in a new file"
        usage = subprocess.run(["journalctl", "--disk-usage"], check=True, stdout=subprocess.PIPE, text=True)
        # It does not round.
        assert f"{journal.usage() * 10 // (1 << 20) / 10}M" in usage.stdout

else:

    def test_who_may_not_is_told_who_may() -> None:
        refused = [journal.rotate, journal.flush]
        # systemd 262 lets everybody have what is on its way written.
        if subprocess.run(["journalctl", "--sync"], check=False, stderr=subprocess.DEVNULL).returncode:
            refused.append(journal.sync)
        else:
            journal.sync()
        for ask in refused:
            with pytest.raises(pm2go.PermissionDeniedError, match="only root may ask for it") as raised:
                ask()
            assert raised.value.hint == "run it as root"
        if any("@" in left.path for left in journal.read().left_out):
            with pytest.raises(pm2go.PermissionDeniedError, match="remove the journal") as raised:
                journal.vacuum(files=1)
            assert raised.value.hint == "root may remove it"
