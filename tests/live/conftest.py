"""Tests of the public package against a real systemd: they run inside the box (tests/box), as root and as a user.

Who runs them decides the scope: root has the system's manager, everybody else a manager of their own. Each
test takes its systemd from the fixture `systemd` (or `manager`) and so runs on all three ways to it: systemd's
private socket, the message bus, and `systemctl`. Nothing is skipped: a test that makes no sense for one of the
ways is not generated for it.

    tests/box/run             --env PM2GO_BOX=1 --env PYTHONPATH="$PWD/python" -- python -m pytest tests/live
    tests/box/run --user tester --env PM2GO_BOX=1 --env PYTHONPATH="$PWD/python" -- python -m pytest tests/live
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures import left, stuck
from live.fixtures.streams import Stream
from live.fixtures.units import UnitFiles
from live.fixtures.ways import DBUS_WAYS, WAYS, Way, connect

from . import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live.fixtures.streams import StreamOf
    from pm2go.watch import WatchBase


def pytest_addoption(parser: pytest.Parser) -> None:
    parts.add_option(parser)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    parts.leave_part(config, items)


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    return parts.run_share(session)


@pytest.hookimpl(tryfirst=True)
def pytest_exception_interact(call: pytest.CallInfo[object], report: pytest.TestReport) -> None:
    """Where somebody has waited in vain, tell where the manager is: it has gone on when the test can be looked at."""
    if call.excinfo and isinstance(
        call.excinfo.value, (pm2go.OperationTimeoutError, subprocess.TimeoutExpired, TimeoutError)
    ):
        report.sections.append(("the manager, then", stuck.report()))


@pytest.fixture(scope="session", autouse=True)
def in_the_box() -> None:
    if os.environ.get("PM2GO_BOX") != "1":
        pytest.fail("tests/live needs a throw-away systemd: see the command in tests/live/conftest.py")


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Each file leaves the manager as it found it: the next one counts on it."""
    before = left.found()
    yield
    assert left.left_since(before) == set()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test inherits settings from whoever runs it."""
    for name in ("PM2GO_BACKEND", "PM2GO_DBUS_TIMEOUT", "PM2GO_ENABLE_MONITORING"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=list(Way), ids=lambda way: way.value)
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture(params=WAYS, ids=lambda way: way.value)
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The arguments of a client, for each way to systemd."""
    return WAYS[request.param]


@pytest.fixture(params=DBUS_WAYS, ids=lambda way: way.value)
def dbus_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The same for the two ways over D-Bus."""
    return WAYS[request.param]


@pytest.fixture
def systemd(way: Way) -> Iterator[pm2go.Systemd]:
    """A client for each of the three ways."""
    with connect(way) as client:
        yield client


@pytest.fixture
def manager(systemd: pm2go.Systemd) -> Iterator[pm2go.Manager]:
    with pm2go.Manager(systemd) as apps:
        yield apps


@pytest.fixture
def units() -> Iterator[UnitFiles]:
    """Unit files of this test alone; they and what they started are gone after it."""
    files = UnitFiles()
    try:
        yield files
    finally:
        files.remove_all()


@pytest.fixture
def public_path() -> Iterator[Path]:
    """A folder that other users can look into."""
    with tempfile.TemporaryDirectory(prefix="live-", dir="/tmp") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest.fixture(params=["for", "async for"])
def stream_of(request: pytest.FixtureRequest) -> Iterator[StreamOf]:
    """Both faces read the same streams."""
    loop = asyncio.new_event_loop() if request.param == "async for" else None
    streams: list[Stream[Any]] = []

    def make(watch: WatchBase[Any]) -> Stream[Any]:
        streams.append(Stream(watch, loop))
        return streams[-1]

    yield make
    for stream in streams:
        stream.watch.close()
    if loop is not None:
        loop.close()
