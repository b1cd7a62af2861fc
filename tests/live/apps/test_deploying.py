"""Deploying an app: what was done is said, also where the app failed; a fix works; systemd may come and go meanwhile."""

from __future__ import annotations

import contextlib
import json
import pickle
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import ROOT, RUNTIME, SCOPE, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import Way

from .samples import FACES, Call, app, file_of, link_of, shell, status_of, unit_of

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles


@pytest.fixture(params=FACES)
def call(request: pytest.FixtureRequest, way: Way) -> Call:
    """Does a verb of a manager's, by each face and on each way to systemd."""
    return FACES[request.param](way)


# ------------------------------------------------------------------------------------- a fix, and what failed


def crash_loop(name: str) -> pm2go.AppConfig:
    return shell(name, "exit 9", restart_delay=300)


def waits_for_its_restart(name: str) -> bool:
    return show(unit_of(name), "SubState").startswith("auto-restart")


@pytest.mark.parametrize(
    ("delay", "restarts"),
    [
        (300, {"0"}),
        # Reading this file systemd may restart it by itself, before we do.
        (0.1, {"0", "1"}),
    ],
)
def test_a_fix_is_deployed_at_once(call: Call, units: UnitFiles, delay: float, restarts: set[str]) -> None:
    """A start would only queue behind the restart that systemd waits for."""
    name, fix = units.app(), {"restart_delay": delay}
    with contextlib.suppress(pm2go.JobFailedError):
        call("start", crash_loop(name), settle=0)
    wait_until(lambda: waits_for_its_restart(name))
    result = call("start", app(name, **fix), timeout=60)
    assert (result.action, result.unit_file, result.changed) == ("restarted", "changed", True)
    assert show(unit_of(name), "SubState") == "running"
    assert show(unit_of(name), "NRestarts") in restarts
    assert link_of(name).is_symlink()
    assert call("start", app(name, **fix)).action == "unchanged"


