"""Units that are no plain service of the administrator's: told truly, and never an internal error."""

from __future__ import annotations

import stat
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pm2go
from live.fixtures.scope import ROOT, SCOPE_OPTION
from live.fixtures.systemctl import show, systemctl
from live.fixtures.ways import Way, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live.fixtures.units import UnitFiles

#: The longest name that systemd takes.
LONGEST = 255
TYPES = [
    "service",
    "socket",
    "target",
    "device",
    "mount",
    "automount",
    "swap",
    "timer",
    "path",
    "slice",
    "scope",
]


def test_each_unit_there_is_can_be_asked_about(systemd: pm2go.Systemd) -> None:
    """Of each type the box has some; each state is systemd's own word."""
    found = [unit for unit in systemd.list_units() if unit.load_state != "not-found"]
    assert {"service", "slice", "target"} <= {unit.name.rpartition(".")[2] for unit in found} <= set(TYPES)
    by_type = {unit.name.rpartition(".")[2]: unit for unit in found}
    for unit in by_type.values():
        status = systemd.get_unit_status(unit.name)
        assert (status.name, status.load_state) == (unit.name, unit.load_state)
        assert systemd.get_unit_property(unit.name, "Id") == unit.name
        assert systemd.get_unit_properties(unit.name)["Id"] == unit.name
        # What it stands for comes and goes by itself, or only other units may ask for it.
        with suppress(pm2go.UnsupportedError, pm2go.JobRefusedError):
            assert systemd.plan_job("try-restart", unit.name).unit == unit.name


OTHERS = {
    "slice": "[Slice]\n",
    "target": "[Unit]\n",
    "socket": "[Socket]\nListenStream=/tmp/live-odd.socket\n",
    "timer": "[Timer]\nOnActiveSec=1d\n",
    "path": "[Path]\nPathExists=/tmp/live-odd-nowhere\n",
}


@pytest.mark.parametrize("kind", OTHERS)
def test_units_of_other_types_start_and_stop(systemd: pm2go.Systemd, units: UnitFiles, kind: str) -> None:
    stem = units.name(suffix="").replace("-", "")
    name = f"{stem}.{kind}"
    units.write(name, OTHERS[kind])
    if kind in {"socket", "timer", "path"}:
        units.write(f"{stem}.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n")
    assert systemd.start_unit(name).changed
    assert show(name, "ActiveState") == "active" == systemd.get_unit_status(name).active_state
    assert not systemd.start_unit(name).changed
    assert systemd.stop_unit(name).changed
    assert show(name, "ActiveState") == "inactive"


@pytest.mark.parametrize(
    "name", ["live-nobody.device", "live-nobody.scope", "dev-live.swap", "live.automount"]
)
def test_what_cannot_be_started_says_so(systemd: pm2go.Systemd, name: str) -> None:
    with pytest.raises(pm2go.Pm2goError) as caught:
        systemd.start_unit(name, timeout=3)
    assert type(caught.value) is not pm2go.SystemdError
    assert name in caught.value.message
    assert caught.value.hint
    systemctl("stop", name, check=False)


def test_a_name_at_its_longest(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    end = f"{units.name('long')}"
    name = "a" * (LONGEST - len(end)) + end
    units.write(name, "[Service]\nExecStart=/bin/sleep 300\n")
    assert systemd.start_unit(name).changed
    assert systemd.get_unit_status(name).name == name
    assert [unit.name for unit in systemd.list_units(name)] == [name]
    assert systemd.plan_job("stop", name).stops == (name,)
    assert systemd.stop_unit(name).changed
    with pytest.raises(pm2go.ConfigError) as caught:
        systemd.start_unit("a" + name)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["é", "日本語", "a\N{ZERO WIDTH SPACE}b"])
