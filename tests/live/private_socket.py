"""systemd's private socket: a bare client of it, as any other program might be, and our own connections to it."""

from __future__ import annotations

import os
import select
import socket
import stat
import time
from contextlib import suppress

from .place import PRIVATE


class PrivateSocket:
    """An authenticated connection to which systemd sends every signal; nothing is read unasked."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
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


def open_sockets() -> list[int]:
    """The descriptors of this process that lead to systemd's private socket and are not shut down."""
    found = []
    for number in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # it is gone, or not connected
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as end:
                if end.getpeername() == str(PRIVATE) and not is_at_its_end(end):
                    found.append(number)
    return found


def is_at_its_end(end: socket.socket) -> bool:
    """Whether it is shut down, on either side; what came before may still be there to be read."""
    poll = select.poll()
    poll.register(end, 0)
    return any(events & select.POLLHUP for _, events in poll.poll(0))
