"""systemd at the other end of its private socket, as far as one answer goes."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self


def answer(serial: int, signature: str, body: bytes, *, error: str = "") -> bytes:
    """Return the answer to a call, in D-Bus's encoding; with `error` it is an error of that name, and the bus's."""
    fields = b""
    for code, kind, value in (
        (4, b"s", text(error)),
        (5, b"u", struct.pack("<I", serial)),
        (7, b"s", text("org.freedesktop.DBus" if error else "org.freedesktop.systemd1")),
        (8, b"g", bytes([len(signature)]) + signature.encode() + b"\0"),
    ):
        if code == 4 and not error:
            continue
        fields += b"\0" * (-len(fields) % 8) + bytes([code, 1]) + kind + b"\0" + value
    kind_of_message = 3 if error else 2
    header = struct.pack("<cBBBIII", b"l", kind_of_message, 1, 1, len(body), 1, len(fields))
    return header + fields + b"\0" * (-len(fields) % 8) + body


def text(value: str) -> bytes:
    """Return a string in D-Bus's encoding."""
    return struct.pack("<I", len(value.encode())) + value.encode() + b"\0"


def messages(data: bytes) -> Iterator[bytes]:
    """Give the D-Bus messages in this, which are whole."""
    while data:
        length = length_of(data)
        yield data[:length]
        data = data[length:]


def length_of(message: bytes) -> int:
    """Return how many bytes a message has that begins with these, 16 or more."""
    body, _, fields = struct.unpack("<III", message[4:16])
    return int(16 + fields + -fields % 8 + body)


def serial_of(message: bytes) -> int:
    """Return a message's serial number."""
    return int(struct.unpack("<I", message[8:12])[0])


class FakeSystemd:
    """Answers each call with the same body, one client after the other."""

    def __init__(self, folder: Path, signature: str, body: bytes) -> None:
        (folder / "systemd").mkdir()
        self.address = str(folder / "systemd/private")
        self._answer = (signature, body)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.address)
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        # It wakes the thread, which closing would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):  # nobody else is to come
            while True:
                connection = self._listener.accept()[0]
                with connection, suppress(OSError):  # it left without hearing all
                    self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        heard = b""
        while b"BEGIN\r\n" not in heard:
            heard += connection.recv(4096)
        connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\nERROR\r\n")
        heard = heard.split(b"BEGIN\r\n")[1]
        while more := connection.recv(4096):
            heard += more
            while len(heard) >= 16:
                if len(heard) < length_of(heard):
                    break
                self._answer_to(connection, heard[: length_of(heard)])
                heard = heard[length_of(heard) :]

    def _answer_to(self, connection: socket.socket, call: bytes) -> None:
        connection.sendall(answer(serial_of(call), *self._answer))
