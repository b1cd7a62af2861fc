"""One short command by systemd's varlink method, by `systemd-run` and by pm2go: is there anything to gain by the first?

It needs systemd 262, whose `io.systemd.Unit.StartTransient` takes file descriptors, and runs as root:

    tests/box/run --system sid --bind FOLDER -- /opt/python/bin/python benches/start_transient.py [FOLDER/pm2go-*.whl]

A second part asks which settings the method takes.
"""

from __future__ import annotations

import array
import json
import os
import socket
import statistics
import subprocess
import sys
import time

ROUNDS = 100
MANAGER = "/run/systemd/io.systemd.Manager"
WORDS = ["/bin/echo", "hello"]
#: What people give to `run`, each as the method's own interface has it.
SETTINGS = [
    {"Exec": {"Environment": ["A=b"]}},
    {"Exec": {"User": "root"}},
    {"Exec": {"ProtectSystem": "strict"}},
    {"Exec": {"EnvironmentFiles": [{"path": "/dev/null", "graceful": True}]}},
    {"CGroup": {"MemoryMax": 1 << 30}},
    {"CGroup": {"CPUQuotaPerSecUSec": 500_000}},
    {"CGroup": {"Slice": "batch.slice"}},
    {"Service": {"RuntimeMaxUSec": 5_000_000}},
    {"Service": {"TimeoutStopUSec": 5_000_000}},
    {"Kill": {"KillSignal": "SIGINT"}},
    {"After": ["basic.target"]},
]
numbers = iter(range(1 << 30))


def start(settings: dict) -> tuple[dict, bytes]:
    """Run the command by one call, to the end of its unit; the last answer, and what the command wrote."""
    context = {
        "ID": f"bench-{os.getpid()}-{next(numbers)}.service",
        "CollectMode": "inactive_or_failed",
        "Service": {
            "Type": "oneshot",
            "ExecStart": [{"path": WORDS[0], "arguments": WORDS}],
            "StandardInputFileDescriptor": 0,
            "StandardOutputFileDescriptor": 1,
            "StandardErrorFileDescriptor": 1,
        },
    }
    for section, values in settings.items():
        context[section] = {**context.get(section, {}), **values} if isinstance(values, dict) else values
    parameters = {"context": context, "notifyUnitChanges": True}
    call = {"method": "io.systemd.Unit.StartTransient", "parameters": parameters, "more": True}
    reading, writing = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as manager:
        manager.connect(MANAGER)
        descriptors = array.array("i", [nothing, writing])
        manager.sendmsg(
            [json.dumps(call).encode() + b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)]
        )
        os.close(writing)
        os.close(nothing)
        came, answer = b"", {"continues": True}
        while answer.get("continues"):
            came += manager.recv(1 << 16)
            while answer.get("continues") and b"\0" in came:
                text, _, came = came.partition(b"\0")
                answer = json.loads(text)
    with open(reading, "rb") as output:
        return answer, output.read()


def by_systemd_run() -> None:
    """The same by the program."""
    command = ["systemd-run", "--wait", "--pipe", "--quiet", "--collect", *WORDS]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def main() -> None:
    """Each of them in turn."""
    ways = {"varlink": lambda: start({}), "systemd-run": by_systemd_run}
    for wheel in sys.argv[1:]:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
        subprocess.run(pip, check=True)
        import pm2go

        systemd = pm2go.Systemd()
        ways["pm2go"] = lambda: systemd.run(WORDS)
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, run in ways.items():
            begin = time.perf_counter()
            run()
            times[way].append(time.perf_counter() - begin)
    for way, found in times.items():
        print(f"{way:12} least {min(found) * 1e3:6.2f} ms, median {statistics.median(found) * 1e3:6.2f} ms")
    for settings in SETTINGS:
        answer, output = start(settings)
        print(f"{'taken' if output else answer.get('error'):45} {json.dumps(settings)}")


if __name__ == "__main__":
    main()
