from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

import pm2go

from .apps import SLEEP, app


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "api.py"
    path.write_text("print('hello')\n")
    return path


def test_defaults_are_filled_in_and_paths_are_absolute(script: Path) -> None:
    config = pm2go.AppConfig("api", "api.py", cwd=script.parent, args=("--port", 8000))
    assert config.script == str(script)
    assert config.interpreter is not None
    assert Path(config.interpreter).is_absolute()
    assert config.args == ("--port", "8000")
    assert (config.restart, config.kill_timeout, config.autostart) == ("always", 10.0, True)
    assert config.user is None


def test_an_app_makes_itself_again(script: Path) -> None:
    config = pm2go.AppConfig(
        "api",
        script,
        cwd=script.parent,
        env={"PORT": 8000, "FOLDER": script.parent},
        extra={"Service": {"Nice": "5"}, "Unit": {"After": ["a.service", "b.service"]}},
        min_uptime=2,
    )
    again = json.loads(json.dumps(config.to_dict()))
    assert pm2go.AppConfig.from_dict(again) == config
    assert pm2go.AppConfig(**again) == config
    assert config.env["PORT"] == "8000"
    assert config.env["FOLDER"] == str(script.parent)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies_need_no_script(script: Path, again: Any) -> None:
    config = pm2go.AppConfig("api", script, env={"A": "1"})
    script.unlink()
    assert again(config) == config


def test_an_app_is_copied_as_a_whole_and_in_parts() -> None:
    class Clock(pm2go.AppConfig):
        pass

    config = Clock(name="clock", command=SLEEP, env={"A": 1}, extra={"Service": {"Nice": 5}})
    assert type(pickle.loads(pickle.dumps(app()))) is pm2go.AppConfig
    assert type(copy.deepcopy(config)) is Clock
    assert json.loads(json.dumps(config.env)) == {"A": "1"}
    for table in (copy.copy(config.env), copy.deepcopy(config.env), pickle.loads(pickle.dumps(config.env))):
        assert table == config.env
    assert dataclasses.asdict(config)["extra"] == {"Service": {"Nice": ("5",)}}
    again = dataclasses.replace(config, kill_timeout=5)
    assert (type(again), again.kill_timeout, again.env) == (Clock, 5.0, config.env)
    assert len({config, copy.copy(config), again}) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.update(B="2"),
        lambda table: table.pop("A"),
        lambda table: table.clear(),
        lambda table: table.setdefault("B", "2"),
        lambda table: table.popitem(),
        lambda table: table.__setitem__("B", "2"),
        lambda table: table.__delitem__("A"),
        lambda table: table.__ior__({"B": "2"}),
    ],
)
def test_tables_of_an_app_cannot_be_changed(change: Any) -> None:
    config = app(env={"A": 1})
    with pytest.raises(TypeError, match="cannot be changed"):
        change(config.env)
    assert config.env == {"A": "1"}
    assert dict(config.env) | {"B": "2"} == {"A": "1", "B": "2"}


def test_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        app().name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("settings", "named", "advice"),
    [
        ({"comand": ["x"]}, "'comand'", "did you mean command?"),
        ({"autorestart": False}, "autorestart", 'restart="no"'),
        ({"cron_restart": "0 * * * *"}, "cron_restart", "timer"),
        ({"namespace": "web"}, "namespace", "Slice"),
        ({"max_memory_restart": "300M"}, "max_memory_restart", "MemoryMax"),
        ({"instances": 4}, "instances", "several apps"),
        ({"uid": "web"}, "uid", "use user"),
        ({"env_production": {}}, "env_production", "env"),
        ({"apps": []}, "apps is a whole list", "one app at a time"),
        ({"MemoryMax": "1G"}, "MemoryMax", 'extra={"Service": {"MemoryMax": "..."}}'),
        ({"ExecStart": "/bin/true"}, "ExecStart", "use script or command"),
        ({"enviroment": {}}, "'enviroment'", "environment_file"),
        ({"zzz": 1}, "'zzz'", "name, script, command"),
        ({"name": "a b"}, "name", "letters"),
        ({"args": "--port 8000"}, "args is one text", "list"),
        ({"command": "sleep 60"}, "command is one text", "list"),
        ({"command": []}, "command is empty", "program"),
        ({"command": None}, "neither script nor command", "one of them"),
        ({"command": ["/does/not/exist"]}, "/does/not/exist", "program"),
        ({"env": {"A": True}}, "env.A is a truth value", "text"),
        ({"env": {"A": None}}, "env.A is nothing", "text"),
        ({"env": ["A=1"]}, "env is a list", "table"),
        ({"restart": "sometimes"}, "restart", "always"),
        ({"kill_signal": "SIGNOTHING"}, "kill_signal", "SIGINT"),
        ({"max_restarts": 0}, "max_restarts is 0", "restart"),
        ({"autostart": 1}, "autostart is a number", "true or false"),
        ({"user": 3.5, "group": object()}, "group is of the type object", "text"),
    ],
)
def test_what_is_wrong_is_named(settings: dict[str, Any], named: str, advice: str) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        app(**settings)
    assert named in caught.value.message
    assert caught.value.hint is not None
    assert advice in caught.value.hint


def test_a_wrong_type_does_not_show_its_value() -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        app(env={"DB_PASSWORD": b"hunter2"})
    assert "DB_PASSWORD" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_what_lies_in_itself_is_refused_at_once() -> None:
    lists: list[Any] = []
    lists += [lists] * 1000
    table: dict[str, Any] = {}
    table["Service"] = table
    for settings in ({"args": lists}, {"extra": table}, {"env": table}):
        with pytest.raises(pm2go.ConfigError, match="is of the type"):
            app(**settings)


def test_an_app_needs_a_name() -> None:
    for make in (pm2go.AppConfig.from_dict, lambda settings: pm2go.AppConfig(**settings)):
        with pytest.raises(pm2go.ConfigError, match="no name"):
            make({"command": SLEEP})


def test_a_mapping_is_no_name() -> None:
    with pytest.raises(pm2go.ConfigError, match="from_dict"):
        pm2go.AppConfig({"name": "clock", "command": SLEEP})  # type: ignore[arg-type]
