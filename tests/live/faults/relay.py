"""A socket in front of systemd's or the bus's, which can cut a connection where a test wants it."""

from __future__ import annotations

import functools
import os
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable

from fake_systemd import answer, messages, serial_of, text
from live.fixtures.scope import BUS, PRIVATE
from live.fixtures.ways import Way

if TYPE_CHECKING:
    from pathlib import Path


class Sink:
    """Where a relay writes to: descriptors that have come go with the next bytes."""

    def __init__(self, sink: socket.socket) -> None:
        self._sink = sink
        self.descriptors: list[int] = []

    def sendall(self, data: bytes) -> None:
        sent = 0
        if self.descriptors:
            sent = socket.send_fds(self._sink, [data], self.descriptors)
            self.close_descriptors()
        self._sink.sendall(data[sent:])

    def close_descriptors(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []


class Relay:
    """A socket in front of another one, which can cut a connection at any point of the talk."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path, self._target = path, target
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._sent = b""
        self._mute = False
        self._muted = b""
        self._was_answered = threading.Event()
        #: When the client sends this word, the connection is cut: before the word gets through, or after it,
        #: but then before the answer does.
        self.word: bytes | None = None
        self.lets_through = False
        #: What systemd's answer has in it, and nothing else that comes.
        self.answer = b""
        #: The next call that has this word in it is answered as by a bus that systemd has left.
        self.absent: bytes | None = None
        #: What has this word in it does not reach the client.
        self.swallows: bytes | None = None
        self.has_swallowed = threading.Event()
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._target))
            self._sockets += [client, server]
            self._mute = False
            self._start(self._pass, client, server, functools.partial(self._answer, client))
            self._start(self._pass, server, client, self._to_client)

    def _pass(self, source: socket.socket, sink: socket.socket, handle: Callable[..., bool]) -> None:
        there = Sink(sink)
        with suppress(OSError):
            while True:
                data, there.descriptors, *_ = socket.recv_fds(source, 65536, 253)
                if not data or not handle(there, data):
                    break
        there.close_descriptors()
        shut_down(source, sink)

    def _answer(self, client: socket.socket, sink: Sink, data: bytes) -> bool:
        if self.absent is None or self.absent not in data:
            return self._to_systemd(sink, data)
        for message in messages(data):
            if self.absent is None or self.absent not in message:
                self._to_systemd(sink, message)
                continue
            self._sent += message
            self.absent = None
            client.sendall(nobody_there(message))
        return True

    def _to_systemd(self, sink: Sink, data: bytes) -> bool:
        self._sent += data
        if self.word is None or self.word not in data:
            sink.sendall(data)
            return True
        self.word = None
        if self.lets_through:
            self._mute = True
            sink.sendall(data)
            assert self._was_answered.wait(60)
        return False

    def _to_client(self, sink: Sink, data: bytes) -> bool:
        if self.swallows is not None and self.swallows in data:
            sink.sendall(b"".join(message for message in messages(data) if self.swallows not in message))
            self.has_swallowed.set()
        elif not self._mute:
            sink.sendall(data)
        else:
            self._muted += data
            if self.answer in self._muted:
                self._was_answered.set()
        return True

    def cut(self) -> None:
        """Cut all connections."""
        shut_down(*self._sockets)

    def count(self, word: bytes) -> int:
        """How often the client has sent this word."""
        return self._sent.count(word)

    def close(self) -> None:
        shut_down(self._listener, *self._sockets)
        for thread in self._threads:
            thread.join(10)
        for end in (self._listener, *self._sockets):
            end.close()


def shut_down(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def nobody_there(call: bytes) -> bytes:
    """What a bus answers to a call whose receiver has left it."""
    return answer(
        serial_of(call), "s", text("nobody is there"), error="org.freedesktop.DBus.Error.NameHasNoOwner"
    )


def make_relay(way: Way, folder: Path) -> Relay:
    private = way is Way.PRIVATE
    path = folder / ("systemd/private" if private else "bus")
    path.parent.mkdir(exist_ok=True)
    return Relay(path, PRIVATE if private else BUS)
