from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import pm2go

SLEEP = ["/bin/sleep", "60"]


def app(**settings: Any) -> pm2go.AppConfig:
    return pm2go.AppConfig(**{"name": "clock", "command": SLEEP, **settings})


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


def test_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        app().name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("key", ["restart_delay", "min_uptime", "kill_timeout"])
@pytest.mark.parametrize("value", [2, 2.0, timedelta(seconds=2)])
def test_times_are_seconds_or_timedeltas(key: str, value: Any) -> None:
    assert getattr(app(**{key: value}), key) == 2.0


@pytest.mark.parametrize(
    ("settings", "named", "advice"),
    [
        ({"comand": ["x"]}, "'comand'", "did you mean command?"),
        ({"enviroment": {}}, "'enviroment'", "environment_file"),
        ({"zzz": 1}, "'zzz'", "name, script, command"),
        ({"name": "a b"}, "name", "letters"),
        ({"args": "--port 8000"}, "args is one text", "list"),
        ({"command": "sleep 60"}, "command is one text", "list"),
        ({"command": []}, "command is empty", "program"),
        ({"command": None}, "neither script nor command", "one of them"),
        ({"command": ["/does/not/exist"]}, "/does/not/exist", "program"),
        ({"env": {"A": True}}, "env A is of the type bool", "text"),
        ({"env": {"A": None}}, "env A is of the type NoneType", "text"),
        ({"env": ["A=1"]}, "env is of the type list", "mapping"),
        ({"restart": "sometimes"}, "restart", "always"),
        ({"kill_signal": "SIGNOTHING"}, "kill_signal", "SIGINT"),
        ({"kill_timeout": "10s"}, "kill_timeout is of the type str", "seconds"),
        ({"kill_timeout": -1}, "kill_timeout", "negative"),
        ({"max_restarts": True}, "max_restarts is of the type bool", "whole number"),
        ({"max_restarts": 0}, "max_restarts is 0", "restart"),
        ({"autostart": 1}, "autostart is of the type int", "True"),
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


def test_secrets_are_warned_of_by_name_where_the_app_is_made() -> None:
    with pytest.warns(pm2go.Pm2goSecretWarning, match="DB_PASSWORD") as caught:
        config = app(env={"DB_PASSWORD": "hunter2", "MODE": "prod"})
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert "hunter2" not in str(caught[0].message)
    assert "hunter2" not in repr(config)
    assert "DB_PASSWORD" in repr(config)


def test_nothing_secret_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app(env={"MODE": "prod", "PORT": 8000, "EMPTY": ""})


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ({"autorestart": False}, {"restart": "no"}),
        ({"autorestart": True}, {"restart": "always"}),
        ({"uid": "nobody", "gid": 65534}, {"user": "nobody", "group": "65534"}),
        ({"exec_mode": "fork", "instances": 1, "watch": False}, {}),
    ],
)
def test_keys_of_pm2_that_mean_the_same(given: dict[str, Any], ours: dict[str, Any]) -> None:
    assert pm2go.AppConfig.from_dict({"name": "clock", "command": SLEEP, **given}) == app(**ours)


def test_arguments_of_pm2_may_be_one_text(script: Path) -> None:
    config = pm2go.AppConfig.from_dict(
        {
            "name": "api",
            "script": script,
            "exec_interpreter": "python3",
            "node_args": "-u",
            "args": "-p '8 0'",
        }
    )
    assert (config.interpreter_args, config.args) == (("-u",), ("-p", "8 0"))


@pytest.mark.parametrize(
    ("given", "named", "advice"),
    [
        ({"max_memory_restart": "300M"}, "max_memory_restart", "MemoryMax"),
        ({"instances": 4}, "instances", "several apps"),
        ({"exec_mode": "cluster"}, "exec_mode", "SO_REUSEPORT"),
        ({"watch": True}, "watch", "restart"),
        ({"cron_restart": "0 * * * *"}, "cron_restart", "timer"),
        ({"env_production": {}}, "env_production", "env"),
        ({"autorestart": True, "kill_timeout": 1600}, "kill_timeout", "seconds"),
        ({"uid": "a", "user": "b"}, "user is given twice", "once"),
        ({"args": "'"}, "args cannot be split", "list"),
        ({"nmae": "x"}, "'nmae'", "did you mean name?"),
    ],
)
def test_keys_of_pm2_that_mean_something_else(given: dict[str, Any], named: str, advice: str) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.AppConfig.from_dict({"name": "clock", "command": SLEEP, **given})
    assert named in caught.value.message
    assert caught.value.hint is not None
    assert advice in caught.value.hint


def test_an_app_needs_a_name() -> None:
    with pytest.raises(pm2go.ConfigError, match="no name"):
        pm2go.AppConfig.from_dict({"command": SLEEP})
