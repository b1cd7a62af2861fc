"""pm2go's own event-loop driver beside pyo3-asyncio's successor, on one systemd. See README.md beside this.

Run it by `scripts/bench-choice`, in a throw-away systemd.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "async_runtimes" / "programs.py"
sys.path.insert(0, str(PROGRAMS.parent))

from clients import CLIENTS, NOTHING  # noqa: E402

ASKING = [name for name in CLIENTS if name != NOTHING]
ENDS = {
    "completed": "50 awaits ended, then exit",
    "pending": "exit with calls pending",
    "daemon thread": "exit while a daemon thread asks",
}
FORKS = {
    "fork, the parent's client": "its parent's client",
    "fork, a client of its own": "a client of its own",
}
CRATES = ("pyo3", "pyo3-async-runtimes", "tokio", "zbus")
#: A program that takes so many seconds hangs.
PATIENCE = 60


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="how many times everybody's latency is taken, in turn")
    add("--scripts", type=int, default=40, help="how many short programs of each kind end")
    add("--forks", type=int, default=3, help="how many programs of each kind fork")
    add("--json", type=Path, metavar="FILE", help="write the results there")
    return parser.parse_args()


def run(kind, name):
    """One program: its exit code (`None` for a hang), what it said, what it complained of."""
    command = [sys.executable, str(PROGRAMS), kind, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            out, complaint = program.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            program.kill()
            return None, *program.communicate()
    return program.returncode, out, complaint


def version_of(crate, lock):
    """A crate's versions in the lock file."""
    found = re.findall(rf'^name = "{crate}"\nversion = "(.+)"$', lock, re.MULTILINE)
    return " and ".join(found)


def versions():
    import pm2go

    systemd = subprocess.run(["systemctl", "--version"], check=True, capture_output=True, text=True).stdout
    lock = (HERE.parent / "Cargo.lock").read_text()
    processors = len(os.sched_getaffinity(0))
    return {
        "pm2go": pm2go.__version__,
        **{crate: version_of(crate, lock) for crate in CRATES},
        "Python": platform.python_version(),
        "systemd": systemd.split("\n", 1)[0],
        "kernel": platform.release(),
        "processors": processors,
        "load before": "{:.2f} {:.2f} {:.2f}".format(*os.getloadavg()),
    }


def measure(rounds):
    """Everybody's latencies, in turn, each round in a process of its own."""
    found = {name: {"one": [], "many": [], "threads": 0} for name in CLIENTS}
    names = list(CLIENTS)
    for turn in range(rounds):
        # Nobody always runs behind the same one.
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            code, out, complaint = run("latency", name)
            # The measurement is there before the interpreter ends; how it ends is another row.
            if not out:
                raise SystemExit(f"{name}: no latencies, exit code {code}: {complaint}")
            told = json.loads(out)
            for key in ("one", "many"):
                found[name][key] += told[key]
            found[name]["threads"] = max(found[name]["threads"], told["threads"])
    return found


def end_of(kind, name):
    """How one short program ends, in a word or two."""
    code, _, complaint = run(kind, name)
    if code is None:
        return "hangs"
    if code < 0:
        return signal.Signals(-code).name
    if code > 0:
        return f"exit code {code}"
    return "complains" if complaint else "well"


def fork_of(kind, name):
    """What comes of a forked child, and of its parent after that."""
    code, out, _ = run(kind, name)
    told = {}
    for line in out.splitlines():
        told.update(json.loads(line))
    ended = "hangs" if code in {None, -signal.SIGALRM} else "error"
    return told.get("child", ended), told.get("parent", ended)


def counted(outcomes, good):
    """How often each came about; the good one goes without saying."""
    counts = collections.Counter(outcomes)
    bad = ", ".join(f"{what} {count}" for what, count in counts.most_common() if what != good)
    return bad or good


def microseconds(values):
    """The median and the 99th percentile."""
    return f"{statistics.median(values) * 1e6:.1f} / {statistics.quantiles(values, n=100)[98] * 1e6:.1f}"


def tables(found, ends, forks, options):
    yield (
        "Latency in microseconds, median / 99th percentile",
        ("one await", "each of 256 at once", "threads"),
        {
            name: (microseconds(row["one"]), microseconds(row["many"]), str(row["threads"]))
            for name, row in found.items()
        },
    )
    yield (
        f"How {options.scripts} short programs end (the rest ends well)",
        tuple(ENDS.values()),
        {name: tuple(counted(ends[kind][name], "well") for kind in ENDS) for name in ASKING},
    )
    columns = [text for what in FORKS.values() for text in (f"child, {what}", "parent after that")]
    rows = {}
    for name in ASKING:
        pairs = [list(zip(*forks[kind][name])) for kind in FORKS]
        rows[name] = tuple(counted(outcomes, "answered") for pair in pairs for outcomes in pair)
    yield f"What {options.forks} forking programs get", tuple(columns), rows


def print_table(title, columns, rows):
    print(f"\n{title}")
    lines = [("", *columns), *((name, *cells) for name, cells in rows.items())]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        first, *rest = (text.ljust(width) for text, width in zip(line, widths))
        print("  ".join([first, *rest]).rstrip())


def main():
    options = parse()
    about = versions()
    for name, value in about.items():
        print(f"{name:<20} {value}")
    found = measure(options.rounds)
    ends = {
        kind: {name: [end_of(kind, name) for _ in range(options.scripts)] for name in ASKING} for kind in ENDS
    }
    forks = {
        kind: {name: [fork_of(kind, name) for _ in range(options.forks)] for name in ASKING} for kind in FORKS
    }
    for table in tables(found, ends, forks, options):
        print_table(*table)
    if options.json:
        result = {"versions": about, "latency": found, "ends": ends, "forks": forks}
        options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
