"""A pre-forking web server, made the way gunicorn and its kin are: workers share the socket and the module's clients.

    python examples/prefork.py --port 8000 --workers 2 --asyncio-workers 1
    curl http://127.0.0.1:8000/ssh.service

The clients belong to the module, and the master uses one before it forks. Nothing has to be done about that in
a worker: a client finds out that it is in a forked child, leaves its parent's connection alone, and makes one of
its own at its first call there. A worker that ends, for whatever reason, is replaced; SIGTERM and Ctrl-C end all.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import select
import signal
import socket
import sys
import time
from http import HTTPStatus
from typing import NoReturn

import pm2go

systemd = pm2go.Systemd()
async_systemd = pm2go.AsyncSystemd()

#: How long a browser may take to say what it wants, in seconds.
PATIENCE = 5
#: So long the master waits before it replaces a worker, in seconds: one that cannot begin must not keep it busy.
PAUSE = 0.1
HANDLED = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


def answer(status: int, content: dict[str, object]) -> bytes:
    """Write an answer with JSON."""
    body = json.dumps({**content, "worker": os.getpid()}, default=str).encode() + b"\n"
    head = [f"HTTP/1.0 {status} {HTTPStatus(status).phrase}", "Content-Type: application/json"]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


def refusal(error: pm2go.Pm2goError) -> bytes:
    """Write an answer that says what is wrong."""
    if isinstance(error, pm2go.UnitNotFoundError):
        return answer(404, {"error": str(error)})
    return answer(400 if isinstance(error, pm2go.ConfigError) else 503, {"error": str(error)})


def unit_of(request_line: bytes) -> str:
    """Return the unit that is asked for: the path without its slash."""
    return request_line.split()[1].decode().lstrip("/")


def serve(listener: socket.socket) -> None:
    """Answer one browser after the other by blocking calls."""
    while True:
        select.select([listener], [], [])
        try:
            browser, _ = listener.accept()
        except BlockingIOError:
            continue  # another worker was quicker
        browser.settimeout(PATIENCE)
        with browser, browser.makefile("rwb") as stream:
            try:
                unit = unit_of(stream.readline())
                while stream.readline().strip():
                    pass  # the headers
                stream.write(answer(200, systemd.get_unit_status(unit).to_dict()))
            except pm2go.Pm2goError as error:
                stream.write(refusal(error))
            except (OSError, IndexError, UnicodeDecodeError):
                continue  # a browser that left, or never was one


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one browser on an event loop."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        status = await async_systemd.get_unit_status(unit_of(head))
        writer.write(answer(200, status.to_dict()))
    except pm2go.Pm2goError as error:
        writer.write(refusal(error))
    except (
        OSError,
        EOFError,
        IndexError,
        UnicodeDecodeError,
        asyncio.LimitOverrunError,
        asyncio.TimeoutError,
    ):
        pass  # a browser that left, or never was one
    finally:
        writer.close()


async def serve_on_a_loop(listener: socket.socket) -> None:
    """Answer many browsers at once, until a signal asks to end."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with async_systemd, await asyncio.start_server(talk, sock=listener):
        await ended.wait()


def work(kind: str, listener: socket.socket) -> NoReturn:
    """Be a worker until a signal asks to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the master tells the workers
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
    print(f"worker {os.getpid()} ({kind}) begins", flush=True)
    if kind == "asyncio":
        asyncio.run(serve_on_a_loop(listener))
    else:
        serve(listener)
    sys.exit(0)


class Master:
    """Keeps so many workers of each kind."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._kinds: dict[int, str] = {}

    def fork(self, kind: str) -> None:
        """Make a worker."""
        child = os.fork()
        if child == 0:
            work(kind, self._listener)
        self._kinds[child] = kind

    def replace(self) -> None:
        """Make a worker for each that has ended."""
        for child, status in iter(ended_child, None):
            kind = self._kinds.pop(child)
            print(f"worker {child} ({kind}) ended with {os.waitstatus_to_exitcode(status)}", flush=True)
            time.sleep(PAUSE)
            self.fork(kind)

    def end(self) -> None:
        """End all workers."""
        for child in self._kinds:
            os.kill(child, signal.SIGTERM)
        for child in self._kinds:
            os.waitpid(child, 0)


def ended_child() -> tuple[int, int] | None:
    """Return a child that has ended, and how, if there is one."""
    try:
        child, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (child, status) if child else None


def main() -> None:
    """Be the master: fork the workers, and again where one has ended, until a signal asks to end."""
    parser = argparse.ArgumentParser(description="Answer HTTP requests with the status of a unit.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--asyncio-workers", type=int, default=1)
    options = parser.parse_args()
    # They wait for sigwait(): none is lost between a look and a wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    systemd.connect()
    with socket.create_server(("127.0.0.1", options.port), backlog=128) as listener:
        listener.settimeout(0)  # it is one for all of them, and an event loop needs it so
        print(f"http://127.0.0.1:{listener.getsockname()[1]}, {systemd.endpoint}", flush=True)
        master = Master(listener)
        for kind in ["blocking"] * options.workers + ["asyncio"] * options.asyncio_workers:
            master.fork(kind)
        while signal.sigwait(HANDLED) == signal.SIGCHLD:
            master.replace()
        master.end()
    systemd.close()


if __name__ == "__main__":
    main()
