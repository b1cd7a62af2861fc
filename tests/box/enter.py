"""Run a command in a box and end as it ends: `enter.py LEADER CGROUP COMMAND...`.

`nsenter` does nearly that, but dies of Ctrl-C and of signals to the whole process group. Its
child would be left to the machine's first process, and since a process namespace ends only
when all in it are buried, so would be the end of the box.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

NAMESPACES = ("cgroup", "ipc", "uts", "net", "pid", "mnt")
# They go to the command (where it is in the same process group): what it does about them counts.
IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
CANNOT_ENTER = 125
NOT_FOUND = 127


def enter(leader: str, cgroup: str) -> None:
    """Move into the namespaces of the box; only children are in that of processes."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(cgroup + "/cgroup.procs", "w", encoding="ascii") as file:
        file.write("0")
    handles = [os.open(f"/proc/{leader}/ns/{name}", os.O_RDONLY) for name in NAMESPACES]
    for handle in handles:
        if libc.setns(handle, 0):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), "setns")
        os.close(handle)


def follow(child: int) -> int:
    """Wait; stop when it stops. The exit code, or minus the signal."""
    while True:
        status = os.waitpid(child, os.WUNTRACED)[1]
        if os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)
            os.kill(child, signal.SIGCONT)
        elif os.WIFSIGNALED(status):
            return -os.WTERMSIG(status)
        else:
            return os.WEXITSTATUS(status)


def main() -> None:
    """Enter, start, follow. Nothing can be imported once inside: Python may not be there."""
    leader, cgroup, *command = sys.argv[1:]
    try:
        enter(leader, cgroup)
    except OSError as error:
        print(f"box: cannot enter the box: {error}", file=sys.stderr)
        sys.exit(CANNOT_ENTER)
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        for number in (*IGNORED, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        try:
            os.execv(command[0], command)
        except OSError as error:
            os.write(2, f"box: {command[0]}: {error.strerror}\n".encode())
        os._exit(NOT_FOUND)
    code = follow(child)
    if code < 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
