"""Units without a file: of all types, by both faces, over each way to systemd, and what may go wrong."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import ROOT, RUNTIME
from live.fixtures.systemctl import show, systemctl, systemd_version
from live.fixtures.waiting import wait_until
from live.fixtures.ways import WAYS, Way, connect
from live.verbs.test_verbs import Do, awaited, blocking

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

SLEEP = ["sleep", "300"]


@pytest.fixture(params=[blocking, awaited], ids=["blocking", "awaited"])
def do(request: pytest.FixtureRequest) -> Do:
    face: Do = request.param
    return face


def test_a_service_runs_its_command_as_it_is(way: Way, do: Do, units: UnitFiles, public_path: Path) -> None:
    name = units.name()
    out = public_path / "out"
    out.write_text("")
    out.chmod(0o666)
    words = ["a b", "$HOME", "${X}", "%n", "$$", "\\", '"', "é\n", ";", ""]
    kind = "truncate" if systemd_version() >= 248 else "file"
    settings = {"StandardOutput": f"{kind}:{out}", "Type": "oneshot", "RemainAfterExit": True}
    result = do(way, "start_transient_unit", name, settings, argv=["printf", "%s|", *words])
    assert result == pm2go.JobResult(name, "start", "done", changed=True)
    assert out.read_text() == "|".join([*words, ""])
    assert (show(name, "Description"), show(name, "Transient")) == (name, "yes")


def test_a_service_that_ends_well_is_forgotten(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    for settings in ({}, {"Type": "exec"}, {"Type": "oneshot"}):
        name = units.name()
        assert systemd.start_transient_unit(name, settings, argv=["true"]).result == "done"
        wait_until(lambda: show(name, "LoadState") == "not-found")  # noqa: B023 - it is over in this turn


@pytest.mark.parametrize(
    ("settings", "argv", "words"),
    [
        ({}, ["/bin/sh", "-c", "echo why; exit 7"], "7"),
        ({"Type": "oneshot"}, ["false"], "1"),
        ({"Type": "exec"}, ["/no/such"], "203"),
        ({"WorkingDirectory": "/no/such"}, ["true"], "/no/such"),
    ],
)
def test_a_service_that_fails_at_once_is_a_failure(
    systemd: pm2go.Systemd, units: UnitFiles, settings: Any, argv: list[str], words: str
) -> None:
    name = units.name()
    with pytest.raises(pm2go.JobFailedError) as caught:
        systemd.start_transient_unit(name, settings, argv=argv)
    assert caught.value.unit == name
    assert words in str(caught.value)
    assert show(name, "ActiveState") == "failed"
    with pytest.raises(pm2go.UnitExistsError) as again:
        systemd.start_transient_unit(name, argv=["true"])
    assert "another name" in (again.value.hint or "")


def test_the_environment_is_nobodys_to_read(way: Way, do: Do, units: UnitFiles, public_path: Path) -> None:
    out = public_path / "out"
    out.write_text("")
    out.chmod(0o666)
    name, before = units.name(), environment_files()
    settings = {"StandardOutput": f"append:{out}"}
    argv = ["/bin/sh", "-c", 'echo "$TOKEN"; exec sleep 300']
    do(way, "start_transient_unit", name, settings, argv=argv, env={"TOKEN": "s3cret $x\n"})
    wait_until(out.read_text)
    assert "s3cret" not in systemctl("show", "--all", name)
    (file,) = environment_files() - before
    assert file.stat().st_mode & 0o777 == 0o600
    # systemd reads it again.
    systemctl("restart", name)
    wait_until(lambda: out.read_text() == 2 * "s3cret $x\n\n")
    with pytest.raises(pm2go.UnitExistsError) as caught:
        do(way, "start_transient_unit", name, argv=argv, env={"TOKEN": "s3cret"})
    assert "s3cret" not in str(caught.value)
    # What nobody has come to use is gone at once, and the rest when others are written.
    assert environment_files() - before == {file}
    systemctl("stop", name)
    os.utime(file, (0, 0))
    do(way, "start_transient_unit", units.name(), argv=["true"], env={"A": "b"})
    assert not file.exists()


def environment_files() -> set[Path]:
    return set(RUNTIME.glob("pm2go-environment-*"))


def test_what_is_forgotten_after_its_failure_is_told(way: Way, units: UnitFiles) -> None:
    name = units.name()
    settings = {"Type": "oneshot", "CollectMode": "inactive-or-failed"}
    with connect(way) as systemd, pytest.raises(pm2go.JobFailedError) as caught:
        systemd.start_transient_unit(name, settings, argv=["false"])
    assert caught.value.unit == name
    assert "journalctl" in (caught.value.hint or "")


def test_a_condition_that_does_not_hold_skips_it(way: Way, units: UnitFiles) -> None:
    name = units.name()
    settings = {"ConditionPathExists": "/no/such"}
    with connect(way) as systemd:
        result = systemd.start_transient_unit(name, settings, argv=["true"])
    assert (result.result, result.changed) == ("skipped", False)


@pytest.mark.parametrize(
    ("suffix", "properties", "shown"),
    [
        (".slice", {"MemoryMax": "512M"}, ("MemoryMax", str(512 << 20))),
        (".timer", {"OnActiveSec": "1h"}, ("Result", "success")),
        (".socket", {"ListenStream": "@live-transient"}, ("Listen", "@live-transient (Stream)")),
        (".path", {"PathExists": "/no/such"}, ("Paths", "/no/such (PathExists)")),
        (".target", {}, None),
        (".swap", {}, None),
    ],
)
def test_each_type_that_systemd_makes(
    way: Way, units: UnitFiles, suffix: str, properties: Any, shown: Any
) -> None:
    name = units.name(suffix=suffix)
    service = name.removesuffix(suffix) + ".service"
    auxiliary = (
        {service: {"ExecStart": ["/bin/sleep", "300"]}} if suffix in {".timer", ".socket", ".path"} else {}
    )
    with connect(way) as systemd:
        if shown is None:
            with pytest.raises(pm2go.ConfigError, match="transient") as caught:
                systemd.start_transient_unit(name, properties)
            assert caught.value.unit == name
            return
        result = systemd.start_transient_unit(name, properties, auxiliary=auxiliary)
    assert result == pm2go.JobResult(name, "start", "done", changed=True)
    assert show(name, "ActiveState") == "active"
    assert show(name, shown[0]) == shown[1]
    for other in auxiliary:
        assert show(other, "LoadState") == "loaded"


@pytest.mark.parametrize(
    ("name", "options", "kind", "words"),
    [
        ("live-a", {"argv": ["no-such-program"]}, pm2go.ConfigError, "no-such-program"),
        ("live-a", {"argv": []}, pm2go.ConfigError, "empty"),
        ("live-a", {"argv": "true"}, pm2go.ConfigError, "list of words"),
        ("live-a.timer", {"argv": ["true"]}, pm2go.ConfigError, "no service"),
        ("live-a", {"properties": {"MemoyMax": "s3cret"}, "argv": ["true"]}, pm2go.ConfigError, "MemoryMax"),
        ("live-a", {"properties": {"MemoryMax": "s3cret"}, "argv": ["true"]}, pm2go.ConfigError, "300M"),
        ("live-a.timer", {"properties": {"OnCalendar": "Foo"}}, pm2go.ConfigError, "Foo"),
        ("live-a", {"auxiliary": {"b": {"ExecStart": "true"}}}, pm2go.ConfigError, "absolute"),
        ("live-a", {"env": {"A": "s3cret"}}, pm2go.ConfigError, "no command"),
        ("live-a", {"argv": ["true"], "env": {"A B": "s3cret"}}, pm2go.ConfigError, "A B"),
        ("live-a", {"argv": ["true"], "mode": "loudly"}, pm2go.ConfigError, "mode"),
        ("live-a/b", {"argv": ["true"]}, pm2go.ConfigError, "live-a/b"),
        ("live-a@.service", {"argv": ["true"]}, pm2go.ConfigError, "template"),
        ("live-a", {}, pm2go.Pm2goError, "live-a.service"),
        ("live-a", {"properties": {"OnActiveSec": 5}, "argv": ["true"]}, pm2go.Pm2goError, "TimersMonotonic"),
        ("basic.target", {}, pm2go.Pm2goError, "basic.target"),
        ("live-a", {"argv": ["true"], "properties": {"User": "no such"}}, pm2go.Pm2goError, "live-a.service"),
    ],
)
def test_what_cannot_be_is_told(way: Way, name: str, options: Any, kind: Any, words: str) -> None:
    with connect(way) as systemd, pytest.raises(kind) as caught:
        systemd.start_transient_unit(name, **options)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)
    systemctl("reset-failed", "live-a.service", check=False)


def test_a_scope_is_of_others_until_it_is_abandoned(way: Way, do: Do, units: UnitFiles) -> None:
    name = units.name(suffix=".scope")
    with subprocess.Popen(SLEEP) as one, subprocess.Popen(SLEEP) as other:
        try:
            options: dict[str, Any] = {"name": name, "slice": "live-scopes.slice", "description": "a scope"}
            options["properties"] = {"RuntimeMaxSec": "1h", "TasksMax": 99}
            assert do(way, "start_scope", one.pid, other.pid, **options) == name
            for pid in (one.pid, other.pid):
                assert f"/live-scopes.slice/{name}" in Path(f"/proc/{pid}/cgroup").read_text()
            found = [show(name, it) for it in ("Slice", "Description", "RuntimeMaxUSec", "TasksMax")]
            assert found == ["live-scopes.slice", "a scope", "1h", "99"]
            with pytest.raises(pm2go.UnitExistsError):
                do(way, "start_scope", one.pid, name=name)
            do(way, "abandon_scope", name.removesuffix(".scope"))
            assert show(name, "SubState") == "abandoned"
        finally:
            one.kill()
            other.kill()
    wait_until(lambda: show(name, "LoadState") == "not-found")


def test_a_scope_needs_a_process(way: Way, units: UnitFiles) -> None:
    name = units.name(suffix=".scope")
    gone = subprocess.Popen(["true"])
    gone.wait()
    with connect(way) as systemd:
        with pytest.raises(pm2go.Pm2goError) as caught:
            systemd.start_scope(gone.pid, name=name)
        assert caught.value.unit == name
        with pytest.raises(pm2go.ConfigError, match="PIDs"):
            systemd.start_scope(0, name=name)
        with pytest.raises(pm2go.ConfigError, match="no scope"):
            systemd.start_scope(name="a.service")
        with pytest.raises(pm2go.ConfigError, match="no scope"):
            systemd.abandon_scope("basic.target")


IN_A_SCOPE = """
    import json, os, sys
    import pm2go
    with pm2go.Systemd(**json.loads(sys.argv[1])) as systemd:
        scope = systemd.start_scope(description="this program")
        found = systemd.current_unit()
        print(json.dumps([scope, found.name, os.getpid() in [it.pid for it in systemd.get_unit_processes(scope)]]))
