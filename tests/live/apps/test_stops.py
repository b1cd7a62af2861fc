"""A stop that was asked for ends as `stopped`, whatever code the app ends with, and has the time that the app asks for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.entries import messages
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import Way, connect

from .samples import FACES, Call, app, shell, status_of, unit_of

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles


@pytest.fixture(params=FACES)
def call(request: pytest.FixtureRequest, way: Way) -> Call:
    """Does a verb of a manager's, by each face and on each way to systemd."""
    return FACES[request.param](way)


READY = "echo ready; while :; do sleep 0.05; done"
#: How an app ends when it is asked to, and what systemd's `Result` is then.
ENDS = {
    "as a JVM does": (f'trap "exit 143" TERM; {READY}', {}, "exit-code"),
    "as node may do": (f'trap "exit 1" TERM; {READY}', {}, "exit-code"),
    "as a shell does on SIGINT": (f'trap "exit 130" INT; {READY}', {"kill_signal": "SIGINT"}, "exit-code"),
    "by another signal": (f'trap "kill -USR1 $$" TERM; {READY}', {}, "signal"),
    "only if it is killed": (f'trap "" TERM; {READY}', {"kill_timeout": 0.3}, "timeout"),
}


def start(manager: pm2go.Manager, config: pm2go.AppConfig) -> None:
    manager.start(config, settle=0.02)
    wait_until(lambda: "ready" in messages(manager.logs(config.name)))


@pytest.mark.parametrize("restart", ["always", "on-failure", "no"])
@pytest.mark.parametrize(("script", "settings", "result"), ENDS.values(), ids=ENDS)
def test_an_app_that_was_stopped_by_hand_is_stopped(
    units: UnitFiles, script: str, settings: dict[str, object], result: str, restart: str
) -> None:
    """`systemctl stop` leaves its unit "failed"; only the app knows that this is no failure."""
    name = units.app()
    with pm2go.Manager(connect(Way.PRIVATE)) as manager:
        start(manager, shell(name, script, restart=restart, **settings))
        systemctl("stop", unit_of(name))
        assert (show(unit_of(name), "ActiveState"), show(unit_of(name), "Result")) == ("failed", result)
        found = manager.describe(name)
        manager.systemd.close()
    assert (found.status, found.unit_status.active_state, found.app.result) == ("stopped", "failed", result)
    for way in Way:
        with connect(way) as systemd, pm2go.Manager(systemd) as manager:
            assert status_of(manager, name) == "stopped"
            assert manager.describe(name).status == "stopped"


@pytest.mark.parametrize(("script", "settings"), [end[:2] for end in ENDS.values()], ids=ENDS)
def test_a_stop_leaves_nothing_failed(
    manager: pm2go.Manager, units: UnitFiles, script: str, settings: dict[str, object]
) -> None:
    name = units.app()
    start(manager, shell(name, script, **settings))
    assert manager.stop(name).result == "done"
    assert status_of(manager, name) == "stopped"
    assert systemctl("is-failed", unit_of(name), check=False) == "inactive"
    assert manager.start(shell(name, script, **settings), settle=0.02).action == "started"
    assert manager.enqueue_job("stop", name).wait().result == "done"
    assert status_of(manager, name) == "stopped"


FAILURES = {
    "by itself": ("sleep 0.2; exit 143", {"restart": "no"}),
    "with others left": ("sleep 300 & sleep 0.2; exit 1", {"restart": "no"}),
    "by a signal of its own": ("sleep 0.2; kill -KILL $$", {"restart": "no"}),
    "too often": ("sleep 0.1; exit 1", {"max_restarts": 2, "restart_delay": 0.05}),
    "as it ran too long": (
        f'trap "exit 1" TERM; {READY}',
        {"restart": "no", "extra": {"Service": {"RuntimeMaxSec": "0.2"}}},
    ),
    "before it was up": ("exit 1", {"restart": "no", "extra": {"Service": {"Type": "notify"}}}),
}