def test_a_fix_is_deployed_at_once_without_a_wait(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    with contextlib.suppress(pm2go.JobFailedError):
        manager.enqueue_job("start", crash_loop(name)).wait()
    wait_until(lambda: waits_for_its_restart(name))
    assert link_of(name).is_symlink()
    job = manager.enqueue_job("start", app(name))
    # With a shorter delay systemd itself may be quicker.
    assert job.operation in {"start", "restart"}
    assert job.wait(timeout=60).result == "done"
    assert status_of(manager, name) == "online"


def test_the_same_app_is_started_at_once_out_of_its_wait(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    once = f"{units.folder / unit_of(name)}.d"
    second = shell(name, f"[ -e {once} ] || exit 9; exec sleep 300", restart_delay=300)
    with contextlib.suppress(pm2go.JobFailedError):
        manager.start(second, settle=0)
    wait_until(lambda: waits_for_its_restart(name))
    (units.folder / f"{unit_of(name)}.d").mkdir()
    result = manager.start(second, timeout=60)
    assert (result.action, result.unit_file, result.autostart) == ("restarted", "unchanged", "unchanged")
    assert show(unit_of(name), "SubState") == "running"


@pytest.mark.parametrize(
    ("autostart", "done"), [(True, ("unit file written", "enabled")), (False, ("unit file written",))]
)
def test_what_was_done_before_a_start_failed(
    call: Call,
    units: UnitFiles,
    autostart: bool,  # noqa: FBT001 - a case
    done: tuple[str, ...],
) -> None:
    name = units.app()
    failing = shell(name, "exit 9", restart="no", autostart=autostart)
    with pytest.raises(pm2go.JobFailedError) as caught:
        call("start", failing)
    assert caught.value.done == done
    assert f"before that: {', '.join(done)}" in caught.value.message
    assert pickle.loads(pickle.dumps(caught.value)).done == done
    assert link_of(name).is_symlink() is autostart
    assert (systemctl("is-enabled", unit_of(name), check=False) == "enabled") is autostart
    with pytest.raises(pm2go.JobFailedError) as caught:
        call("start", failing)
    assert caught.value.done == (), "all was so already"
    assert caught.value.exit_code == 9


def test_a_start_that_takes_too_long_tells_what_was_done(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    never_ready = app(name, extra={"Service": {"Type": "notify"}})
    with pytest.raises(
        pm2go.OperationTimeoutError, match="before that: unit file written, enabled"
    ) as caught:
        manager.start(never_ready, timeout=4)
    assert caught.value.unit == unit_of(name)
    assert link_of(name).is_symlink()


# -------------------------------------------------------------------------------------------- what changed


def test_a_change_of_autostart_is_a_change(call: Call, units: UnitFiles) -> None:
    name = units.app()
    assert call("start", app(name, autostart=False)).autostart == "unchanged"
    systemctl("enable", unit_of(name))
    # Nothing else is to be done: its unit file says so already.
    result = call("start", app(name, autostart=False))
    assert (result.action, result.unit_file, result.autostart) == ("unchanged", "unchanged", "disabled")
    assert result.changed
    assert result.to_dict()["changed"] is True
    assert not call("start", app(name, autostart=False)).changed

    assert call("start", app(name)).autostart == "enabled"
    assert not call("start", app(name)).changed
    systemctl("disable", unit_of(name))
    result = call("start", app(name))
    assert (result.action, result.unit_file, result.autostart) == ("unchanged", "unchanged", "enabled")
    assert result.changed
    assert systemctl("is-enabled", unit_of(name)) == "enabled"


def test_a_linked_app_is_not_enabled(manager: pm2go.Manager, units: UnitFiles, public_path: Path) -> None:
    name = units.app()
    manager.start(app(name, autostart=False), settle=0.02)
    path = public_path / unit_of(name)
    shutil.move(file_of(name), path)
    systemctl("link", str(path))
    with pm2go.Manager(manager.systemd, unit_dir=public_path) as elsewhere:
        row = next(row for row in elsewhere.list() if row.name == name)
    assert manager.systemd.get_unit_status(unit_of(name)).unit_file_state == "linked"
    assert row.enabled is False


# ------------------------------------------------------------------------- systemd executes itself meanwhile

#: Starts and stops as soon as there is a file.
SLOW = (
    "may_go() {{ until [ -e {go} ]; do sleep 0.05; done; }}; trap 'may_go; exit' TERM; may_go; "
    "systemd-notify --ready; while :; do sleep 0.1; done"
)


def while_it_executes_itself_anew(jobs: str, work: Callable[[], Any], go: Path) -> Any:
    """Do this while systemd executes itself anew as soon as it has a job for the unit, which ends no sooner."""
    result: list[Any] = []
    go.unlink(missing_ok=True)

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again
            result.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: jobs in systemctl("list-jobs", "--no-legend"))
    systemctl("daemon-reexec")
    go.touch()
    thread.join(60)
    assert result, "it did not end"
    if isinstance(result[0], BaseException):
        raise result[0]
    return result[0]


@pytest.mark.parametrize("way", [Way.PRIVATE, Way.BUS], ids=lambda way: way.value)
def test_systemd_may_execute_itself_anew_meanwhile(call: Call, units: UnitFiles, public_path: Path) -> None:
    name, go = units.app(), public_path / "go"
    slow = shell(name, SLOW.format(go=go), extra={"Service": {"Type": "notify", "NotifyAccess": "all"}})

    def during(verb: str, *arguments: Any) -> Any:
        return while_it_executes_itself_anew(unit_of(name), lambda: call(verb, *arguments), go)

    assert during("start", slow).action == "started"
    assert during("restart", name).result == "done"
    assert during("stop", name).result == "done"
    assert call("start", slow).action == "started"
    assert during("delete", name) == []
    assert not file_of(name).exists()


@pytest.mark.parametrize("way", [Way.PRIVATE, Way.BUS], ids=lambda way: way.value)
def test_systemd_may_execute_itself_anew_before_the_job(call: Call, units: UnitFiles) -> None:
    """Whichever of the steps it hits, that one is taken again."""
    name = units.app()
    stop = threading.Event()

    def disturb() -> None:
        while not stop.wait(0.3):
            systemctl("daemon-reexec", check=False)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for number in range(6):
            config = app(name, env={"NUMBER": str(number)})
            try:
                assert call("start", config, settle=0).action in {"started", "restarted"}
            except pm2go.ConnectionLostError as error:
                # The job itself is not asked for twice; what was done before it is told.
                assert "look before asking again" in (error.hint or ""), error
    finally:
        stop.set()
        thread.join(60)


# ----------------------------------------------------------------------------------------- many at once

MANY = 20
DEPLOY = """
    import json, sys
    import pm2go
    name, scope, argument = sys.argv[1:]
    config = pm2go.AppConfig(name, command=["/bin/sleep", argument])
    with pm2go.Manager(scope=scope) as manager:
        manager.list()
        print("ready", flush=True)
        sys.stdin.readline()
        try:
            print(json.dumps(manager.start(config, settle=0.05).action))
        except pm2go.Pm2goError as error:
            print(json.dumps(repr(error)))
"""


def deploy_at_once(name: str, argument: str) -> list[str]:
    """Deploy an app in many processes at the same moment; gives what each of them did."""
    line = programs.command(DEPLOY, name, SCOPE, argument)
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(line, **pipes) for _ in range(MANY)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return sorted(json.loads(process.communicate(timeout=60)[0]) for process in processes)


def test_many_processes_deploy_the_same_app_at_once(units: UnitFiles) -> None:
    """One does it, and all others find it done."""
    name = units.app()
    assert deploy_at_once(name, "300") == ["started"] + ["unchanged"] * (MANY - 1)
    pid = show(unit_of(name), "MainPID")
    assert deploy_at_once(name, "300") == ["unchanged"] * MANY
    assert show(unit_of(name), "MainPID") == pid
    assert deploy_at_once(name, "301") == ["restarted"] + ["unchanged"] * (MANY - 1)
    assert show(unit_of(name), "NRestarts") == "0"
    assert "301" in show(unit_of(name), "ExecStart")


# ------------------------------------------------------------------------------------------------- masks


@pytest.mark.parametrize("deployed", [False, True])
def test_a_runtime_mask_is_named(manager: pm2go.Manager, units: UnitFiles, deployed: bool) -> None:  # noqa: FBT001
    name = units.app()
    if deployed:
        manager.start(app(name), settle=0.02)
    folder = RUNTIME / "systemd" / ("system" if ROOT else "user")
    folder.mkdir(parents=True, exist_ok=True)
    mask = folder / unit_of(name)
    mask.symlink_to("/dev/null")
    systemctl("daemon-reload")
    try:
        with pytest.raises(pm2go.UnitMaskedError) as caught:
            manager.start(app(name))
    finally:
        mask.unlink()
        systemctl("daemon-reload")
    option = "" if ROOT else "--user "
    assert f"`systemctl {option}unmask --runtime {unit_of(name)}`" in (caught.value.hint or "")
    assert caught.value.path == str(mask)
    assert "another name" not in str(caught.value)


def test_a_mask_in_the_apps_folder_is_named(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    units.mask(unit_of(name))
    with pytest.raises(pm2go.UnitMaskedError) as caught:
        manager.start(app(name))
    option = "" if ROOT else "--user "
    assert f"`systemctl {option}unmask {unit_of(name)}`" in (caught.value.hint or "")
    assert UNIT_FOLDER.joinpath(unit_of(name)).is_symlink()