"""


def test_a_program_puts_itself_into_a_scope(way: Way) -> None:
    scope, found, is_in_it = programs.run(IN_A_SCOPE, json.dumps(WAYS[way]))
    assert scope.startswith("pm2go-scope-")
    assert (found, is_in_it) == (scope, True)
    wait_until(lambda: show(scope, "LoadState") == "not-found")


WITHOUT_A_BRIDGE = """
    import json
    import pm2go
    found = []
    with pm2go.Systemd(scope="system", backend="command") as systemd:
        for start in (lambda: systemd.start_scope(), lambda: systemd.start_transient_unit("live-a.slice")):
            try:
                start()
            except pm2go.UnsupportedError as error:
                found.append([error.message, error.hint])
    print(json.dumps(found))
"""


def test_what_systemd_run_cannot_do_is_told_where_there_is_no_bridge(public_path: Path) -> None:
    """A user, who cannot reach the private socket of the machine's manager either."""
    (public_path / "systemctl").symlink_to("/usr/bin/systemctl")
    user = programs.TESTER if ROOT else None
    found = programs.run(WITHOUT_A_BRIDGE, env={"PATH": str(public_path)}, user=user)
    assert len(found) == 2
    for message, hint in found:
        assert "systemd-run starts services" in message
        assert 'backend="dbus"' in hint


REFUSED = """
    import json
    import pm2go
    found = []
    for backend in ("dbus", "command"):
        with pm2go.Systemd(scope="system", backend=backend) as systemd:
            try:
                systemd.start_transient_unit("live-refused", argv=["true"])
            except pm2go.PermissionDeniedError as error:
                found.append([error.unit, error.hint])
    print(json.dumps(found))
"""


def test_who_may_not_is_told() -> None:
    found = programs.run(REFUSED, user=programs.TESTER if ROOT else None)
    assert [unit for unit, _ in found] == 2 * ["live-refused.service"]
    assert all("manage-units" in hint or 'scope="user"' in hint for _, hint in found)
