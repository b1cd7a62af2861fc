"""An embedded systemd beside the threads and limits of the process that owns it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import ROOT
from live.fixtures.waiting import wait_until
from pm2go import journal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pm2go.journal import Entry

#: Stopping takes until somebody writes into a pipe.
SLOW = """
    [Service]
    ExecStartPre=/bin/echo slow
    ExecStart=/bin/sleep 300
    ExecStop=/bin/sh -c 'echo begun >{begun}; cat {go_on}; echo ended >{ended}'
"""

#: Starts it with so few free descriptors that it fails, and tells what is left.
PROGRAM = """
    import glob, json, os, resource, tempfile
    import pm2go

    pm2go.embedded
    left = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        for free in range(12):
            error = None
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + free, hard))
            try:
                pm2go.embedded(timeout=5).stop()
            except pm2go.Pm2goError as failure:
                error = failure
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            left += [[free, str(error), name] for name in glob.glob(folder + "/pm2go-*")]
            if error is None:
                break
    print(json.dumps(left))
"""

HEARD = "until journalctl --quiet --output=cat"
#: Says something in each way that there is, and goes when it is in the journal: what is said by who is gone, journald cannot
#: assign to a user's unit (systemd's issue 2913).
TALKS = f"""
    [Service]
    Type=oneshot
    RemainAfterExit=yes
    Environment=PYTHONPATH={Path(pm2go.__file__).parents[1]}
    ExecStart=/bin/sh -c 'echo "<4>out"; echo err >&2; {HEARD} _PID=$$$$ | grep -q err; do :; done'
    ExecStart={sys.executable} -c 'from pm2go import journal; journal.send("native", COLOUR="blue")'
    ExecStart=/bin/sh -c '{HEARD} COLOUR=blue | grep -q native; do :; done'
"""


def entries_of(box: pm2go.EmbeddedSystemd, unit: str) -> list[Entry]:
    """Return what is said of a unit in the journal of an embedded systemd."""
    return list(journal.read(unit, scope="user", folder=box.journal_dir))


if ROOT:  # nobody else may make a cgroup in the box

    def test_it_can_be_looked_at_while_another_thread_stops_it() -> None:
        with pm2go.embedded() as box, tempfile.TemporaryDirectory() as folder:
            paths = {name: Path(folder, name) for name in ("begun", "go_on", "ended")}
            os.mkfifo(paths["begun"])
            os.mkfifo(paths["go_on"])
            (box.unit_dir / "slow.service").write_text(SLOW.format(**paths))
            with box.systemd() as systemd:
                systemd.daemon_reload()
                systemd.start_unit("slow")
            stopping = threading.Thread(target=box.stop)
            stopping.start()
            assert paths["begun"].read_text() == "begun\n"
            assert not box.running
            assert box.runtime_dir.name in box.environment["XDG_RUNTIME_DIR"]
            assert box.unit_dir.is_relative_to(box.runtime_dir)
            assert box.private_socket.name == "private"
            assert "slow" in box.read_log()
            assert entries_of(box, "slow")
            paths["go_on"].write_text("")
            stopping.join(30)
            assert paths["ended"].read_text() == "ended\n", "it was killed before"
            assert not stopping.is_alive()

    def said(entries: Iterable[Entry]) -> list[str]:
        return [str(entry.message) for entry in entries if entry.identifier != "systemd"]

    def test_it_has_a_journal_of_its_own() -> None:
        with pm2go.embedded() as box, pm2go.embedded() as other, box.systemd() as systemd:
            (box.unit_dir / "talks.service").write_text(textwrap.dedent(TALKS))
            systemd.daemon_reload()
            told: list[Entry] = []
            systemd.start_unit("talks", log=told.append)
            entries = entries_of(box, "talks.service")
            assert said(entries) == said(told) == ["out", "err", "native"]
            (out,) = (entry for entry in entries if entry.message == "out")
            (native,) = (entry for entry in entries if entry.message == "native")
            assert out.priority == pm2go.journal.Priority.WARNING
            assert out["_SYSTEMD_INVOCATION_ID"] == systemd.get_unit_status("talks").invocation_id
            assert native["COLOUR"] == "blue"
            assert {entry.user_unit for entry in entries} == {"talks.service"}
            assert {"Starting", "Finished"} <= {str(entry.message).split()[0] for entry in entries}
            assert entries_of(other, "talks.service") == []
            exported = subprocess.run(
                ["journalctl", "--output=cat", "--user-unit=talks.service", f"--directory={box.journal_dir}"],
                stdout=subprocess.PIPE,
                check=True,
            )
            assert exported.stdout.decode().splitlines() == [entry.message for entry in entries]

    @pytest.mark.parametrize("backend", ["dbus", "command"])
    def test_its_apps_have_logs(backend: Literal["dbus", "command"]) -> None:
        app = pm2go.AppConfig(name="chatty", command=["/bin/sh", "-c", "echo ready; exec sleep 300"])
        broken = pm2go.AppConfig(name="broken", command=["/bin/sh", "-c", "echo why; exit 7"], restart="no")
        with pm2go.embedded() as box, box.manager(backend=backend) as manager:
            told: list[Entry] = []
            manager.start(app, log=told.append)
            with manager.logs("chatty", follow=True) as entries:
                wait_until(lambda: said(filter(None, [entries.next(timeout=30)])) == ["ready"])
            assert said(manager.logs("chatty")) == ["ready"]
            assert set(map(str, told)) <= set(map(str, manager.logs("chatty")))
            with pytest.raises(pm2go.JobFailedError) as caught:
                manager.start(broken)
            assert "why" in caught.value.log
            assert "ready" not in caught.value.log
            assert "why" in manager.describe("broken").log
        assert "ready" in box.read_log(), "it outlives the journal"


def test_one_that_cannot_be_started_leaves_no_folder() -> None:
    assert programs.run(PROGRAM) == []
