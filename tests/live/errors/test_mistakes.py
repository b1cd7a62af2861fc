"""Each mistake has its own exception, which says what to do."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Callable

import pytest

import pm2go
from live.fixtures.scope import TARGET
from live.fixtures.systemctl import show

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles

VERBS: dict[str, Callable[[pm2go.Systemd, str], Any]] = {
    "start": pm2go.Systemd.start_unit,
    "stop": pm2go.Systemd.stop_unit,
    "restart": pm2go.Systemd.restart_unit,
    "enable": pm2go.Systemd.enable_unit,
    "disable": pm2go.Systemd.disable_unit,
    "status": pm2go.Systemd.get_unit_status,
    "properties": pm2go.Systemd.get_unit_properties,
    "reset": pm2go.Systemd.reset_failed_unit,
}
STARTS = ("start", "restart")
BAD_FILES = (
    "[Service]\nExecStart=bin/relative\n",
    "[Service]\nType=oneshot\nRestart=always\nExecStart=/bin/true\n",
    "[Unit]\n",
)


def survives_pickling(error: pm2go.Pm2goError) -> bool:
    again = pickle.loads(pickle.dumps(error))
    return type(again) is type(error) and vars(again) == vars(error) and str(again) == str(error)


def only(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("verb", names)


@only(*VERBS)
@pytest.mark.parametrize(
    "name", ["", "a b.service", "a/b.service", "a\n.service", "a\0b.service", "x" * 300, "@.service"]
)
def test_wrong_names(systemd: pm2go.Systemd, verb: str, name: str) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        VERBS[verb](systemd, name)
    assert caught.value.hint
    assert isinstance(caught.value, ValueError)
    assert "\n" not in caught.value.message
    assert systemd.backend is None, "it is refused before anybody is asked"


@only("start", "stop", "restart", "enable", "status", "properties")
def test_units_that_do_not_exist(systemd: pm2go.Systemd, units: UnitFiles, verb: str) -> None:
    name = units.name("nowhere")
    with pytest.raises(pm2go.UnitNotFoundError, match="not found") as caught:
        VERBS[verb](systemd, name)
    assert caught.value.unit == name
    assert name in caught.value.message
    assert caught.value.hint
    assert isinstance(caught.value, LookupError)
    assert survives_pickling(caught.value)


@only(*STARTS, "enable")
def test_masked_units(systemd: pm2go.Systemd, units: UnitFiles, verb: str) -> None:
    name = units.mask(units.name("masked"))
    with pytest.raises(pm2go.UnitMaskedError, match="masked") as caught:
        VERBS[verb](systemd, name)
    assert caught.value.unit == name
    assert f"unmask {name}" in (caught.value.hint or "")
    assert survives_pickling(caught.value)


@only(*STARTS)
@pytest.mark.parametrize("text", BAD_FILES)
def test_unit_files_that_systemd_cannot_load(
    systemd: pm2go.Systemd, units: UnitFiles, verb: str, text: str
) -> None:
    name = units.write(units.name("bad"), text)
    assert show(name, "LoadState") == "bad-setting"
    with pytest.raises(pm2go.UnitLoadError) as caught:
        VERBS[verb](systemd, name)
    assert caught.value.unit == name
    assert caught.value.hint
    assert survives_pickling(caught.value)


def test_the_status_of_what_cannot_run_is_no_error(systemd: pm2go.Systemd, units: UnitFiles) -> None:
    bad = units.write(units.name("bad"), BAD_FILES[0])
    masked = units.mask(units.name("masked"))
    assert systemd.get_unit_status(bad).load_state == "bad-setting"
    assert systemd.get_unit_status(masked).load_state == "masked"


@only(*STARTS)
def test_units_that_nobody_may_start_by_hand(systemd: pm2go.Systemd, units: UnitFiles, verb: str) -> None:
    name = units.service(unit="RefuseManualStart=yes\nRefuseManualStop=yes")
    with pytest.raises(pm2go.Pm2goError) as caught:
        VERBS[verb](systemd, name)
    assert caught.value.dbus_name == "org.freedesktop.systemd1.OnlyByDependency"
    assert caught.value.unit == name


OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "scope": ({"scope": "machine"}, "system"),
    "backend": ({"backend": "dbuss"}, "command"),
    "timeout": ({"timeout": "soon"}, "30s"),
    "timeout-negative": ({"timeout": -1}, ""),
    "timeout-zero": ({"timeout": 0}, "infinity"),
    "address": ({"address": "nonsense"}, "unix:path="),
    "address-tcp": ({"address": "tcp:host=localhost,port=1"}, "unix:path="),
}


@pytest.mark.parametrize(("options", "advice"), OPTIONS.values(), ids=OPTIONS)
def test_wrong_options(options: dict[str, Any], advice: str) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.Systemd(**options)
    assert advice in str(caught.value)
    assert caught.value.hint


VARIABLES = [
    ("PM2GO_BACKEND", "dbuss", ("auto", "dbus", "command")),
    ("PM2GO_DBUS_TIMEOUT", "soon", ("30s", "500ms")),
    ("PM2GO_DBUS_TIMEOUT", "0", ("infinity",)),
    ("PM2GO_DBUS_TIMEOUT", "-1s", ("30s",)),
    ("PM2GO_ENABLE_MONITORING", "maybe", ("true", "false")),
    ("DBUS_SYSTEM_BUS_ADDRESS", "nonsense", ("DBUS_SYSTEM_BUS_ADDRESS",)),
    ("DBUS_SESSION_BUS_ADDRESS", "nonsense", ("DBUS_SESSION_BUS_ADDRESS",)),
]


@pytest.mark.parametrize(("variable", "value", "allowed"), VARIABLES)
def test_wrong_variables_are_named_with_what_is_allowed(
    variable: str, value: str, allowed: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    scope: Any = "system" if variable == "DBUS_SYSTEM_BUS_ADDRESS" else "user"
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.Systemd(scope=scope)
    for word in (variable, *allowed):
        assert word in str(caught.value)


@pytest.mark.parametrize(("variable", "value", "_"), VARIABLES[:5])
def test_wrong_variables_do_not_matter_where_an_argument_overrides_them(
    variable: str, value: str, _: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pm2go.Systemd(backend="dbus", timeout=10, monitoring=False) as systemd:
        assert systemd.list_units(TARGET)


@pytest.mark.parametrize("timeout", ["soon", -1, 0, float("nan"), object()])
def test_wrong_timeouts_of_calls(systemd: pm2go.Systemd, timeout: Any) -> None:
    with pytest.raises(pm2go.ConfigError, match="^timeout ") as caught:
        systemd.list_units(timeout=timeout)
    assert str(caught.value)


APPS: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"name": "a b", "command": ["/bin/true"]}, "name"),
    "name-empty": ({"name": "", "command": ["/bin/true"]}, "name"),
    "name-path": ({"name": "../a", "command": ["/bin/true"]}, "name"),
    "nothing-to-run": ({"name": "a"}, "script"),
    "unknown-key": ({"name": "a", "command": ["/bin/true"], "restat": "always"}, "restart"),
    "relative-cwd": ({"name": "a", "command": ["/bin/true"], "cwd": "/nowhere/at/all"}, "/nowhere/at/all"),
    "missing-script": ({"name": "a", "script": "/nowhere/app.py"}, "/nowhere/app.py"),
    "newline": (
        {"name": "a", "command": ["/bin/true"], "description": "x\nExecStart=/bin/sh"},
        "description",
    ),
    "nul": ({"name": "a", "command": ["/bin/true", "a\0b"]}, ""),
    "restart": ({"name": "a", "command": ["/bin/true"], "restart": "sometimes"}, "always"),
    "signal": ({"name": "a", "command": ["/bin/true"], "kill_signal": "SIGNONE"}, "kill_signal is no signal"),
    "env": ({"name": "a", "command": ["/bin/true"], "env": {"A=B": "1"}}, '"A=..." is no name'),
    "extra": ({"name": "a", "command": ["/bin/true"], "extra": {"Service]\n[X": {"A": "1"}}}, ""),
    "extra-key": ({"name": "a", "command": ["/bin/true"], "extra": {"Service": {"A\nB": "1"}}}, ""),
}


@pytest.mark.parametrize(("settings", "says"), APPS.values(), ids=APPS)
def test_wrong_apps_are_refused_before_anything_is_written(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.AppConfig(**settings)
    assert says in str(caught.value)
    assert survives_pickling(caught.value)


@pytest.mark.parametrize("options", [{"unit_dir": "relative"}, {"prefix": "a/b"}])
def test_wrong_options_of_a_manager(options: dict[str, Any]) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.Manager(**options)
    assert caught.value.hint


def test_an_app_whose_script_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(pm2go.ConfigError, match="no-such-file.py"):
        pm2go.AppConfig("a", "no-such-file.py", cwd=tmp_path)
