"""The programs in examples/ do what they say."""

from __future__ import annotations

import http.client
import inspect
import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go

from .stage import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
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
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


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

    def get(self, path: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        return connection, connection.getresponse()

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def server() -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLES), "sse:app"]
    command += ["--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: answers(port) or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        yield Server(process, port)
        process.terminate()
        assert process.communicate(timeout=20)[1] == ""
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
        # A reader that has gone is noticed by itself: its socket here, and the watch's.
        wait_until(lambda: web.descriptors() <= with_readers - 6)


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


# ------------------------------------------------------------------------------------- notebook.ipynb

NOTEBOOK = """
    import asyncio, json, os, sys, tempfile
    os.environ["IPYTHONDIR"] = tempfile.mkdtemp()
    from traitlets.config import Config
    from IPython.core.interactiveshell import InteractiveShell
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    async def main():
        for cell in json.load(sys.stdin)["cells"]:
            if cell["cell_type"] == "code":
                source = "".join(cell["source"])
                result = await shell.run_cell_async(source, store_history=False, transformed_cell=source)
                result.raise_error()
        return [event.kind for event in shell.user_ns["seen"]]
    print(asyncio.run(main()))
"""


def test_notebook() -> None:
    """Its cells run one after the other on a running loop, as in Jupyter."""
    with (EXAMPLES / "notebook.ipynb").open() as notebook:
        command = [sys.executable, "-c", inspect.cleandoc(NOTEBOOK)]
        ended = subprocess.run(
            command, check=False, stdin=notebook, capture_output=True, text=True, timeout=60
        )
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    assert "basic.target" in ended.stdout
    kinds = ended.stdout.splitlines()[-1]
    assert "'changed'" in kinds, ended.stdout
    with pm2go.Manager() as manager:
        assert "clock" not in [app.name for app in manager.list()]
