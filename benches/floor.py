"""The floor: request bytes made beforehand, a raw unix socket, nothing decoded. Nobody can be faster in Python."""

from __future__ import annotations

import os
import socket
import struct
import sys
import time

BUS_PATH = "/run/dbus/system_bus_socket"
PRIVATE_PATH = "/run/systemd/private"
SERVICE = "org.freedesktop.systemd1"
MANAGER_PATH = "/org/freedesktop/systemd1"
MANAGER = "org.freedesktop.systemd1.Manager"
UNIT = "org.freedesktop.systemd1.Unit"
PROPERTIES = "org.freedesktop.DBus.Properties"
DBUS = "org.freedesktop.DBus"
SIGNALS = f"type='signal',sender='{SERVICE}'"
# dbus-daemon refuses the 129th unanswered call of a connection.
WINDOW = 100
ANSWERS = (2, 3)


def unit_path(name):
    """The object path of a unit (sd_bus_path_encode(3))."""
    plain = "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):02x}" for c in name)
    return f"{MANAGER_PATH}/unit/{plain}"


def text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


def padded(data, alignment):
    return data + b"\0" * (-len(data) % alignment)


def method_call(path, interface, member, *arguments, to=SERVICE, serial=7):
    """One call whose arguments are strings."""
    body = b""
    for argument in arguments:
        body = padded(body, 4) + text(argument)
    fields = b"\1\1o\0" + text(path)
    for code, value in ((2, interface), (3, member), (6, to)):
        fields = padded(fields, 8) + bytes([code, 1]) + b"s\0" + text(value)
    if arguments:
        fields = padded(fields, 8) + b"\10\1g\0" + bytes([len(arguments)]) + b"s" * len(arguments) + b"\0"
    head = b"l\1\0\1" + struct.pack("<III", len(body), serial, len(fields)) + fields
    return padded(head, 8) + body


class Floor:
    """One connection, and a buffer that is never grown and never copied."""

    def __init__(self, endpoint, size=1 << 25):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(PRIVATE_PATH if endpoint == "private" else BUS_PATH)
        self.buffer = bytearray(size)
        self.view = memoryview(self.buffer)
        self.start = self.end = 0
        identity = str(os.getuid()).encode().hex().encode()
        self.socket.sendall(b"\0AUTH EXTERNAL " + identity + b"\r\nBEGIN\r\n")
        line = b""
        while not line.endswith(b"\r\n"):
            line += self.socket.recv(1)
        if endpoint == "bus":
            self.call(method_call("/org/freedesktop/DBus", DBUS, "Hello", to=DBUS))

    def hear(self):
        """Have systemd's signals sent on a bus; the private socket has them anyway."""
        self.call(method_call("/org/freedesktop/DBus", DBUS, "AddMatch", SIGNALS, to=DBUS))
        self.call(method_call(MANAGER_PATH, MANAGER, "Subscribe"))

    def message(self):
        """The place and length of the next message."""
        if self.start == self.end:
            self.start = self.end = 0
        while self.end - self.start < 16:
            self.end += self.socket.recv_into(self.view[self.end :])
        body, _, fields = struct.unpack_from("<III", self.buffer, self.start + 4)
        length = 16 + fields + (-fields % 8) + body
        if self.start + length > len(self.buffer):
            rest = self.end - self.start
            self.buffer[:rest] = self.buffer[self.start : self.end]
            self.start, self.end = 0, rest
        while self.end - self.start < length:
            self.end += self.socket.recv_into(self.view[self.end :])
        begin = self.start
        self.start += length
        return begin, length

    def answer(self):
        """The place and length of the next answer."""
        while True:
            begin, length = self.message()
            if self.buffer[begin + 1] in ANSWERS:
                return begin, length

    def call(self, request):
        self.socket.sendall(request)
        return self.answer()

    def body(self, request):
        """An answer's last string, and whether it is a success."""
        begin, length = self.call(request)
        return bytes(self.buffer[begin : begin + length]), self.buffer[begin + 1] == ANSWERS[0]

    def pipelined(self, requests, window=WINDOW):
        """So many calls at once, each answered."""
        sent = min(window, len(requests))
        self.socket.sendall(b"".join(requests[:sent]))
        for _ in requests:
            self.answer()
            if sent < len(requests):
                self.socket.sendall(requests[sent])
                sent += 1

    def job(self, request):
        """A job from its call to its end."""
        begin, length = self.call(request)
        path = bytes(self.buffer[begin : begin + length])
        path = path[path.rindex(MANAGER_PATH.encode() + b"/job/") :]
        while True:
            begin, length = self.message()
            signal = self.buffer[begin : begin + length]
            if b"\0JobRemoved\0" in signal and path in signal:
                return

    def drain(self, jobs):
        """Read until so many jobs have ended; give the number of signals."""
        signals = 0
        while jobs:
            begin, length = self.message()
            signals += 1
            if self.buffer.find(b"\0JobRemoved\0", begin, begin + length) >= 0:
                jobs -= 1
        return signals

    def close(self):
        self.socket.close()


def storm(names, rounds, pause):
    """Stop and start units, so that systemd has something to tell; say when each round began."""
    floor = Floor("private")
    requests = []
    for turn in range(rounds):
        verb = "StopUnit" if turn % 2 == 0 else "StartUnit"
        requests.append(
            [
                method_call(MANAGER_PATH, MANAGER, verb, name, "replace", serial=100 + number)
                for number, name in enumerate(names)
            ]
        )
    print("ready", flush=True)
    sys.stdin.readline()
    begun = []
    for calls in requests:
        time.sleep(pause)
        begun.append(time.time_ns())
        floor.pipelined(calls)
        # A job that is still queued must not be merged with the next one.
        floor.call(method_call(MANAGER_PATH, MANAGER, "ListJobs"))
    print(*begun)


if __name__ == "__main__":
    storm(sys.argv[3:], int(sys.argv[1]), float(sys.argv[2]))
