"""What is asked about: units, apps, and processes that import things. Meant for a throw-away systemd only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from contenders.asked import APPS, JOB_UNIT, MANY, SERVICE_UNIT
from floor import MANAGER, MANAGER_PATH, Floor, method_call
from readers.task import members

FOLDER = Path("/run/systemd/system")
PLAIN = "[Unit]\nDefaultDependencies=no\nDescription=One of many\n"


def target(number):
    return f"bench-{number:05}.target"


def call(*arguments):
    floor = Floor("private")
    answer, success = floor.body(method_call(MANAGER_PATH, MANAGER, *arguments))
    floor.close()
    if not success:
        raise RuntimeError(f"{arguments}: {answer!r}")
    return answer


def start(names):
    """Queue all jobs at once, and wait until none is left."""
    floor = Floor("private")
    calls = enumerate(names)
    floor.pipelined(
        [method_call(MANAGER_PATH, MANAGER, "StartUnit", name, "replace", serial=10 + n) for n, name in calls]
    )
    while b"/job/" in floor.body(method_call(MANAGER_PATH, MANAGER, "ListJobs"))[0]:
        pass
    floor.close()


def prepare_units():
    """The service and the target that single calls are about, and the 200 apps."""
    service = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
    (FOLDER / SERVICE_UNIT).write_text(PLAIN + service)
    (FOLDER / JOB_UNIT).write_text(PLAIN)
    for name in APPS:
        text = f"{PLAIN}[X-Pm2go]\n[Service]\nExecStart=/bin/sleep infinity\n"
        Path("/etc/systemd/system", name).write_text(text)
    call("Reload")
    start([SERVICE_UNIT, JOB_UNIT, *APPS])


def drop_apps():
    """Take the apps away, so that the number of units is what was asked for."""
    drop(APPS, Path("/etc/systemd/system"))


def drop_many():
    drop(MANY, FOLDER)


def drop(names, folder):
    subprocess.run(["systemctl", "stop", *names], check=True)
    for name in names:
        (folder / name).unlink()
    call("Reload")


def prepare_many():
    """The services that are asked for their properties all at once."""
    service = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
    for name in MANY:
        (FOLDER / name).write_text(PLAIN + service)
    call("Reload")
    for begin in range(0, len(MANY), 100):
        start(MANY[begin : begin + 100])


class Crowd:
    """Many small units that are active: as many in all as asked for."""

    def __init__(self):
        self.count = 0

    def grow(self, total):
        present = loaded() - self.count
        names = [target(number) for number in range(self.count, max(self.count, total - present))]
        for name in names:
            (FOLDER / name).write_text(PLAIN)
        call("Reload")
        start(names)
        self.count += len(names)
        return loaded()


def loaded():
    floor = Floor("private")
    answer, _ = floor.body(method_call(MANAGER_PATH, MANAGER, "ListUnits"))
    floor.close()
    return answer.count(b"/org/freedesktop/systemd1/unit/")


def set_processors(processors, programs):
    """Put this process, systemd, the message bus and these programs on these processors."""
    for process in [os.getpid(), 1, *buses(), *programs]:
        # The kernel knows threads only; those that come later are put where the one is that makes them.
        for thread in os.listdir(f"/proc/{process}/task"):
            os.sched_setaffinity(int(thread), processors)


def buses():
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name = (entry / "comm").read_text().strip()
            except OSError:
                continue
            if name in {"dbus-daemon", "dbus-broker"}:
                yield int(entry.name)


MEASURE_IMPORT = """
import resource, sys, time
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
before = resident()
begin = time.perf_counter()
import {module}
seconds = time.perf_counter() - begin
print(seconds, resident() - before)
"""

MEASURE_LIST = """
import resource
def peak():
    with open("/proc/self/status") as file:
        return int(next(line for line in file if line.startswith("VmHWM")).split()[1]) * 1024
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
{code}
before = resident()
rows = list_units()
print(peak() - before, resident() - before)
"""

IMPORTS = {
    "pm2go": "pm2go",
    "pm2go with Systemd": "pm2go.systemd",
    "dbus-fast": "dbus_fast.aio",
    "python-sdbus": "sdbus",
    "jeepney": "jeepney.io.blocking",
    "pystemd": "pystemd.systemd1",
    "asyncio alone": "asyncio",
    "nothing": "sys",
}

# Each has used its connection and its decoder before: the pages of code that this touches are not the list's.
LISTERS = {
    "pm2go": "import pm2go\nsystemd = pm2go.Systemd()\nsystemd.list_units('init.scope')\n"
    "list_units = systemd.list_units",
    "python-sdbus": "import sdbus\nbus = sdbus.sd_bus_open_system()\n"
    "new = lambda what: bus.new_method_call_message('org.freedesktop.systemd1', '/org/freedesktop/systemd1',"
    " 'org.freedesktop.systemd1.Manager', what)\nbus.call(new('ListJobs')).get_contents()\n"
    "list_units = lambda: bus.call(new('ListUnits')).get_contents()",
}


def python(code):
    command = [sys.executable, "-I", "-c", code]
    return [
        float(word) for word in subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split()
    ]


def import_cost(module):
    """Seconds and bytes that an import adds to a bare interpreter."""
    return python(MEASURE_IMPORT.format(module=module))


def list_memory(code):
    """Bytes that listing adds at its peak, and bytes that stay while the list is kept."""
    return python(MEASURE_LIST.format(code=code))


class Family:
    """Targets made for one thing alone, so that nobody else hears of them; they are active."""

    def __init__(self, prefix, count):
        self.prefix, self.count = prefix, count
        self.names = members(prefix, count)
        for name in self.names:
            (FOLDER / name).write_text(PLAIN)
        call("Reload")
        start(self.names)


class Storm:
    """Another process that makes systemd tell about units; it begins when told."""

    def __init__(self, names, rounds, pause=0):
        script = str(Path(__file__).with_name("floor.py"))
        command = [sys.executable, script, str(rounds), str(pause), *names]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def begin(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def end(self):
        """When each of its rounds began, in nanoseconds of the clock on the wall."""
        begun, _ = self.process.communicate(timeout=60)
        if self.process.returncode:
            raise RuntimeError("the process that makes signals failed")
        return [int(word) for word in begun.split()]