def test_a_name_in_another_script(systemd: pm2go.Systemd, units: UnitFiles, text: str) -> None:
    """systemd's names have no such letters: they are escaped."""
    with pytest.raises(pm2go.ConfigError) as caught:
        systemd.start_unit(text)
    escaped = pm2go.escape(text)
    assert escaped in (caught.value.hint or "")
    name = units.name(escaped)
    units.write(name, f"[Unit]\nDescription={text}\n[Service]\nExecStart=/bin/sleep 300\n")
    assert systemd.start_unit(name).changed
    status = systemd.get_unit_status(name)
    assert (status.name, status.description) == (name, text)
    assert [unit.description for unit in systemd.list_units(name)] == [text]
    assert systemd.stop_units([name]).changed


def test_a_unit_made_at_run_time(systemd: pm2go.Systemd) -> None:
    """It has no file that could be enabled."""
    name = "live-transient.service"
    run = ["--collect", f"--unit={name}", "sleep", "300"]
    subprocess.run(["systemd-run", "--quiet", *SCOPE_OPTION, *run], check=True)
    try:
        status = systemd.get_unit_status(name)
        assert (status.active_state, status.unit_file_state) == ("active", "transient")
        with pytest.raises(pm2go.Pm2goError) as caught:
            systemd.enable_unit(name)
        assert name in str(caught.value)
        assert not isinstance(caught.value, pm2go.SystemdError) or caught.value.dbus_name
    finally:
        systemctl("stop", name)


if ROOT:  # nobody else may write there
    SYSV_GENERATOR = Path("/usr/lib/systemd/system-generators/systemd-sysv-generator")
    #: The newest ones (262 is one) know no init scripts.
    HAS_SCRIPTS = SYSV_GENERATOR.exists()
    SCRIPT = """\
#!/bin/sh
### BEGIN INIT INFO
# Provides:          live-sysv
# Required-Start:
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: an init script
### END INIT INFO
case "$1" in
  start) touch /run/live-sysv ;;
  stop) rm -f /run/live-sysv ;;
esac
"""
    GENERATOR = """\
#!/bin/sh
printf '[Service]\\nExecStart=/bin/sleep 300\\n' >"$1/live-generated.service"
"""

    @pytest.fixture
    def script() -> Iterator[str]:
        path = Path("/etc/init.d/live-sysv")
        path.write_text(SCRIPT)
        path.chmod(path.stat().st_mode | stat.S_IEXEC)
        # The box does without systemd's own, under its usual name.
        generator = Path("/run/systemd/system-generators/live-sysv-generator")
        generator.parent.mkdir(parents=True, exist_ok=True)
        generator.symlink_to(SYSV_GENERATOR)
        systemctl("daemon-reload")
        yield "live-sysv.service"
        systemctl("stop", "live-sysv.service", check=False)
        path.unlink()
        generator.unlink()
        systemctl("daemon-reload")

    @pytest.fixture
    def generated() -> Iterator[str]:
        path = Path("/run/systemd/system-generators/live-generator")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GENERATOR)
        path.chmod(0o755)
        systemctl("daemon-reload")
        yield "live-generated.service"
        systemctl("stop", "live-generated.service", check=False)
        path.unlink()
        systemctl("daemon-reload")

    if HAS_SCRIPTS:

        def test_an_init_script(systemd: pm2go.Systemd, script: str) -> None:
            assert systemd.start_unit("live-sysv").changed
            assert Path("/run/live-sysv").exists()
            status = systemd.get_unit_status(script)
            assert (status.active_state, status.unit_file_state) == ("active", "generated")
            assert systemd.get_unit_property(script, "SourcePath") == "/etc/init.d/live-sysv"
            assert systemd.stop_unit(script).changed
            assert not Path("/run/live-sysv").exists()

    def test_what_is_generated_cannot_be_enabled(systemd: pm2go.Systemd, script: str, generated: str) -> None:
        assert systemd.start_unit(generated).changed
        assert systemd.get_unit_status(generated).unit_file_state == "generated"
        for name in (script, generated):
            with pytest.raises(pm2go.Pm2goError) as caught:
                systemd.enable_unit(name)
            assert name in str(caught.value)
        with connect(Way.PRIVATE) as other:
            assert other.stop_unit(generated).changed
