"""A bare client of systemd's private socket: what any other program might be."""

from __future__ import annotations

import os
import socket
import time

from .place import PRIVATE


class PrivateSocket:
    """An authenticated connection to which systemd sends every signal; nothing is read unasked."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(str(PRIVATE))
        self._socket.sendall(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\n")
        assert self._socket.recv(200).startswith(b"OK")
        self._socket.sendall(b"BEGIN\r\n")

    def hears(self, *words: bytes, seconds: float = 10) -> bool:
        """Read until all these words have come, in any order and message."""
        heard = b""
        deadline = time.monotonic() + seconds
        while not all(word in heard for word in words):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._socket.settimeout(left)
            try:
                heard += self._socket.recv(65536)
            except TimeoutError:
                return False
        return True

    def close(self) -> None:
        self._socket.close()
