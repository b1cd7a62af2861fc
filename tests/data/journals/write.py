"""Write the journals beside this: what a real journald of the box makes of some entries, and `journalctl -o export` of it.

    cp tests/data/journals/write.py /tmp/journals/ && cd /tmp/journals
    for form in "xz COMPRESS=XZ KEYED_HASH=0 COMPACT=0" "lz4 COMPRESS=LZ4 COMPACT=0" "zstd"; do
        CHECKOUT/tests/box/run --system trixie --bind /tmp/journals --output /tmp/journals/out --chdir / -- \
            python3 /tmp/journals/write.py /tmp/journals/out $form
    done
"""

import fcntl
import lzma
import os
import random
import socket
import subprocess
import sys
from pathlib import Path

CONFIGURATION = "[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\nSystemMaxFileSize=1M\nCompress=64\n"
OF_MEMORY = 200_000


def run(*words: str) -> bytes:
    return subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout


def fields(number: int) -> list[tuple[str, bytes]]:
    of_all = [("MESSAGE", b"line %d" % number), ("PRIORITY", b"%d" % (number % 8))]
    of_all.append(("SYSLOG_IDENTIFIER", b"program%d" % (number % 5)))
    of_some = [
        [("BYTES", random.Random(number).randbytes(40))],
        [("LONG", b"abc%d " % number * 300)],
        [("TWICE", b"1"), ("TWICE", b"2"), ("TWICE", b"1")],
        [("EMPTY", b"")],
        [("LINES", b"one\ntwo\n")],
    ]
    large = [("LARGE", b"0123456789" * (OF_MEMORY // 10))] if number == 33 else []
    return of_all + of_some[number % 5] + large


def main(out: Path, name: str, *form: str) -> None:
    files = {
        "journald.conf.d/form.conf": CONFIGURATION,
        "system/systemd-journald.service.d/form.conf": "[Service]\n"
        + "".join(f"Environment=SYSTEMD_JOURNAL_{variable}\n" for variable in form),
    }
    for place, text in files.items():
        path = Path("/etc/systemd", place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    Path("/var/log/journal").mkdir(exist_ok=True)
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "systemd-journald")
    run("journalctl", "--flush")
    # The first file is still of the form that journald had before.
    run("journalctl", "--rotate")
    before = set(Path("/var/log/journal").glob("*/system@*"))
    run("journalctl", "--rotate")
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.connect("/run/systemd/journal/socket")
    for number in range(40):
        parts = [
            b"%s\n%s%s\n" % (key.encode(), len(value).to_bytes(8, "little"), value)
            for key, value in fields(number)
        ]
        data = b"".join(parts)
        if len(data) < OF_MEMORY:
            log.send(data)
            continue
        memory = os.memfd_create("entry", os.MFD_ALLOW_SEALING)
        os.write(memory, data)
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, 15)
        socket.send_fds(log, [b""], [memory])
    run("systemd-run", "--wait", "--quiet", "--unit=example", "echo", "hello")
    run("journalctl", "--sync")
    run("journalctl", "--rotate")
    written = max(set(Path("/var/log/journal").glob("*/system@*")) - before)
    out.joinpath(f"{name}.journal.xz").write_bytes(lzma.compress(written.read_bytes(), preset=9))
    told = run("journalctl", f"--file={written}", "--output=export", "--all")
    out.joinpath(f"{name}.export.xz").write_bytes(lzma.compress(told, preset=9))
    sys.stderr.write(run("journalctl", "--header", f"--file={written}").decode())


main(Path(sys.argv[1]), *sys.argv[2:])
