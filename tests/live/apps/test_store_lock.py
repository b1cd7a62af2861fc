"""The lock on the folder of unit files, a folder that cannot be written, and apps whose unit file is gone."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.entries import messages
from live.fixtures.scope import ROOT, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl
from live.fixtures.ways import WAYS, Way

from .samples import FACES, Call, app, file_of, link_of, status_of, unit_of
from .test_manager import other_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live.fixtures.units import UnitFiles

LOCK = UNIT_FOLDER / ".pm2go.lock"


@pytest.fixture(params=FACES)
def call(request: pytest.FixtureRequest, way: Way) -> Call:
    """Does a verb of a manager's, by each face and on each way to systemd."""
    return FACES[request.param](way)


@contextmanager
def held(path: Path = LOCK) -> Iterator[None]:
    """Hold a lock as another process would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


@pytest.fixture
def name(units: UnitFiles) -> str:
    """An app that runs."""
    name = units.app()
    with pm2go.Manager() as manager:
        manager.start(app(name), settle=0.02)
    return name


# ---------------------------------------------------------------------------------------------- the lock

SHORT = 0.5
#: A call that is cut off ends long before this.
LONG = 60


@pytest.mark.parametrize("verb", [("start",), ("enqueue_job", "start"), ("delete",)], ids=" ".join)
def test_a_timeout_holds_while_another_writes(call: Call, name: str, verb: tuple[str, ...]) -> None:
    pid = show(unit_of(name), "MainPID")
    argument = name if verb == ("delete",) else app(name, env={"A": "1"})
    begin = time.monotonic()
    with held(), pytest.raises(pm2go.OperationTimeoutError) as caught:
        call(*verb, argument, timeout=SHORT)
    assert time.monotonic() - begin < LONG
    error = caught.value
    assert (error.unit, error.path) == (unit_of(name), str(LOCK))
    assert "another writer" in error.message
    assert "nothing was changed" in (error.hint or "")
    assert "begun" not in str(error)
    assert error.done == ()
    assert (show(unit_of(name), "MainPID"), show(unit_of(name), "ActiveState")) == (pid, "active")
    assert link_of(name).is_symlink()


def test_a_timeout_holds_while_another_deploys(call: Call, name: str) -> None:
    with (
        held(UNIT_FOLDER / f".pm2go-{unit_of(name)}.lock"),
        pytest.raises(pm2go.OperationTimeoutError) as caught,
    ):
        call("start", app(name), timeout=SHORT)
    assert "nothing was changed" in (caught.value.hint or "")
    assert "begun" not in str(caught.value)
    assert call("start", app(name)).action == "unchanged"


def test_an_event_loop_goes_on_while_another_writes(way: Way, name: str) -> None:
    """Another task of the loop ends what the first one waits for."""

    async def main() -> pm2go.AppResult:
        async with pm2go.AsyncManager(**WAYS[way]) as manager:
            lock = held()
            lock.__enter__()
            waiting = asyncio.ensure_future(manager.start(app(name, env={"A": "1"}), settle=0))
            await asyncio.wait([waiting], timeout=SHORT)
            assert not waiting.done()
            lock.__exit__(None, None, None)
            return await waiting

    assert asyncio.run(main()).action == "restarted"


def test_a_task_that_waits_for_another_writer_can_be_cancelled(way: Way, name: str) -> None:
    async def main() -> None:
        async with pm2go.AsyncManager(**WAYS[way]) as manager:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(manager.start(app(name, env={"A": "1"})), SHORT)

    with held():
        asyncio.run(main())
    assert "A=1" not in file_of(name).read_text()


def test_ctrl_c_ends_the_wait_for_another_writer(manager: pm2go.Manager, name: str) -> None:
    timer = threading.Timer(SHORT, os.kill, (os.getpid(), signal.SIGINT))
    begin = time.monotonic()
    with held():
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            manager.start(app(name, env={"A": "1"}))
    timer.join()
    assert time.monotonic() - begin < LONG


def litter() -> list[str]:
    return [path.name for path in UNIT_FOLDER.iterdir() if path.name.startswith(".pm2go") and path.is_file()]


def test_a_deletion_that_was_killed_leaves_no_lock(call: Call, name: str) -> None:
    """Killed after the unit file was removed: the app is not there any more, and its lock nobody's."""
    call("stop", name)
    systemctl("disable", unit_of(name))
    file_of(name).unlink()
    (UNIT_FOLDER / ".pm2go.units" / unit_of(name)).unlink()
    for path in (LOCK, UNIT_FOLDER / f".pm2go-{unit_of(name)}.lock", UNIT_FOLDER / ".pm2go-1-0.tmp"):
        path.touch()
    with pytest.raises(pm2go.UnitNotFoundError):
        call("delete", name)
    assert litter() == []


