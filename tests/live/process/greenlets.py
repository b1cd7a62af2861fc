"""Programs of greenlets: the libraries that have them, by the same names, and what each program begins with."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from live.fixtures import programs
from live.fixtures.scope import SCOPE_OPTION
from live.fixtures.ways import WAYS

if TYPE_CHECKING:
    from live.fixtures.ways import Way

#: How each library names what these programs need.
LIBRARIES = {
    "gevent": """
        from gevent import monkey
        monkey.patch_all()
        import gevent
        from gevent import Timeout, sleep
        original, spawn, Killed = monkey.get_original, gevent.spawn, gevent.GreenletExit
        result = gevent.Greenlet.get
        def in_native_thread(function):
            return gevent.get_hub().threadpool.apply(function)
        def after_fork():  # its os.fork() does what is to be done
            pass
    """,
    "eventlet": """
        import warnings
        warnings.simplefilter("ignore")
        import eventlet
        eventlet.monkey_patch()
        import greenlet
        from eventlet import Timeout, patcher, sleep, tpool
        original = lambda module, name: getattr(patcher.original(module), name)
        spawn, Killed = eventlet.spawn, greenlet.GreenletExit
        result = eventlet.greenthread.GreenThread.wait
        in_native_thread, after_fork = tpool.execute, eventlet.hubs.use_hub
    """,
}

BEGIN = """
    import json, os, subprocess, sys, threading
    import pm2go

    options, scope, names = json.loads(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]

    def systemctl(*arguments):
        ran = subprocess.run(["systemctl", *scope, *arguments], check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    def state(name):
        return systemctl("show", "--value", "--property=SubState", name)

    def until(holds):
        while not holds():
            sleep(0.01)

    def let_start(name):
        until(lambda: state(name) == "start-pre")
        systemctl("kill", "--kill-who=control", "--signal=KILL", name)

    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    def ended(function, *arguments):
        try:
            return function(*arguments)
        except BaseException as error:
            return type(error).__name__

    ticks = [0]

    def count():
        while True:
            ticks[0] += 1
            sleep(0)

    def others_go_on(times=100):
        before = ticks[0]
        until(lambda: ticks[0] > before + times)

    spawn(count)
    systemd = pm2go.Systemd(**options)
"""


def run(library: str, way: Way, program: str, *names: str) -> Any:
    """Run it, and return what it printed last."""
    parts = [LIBRARIES[library], BEGIN, program]
    text = "import sys\n" + "\n".join(textwrap.dedent(part) for part in parts)
    options, scope = json.dumps(WAYS[way]), json.dumps(SCOPE_OPTION)
    return programs.run(text, options, scope, *names, timeout=90)
