"""In a real Jupyter kernel: the example's notebook, both faces in its running loop, and its interrupt button."""

from __future__ import annotations

import json
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.waiting import wait_until, waits_in_poll
from live.fixtures.ways import DBUS_WAYS, WAYS, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking.client import BlockingKernelClient
    from jupyter_client.manager import KernelManager

    from live.fixtures.units import UnitFiles

# What Jupyter's own packages warn of is not tested here.
pytestmark = pytest.mark.filterwarnings("ignore")

NOTEBOOK = Path(__file__).resolve().parents[3] / "examples/notebook.ipynb"
#: A kernel begins in a second or two.
PATIENCE = 60
TRIES = 5


class CellError(Exception):
    """A cell ended with an exception."""


class Kernel:
    """A kernel in a process of its own, and what a notebook's page does with it."""

    def __init__(self) -> None:
        from jupyter_client.manager import KernelManager

        self.manager: KernelManager = KernelManager(transport="ipc", kernel_name="python3")
        self.manager.start_kernel(extra_arguments=["--HistoryManager.enabled=False"])
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def begin(self, code: str) -> str:
        """Begin a cell that prints `ready`, and wait for that."""
        cell = self.client.execute(textwrap.dedent(code), store_history=False, stop_on_error=False)
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == cell and "ready" in message["content"].get(
                "text", ""
            ):
                return str(cell)

    def end(self, cell: str) -> dict[str, Any]:
        """Wait for the end of a cell, and return its reply."""
        reply: dict[str, Any] = {"parent_header": {}}
        while reply["parent_header"].get("msg_id") != cell:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
        content: dict[str, Any] = reply["content"]
        return content

    def run(self, code: str) -> list[dict[str, Any]]:
        """Run a cell to its end; return what it shows: texts by type."""
        shown: list[dict[str, Any]] = []

        def show(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append({"text/plain": content["text"]})
            elif "data" in content:
                shown.append(content["data"])

        reply = self.client.execute_interactive(
            textwrap.dedent(code),
            store_history=False,
            stop_on_error=False,  # or else it refuses what comes soon after one
            output_hook=show,
            timeout=PATIENCE,
        )["content"]
        if reply["status"] != "ok":
            raise CellError("\n".join(reply["traceback"]))
        return shown

    def value(self, expression: str) -> Any:
        """Return the value of an expression in the kernel."""
        shown = self.run(f"import json; print(json.dumps({expression}))")
        return json.loads("".join(part["text/plain"] for part in shown))

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture(scope="module")
def shared() -> Iterator[Kernel]:
    """One kernel for all: it works on, whatever was done to it."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR"):
            patch.setenv(name, f"{folder}/{name}")
        kernel = Kernel()
        try:
            yield kernel
        finally:
            kernel.close()


@pytest.fixture
def kernel(shared: Kernel) -> Kernel:
    shared.run("%reset -f")
    shared.run("import asyncio, json, os, time\nimport pm2go")
    return shared


def test_the_example(kernel: Kernel) -> None:
    shown = []
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] == "code":
            shown += kernel.run("".join(cell["source"]))
    tables = [part["text/html"] for part in shown if "text/html" in part]
    assert len(tables) == 2
    assert all("<table" in table for table in tables)
    assert "basic.target" in tables[0]
    kinds = kernel.value("[event.kind for event in seen]")
    assert {"changed", "added"} & set(kinds)
    with pm2go.Manager() as manager:
        assert "clock" not in [app.name for app in manager.list()]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.value)
def test_both_faces_in_the_running_loop(kernel: Kernel, way: Way, units: UnitFiles) -> None:
    name = units.service()
    kernel.run(f"""
        options, name = {WAYS[way]!r}, {name!r}
        systemd = pm2go.Systemd(**options)
        awaited = pm2go.AsyncSystemd(**options)
        assert asyncio.get_running_loop()
    """)
    for _ in range(2):
        kernel.run("""
            assert systemd.start_unit(name).result == "done"
            assert (await awaited.get_unit_status(name)).main_pid == systemd.get_unit_status(name).main_pid
            both = await asyncio.gather(awaited.stop_unit(name), asyncio.to_thread(systemd.list_units, name))
            assert both[0].result == "done"
        """)
    if way in DBUS_WAYS:
        kernel.run("systemd.start_unit(name)")
        kernel.run("""
            seen = []
            watch = awaited.watch_units(name)
            async def read():
                async for event in watch:
                    seen.append(event)
            reader = asyncio.ensure_future(read())
            while not seen:
                await asyncio.sleep(0.01)
        """)
        # The reader goes on from cell to cell, and blocking calls hold it up no longer than they take.
        kernel.run("systemd.restart_unit(name)")
        kernel.run("systemd.stop_unit(name)")
        kernel.run("""
            # A unit that goes away with its stop may not be told as inactive before.
            while not [event for event in seen if event.kind == "removed" or event.active_state == "inactive"]:
                await asyncio.sleep(0.01)
            assert [event.sequence for event in seen] == list(range(1, len(seen) + 1))
            watch.close()
            await reader
        """)
    kernel.run("systemd.close(); await awaited.close()")


#: What waits for something that does not come. (A cell that awaits is for the kernel to cancel, which ipykernel 7.4
#: does not always do, not even with `asyncio.sleep`.)
WAITS = {
    "blocking call": "systemd.wait_for_unit(name, 'active')",
    "blocking start": "systemd.start_unit(slow)",
    "blocking watch": "while True: next(watch)",  # it may have a gap to tell, first
    "blocking watch, for": "for event in watch: pass",
}


@pytest.mark.parametrize("way", DBUS_WAYS, ids=lambda way: way.value)
def test_the_interrupt_button(kernel: Kernel, way: Way, units: UnitFiles) -> None:
    name, slow = units.service(), units.service(service="ExecStartPre=/bin/sleep 300")
    kernel.run(f"""
        options, name, slow = {WAYS[way]!r}, {name!r}, {slow!r}
        systemd = pm2go.Systemd(**options)
        awaited = pm2go.AsyncSystemd(**options)
        systemd.connect()
        await awaited.connect()
        watch = systemd.watch_units("basic.target")
        awaited_watch = awaited.watch_units("basic.target")
        next(watch), await awaited_watch.__anext__()
        interrupted = 0
    """)
    pid = kernel.value("os.getpid()")
    for wait in list(WAITS) * TRIES:
        cell = kernel.begin(f"""
            print("ready", flush=True)
            try:
                {WAITS[wait]}
            except KeyboardInterrupt:
                interrupted += 1
                raise
        """)
        # The kernel itself waits in its event loop, and so not in poll(2).
        wait_until(lambda: waits_in_poll(pid))
        kernel.manager.interrupt_kernel()
        reply = kernel.end(cell)
        assert reply.get("ename") == "KeyboardInterrupt", (wait, reply)
    assert kernel.value("interrupted") == len(WAITS) * TRIES
    # All of it works as before.
    kernel.run("""
        systemd.stop_unit(slow)
        systemd.start_unit(name)
        assert (await awaited.get_unit_status(name)).active_state == "active"
        assert not watch.closed and not awaited_watch.closed
        watch.close()
        awaited_watch.close()
        systemd.close()
        await awaited.close()
    """)
