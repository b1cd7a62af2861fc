"""Timers, paths and sockets without a file: what systemctl shows of them is what it shows of those of systemd-run."""

from __future__ import annotations

import re
import socket
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.scope import SCOPE_OPTION
from live.fixtures.systemctl import show, systemctl, systemd_version
from live.fixtures.waiting import wait_until
from live.fixtures.ways import Way, connect
from live.verbs.test_verbs import Do, awaited, blocking

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles

#: What is another of each unit, or changes by itself.
OF_ITS_OWN = re.compile(
    r"Timestamp|InvocationID|NextElapse|LastTriggerUSec|ControlGroup|ActivationDetails|NAccepted|NConnections"
)
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "timer",
        {"on_calendar": "Mon..Fri 08:30", "accuracy": 1, "persistent": True},
        [
            "--on-calendar=Mon..Fri 08:30",
            "--timer-property=AccuracySec=1s",
            "--timer-property=Persistent=yes",
        ],
    ),
    (
        "timer",
        {
            "on_calendar": [pm2go.CalendarExpression("daily"), "Sun 12:00 UTC"],
            "on_active": "90min",
            "on_boot": timedelta(days=30),
            "on_unit_active": 5,
            "randomized_delay": "10s",
            "timer_properties": {"WakeSystem": False, "OnUnitInactiveSec": ["1h", "2h"]},
            "properties": {"MemoryMax": "64M", "Nice": 3},
        },
        [
            *["--on-calendar=daily", "--on-calendar=Sun 12:00 UTC", "--on-active=90min", "--on-boot=30d"],
            *["--on-unit-active=5", "--timer-property=RandomizedDelaySec=10s", "--on-unit-inactive=1h"],
            *["--on-unit-inactive=2h", "--timer-property=WakeSystem=no", "-pMemoryMax=64M", "-pNice=3"],
        ],
    ),
    (
        "path",
        {
            "path_exists": "/live/none",
            "path_changed": ["/live/a", "/live/b"],
            "path_properties": {"MakeDirectory": False},
        },
        [
            f"--path-property={it}"
            for it in ("PathExists=/live/none", "PathChanged=/live/a", "PathChanged=/live/b")
        ],
    ),
    (
        "socket",
        {"listen_stream": "@live-SIDE", "socket_properties": {"Backlog": 7}},
        ["--socket-property=ListenStream=@live-SIDE", "--socket-property=Backlog=7"],
    ),
]
# systemd 247 takes the word FIFO for the path, also of systemd-run: "Invalid socket path: FIFO".
if systemd_version() >= 252:
    CASES.append(
        (
            "socket",
            {"listen_stream": "@live-SIDE", "listen_fifo": "/tmp/live-SIDE"},
            ["--socket-property=ListenStream=@live-SIDE", "--socket-property=ListenFIFO=/tmp/live-SIDE"],
        )
    )


@pytest.fixture(params=[blocking, awaited], ids=["blocking", "awaited"])
def do(request: pytest.FixtureRequest) -> Do:
    face: Do = request.param
    return face


def systemd_run(*words: str) -> None:
    subprocess.run(["systemd-run", "--quiet", *SCOPE_OPTION, *words], check=True, timeout=60)


def shown(unit: str, stem: str) -> dict[str, str]:
    """All that systemctl shows of a unit, but for its name and what is another of each."""
    lines = systemctl("show", "--all", unit).replace(stem, "NAME").splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    for name in ("TimersMonotonic", "TimersCalendar"):
        found[name] = re.sub("next_elapse=.*?}", "", found.get(name, ""))
    return {name: in_order(value) for name, value in found.items() if not OF_ITS_OWN.search(name)}


def in_order(value: str) -> str:
    """The same; units and paths, which systemd keeps in no order, by their names."""
    words = value.split()
    return " ".join(sorted(words)) if all("." in word or word.startswith("/") for word in words) else value


def for_side(given: Any, side: str) -> Any:
    """The same with a name of that side in it."""
    if isinstance(given, dict):
        return {name: for_side(value, side) for name, value in given.items()}
    return given.replace("SIDE", side) if isinstance(given, str) else given


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{'-'.join(case[1])}"[:60])
def test_it_is_the_same_as_with_systemd_run(systemd: pm2go.Systemd, units: UnitFiles, case: Any) -> None:
    suffix, options, words = case
    ours, theirs = (units.name(stem).removesuffix(".service") for stem in ("ours", "runs"))
    for stem in (ours, theirs):
        units.adopt(f"{stem}.{suffix}")
    start = getattr(systemd, f"start_transient_{suffix}")
    result = start(["sleep", "300"], **for_side(options, ours), name=ours, description="d")
    assert result == pm2go.JobResult(f"{ours}.{suffix}", "start", "done", changed=True)
    words = [for_side(word, theirs) for word in words]
    systemd_run(f"--unit={theirs}", "--description=d", *words, "sleep", "300")
    for unit in (suffix, "service"):
        ours_shown, theirs_shown = (shown(f"{stem}.{unit}", stem) for stem in (ours, theirs))
        if unit == "service":
            # It has no description of its own, and its arguments stand for themselves.
            for name in ("Description", "ExecStart", "ExecStartEx"):
                assert ("sleep" in ours_shown.pop(name)) is ("sleep" in theirs_shown.pop(name))
        assert ours_shown == theirs_shown


