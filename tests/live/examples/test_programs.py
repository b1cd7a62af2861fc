"""The programs in examples/ do what they say."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
APPS = ("example-one", "example-two", "example-three")


@pytest.fixture
def apps() -> Iterator[pm2go.Manager]:
    """Three apps that run."""
    with pm2go.Manager() as manager:
        for name in APPS:
            manager.start(pm2go.AppConfig(name=name, command=["/bin/sleep", "100"]))
        try:
            yield manager
        finally:
            for name in APPS:
                manager.delete(name)


def pids(manager: pm2go.Manager) -> dict[str, int | None]:
    return {name: manager.describe(name).unit_status.main_pid for name in APPS}


def restart_all(*names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", "-W", "error", str(EXAMPLES / "restart_all.py"), *names]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    ended.stderr = without_slowness(ended.stderr)
    return ended


def without_slowness(text: str) -> str:
    """Take away what asyncio's debug mode says of a machine that is busy."""
    return re.sub(r"^Executing <.* took [0-9.]+ seconds\n", "", text, flags=re.MULTILINE)


# -------------------------------------------------------------------------------------- restart_all.py


def test_restarting_all_apps_at_once(apps: pm2go.Manager) -> None:
    before = pids(apps)
    ended = restart_all()
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    lines = ended.stdout.splitlines()
    assert sorted(line.split(":")[0] for line in lines[:-1]) == sorted(APPS)
    assert lines[-1].startswith("3 of 3 run")
    after = pids(apps)
    assert all(after[name] and after[name] != before[name] for name in APPS)


def test_restarting_apps_of_which_one_is_not_there(apps: pm2go.Manager) -> None:
    before = pids(apps)
    ended = restart_all("example-one", "example-none")
    assert (ended.returncode, ended.stderr) == (1, ""), ended
    assert "example-none" in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("1 of 2 run")
    after = pids(apps)
    assert [name for name in APPS if after[name] != before[name]] == ["example-one"]


# ---------------------------------------------------------------------------------------------- sse.py