# ------------------------------------------------------------------------------ a folder that cannot be written


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Mount a folder of its own file system over this one, read-only."""
    mount = ["mount", "--bind", str(folder), str(folder)]
    subprocess.run(mount, check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield
    finally:
        # systemd may be reading there just now.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """Take the right to write away from its owner, which root would not mind."""
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)


def test_what_cannot_be_deleted_is_not_stopped(call: Call, name: str) -> None:
    pid = show(unit_of(name), "MainPID")
    with (read_only if ROOT else closed)(UNIT_FOLDER), pytest.raises(pm2go.PermissionDeniedError) as caught:
        call("delete", name)
    assert ("read-only" in str(caught.value)) is ROOT
    assert caught.value.path == str(UNIT_FOLDER)
    assert caught.value.done == ()
    assert (show(unit_of(name), "MainPID"), show(unit_of(name), "ActiveState")) == (pid, "active")
    assert link_of(name).is_symlink()
    assert call("delete", name) == []


# ---------------------------------------------------------------------------------- a unit file that is gone


@pytest.mark.parametrize("reload", [False, True])
def test_an_app_whose_unit_file_is_gone_is_listed_and_deleted(call: Call, name: str, reload: bool) -> None:  # noqa: FBT001
    file_of(name).unlink()
    if reload:
        systemctl("daemon-reload")
    found = {row.name: row for row in call("list")}
    assert found[name].status == "online"
    assert found[name].main_pid
    for verb in ("describe", "restart"):
        with pytest.raises(pm2go.UnitNotFoundError, match="is gone") as caught:
            call(verb, name)
        assert caught.value.path == str(file_of(name))
        assert "delete it" in (caught.value.hint or "")
    assert show(unit_of(name), "ActiveState") == "active"
    assert messages(call("logs", name))
    assert call("stop", name).result == "done"
    assert call("delete", name) == []
    assert not link_of(name).is_symlink()
    assert show(unit_of(name), "LoadState") == "not-found"
    assert name not in {row.name for row in call("list")}
    with pytest.raises(pm2go.UnitNotFoundError, match="no app"):
        call("delete", name)


def test_an_app_whose_unit_file_is_gone_can_be_deployed_again(manager: pm2go.Manager, name: str) -> None:
    file_of(name).unlink()
    systemctl("daemon-reload")
    assert manager.start(app(name)).unit_file == "created"
    assert status_of(manager, name) == "online"


def test_a_name_alone_proves_nothing(manager: pm2go.Manager, units: UnitFiles, name: str) -> None:
    """Somebody else's unit came to have the name of an app whose file is gone."""
    manager.stop(name)
    file_of(name).unlink()
    units.write(unit_of(name), "[Service]\nExecStart=/bin/sleep 300\n", folder=other_folder())
    systemctl("start", unit_of(name))
    assert status_of(manager, name) is None
    for verb in ("stop", "delete"):
        with pytest.raises(pm2go.UnitNotFoundError):
            getattr(manager, verb)(name)
    assert show(unit_of(name), "ActiveState") == "active"
    systemctl("stop", unit_of(name))


def test_a_unit_that_was_never_an_app_is_not_listed(manager: pm2go.Manager, units: UnitFiles) -> None:
    """Its file is gone as well, and it runs on under the name of an app."""
    name = units.app()
    units.write(unit_of(name), "[Service]\nExecStart=/bin/sleep 300\n")
    systemctl("start", unit_of(name))
    file_of(name).unlink()
    systemctl("daemon-reload")
    assert status_of(manager, name) is None
    with pytest.raises(pm2go.UnitNotFoundError):
        manager.delete(name)
    assert show(unit_of(name), "ActiveState") == "active"
