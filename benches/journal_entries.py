"""A hundred thousand entries of the journal: sent, and read by pm2go and by the others that read it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import report

COUNT = 100_000
#: So many are sent by each in a round.
SENT = 5_000
WORDS = "the quick brown fox jumps over the lazy dog"


def run_journal(rounds):
    """Each in turn; give the rows, and who is missing."""
    fill()
    missing = []
    ways = {("journal-read", "pm2go"): read, ("journal-send", "pm2go"): send()}
    ways["journal-read", "journalctl"] = read_by_program
    for name, ways_of in {"python-systemd": with_python_systemd, "cysystemd": with_cysystemd}.items():
        try:
            ways["journal-read", name], ways["journal-send", name] = ways_of()
        except ImportError:
            missing.append(name)
    times = {key: [] for key in ways}
    for number in range(rounds + 1):
        for key, way in ways.items():
            begin = time.perf_counter()
            found = way()
            # The first round fills the caches.
            if number:
                times[key].append(time.perf_counter() - begin)
            if found is not None and found < COUNT:
                raise SystemExit(f"{key} has read {found} entries only")
    print(f"journal {times}", file=sys.stderr, flush=True)
    return [report.row(row, name, None, "sync", found) for (row, name), found in times.items()], missing


def fill():
    """What is read: entries of a dozen fields and more, as those of a service are."""
    import pm2go.journal

    sender = pm2go.journal.JournalSender()
    for number in range(COUNT):
        sender.send(f"{WORDS} {number}", order_id=number, priority=6, customer=number % 97, state="paid")
    subprocess.run(["journalctl", "--sync"], check=True)


def read():
    """All fields of all entries, as dicts."""
    import pm2go.journal

    count = 0
    for entry in pm2go.journal.read():
        dict(entry)
        count += 1
    return count


def read_by_program():
    """The same by journalctl, whose JSON is what it has for programs."""
    command = ["journalctl", "--output=json", "--all", "--no-pager"]
    count = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        for line in program.stdout:
            json.loads(line)
            count += 1
    return count


def send():
    """Entries with two fields of their own."""
    import pm2go.journal

    sender = pm2go.journal.JournalSender()

    def send_all():
        for number in range(SENT):
            sender.send(WORDS, order_id=number, state="paid")

    return send_all


def with_python_systemd():
    """It reads and sends by libsystemd."""
    from systemd import journal

    def read_all():
        count = 0
        with journal.Reader() as reader:
            for _ in reader:
                count += 1
        return count

    def send_all():
        for number in range(SENT):
            journal.send(WORDS, ORDER_ID=str(number), STATE="paid")

    return read_all, send_all


def with_cysystemd():
    """So does this one; what an entry has is there when it is asked for."""
    from cysystemd import journal
    from cysystemd.reader import JournalOpenMode, JournalReader

    def read_all():
        count = 0
        reader = JournalReader()
        reader.open(JournalOpenMode.SYSTEM)
        reader.seek_head()
        for entry in reader:
            _ = entry.data
            count += 1
        return count

    def send_all():
        for number in range(SENT):
            journal.send(message=WORDS, order_id=str(number), state="paid")

    return read_all, send_all
