"""What pm2go says of settings in `extra`, held against the systemd that runs here."""

from __future__ import annotations

import os
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.systemctl import systemd_version

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Settings, values, and what systemd makes of them: the core's own tests read the same file.
TABLE = Path(__file__).parents[2] / "data/settings.tsv"
UNIT = "[Unit]\n[Service]\nType=exec\nExecStart=/bin/true\n[Install]\n"
#: What an older systemd says of a setting that it does not have: nothing about the value.
UNKNOWN = ("Unknown key", "Unknown lvalue")
#: Values that came later than their settings, with the first systemd that takes them.
NEW_VALUES = {"CPUWeight=idle": 252, "RestrictAddressFamilies=none": 249}
#: The newest systemd whose settings are all known.
NEWEST = 260


def rows() -> Iterator[tuple[str, str, str, str]]:
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            verdict, section, key, value = line.split("\t")
            yield verdict, section, key, value


def accepted(section: str, key: str, value: str) -> bool | None:
    """Return what pm2go says; nothing of a setting that a key of the app stands for."""
    try:
        pm2go.AppConfig("clock", command=["/bin/true"], extra={section: {key: value}})
    except pm2go.ConfigError as error:
        names = pm2go.AppConfig.json_schema()["properties"]
        return None if error.hint in {f"use {name}" for name in names} else False
    return True


def told_by_systemd(units: dict[str, str], folder: Path) -> dict[str, list[str]]:
    """Return what systemd-analyze has to say of each of the units."""
    for name, text in units.items():
        (folder / name).write_text(text)
    paths = [str(folder / name) for name in units]
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "LC_ALL": "C"}
    command = ["systemd-analyze", "--user", "--man=no", "verify", *paths]
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
    lines = result.stderr.splitlines()
    assert lines, "systemd-analyze says nothing at all: it cannot have looked"
    return {name: [line for line in lines if name in line] for name in units}


def test_systemd_analyze_agrees_with_every_verdict(tmp_path: Path) -> None:
    cases = {f"case{number:03}.service": row for number, row in enumerate(rows())}
    units = {
        name: UNIT.replace(f"[{section}]\n", f"[{section}]\n{key}={value}\n", 1)
        for name, (_, section, key, value) in cases.items()
    }
    told = told_by_systemd(units, tmp_path)
    wrong = []
    for name, (verdict, section, key, value) in cases.items():
        lines = told[name]
        too_old = any(unknown in line for line in lines for unknown in UNKNOWN) and section == "Service"
        too_old |= systemd_version() < NEW_VALUES.get(f"{key}={value}", 0)
        if bool(lines) != (verdict == "bad") and not too_old:
            wrong.append(f"{verdict} [{section}] {key}={value}: systemd-analyze says {lines}")
        if accepted(section, key, value) not in (None, verdict == "good"):
            wrong.append(f"{verdict} [{section}] {key}={value}: pm2go says the opposite")
    assert not wrong, "\n".join(wrong)


def settings_of_this_systemd() -> Iterator[tuple[str, str]]:
    """Tell each setting of a service that the systemd of this machine knows."""
    program = next(
        path for path in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd") if Path(path).exists()
    )
    dump = subprocess.run([program, "--dump-configuration-items"], check=True, capture_output=True, text=True)
    section = ""
    for line in dump.stdout.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif section in ("Unit", "Service", "Install") and "=" in line:
            yield section, line.partition("=")[0]


def test_every_setting_of_this_systemd_is_known() -> None:
    found = list(settings_of_this_systemd())
    assert len(found) > 200
    unknown = []
    for section, key in found:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                pm2go.AppConfig("clock", command=["/bin/true"], extra={section: {key: ""}})
            except pm2go.ConfigError as error:
                # It has a field of its own, or moved to another section long ago.
                assert error.hint is not None
                assert error.hint.startswith(("use ", "put it into")), error
        unknown += [f"[{section}] {key}" for warning in caught if "does not know" in str(warning.message)]
    if systemd_version() <= NEWEST:
        assert not unknown


@pytest.mark.parametrize(
    ("extra", "settings", "reason"),
    [
        ({"Type": "dbus"}, {}, "BusName"),
        ({"Type": "oneshot"}, {}, "oneshot"),
        ({"Type": "oneshot"}, {"restart": "on-success"}, "oneshot"),
    ],
)
def test_what_systemd_refuses_to_load_is_refused_before(
    tmp_path: Path, extra: dict[str, str], settings: dict[str, Any], reason: str
) -> None:
    with pytest.raises(pm2go.ConfigError, match=reason):
        pm2go.AppConfig("clock", command=["/bin/true"], extra={"Service": extra}, **settings)
    lines = [f"{key}={value}" for key, value in extra.items()]
    text = f"[Service]\nExecStart=/bin/true\nRestart={settings.get('restart', 'always')}\n" + "\n".join(lines)
    told = told_by_systemd({"refused.service": text + "\n"}, tmp_path)["refused.service"]
    # It is killed by this file, as is the manager.
    dies = systemd_version() < 248 and reason == "BusName"
    assert dies or any("Refusing" in line for line in told), told
