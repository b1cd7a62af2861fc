"""The few system calls that Python's standard library does not offer (before 3.12)."""

from __future__ import annotations

import ctypes
import os
import signal

NEW_MOUNTS = 0x00020000
NEW_PROCESSES = 0x20000000

READ_WRITE_NO_DEVICES = 2 | 4  # MS_NOSUID | MS_NODEV
BIND = 4096
RECURSIVE = 16384
PRIVATE = 1 << 18

_DETACH = 2
_SET_DEATH_SIGNAL = 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_ulong,
    ctypes.c_char_p,
)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def unshare(flags: int) -> None:
    """Give this process (mounts) or its next child (processes) a namespace of its own."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2); the error names the target."""
    result = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        os.fsencode(kind) or None,
        flags,
        os.fsencode(options) or None,
    )
    _check(result, target)


def detach(target: str) -> bool:
    """Take away the topmost mount at `target` with all below it; false if there is none."""
    return bool(_libc.umount2(os.fsencode(target), _DETACH) == 0)


def die_with_parent() -> None:
    """Have the kernel kill this process as soon as its parent is gone, however that ends."""
    _check(_libc.prctl(_SET_DEATH_SIGNAL, ctypes.c_ulong(signal.SIGKILL)), "prctl")
