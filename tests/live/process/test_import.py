"""Importing the package does nothing."""

from __future__ import annotations

import pytest

from live.fixtures import programs

LOOK = """
    import json, os, sys, threading

    def look():
        return {
            "threads": len(os.listdir("/proc/self/task")),
            "descriptors": sorted(os.listdir("/proc/self/fd")),
            "children": open(f"/proc/self/task/{os.getpid()}/children").read(),
            "signals": [line for line in open("/proc/self/status") if line.startswith(("SigCgt", "SigIgn", "SigBlk"))],
            "timers": open("/proc/self/timers").read(),
            "python threads": threading.active_count(),
            "variables": dict(os.environ),
            "warnings": len(sys.modules["warnings"].filters) if "warnings" in sys.modules else 0,
        }

    # What pm2go imports of the standard library is not its doing.
    import dataclasses, datetime, difflib, html, logging, typing, warnings, unicodedata, textwrap, asyncio, weakref
    import signal, enum, functools, collections.abc, contextlib, json, select, time, shutil, subprocess
    handlers = list(logging.getLogger().handlers)
    before = look()
    import pm2go
    imported = look()
    pm2go.AppConfig("a", command=["/bin/true"])
    systemd = pm2go.Systemd(scope=sys.argv[1])
    manager = pm2go.Manager(systemd)
    made = look()
    logger = logging.getLogger("pm2go")
    print(json.dumps({
        "before": before,
        "imported": imported,
        "made": made,
        "handlers": [len(handlers), len(logging.getLogger().handlers), len(logger.handlers), logger.level],
        "networking": [name for name in ("socket", "dbus", "jeepney") if name in sys.modules and name != "socket"],
    }))
"""


@pytest.mark.parametrize("scope", ["system", "user"])
@pytest.mark.parametrize(
    "variables", [{}, {"PM2GO_BACKEND": "wrong", "HOME": "/nowhere", "XDG_RUNTIME_DIR": "relative"}]
)
def test_nothing_happens_at_import(scope: str, variables: dict[str, str]) -> None:
    if variables:  # they are looked at when a client is made, not before
        assert programs.run("import pm2go, json; print(json.dumps(pm2go.__version__))", env=variables)
        return
    found = programs.run(LOOK, scope)
    assert found["imported"] == found["before"]
    assert found["made"] == found["before"]
    assert found["handlers"] == [0, 0, 0, 0]


#: What a program does, and what it need not have for that: these take longer to load than all of pm2go.
UNNEEDED = [
    ("import pm2go", "asyncio dataclasses datetime inspect logging re socket subprocess typing"),
    (
        "import pm2go; pm2go.Systemd().list_units()",
        "asyncio dataclasses datetime html inspect logging socket subprocess",
    ),
    (
        "import pm2go; pm2go.Systemd().get_unit_status('basic.target')",
        "asyncio html logging socket subprocess",
    ),
    ("import pm2go; pm2go.Manager().list()", "asyncio difflib html logging socket subprocess"),
    ("import pm2go; pm2go.Systemd().watch_units('basic.target').next()", "asyncio logging"),
]


@pytest.mark.parametrize(("program", "unneeded"), UNNEEDED)
def test_what_is_not_used_is_not_loaded(program: str, unneeded: str) -> None:
    code = f"""
        import sys
        before = set(sys.modules)
        {program}
        loaded = set(sys.modules) - before
        import json
        print(json.dumps(sorted(loaded)))
    """
    assert not set(programs.run(code)) & set(unneeded.split())


@pytest.mark.parametrize(
    "program",
    [
        "from pm2go import *; found = [name for name in pm2go.__all__ if name not in globals()]",
        "found = [name for name in pm2go.__all__ if getattr(pm2go, name) is None]",
        "found = sorted(set(pm2go.__all__) - set(dir(pm2go)))",
        "import inspect; found = sorted(set(pm2go.__all__) - {name for name, _ in inspect.getmembers(pm2go)})",
        "found = [name for name in pm2go._PLACES if name not in pm2go.__all__]",
        "found = [n for n, m in pm2go._PLACES.items() if n == m or not hasattr(getattr(pm2go, m), n)]",
        "found = [name for name in ('Sytemd', '_Watch', '__wrapped__') if hasattr(pm2go, name)]",
        "import pm2go.models, pm2go._embedded; found = [] if callable(pm2go.embedded) else ['embedded']",
        "import pickle; found = [] if pickle.loads(pickle.dumps(pm2go.Systemd)) is pm2go.Systemd else ['Systemd']",
    ],
)
def test_every_name_is_found(program: str) -> None:
    assert programs.run(f"import json, pm2go\n{program}\nprint(json.dumps(found))") == []


def test_the_end_of_the_interpreter_is_quiet() -> None:
    code = """
        import json, sys
        import pm2go
        systemd = pm2go.Systemd()
        systemd.list_units("basic.target")
        manager = pm2go.Manager()
        manager.list()
        print(json.dumps("still open"))
    """
    for _ in range(20):
        assert programs.run(code) == "still open"