def test_a_timer_starts_its_command_and_is_gone(
    way: Way, do: Do, units: UnitFiles, public_path: Path
) -> None:
    public_path.chmod(0o777)
    stem = units.name("once").removesuffix(".service")
    touch = ["touch", str(public_path / "$done")]
    result = do(way, "start_transient_timer", touch, on_active=0.1, accuracy=0.01, name=stem)
    assert result.unit == f"{stem}.timer"
    wait_until((public_path / "$done").exists)
    wait_until(lambda: show(f"{stem}.timer", "LoadState") == "not-found")


def test_a_unit_that_there_is_is_started(way: Way, public_path: Path, units: UnitFiles) -> None:
    """The folder stays until the unit is gone, which writes into it."""
    public_path.chmod(0o777)
    service = units.service(f"/bin/touch {public_path}/done", kind="oneshot")
    units.adopt(service.replace(".service", ".path"))
    with connect(way) as systemd:
        result = systemd.start_transient_path(service, directory_not_empty=str(public_path / "in"))
        assert result.unit == service.replace(".service", ".path")
        (public_path / "in").mkdir()
        (public_path / "in" / "one").touch()
        wait_until((public_path / "done").exists)
        systemd.stop_unit(result.unit)


def test_a_socket_starts_its_command(way: Way, units: UnitFiles) -> None:
    stem = units.name("door").removesuffix(".service")
    units.adopt(f"{stem}.socket")
    script = "import socket; it = socket.socket(fileno=3).accept()[0]; it.sendall(it.recv(9).upper())"
    with connect(way) as systemd:
        systemd.start_transient_socket(
            ["/usr/bin/env", "python3", "-c", script], listen_stream=f"@{stem}", name=stem
        )
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(30)
            door.connect(f"\0{stem}")
            door.sendall(b"hello")
            assert door.recv(9) == b"HELLO"


def test_a_socket_has_an_instance_for_each_connection(way: Way, units: UnitFiles) -> None:
    stem = units.name("echo").removesuffix(".service")
    template = units.write(f"{stem}@.service", "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n")
    units.adopt(f"{stem}.socket")
    with connect(way) as systemd:
        result = systemd.start_transient_socket(template, listen_stream=f"@{stem}", accept=True)
        assert result.unit == f"{stem}.socket"
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(30)
            door.connect(f"\0{stem}")
            door.sendall(b"hello")
            assert door.recv(9) == b"hello"


@pytest.mark.parametrize(
    ("verb", "argv_or_unit", "options", "words"),
    [
        ("timer", ["true"], {}, "nothing says when"),
        ("timer", ["true"], {"on_calendar": "Mon 25:00"}, "OnCalendar"),
        ("timer", ["true"], {"on_active": "soon"}, "OnActiveSec"),
        ("timer", ["true"], {"on_active": 1, "name": "a.path"}, "a.path is no timer"),
        ("timer", ["no-such-program"], {"on_active": 1}, "no-such-program"),
        ("timer", "basic.target", {"on_active": 1}, "starts no target"),
        ("timer", "a.service", {"on_active": 1, "name": "b"}, "its name"),
        ("timer", "a.service", {"on_active": 1, "properties": {"Nice": 1}}, "its file"),
        ("timer", ["true"], {"on_active": 1, "timer_properties": {"Persistant": True}}, "Persistent"),
        ("path", ["true"], {}, "nothing says when"),
        ("path", ["true"], {"path_properties": {"PathExist": "/a"}}, "PathExists"),
        ("socket", ["true"], {}, "nothing says when"),
        ("socket", ["cat"], {"listen_stream": 1, "accept": True}, "template"),
    ],
)
def test_what_cannot_be_is_told(
    systemd: pm2go.Systemd, verb: str, argv_or_unit: Any, options: Any, words: str
) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        getattr(systemd, f"start_transient_{verb}")(argv_or_unit, **options)
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_unit_that_there_is_not_is_told(way: Way, units: UnitFiles) -> None:
    stem = units.name("nobody").removesuffix(".service")
    units.adopt(f"{stem}.timer")
    with connect(way) as systemd:
        with pytest.raises(pm2go.Pm2goError) as caught:
            systemd.start_transient_timer(stem, on_active="1h")
        assert caught.value.unit == f"{stem}.timer"
        with pytest.raises(pm2go.JobFailedError) as failed:
            systemd.start_transient_socket(["cat"], listen_stream="/proc/live/none", name=stem)
        assert failed.value.unit == f"{stem}.socket"
