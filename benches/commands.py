"""A short command in a service of its own, beside systemd-run and beside a child of ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import report

import pm2go

ROW = "command"
#: How often each runs it in one round.
COUNT = 10
ARGV = ["/bin/echo", "hello"]
SYSTEMD_RUN = ["systemd-run", "--wait", "--pipe", "--quiet", "--collect", *ARGV]


def run_commands(rounds):
    """Everybody in turn, with the same output."""
    with pm2go.Systemd() as systemd, asyncio.Runner() as loop:
        client = pm2go.AsyncSystemd()
        ways = {
            ("pm2go", "private", "sync"): lambda: systemd.run(ARGV).stdout,
            ("pm2go", "private", "async"): lambda: loop.run(client.run(ARGV)).stdout,
            ("systemd-run --wait --pipe", None, None): lambda: output(SYSTEMD_RUN),
            ("subprocess", None, None): lambda: output(ARGV),
        }
        times = {way: [] for way in ways}
        begin = time.monotonic()
        for _ in range(rounds):
            for way, run in ways.items():
                for _ in range(COUNT):
                    before = time.perf_counter()
                    found = run()
                    times[way].append(time.perf_counter() - before)
                    if found != "hello\n":
                        raise SystemExit(f"{way}: another output: {found!r}")
        loop.run(client.close())
    print(f"{ROW} {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)
    return [report.row(ROW, *way, values) for way, values in times.items()]


def output(argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout
