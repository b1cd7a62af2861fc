"""A program may begin to use the package on many threads at once, or in a signal handler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pm2go

PACKAGE = str(Path(pm2go.__file__).parents[1])

#: Each thread begins with another name, and all of them at once.
THREADS = """
import sys, threading
sys.path.insert(0, sys.argv[1])
sys.setswitchinterval(1e-6)
NAMES = ["Manager", "AsyncManager", "Systemd", "AsyncSystemd", "embedded", "AppConfig", "UnitStatus", "Job",
         "AsyncJob", "Watch", "PropertyWatch", "LiveUnits", "UnitInfo", "ConfigError", "UnitList", "AppList", "AppResult"]
failures = []
barrier = threading.Barrier(len(NAMES))

def use(name):
    barrier.wait()
    try:
        import pm2go
        getattr(pm2go, name)
    except BaseException as error:
        failures.append(f"{name}: {error!r}")

threads = [threading.Thread(target=use, args=(name,)) for name in NAMES]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(30)
assert not any(thread.is_alive() for thread in threads), "a deadlock"
assert not failures, failures
"""

#: A signal comes at some line of the first import, and its handler uses the package.
SIGNAL = """
import signal, sys
sys.path.insert(0, sys.argv[1])
place = int(sys.argv[2])
failures, lines = [], 0

def handle(*_):
    try:
        import pm2go
        pm2go.Manager, pm2go.AsyncManager, pm2go.ConfigError("x")
    except BaseException as error:
        failures.append(repr(error))

def trace(frame, event, argument):
    global lines
    # (Before the package's own __getattr__ is defined, there is nothing that could be used.)
    if "pm2go" not in frame.f_code.co_filename or "__dir__" not in vars(sys.modules["pm2go"]):
        return None
    if event == "line":
        lines += 1
        if lines == place:
            sys.settrace(None)
            signal.raise_signal(signal.SIGUSR1)
    return trace

signal.signal(signal.SIGUSR1, handle)
sys.settrace(trace)
import pm2go
pm2go.Manager, pm2go.Systemd, pm2go.AsyncManager
sys.settrace(None)
assert not failures, failures
print(lines)
"""


def program(text: str, *arguments: str) -> str:
    command = [sys.executable, "-c", text, PACKAGE, *arguments]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


@pytest.mark.parametrize("attempt", range(10))
def test_many_threads_may_begin_at_once(attempt: int) -> None:
    program(THREADS, str(attempt))


def test_a_signal_handler_may_begin_while_it_is_loaded() -> None:
    lines = int(program(SIGNAL, "0"))
    step = max(1, lines // 40)
    for place in range(1, lines, step):
        program(SIGNAL, str(place))
