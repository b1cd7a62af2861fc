"""The memory of a program with a client, and of what that runs: `memory.py works|waits BACKEND ADDRESS UNIT`."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from contenders.asked import ADDRESS

#: How often a program at work is looked at, and how long it has between two looks.
LOOKS = 200
PAUSE = 0.002
#: Seconds for a job to be under way.
PATIENCE = 10


def family_of(process):
    """A process and all that it has started."""
    yield process
    try:
        for tasks in Path(f"/proc/{process}/task").iterdir():
            for child in (tasks / "children").read_text().split():
                yield from family_of(int(child))
    except OSError:
        # It has ended meanwhile.
        return


def resident(process):
    """Bytes of a process and its children; what several of them share is counted once (proc(5), Pss)."""
    total = 0
    for member in family_of(process):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def memory_of(what, way, unit):
    """Bytes that a client adds at most while it works, or while it waits for a job."""
    options = ["command", ""] if way == "command" else ["dbus", ADDRESS[way]]
    command = [sys.executable, __file__, what, *options, unit]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        program.stdout.readline()
        before = resident(program.pid)
        program.stdin.write("\n")
        program.stdin.flush()
        program.stdout.readline()
        if what == "waits":
            wait_for_job(unit)
        most = 0
        for _ in range(LOOKS):
            most = max(most, resident(program.pid))
            time.sleep(PAUSE)
        program.kill()
    if what == "waits":
        subprocess.run(["systemctl", "stop", unit], check=True)
    return most - before


def wait_for_job(unit):
    """Until systemd works on it; then the program has nothing to do but wait."""
    end = time.monotonic() + PATIENCE
    command = ["systemctl", "is-active", unit]
    while subprocess.run(command, check=False, stdout=subprocess.PIPE).stdout != b"activating\n":
        if time.monotonic() > end:
            raise TimeoutError(f"{unit} is not started")


def main():
    what, backend, address, unit = sys.argv[1:]
    print("before", flush=True)
    sys.stdin.readline()
    import pm2go

    systemd = pm2go.Systemd(backend=backend, address=address or None)
    systemd.get_unit_status(unit)
    print("begun", flush=True)
    if what == "waits":
        systemd.start_unit(unit, timeout=60)
    while True:
        systemd.get_unit_status(unit)
        systemd.list_units()


if __name__ == "__main__":
    main()
