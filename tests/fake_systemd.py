"""systemd at the other end of its private socket, as far as one answer goes."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self


def answer(serial: int, signature: str, body: bytes) -> bytes:
    """Return the answer to a call, in D-Bus's encoding."""

    sender = b"org.freedesktop.systemd1"
    fields = b""
    for code, kind, value in (
        (5, b"u", struct.pack("<I", serial)),
        (7, b"s", struct.pack("<I", len(sender)) + sender + b"\0"),
        (8, b"g", bytes([len(signature)]) + signature.encode() + b"\0"),
    ):
        fields += b"\0" * (-len(fields) % 8) + bytes([code, 1]) + kind + b"\0" + value
    header = struct.pack("<cBBBIII", b"l", 2, 1, 1, len(body), 1, len(fields))
    return header + fields + b"\0" * (-len(fields) % 8) + body


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
        connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
        heard = heard.split(b"BEGIN\r\n")[1]
        while more := connection.recv(4096):
            heard += more
            while len(heard) >= 16:
                body, serial, fields = struct.unpack("<III", heard[4:16])
                length = 16 + fields + -fields % 8 + body
                if len(heard) < length:
                    break
                heard = heard[length:]
                connection.sendall(answer(serial, *self._answer))