@pytest.mark.parametrize(("script", "settings"), FAILURES.values(), ids=FAILURES)
def test_an_app_that_failed_by_itself_is_errored(
    manager: pm2go.Manager, units: UnitFiles, script: str, settings: dict[str, object]
) -> None:
    name = units.app()
    with contextlib.suppress(pm2go.JobFailedError):
        manager.start(shell(name, script, **settings), settle=0)
    wait_until(lambda: show(unit_of(name), "ActiveState") == "failed")
    assert status_of(manager, name) == "errored"
    assert manager.describe(name).status == "errored"


def test_a_start_that_fails_after_a_stop_is_errored(manager: pm2go.Manager, units: UnitFiles) -> None:
    """What is known of the stop is of another run."""
    name = units.app()
    start(manager, shell(name, ENDS["as a JVM does"][0]))
    systemctl("stop", unit_of(name))
    assert status_of(manager, name) == "stopped"
    before = {"Service": {"ExecStartPre": "/bin/false"}}
    with pytest.raises(pm2go.JobFailedError):
        manager.start(shell(name, "exit 0", restart="no", extra=before))
    assert status_of(manager, name) == "errored"


# ------------------------------------------------------------------------------------- how long it may take

#: What a client has for all but the stop: on a busy machine `systemctl` alone takes a second.
SHORT = {Way.PRIVATE: 1.0, Way.BUS: 1.0, Way.COMMAND: 3.0}


def slow(seconds: float) -> str:
    """A program that takes so long to stop. (systemd sends the signal to whatever the trap starts meanwhile, too.)"""
    return f"""trap "trap '' TERM; sleep {seconds}; exit" TERM; {READY}"""


@pytest.mark.parametrize(
    ("verb", "kill_timeout"),
    [
        ("stop", "20s"),
        ("restart", "20s"),
        ("delete", "20s"),
        ("start", "20s"),
        ("stop", "infinity"),
        ("job", "20s"),
    ],
)
def test_a_stop_has_the_time_that_the_app_asks_for(
    way: Way, units: UnitFiles, verb: str, kill_timeout: str
) -> None:
    name = units.app()
    # Longer than its client has, and less than its unit allows.
    with connect(way) as systemd, pm2go.Manager(systemd) as manager:
        start(manager, shell(name, slow(SHORT[way] + 0.6)))
    # A drop-in counts as well.
    drop_in = f"[Service]\nTimeoutStopSec={kill_timeout}\n"
    units.write(f"{unit_of(name)}.d/time.conf", drop_in)
    with connect(way, timeout=SHORT[way]) as systemd, pm2go.Manager(systemd) as manager:
        if verb == "start":
            assert manager.start(app(name), settle=0).action == "restarted"
        elif verb == "job":
            assert manager.enqueue_job("stop", name).wait().result == "done"
        else:
            getattr(manager, verb)(name)


@pytest.mark.parametrize("verb", ["stop", "restart", "delete"])
def test_a_time_that_the_caller_gave_stays_what_it_is(call: Call, units: UnitFiles, verb: str) -> None:
    name = units.app()
    with pm2go.Manager() as manager:
        start(manager, shell(name, slow(1.2)))
    with pytest.raises(pm2go.OperationTimeoutError, match="600ms"):
        call(verb, name, timeout=0.6)


@pytest.mark.parametrize("verb", ["stop", "restart", "delete", "describe", "logs"])
@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (["a", "b"], "one name at a time"),
        (("a",), "one name at a time"),
        ({"a"}, "one name at a time"),
        (None, "as a text"),
        (7, "as a text"),
        (b"a", "as a text"),
        (app("a"), "('a')"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("face", FACES)
def test_a_verb_takes_one_name(face: str, verb: str, names: object, hint: str) -> None:
    with pytest.raises(pm2go.ConfigError, match=rf"{verb}\(\) takes the name of one app") as caught:
        FACES[face](Way.PRIVATE)(verb, names)
    assert hint in (caught.value.hint or "")