class Server:
    """The web server of the example, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def ask(self, method: str, path: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path)
        response = connection.getresponse()
        content = json.loads(response.read())
        connection.close()
        return response.status, content

    def get(self, path: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        return connection, connection.getresponse()

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def server(app: str = "sse:app") -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLES), app]
    command += ["--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: answers(port) or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        yield Server(process, port)
        process.terminate()
        assert process.communicate(timeout=60)[1] == ""
    finally:
        process.kill()
        process.communicate()


def messages(response: http.client.HTTPResponse) -> Iterator[tuple[str, dict[str, Any]]]:
    """Parse what comes as a browser does: type and data of each message."""
    fields: dict[str, str] = {}
    for raw in response:
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            event = json.loads(fields["data"])
            assert fields["id"] == str(event["sequence"])
            yield fields["event"], event
            fields = {}


def test_server_sent_events(apps: pm2go.Manager) -> None:
    with server() as web:
        readers = [web.get("/events") for _ in range(3)]
        for _, response in readers:
            assert response.status == 200
            assert response.getheader("content-type", "").startswith("text/event-stream")
        streams = [messages(response) for _, response in readers]
        for stream in streams:
            found = [next(stream) for _ in APPS]
            assert {kind for kind, _ in found} == {"snapshot"}
            assert {event["unit"] for _, event in found} == {f"pm2-{name}.service" for name in APPS}
        apps.restart("example-two")
        for stream in streams:
            for kind, event in stream:
                assert event["unit"] == "pm2-example-two.service"
                if kind == "changed" and event["new"]["active_state"] == "active":
                    break
        with_readers = web.descriptors()
        for connection, response in readers:
            response.close()
            connection.close()
        # A reader that has gone is noticed by itself: its socket goes. (The watches share a connection, with the calls.)
        wait_until(lambda: web.descriptors() <= with_readers - 3)


def test_server_sent_events_of_any_units() -> None:
    with server() as web:
        connection, response = web.get("/units?pattern=basic.target")
        kind, event = next(messages(response))
        assert (kind, event["unit"], event["new"]["active_state"]) == ("snapshot", "basic.target", "active")
        connection.close()
        response.close()
        connection, response = web.get("/units?pattern=%5Ba")
        assert response.status == 400
        assert "[a" in json.loads(response.read())["error"]
        connection.close()


# ------------------------------------------------------------------------------------------- orders.py


def test_what_was_logged_is_read_back() -> None:
    with server("orders:app") as web:
        for number in (17, 18, 17):
            assert web.ask("POST", f"/orders/{number}") == (201, {"order": number})
        # journald has taken it, but perhaps not written it.
        wait_until(lambda: len(web.ask("GET", "/orders/17/log")[1]) == 2)
        status, entries = web.ask("GET", "/orders/17/log")
        assert (status, {entry["message"] for entry in entries}) == (200, {"order 17 was placed"})


# ------------------------------------------------------------------------------------------ prefork.py

WORKERS = {"blocking": 2, "asyncio": 2}


class Prefork:
    """The master of the example, and what it says of its workers."""

    def __init__(self) -> None:
        # Before 3.9.3 a forked child of Python's development mode crashes, whoever it is (bpo-42540).
        mode = ["-X", "dev"] if sys.version_info >= (3, 9, 3) else []
        command = [sys.executable, *mode, "-W", "error", str(EXAMPLES / "prefork.py"), "--port", "0"]
        command += ["--workers", str(WORKERS["blocking"]), "--asyncio-workers", str(WORKERS["asyncio"])]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        assert first, self.process.communicate()
        self.port = int(first.split(",")[0].rpartition(":")[2])
        self.kinds: dict[int, str] = {}
        self.hear(sum(WORKERS.values()))

    def hear(self, lines: int) -> None:
        """Read so many lines."""
        assert self.process.stdout is not None
        for _ in range(lines):
            word, pid, kind, *_ = self.process.stdout.readline().split()
            assert word == "worker"
            self.kinds[int(pid)] = kind.strip("()")

    def get(self, unit: str) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/{unit}")
        response = connection.getresponse()
        content: dict[str, Any] = json.loads(response.read())
        connection.close()
        return response.status, content

    def workers(self) -> set[int]:
        """Ask until each of the workers has answered."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        answered: set[int] = set()

        def all_have() -> bool:
            with ThreadPoolExecutor(8) as pool:
                for status, content in pool.map(self.get, ["basic.target"] * 8):
                    assert (status, content["active_state"]) == (200, "active")
                    answered.add(content["worker"])
            return answered >= {int(pid) for pid in children.read_text().split()}

        wait_until(all_have, seconds=30)
        return {int(pid) for pid in children.read_text().split()}


@pytest.fixture
def prefork() -> Iterator[Prefork]:
    master = Prefork()
    try:
        yield master
    finally:
        master.process.kill()
        master.process.communicate()


def test_workers_that_were_forked(apps: pm2go.Manager, prefork: Prefork) -> None:
    workers = prefork.workers()
    assert sorted(prefork.kinds[pid] for pid in workers) == ["asyncio"] * 2 + ["blocking"] * 2
    assert prefork.get("no-such-unit.service")[0] == 404
    assert prefork.get("%20")[0] == 400
    for expected in ("active", "inactive"):
        statuses = {prefork.get("pm2-example-one.service")[1]["active_state"] for _ in range(20)}
        assert statuses == {expected}
        apps.stop("example-one")
    for number in (signal.SIGKILL, signal.SIGTERM):
        victims = {prefork.kinds[pid]: pid for pid in workers}
        for pid in victims.values():
            os.kill(pid, number)
        prefork.hear(2 * len(victims))
        after = prefork.workers()
        assert len(after) == len(workers)
        assert not after & set(victims.values())
        workers = after
    prefork.process.terminate()
    _, said = prefork.process.communicate(timeout=60)
    assert (prefork.process.returncode, without_slowness(said)) == (0, "")
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
