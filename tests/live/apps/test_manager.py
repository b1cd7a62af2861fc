"""Apps: deployed, looked at, changed and deleted, on every way to systemd."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.entries import messages
from live.fixtures.scope import ROOT, SCOPE, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl
from live.fixtures.waiting import wait_until
from live.fixtures.ways import Way, connect

from .samples import file_of, link_of, unit_of

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

SLEEP = ("/bin/sleep", "300")


def app(name: str, **settings: Any) -> pm2go.AppConfig:
    return pm2go.AppConfig(**{"name": name, "command": SLEEP, **settings})


def start(manager: pm2go.Manager, config: pm2go.AppConfig) -> pm2go.AppResult:
    """Start an app that surely stays up: it need not be watched for long."""
    return manager.start(config, settle=0.02)


def test_the_life_of_an_app(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    config = app(name, env={"MODE": "test"})
    first = pm2go.AppResult(name, unit_of(name), "started", "created", "enabled")
    assert start(manager, config) == first
    pid = show(unit_of(name), "MainPID")
    assert start(manager, config) == pm2go.AppResult(name, unit_of(name), "unchanged")
    assert show(unit_of(name), "MainPID") == pid

    row = next(row for row in manager.list() if row.name == name)
    assert (row.status, row.main_pid, row.enabled, row.restarts) == ("online", int(pid), True, 0)
    assert row.uptime is not None

    assert start(manager, app(name, env={"MODE": "other"})).action == "restarted"
    assert show(unit_of(name), "MainPID") != pid
    assert manager.restart(name).operation == "restart"
    assert manager.stop(name) == pm2go.JobResult(unit_of(name), "stop", "done", changed=True)
    assert manager.stop(name).result == "done"
    assert next(row for row in manager.list() if row.name == name).status == "stopped"
    assert link_of(name).is_symlink(), "it is stopped until the next boot"
    assert start(manager, app(name, env={"MODE": "other"})).action == "started"
    assert manager.delete(name) == []
    assert not file_of(name).exists()
    assert not link_of(name).is_symlink()
    assert show(unit_of(name), "LoadState") == "not-found"
    assert name not in [row.name for row in manager.list()]


def test_the_unit_file(manager: pm2go.Manager, units: UnitFiles, tmp_path: Path) -> None:
    name = units.app()
    tmp_path.chmod(0o755)
    start(manager, app(name, cwd=tmp_path, env={"A": "1"}, restart="on-failure", description="Sleeps a lot"))
    text = file_of(name).read_text()
    assert file_of(name).stat().st_mode & 0o7777 == 0o644
    for line in (
        "[Unit]",
        "Description=Sleeps a lot",
        "[Service]",
        f"WorkingDirectory={tmp_path}",
        "Restart=on-failure",
        "[Install]",
        "[X-Pm2go]",
    ):
        assert line in text.splitlines()
    found = show(unit_of(name), "ExecStart")
    assert "argv[]=/bin/sleep 300" in found or "argv[]=/usr/bin/sleep 300" in found
    assert [path.name for path in UNIT_FOLDER.glob(f"*{name}*")] == [unit_of(name)], "there is no litter"


def test_apps_come_back_with_their_manager(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    start(manager, app(name))
    assert link_of(name).resolve() == file_of(name)
    assert systemctl("is-enabled", unit_of(name)) == "enabled"
    start(manager, app(name, autostart=False))
    assert not link_of(name).is_symlink()
    assert systemctl("is-enabled", unit_of(name), check=False) in {"disabled", "static"}
    assert next(row for row in manager.list() if row.name == name).enabled is False
    start(manager, app(name, autostart=True))
    assert link_of(name).is_symlink()


def test_what_is_no_longer_asked_for_is_gone(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    start(manager, app(name, env={"KEEP": "1", "DROP": "2"}, extra={"Service": {"UMask": "0077"}}))
    assert start(manager, app(name, env={"KEEP": "1"})).action == "restarted"
    assert manager.describe(name).config.env == {"KEEP": "1"}
    assert show(unit_of(name), "Environment") == "KEEP=1"
    # A user's manager has its own from how that user logs in.
    assert show(unit_of(name), "UMask") == show(units.service(), "UMask") != "0077"


def test_the_description(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    with pytest.warns(pm2go.Pm2goSecretWarning, match="API_TOKEN"):
        config = app(name, env={"API_TOKEN": "tr0ub4dor", "MODE": "test"})
    start(manager, config)
    found = manager.describe(name)
    pid = int(show(unit_of(name), "MainPID"))
    assert (found.name, found.unit, found.status) == (name, unit_of(name), "online")
    assert (found.app.main_pid, found.unit_status.main_pid) == (pid, pid)
    assert found.unit_status.unit_file_state == "enabled"
    assert found.environment == {"API_TOKEN": "***", "MODE": "test"}
    assert found.exec_start[1:] == ("300",)
    assert found.unit_path == str(file_of(name))
    assert found.working_directory == config.cwd
    assert found.config == config
    assert found.app.started is not None
    for shown in (str(found), repr(found), json.dumps(found.to_dict()), found._repr_html_()):
        assert "tr0ub4dor" not in shown


def test_the_log(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    start(manager, app(name, command=["/bin/sh", "-c", "echo one; echo two; exec sleep 300"]))
    wait_until(lambda: "two" in messages(manager.logs(name)))
    lines = messages(manager.logs(name))
    assert lines.index("one") < lines.index("two")
    assert len(messages(manager.logs(name, lines=1))) == 1
    with manager.logs(name, lines=1, follow=True) as entries:
        assert entries.next(10) is not None
        start(manager, app(name, command=["/bin/sh", "-c", "echo three; exec sleep 300"]))
        assert "three" in (entry.message for entry in entries)


def test_the_log_of_two_apps_is_one(manager: pm2go.Manager, units: UnitFiles) -> None:
    one, other = units.app(), units.app()
    said = {"one": one, "two": other, "three": one}

    def has_said(word: str, name: str) -> bool:
        return word in messages(manager.logs(name))

    for word, name in said.items():
        start(manager, app(name, command=["/bin/sh", "-c", f"echo {word}; exec sleep 300"]))
        wait_until(functools.partial(has_said, word, name))
    entries = [entry for entry in manager.logs(one, other, lines=None) if entry.message in said]
    assert [entry.message for entry in entries] == list(said)
    assert [(entry.unit if ROOT else entry.user_unit) for entry in entries] == [*map(unit_of, said.values())]
    later = messages(manager.logs(one, other, since=entries[1].timestamp))
    assert [message for message in later if message in said] == ["two", "three"]


def test_an_app_that_fails(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    with pytest.raises(pm2go.JobFailedError) as caught:
        manager.start(app(name, command=["/bin/sh", "-c", "echo here is why; exit 9"], restart="no"))
    assert (caught.value.unit, caught.value.exit_code) == (unit_of(name), 9)
    assert "here is why" in caught.value.log
    row = next(row for row in manager.list() if row.name == name)
    assert (row.status, row.exit_code, row.result) == ("errored", 9, "exit-code")
    found = manager.describe(name)
    assert "here is why" in found.log
    assert "here is why" in str(found)
    assert manager.start(app(name)).action == "started"
    assert manager.describe(name).log == ()


def test_an_app_that_crashes_again_and_again(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    crashing = app(name, command=["/bin/sh", "-c", "exit 9"], max_restarts=3, restart_delay=0.05)
    with pytest.raises(pm2go.JobFailedError):
        manager.start(crashing)
    wait_until(lambda: show(unit_of(name), "ActiveState") == "failed", seconds=20)
    assert next(row for row in manager.list() if row.name == name).status == "errored"
    assert manager.start(app(name)).action == "started"


def test_settings_that_systemd_refuses_are_taken_back(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    bad = {"Service": {"ExecStartPre": "/bin/true %z"}}  # there is no such specifier
    with pytest.raises(pm2go.UnitLoadError) as caught:
        start(manager, app(name, extra=bad))
    assert caught.value.unit == unit_of(name)
    assert not file_of(name).exists()
    assert show(unit_of(name), "LoadState") == "not-found"

    start(manager, app(name))
    text, pid = file_of(name).read_text(), show(unit_of(name), "MainPID")
    with pytest.raises(pm2go.UnitLoadError):
        start(manager, app(name, extra=bad))
    assert file_of(name).read_text() == text
    assert (show(unit_of(name), "MainPID"), show(unit_of(name), "LoadState")) == (pid, "loaded")
    assert start(manager, app(name)).action == "unchanged"


def test_a_deployment_that_was_cut_off_is_ended_by_the_next(manager: pm2go.Manager, units: UnitFiles) -> None:
    """Whoever was killed, or lost systemd, between the new file and the restart has left the old process."""
    name = units.app()
    start(manager, app(name))
    old = show(unit_of(name), "MainPID")
    text = file_of(name).read_text().replace('"300"', '"301"').replace(" 300", " 301")
    file_of(name).write_text(text)
    moved = app(name, command=["/bin/sleep", "301"])
    assert start(manager, moved).action == "restarted"
    assert file_of(name).read_text() == text
    assert show(unit_of(name), "MainPID") != old
    assert start(manager, moved).action == "unchanged"


FOREIGN = "[Unit]\nDescription=somebody else's\n[Service]\nExecStart=/bin/sleep 300\n"
VERBS = ("start", "stop", "restart", "delete", "describe", "logs")


@pytest.mark.parametrize("verb", VERBS)
def test_a_unit_of_somebody_else_is_left_alone(manager: pm2go.Manager, units: UnitFiles, verb: str) -> None:
    name = units.app()
    units.write(unit_of(name), FOREIGN)
    systemctl("start", unit_of(name))
    pid = show(unit_of(name), "MainPID")
    with pytest.raises(pm2go.NotOwnedError) as caught:
        getattr(manager, verb)(app(name) if verb == "start" else name)
    assert caught.value.path == str(file_of(name))
    assert caught.value.hint
    assert file_of(name).read_text() == FOREIGN
    assert show(unit_of(name), "MainPID") == pid
    assert name not in [row.name for row in manager.list()]


def test_a_unit_elsewhere_is_not_hidden(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    folder = other_folder()
    units.write(unit_of(name), FOREIGN, folder=folder)
    with pytest.raises(pm2go.UnitExistsError) as caught:
        start(manager, app(name))
    assert caught.value.path == str(folder / unit_of(name))
    assert caught.value.hint
    assert not file_of(name).exists()


def other_folder() -> Path:
    """A folder that systemd reads after that of the apps and where the tests may write."""
    return Path("/run/systemd/system") if ROOT else Path.home() / ".local/share/systemd/user"


def test_a_masked_app(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    units.mask(unit_of(name))
    with pytest.raises((pm2go.NotOwnedError, pm2go.UnitMaskedError)) as caught:
        start(manager, app(name))
    assert caught.value.hint
    assert file_of(name).is_symlink()


@pytest.mark.parametrize("verb", VERBS[1:])
def test_an_app_that_does_not_exist(manager: pm2go.Manager, verb: str) -> None:
    with pytest.raises(pm2go.UnitNotFoundError, match="no app nowhere") as caught:
        getattr(manager, verb)("nowhere")
    assert SCOPE in caught.value.message
    assert caught.value.hint


def test_drop_ins_of_others_stay_and_are_named(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    start(manager, app(name))
    drop_in = units.folder / f"{unit_of(name)}.d/override.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nEnvironment=MINE=1\n")
    systemctl("daemon-reload")
    found = manager.describe(name)
    assert found.unit_status.drop_in_paths == (str(drop_in),)
    assert found.environment == {"MINE": "1"}
    assert manager.delete(name) in ([str(drop_in)], [str(drop_in.parent)])
    assert drop_in.read_text() == "[Service]\nEnvironment=MINE=1\n"


def test_a_file_that_somebody_deleted(manager: pm2go.Manager, units: UnitFiles) -> None:
    name = units.app()
    start(manager, app(name))
    file_of(name).unlink()
    assert start(manager, app(name)).unit == unit_of(name)
    assert file_of(name).exists()
    assert manager.delete(name) == []


def test_another_prefix_and_folder(way: Way, units: UnitFiles) -> None:
    name = units.app(prefix="other-")
    with pm2go.Manager(connect(way), prefix="other-", unit_dir=UNIT_FOLDER) as manager:
        assert start(manager, app(name)).unit == f"other-{name}.service"
        assert [row.name for row in manager.list()] == [name]
        assert manager.delete(name) == []
        manager.systemd.close()


START = """
    import json, sys
    import pm2go
    name, scope = sys.argv[1], sys.argv[2]
    config = pm2go.AppConfig(name, command=["/bin/sleep", "300"])
    with pm2go.Manager(scope=scope) as manager:
        manager.list()
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(manager.start(config).action))
"""


def test_two_processes_start_the_same_app_at_once(units: UnitFiles) -> None:
    for _ in range(5):
        name = units.app()
        line = programs.command(START, name, SCOPE)
        both = [
            subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in both:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        actions = [json.loads(process.communicate(timeout=120)[0]) for process in both]
        assert "started" in actions, actions
        assert set(actions) <= {"started", "unchanged"}
        assert show(unit_of(name), "ActiveState") == "active"
        assert file_of(name).exists()
        assert show(unit_of(name), "NRestarts") == "0"


def test_a_python_script(manager: pm2go.Manager, units: UnitFiles, public_path: Path) -> None:
    script = public_path / "api.py"
    script.write_text("import sys, time\nprint('args', sys.argv[1:], flush=True)\ntime.sleep(300)\n")
    name = units.app()
    start(manager, pm2go.AppConfig(name, script, interpreter=sys.executable, args=["a b", "%n", "$HOME"]))
    wait_until(lambda: "args ['a b', '%n', '$HOME']" in messages(manager.logs(name)))
    assert manager.describe(name).exec_start[-3:] == ("a b", "%n", "$HOME")


@pytest.mark.parametrize("verb", VERBS)
def test_names_are_checked(manager: pm2go.Manager, verb: str) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        getattr(manager, verb)({"name": "../x", "command": ["/bin/true"]} if verb == "start" else "../x")
    assert caught.value.hint
