"""An embedded systemd beside the threads and limits of the process that owns it."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import ROOT

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
            with box.systemd() as systemd:
                manager = pm2go.Manager(systemd)
                with pytest.raises(pm2go.UnsupportedError, match="has no journal") as told:
                    manager.logs()
            assert told.value.path == str(box.runtime_dir / "log")
            paths["go_on"].write_text("")
            stopping.join(30)
            assert paths["ended"].read_text() == "ended\n", "it was killed before"
            assert not stopping.is_alive()


def test_one_that_cannot_be_started_leaves_no_folder() -> None:
    assert programs.run(PROGRAM) == []
