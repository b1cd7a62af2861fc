"""An independent record of what systemd signalled: a bare reader of its private socket, and a decoder of its own."""

from __future__ import annotations

import struct
import threading
from typing import TYPE_CHECKING, Any

from live.fixtures.private_socket import PrivateSocket

if TYPE_CHECKING:
    from collections.abc import Iterator

UNITS = "/org/freedesktop/systemd1/unit/"
#: The alignment of each type of D-Bus, and how `struct` reads the fixed ones.
FIXED = {
    "y": (1, "B"),
    "b": (4, "I"),
    "n": (2, "h"),
    "q": (2, "H"),
    "i": (4, "i"),
    "u": (4, "I"),
    "x": (8, "q"),
    "t": (8, "Q"),
    "d": (8, "d"),
}
ALIGNMENT = {"s": 4, "o": 4, "a": 4, "g": 1, "v": 1, "(": 8, "{": 8}


class Decoder:
    """Reads values from one message in little-endian order."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data = data
        self.position = position

    def align(self, to: int) -> None:
        self.position += -self.position % to

    def fixed(self, code: str) -> Any:
        size, form = FIXED[code]
        self.align(size)
        (value,) = struct.unpack_from("<" + form, self._data, self.position)
        self.position += size
        return value

    def text(self, length: int) -> str:
        begin = self.position
        self.position += length + 1
        return self._data[begin : begin + length].decode()

    def value(self, signature: str) -> Any:
        """Read one complete type."""
        code = signature[0]
        if code in FIXED:
            return self.fixed(code)
        if code in "so":
            return self.text(self.fixed("u"))
        if code == "g":
            return self.text(self.fixed("y"))
        if code == "v":
            return self.value(self.value("g"))
        if code == "a":
            return self.array(signature[1:])
        self.align(8)
        return [self.value(part) for part in parts(signature[1:-1])]

    def array(self, element: str) -> list[Any]:
        length = self.fixed("u")
        self.align(FIXED[element[0]][0] if element[0] in FIXED else ALIGNMENT[element[0]])
        end = self.position + length
        found = []
        while self.position < end:
            found.append(self.value(element))
        return found


def parts(signature: str) -> list[str]:
    """Split a signature into complete types."""
    found = []
    while signature:
        length = 1 + len(signature) - len(signature.lstrip("a"))
        if signature[length - 1] in "({":
            depth = 0
            for length, code in enumerate(signature, 1):  # noqa: B007 - where it ends is what is asked
                depth += (code in "({") - (code in ")}")
                if code in ")}" and not depth:
                    break
        found.append(signature[:length])
        signature = signature[length:]
    return found


def signals(data: bytes) -> Iterator[tuple[str, str, list[Any]]]:
    """Take apart what came: path, member and body of each signal."""
    begin = 0
    while begin + 16 <= len(data):
        body_length, _, fields_length = struct.unpack_from("<III", data, begin + 4)
        body = 16 + fields_length + -fields_length % 8
        if begin + body + body_length > len(data):
            return
        raw = data[begin : begin + body + body_length]
        assert raw[:2] == b"l\4", raw
        fields = dict(Decoder(raw, 12).value("a(yv)"))
        decoder = Decoder(raw, body)
        yield fields[1], fields[3], [decoder.value(part) for part in parts(fields.get(8, ""))]
        begin += body + body_length


class Recorder(PrivateSocket):
    """Keeps all that systemd sends, from a thread that does nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._heard = bytearray()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        self._socket.settimeout(None)
        while True:
            try:
                some = self._socket.recv(1 << 18)
            except OSError:
                some = b""
            with self._news:
                self._heard += some
                self._news.notify_all()
            if not some:
                return

    def has(self, word: bytes) -> bool:
        with self._news:
            return word in self._heard

    def count(self, word: bytes) -> int:
        with self._news:
            return self._heard.count(word)

    def signals(self) -> Iterator[tuple[str, str, list[Any]]]:
        """Go through all signals until now."""
        with self._news:
            data = bytes(self._heard)
        return signals(data)

    def close(self) -> None:
        self._socket.shutdown(2)
        self._thread.join(10)
        super().close()
