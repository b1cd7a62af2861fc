"""Results and states that a later systemd may have are values like any other."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pm2go
from fake_systemd import FakeSystemd, answer, serial_of, text

if TYPE_CHECKING:
    import socket

JOB = "/org/freedesktop/systemd1/job/7"
UNIT = "odd.service"
STATES = {
    "Id": UNIT,
    "Description": "odd",
    "LoadState": "half-loaded",
    "ActiveState": "quantum",
    "SubState": "entangled",
    "Type": "simple",
    "Result": "decoherence",
}


def padded(data: bytes, alignment: int) -> bytes:
    return data + b"\0" * (-len(data) % alignment)


def properties() -> bytes:
    """All properties of a unit."""
    entries = b""
    for name, value in STATES.items():
        entries = padded(entries, 8) + text(name) + b"\1s\0"
        entries = padded(entries, 4) + text(value)
    return padded(struct.pack("<I", len(entries)), 8) + entries


def removed(result: str) -> bytes:
    """The signal that the job has ended."""
    body = struct.pack("<I", 7)
    for value in (JOB, UNIT, result):
        body = padded(body, 4) + text(value)
    fields = b""
    for code, kind, value in (
        (1, b"o", "/org/freedesktop/systemd1"),
        (2, b"s", "org.freedesktop.systemd1.Manager"),
        (3, b"s", "JobRemoved"),
        (7, b"s", "org.freedesktop.systemd1"),
    ):
        fields = padded(fields, 8) + bytes([code, 1]) + kind + b"\0" + text(value)
    fields = padded(fields, 8) + b"\x08\x01g\0\x04uoss\0"
    header = struct.pack("<cBBBIII", b"l", 4, 1, 1, len(body), 99, len(fields))
    return padded(header + fields, 8) + body


class OddSystemd(FakeSystemd):
    """Takes a job on, which ends in a way that nobody has heard of."""

    def _answer_to(self, connection: socket.socket, call: bytes) -> None:
        serial = serial_of(call)
        if b"StartUnit\0" in call:
            connection.sendall(answer(serial, "o", text(JOB)) + removed("exploded"))
        elif b"GetAll\0" in call:
            connection.sendall(answer(serial, "a{sv}", properties()))
        else:
            connection.sendall(answer(serial, "v", padded(b"\1s\0", 4) + text("quantum")))


def test_a_result_that_nobody_knows() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        OddSystemd(Path(folder), "", b"") as fake,
        pm2go.Systemd(address=fake.address, timeout=20) as systemd,
    ):
        with pytest.raises(pm2go.JobError) as caught:
            systemd.start_unit(UNIT)
        assert type(caught.value) is pm2go.JobError
        assert (caught.value.result, caught.value.active_state) == ("exploded", "quantum")
        assert "exploded" in str(caught.value)


def test_states_that_nobody_knows() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        OddSystemd(Path(folder), "", b"") as fake,
        pm2go.Systemd(address=fake.address, timeout=20) as systemd,
    ):
        status = systemd.get_unit_status(UNIT)
        assert (status.load_state, status.active_state) == ("half-loaded", "quantum")
        assert (status.sub_state, status.result) == ("entangled", "decoherence")
        assert not status.is_active
        assert systemd.get_unit_properties(UNIT)["SubState"] == "entangled"
