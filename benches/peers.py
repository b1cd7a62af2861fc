"""pm2go beside its peers and the raw socket, in turn, on one systemd. See README.md beside this.

Run it by `scripts/bench`, in a throw-away systemd: it makes thousands of units.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import report
import workload
from commands import run_commands
from contenders import make_all
from design import run_design
from fairness import run_fairness
from goals import judge, print_goals
from journal_entries import run_journal
from live_table import UNITS as LIVE_UNITS
from live_table import run_live
from paced import run_paced
from use import run_use
from watchers import ROWS as READING
from watchers import run_watchers

# How often a row is run in one round: enough for a median, quick enough for all of them.
COUNTS = {
    "ping": 60,
    "property": 60,
    "properties": 20,
    "list": 6,
    "apps": 2,
    "job": 5,
    "connect": 10,
    "gather64": 4,
    "gather256": 2,
    "threads64": 2,
    "states1000": 1,
    "figures1000": 1,
    "all1000": 1,
    "files": 1,
}
SLOW = {"command": 1, "pystemd": 2}
# Texts that everybody shows in the same form.
EXACT = ("Id", "ActiveState", "SubState", "LoadState", "FragmentPath", "Type", "Description")
ALWAYS = ("ping", "property", "properties", "connect", "gather64", "gather256", "threads64", "job")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--units", default="150,1000,5000", help="how many units to list, one after the other")
    add("--rounds", type=int, default=7, help="how many times everybody has a turn")
    add("--rows", help="only these rows, such as property,list")
    add("--pin", choices=("no", "yes", "both"), default="both", help="all on one processor")
    add("--json", type=Path, metavar="FILE", help="write the results there")
    add("--wheel", type=Path, metavar="FILE", help="the wheel whose size is told")
    add("--commit", default="unknown", help="what the results are of")
    add("--compare", nargs=2, type=Path, metavar="FILE", help="only compare two results")
    return parser.parse_args()


def count_for(row, contender):
    if contender.endpoint == "command":
        return SLOW["command"]
    if contender.name == "pystemd" and row == "properties":
        return SLOW["pystemd"]
    return COUNTS[row]


def run_row(row, contenders, rounds, **about):
    """Everybody in turn, round by round; give the rows and the last answers."""
    taking_part = [contender for contender in contenders if contender.can(row)]
    times = {contender: [] for contender in taking_part}
    answers = {}
    for contender in taking_part:
        contender.measure(row, 1)
    for turn in range(rounds):
        # Nobody always runs behind the same one.
        for contender in taking_part[turn % len(taking_part) :] + taking_part[: turn % len(taking_part)]:
            found, answers[contender] = contender.measure(row, count_for(row, contender))
            times[contender] += found
    rows = [report.row(row, c.name, c.endpoint, c.mode, times[c], **about) for c in taking_part]
    return rows, answers


def text(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def comparable(row, answer):
    """What has to be the same whoever asked."""
    if row == "list":
        rows = [[text(field) for field in fields] for fields in answer]
        return sorted(tuple(fields[:5]) for fields in rows if fields[0].startswith("bench-"))
    if row == "properties":
        # What changes by itself, and what a number means, is left out: strings and truth values are not.
        return {
            name: text(value) for name, value in answer.items() if isinstance(value, str) or name in EXACT
        }
    if row in {"states1000", "all1000"}:
        return {name: text(values["ActiveState"]) for name, values in answer.items()}
    # Figures have a form of their own in the text of systemctl's.
    return sorted(answer) if row == "figures1000" else answer


def check(row, answers):
    """Complain if two who answer at all answer differently."""
    told = {c: comparable(row, a) for c, a in answers.items() if a is not None and row not in {"ping"}}
    reference = next((value for c, value in told.items() if c.name == "pm2go"), None)
    for contender, value in told.items():
        who = f"{contender.name} {contender.endpoint} {contender.mode}, {row}"
        if row == "properties" and reference is not None:
            # systemctl shows fewer, and both it and pystemd show some in a form of their own.
            short = contender.name in {"systemctl", "pystemd"}
            names = EXACT if short else set(value) | set(reference)
            different = [n for n in names if value.get(n) != reference.get(n)]
            if different:
                raise SystemExit(f"{who}: another answer for {sorted(different)[:8]}")
        elif value != reference and reference is not None:
            raise SystemExit(f"{who}: another answer: {str(value)[:300]} instead of {str(reference)[:300]}")


def run_rows(names, contenders, rounds, **about):
    rows = []
    for name in names:
        begin = time.monotonic()
        found, answers = run_row(name, contenders, rounds, **about)
        check(name, answers)
        rows += found
        print(f"{name} {about} {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)
    return rows


def run_imports(rounds):
    found = {name: [] for name in workload.IMPORTS}
    for _ in range(rounds):
        for name, module in workload.IMPORTS.items():
            try:
                found[name].append(workload.import_cost(module))
            except Exception:  # noqa: BLE001 - a peer that is not there is told of elsewhere
                pass
    rows = []
    for name, values in found.items():
        if values:
            rows.append(report.row("import", name, None, None, [seconds for seconds, _ in values]))
            rows.append(report.row("import-memory", name, None, None, [size for _, size in values]))
    return rows


def run_list_memory(units, reply):
    rows = [report.row("list-peak", "the reply", None, None, [reply], units=units)]
    for name, code in workload.LISTERS.items():
        values = [workload.list_memory(code) for _ in range(3)]
        rows.append(report.row("list-peak", name, None, None, [peak for peak, _ in values], units=units))
        rows.append(report.row("list-kept", name, None, None, [kept for _, kept in values], units=units))
    return rows


def run_everything(options):
    wanted = set(options.rows.split(",")) if options.rows else None
    asked_for = lambda *names: wanted is None or bool(wanted & set(names))  # noqa: E731
    pins = {"no": [False], "yes": [True], "both": [False, True]}[options.pin]
    workload.prepare_units()
    contenders, missing = make_all()
    print(f"missing: {missing}" if missing else "everybody is there", file=sys.stderr)
    rows = run_imports(options.rounds) if asked_for("import") else []
    calls = [name for name in (*ALWAYS, "apps") if asked_for(name)]
    rows += run_pinned(pins, calls, contenders, options.rounds)
    if asked_for("paced"):
        rows += run_paced(contenders)
    if asked_for("command"):
        rows += run_commands(options.rounds)
    workload.drop_apps()
    if asked_for("design"):
        rows += run_design(options.rounds)
    if asked_for(*report.MANY, "fairness"):
        found, left_out = run_many(options, pins, contenders, asked_for)
        rows += found
        missing += left_out
    if asked_for(*report.USE):
        found, left_out = run_use(options.rounds)
        rows += found
        missing += left_out
    if asked_for(*report.JOURNAL):
        found, left_out = run_journal(options.rounds)
        rows += found
        missing += left_out
    if asked_for("list", "memory", "live"):
        found, left_out = run_lists(options, pins, contenders, asked_for)
        rows += found
        missing += left_out
    for contender in contenders:
        contender.close()
    if asked_for(*READING):
        found, left_out = run_watchers(wanted, options.rounds)
        rows += found
        missing += left_out
    if options.wheel:
        rows.append(report.row("wheel", "pm2go", None, None, [options.wheel.stat().st_size]))
    return rows, missing


def run_pinned(pins, names, contenders, rounds, **about):
    """The same with and without everything on one processor, as far as asked for."""
    processors = os.sched_getaffinity(0)
    programs = [contender.process.pid for contender in contenders if hasattr(contender, "process")]
    rows = []
    for pinned in pins:
        workload.set_processors({min(processors)} if pinned else processors, programs)
        rows += run_rows(names, contenders, rounds, pinned=pinned, **about)
    workload.set_processors(processors, programs)
    return rows


def run_many(options, pins, contenders, asked_for):
    """A thousand services, asked for their properties together; and what others wait meanwhile."""
    workload.prepare_many()
    taking_part = [
        contender for contender in contenders if contender.name in {"raw floor", "pm2go", "systemctl"}
    ]
    rows = run_pinned(pins, [name for name in report.MANY if asked_for(name)], taking_part, options.rounds)
    found, left_out = run_fairness(taking_part) if asked_for("fairness") else ([], [])
    workload.drop_many()
    return rows + found, left_out


def run_lists(options, pins, contenders, asked_for):
    """What depends on how many units there are."""
    crowd = workload.Crowd()
    rows, missing = [], []
    for number in map(int, options.units.split(",")):
        units = crowd.grow(number)
        if asked_for("list"):
            rows += run_pinned(pins, ["list"], contenders, max(3, options.rounds // 2), units=units)
        if asked_for("memory"):
            raw = next(contender for contender in contenders if contender.name == "raw floor")
            raw.row_list()
            rows += run_list_memory(units, raw.reply_size)
        if asked_for("live") and number == LIVE_UNITS:
            found, left_out = run_live(contenders)
            rows += found
            missing += left_out
    return rows, missing


def main():
    options = parse()
    if options.compare:
        report.compare(*(json.loads(path.read_text()) for path in options.compare))
        return
    begin = time.monotonic()
    rows, missing = run_everything(options)
    result = {
        "commit": options.commit,
        "machine": report.machine(),
        "versions": report.versions(),
        "missing": missing,
        "seconds": time.monotonic() - begin,
        "rows": rows,
        "goals": judge(rows),
    }
    print(
        json.dumps(
            {name: result[name] for name in ("commit", "machine", "versions", "missing", "seconds")}, indent=1
        )
    )
    report.print_table(rows)
    print_goals(result["goals"])
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
