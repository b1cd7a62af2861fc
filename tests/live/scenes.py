"""What is there before a verb of tests/live/table.py is called: units in states of all kinds."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from live.fixtures.scope import CONFIGURATION, ROOT, SCOPE_OPTION, TARGET, UNIT_FOLDER
from live.fixtures.systemctl import show, systemctl, systemd_version
from live.fixtures.waiting import wait_until

if TYPE_CHECKING:
    import pm2go
    from live.fixtures.units import UnitFiles

#: What a row's verb is about: its unit, and what else the row has prepared.
Scene = dict[str, Any]

INSTALL = "WantedBy=basic.target"
#: Where the folders of `StateDirectory=` are; those of users have moved with systemd 254.
USERS_STATE_FOLDER = Path.home() / ".local/state" if systemd_version() >= 254 else CONFIGURATION
STATE_FOLDER = Path("/var/lib") if ROOT else USERS_STATE_FOLDER


def running(units: UnitFiles) -> Scene:
    """A service that runs."""
    unit = units.service(install=INSTALL)
    systemctl("start", unit)
    return {"unit": unit, "pid": int(show(unit, "MainPID"))}


def kept(units: UnitFiles) -> Scene:
    """The same, and systemd remembers it when it is down."""
    scene = running(units)
    units.keep(scene["unit"])
    return scene


def failed(units: UnitFiles) -> Scene:
    """A service that failed, and is kept in memory."""
    unit = units.service("/bin/false", kind="oneshot")
    systemctl("start", unit, check=False)
    return {"unit": unit}


def frozen(units: UnitFiles) -> Scene:
    """A service that is frozen."""
    scene = running(units)
    systemctl("freeze", scene["unit"])
    return scene


def delegated(units: UnitFiles) -> Scene:
    """A service with a process in a control group of its own, and the process of another service."""
    group = "g=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); mkdir -p $$g/inner"
    script = f"/bin/bash -c '{group}; sleep 300 & echo $$! >$$g/inner/cgroup.procs; wait; exit 0'"
    unit = units.service(script, service="Delegate=yes")
    systemctl("start", unit)
    units.keep(unit)
    inside = Path(f"/sys/fs/cgroup{show(unit, 'ControlGroup')}/inner/cgroup.procs")
    wait_until(lambda: inside.exists() and inside.read_text())
    return {**running(units), "unit": unit}


def scoped(units: UnitFiles) -> Scene:
    """A scope with a process in it."""
    unit = units.name(suffix=".scope")
    stem = unit.removesuffix(".scope")
    command = ["systemd-run", "--quiet", *SCOPE_OPTION, "--scope", f"--unit={stem}", "sleep", "300"]
    subprocess.run(["setsid", "--fork", *command], check=True)
    wait_until(lambda: show(unit, "ActiveState") == "active")
    return {"unit": unit}


def storing(units: UnitFiles) -> Scene:
    """A service that may have file descriptors stored, and has stored none."""
    unit = units.service(service="FileDescriptorStoreMax=4")
    systemctl("start", unit)
    return {"unit": unit}


def counting(units: UnitFiles) -> Scene:
    """A service that ends well when it gets a real-time signal."""
    unit = units.service("/bin/bash -c 'trap \"exit 0\" RTMIN+1; echo ready; while :; do sleep 0.05; done'")
    systemctl("start", unit)
    units.keep(unit)
    return {"unit": unit}


def littered(units: UnitFiles) -> Scene:
    """A service that is down and has left something in its folders."""
    unit = units.service(
        "/bin/touch ${STATE_DIRECTORY}/left", kind="oneshot", service="StateDirectory=live-left"
    )
    systemctl("start", unit)
    path = STATE_FOLDER / "live-left"
    assert (path / "left").exists()
    return {"unit": unit, "path": path}


def plain(units: UnitFiles) -> Scene:
    """A service that can be enabled, and is not."""
    return {"unit": units.service(install=INSTALL)}


def enabled(units: UnitFiles) -> Scene:
    """A service that is enabled."""
    scene = plain(units)
    systemctl("enable", "--quiet", scene["unit"])
    return scene


def preset_alone(units: UnitFiles) -> Scene:
    """A service that presets enable, of root's alone: users have no presets of their own."""
    scene = plain(units)
    if not ROOT:
        return scene
    preset = Path("/etc/systemd/system-preset/00-live.preset")
    preset.parent.mkdir(exist_ok=True)
    preset.write_text(f"enable {scene['unit']}\ndisable *\n")
    return {**scene, "preset": preset}


def undo_presets(scene: Scene, gave: pm2go.UnitFileChanges) -> None:
    """Remove the links that all presets made."""
    if preset := scene.get("preset"):
        preset.unlink()
        # systemd 257 goes by what it has read of presets until it reads its files again.
        systemctl("daemon-reload")
    for change in gave.changes:
        path = Path(change.path)
        path.unlink()
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def of_nobody(units: UnitFiles) -> Scene:
    """A name of no unit file."""
    return {"unit": units.name()}


def masked(units: UnitFiles) -> Scene:
    """A name that is masked."""
    scene = of_nobody(units)
    systemctl("mask", "--quiet", scene["unit"])
    return scene


def elsewhere(units: UnitFiles) -> Scene:
    """A unit file outside of systemd's folders."""
    unit = units.name()
    folder = UNIT_FOLDER.parent / "elsewhere"
    folder.mkdir(parents=True, exist_ok=True)
    units.write(unit, "[Service]\nExecStart=/bin/true\n", folder=folder, reload=False)
    return {"unit": unit, "file": str(folder / unit)}


def linked(units: UnitFiles) -> Scene:
    """The same, linked."""
    scene = elsewhere(units)
    systemctl("link", "--quiet", scene["file"])
    return scene


def overridden(units: UnitFiles) -> Scene:
    """A service with a drop-in."""
    scene = plain(units)
    folder = UNIT_FOLDER / f"{scene['unit']}.d"
    folder.mkdir()
    (folder / "limit.conf").write_text("[Service]\nTasksMax=5\n")
    systemctl("daemon-reload")
    return {**scene, "folder": folder}


def changed(units: UnitFiles) -> Scene:
    """A service whose file is another than systemd has read."""
    scene = running(units)
    path = UNIT_FOLDER / scene["unit"]
    path.write_text(path.read_text() + "# changed\n")
    assert show(scene["unit"], "NeedDaemonReload") == "yes"
    return scene


def starting(units: UnitFiles) -> Scene:
    """A service whose start lasts."""
    unit = units.service(service="ExecStartPre=/bin/sleep 300")
    systemctl("start", "--no-block", unit)
    wait_until(lambda: show(unit, "ActiveState") == "activating")
    return {"unit": unit, "id": int(show(unit, "Job"))}


def defaults(_: UnitFiles) -> Scene:
    """The target that is booted into."""
    return {"unit": systemctl("get-default")}


def target(units: UnitFiles) -> Scene:
    """A target that every manager has; that it is booted into is taken back."""
    units.keep_default_target()
    return {"unit": TARGET}


def status(name: str) -> Callable[[UnitFiles], Scene]:
    """Prepare a service that runs, with one of its properties."""

    def prepare(units: UnitFiles) -> Scene:
        scene = running(units)
        return {**scene, name: show(scene["unit"], name)}

    return prepare


def with_variable(units: UnitFiles) -> Scene:
    """A variable in the environment of the manager."""
    return {"variable": units.variable("LIVE_VARIABLE", "before")}
