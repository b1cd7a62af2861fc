"""What a thousand services use, told by pm2go and by the others that tell such things."""

from __future__ import annotations

import subprocess
import sys
import time

import report
import workload

COUNT = 1000
NAMES = [f"used-{number:04}.service" for number in range(COUNT)]
SERVICE = "[Service]\nExecStart=/bin/sleep infinity\n"


def run_use(rounds):
    """Each in turn; give the rows, and who is missing."""
    import pm2go

    prepare()
    missing = []
    with pm2go.Systemd() as systemd:
        ways = {
            ("figures", "pm2go"): systemd.figures,
            ("metrics", "pm2go"): systemd.metrics,
            ("figures", "systemd-cgtop"): cgtop,
        }
        try:
            ways["figures", "psutil"] = with_psutil()
        except ImportError:
            missing.append("psutil")
        for way in ways.values():
            way()
        times = {key: [] for key in ways}
        for _ in range(rounds):
            for key, way in ways.items():
                begin = time.perf_counter()
                way()
                times[key].append(time.perf_counter() - begin)
    workload.drop(NAMES, workload.FOLDER)
    print(f"use {times['figures', 'pm2go']}", file=sys.stderr, flush=True)
    return [report.row(row, name, None, "sync", found) for (row, name), found in times.items()], missing


def prepare():
    """The services, all of which run."""
    for name in NAMES:
        (workload.FOLDER / name).write_text(workload.PLAIN + SERVICE)
    workload.call("Reload")
    for begin in range(0, COUNT, 100):
        workload.start(NAMES[begin : begin + 100])


def cgtop():
    """Once for all groups; it tells processor time only of the second time, which this does without."""
    command = ["systemd-cgtop", "--batch", "--iterations=1", "--depth=5", "--raw"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()


def with_psutil():
    """Each process with what it uses: psutil knows nothing of units."""
    import psutil

    names = ["pid", "cpu_times", "memory_info", "num_threads"]
    return lambda: [process.info for process in psutil.process_iter(names)]
