"""Apps as files describe them: PM2's keys and times, and several apps where one is expected."""

from __future__ import annotations

import json
import shlex
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pm2go

from .apps import SLEEP, app

if TYPE_CHECKING:
    from pathlib import Path


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


def test_arguments_of_pm2_may_be_one_text(tmp_path: Path) -> None:
    script = tmp_path / "api.py"
    script.touch()
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


@given(st.text(alphabet="ab '\"\\\t\n#$é", max_size=12))
def test_a_line_of_arguments_is_split_as_shlex_does(line: str) -> None:
    def make() -> pm2go.AppConfig:
        return pm2go.AppConfig.from_dict({"name": "true", "script": "/bin/true", "args": line})

    try:
        words = shlex.split(line)
    except ValueError:
        with pytest.raises(pm2go.ConfigError, match="args cannot be split"):
            make()
    else:
        assert make().args == tuple(words)


@pytest.mark.parametrize(
    ("given", "named", "advice"),
    [
        ({"max_memory_restart": "300M"}, "max_memory_restart", "MemoryMax"),
        ({"instances": 4}, "instances", "several apps"),
        ({"exec_mode": "cluster"}, "exec_mode", "SO_REUSEPORT"),
        ({"watch": True}, "watch", "restart"),
        ({"cron_restart": "0 * * * *"}, "cron_restart", "timer"),
        ({"env_production": {}}, "env_production", "env"),
        ({"uid": "a", "user": "b"}, "user is given twice", "once"),
        ({"args": "'"}, "args cannot be split", "list"),
        ({"nmae": "x"}, "'nmae'", "did you mean name?"),
        ({"log_date_format": "YYYY"}, "log_date_format", "journalctl"),
        ({"port": 80}, "port", "PORT"),
        ({"autorestart": "yes"}, "autorestart", 'restart="always"'),
        ({1: "x"}, "a name in the app is of the type int", "names"),
    ],
)
def test_keys_of_pm2_that_mean_something_else(given: dict[str, Any], named: str, advice: str) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.AppConfig.from_dict({"name": "clock", "command": SLEEP, **given})
    assert named in caught.value.message
    assert caught.value.hint is not None
    assert advice in caught.value.hint


@pytest.mark.parametrize("key", ["restart_delay", "min_uptime", "kill_timeout"])
@pytest.mark.parametrize(
    ("value", "beside"),
    [(4000, {}), (100, {}), (1600.0, {}), ("4000", {}), (3, {"watch": False}), (1600, {"autorestart": True})],
)
def test_milliseconds_of_pm2_are_never_taken_for_seconds(
    key: str, value: Any, beside: dict[str, Any]
) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.AppConfig.from_dict({"name": "clock", "command": SLEEP, key: value, **beside})
    assert key in caught.value.message
    assert caught.value.hint is not None
    assert (
        f'"{value:g}s" for seconds' in caught.value.hint if value != "4000" else '"4s"' in caught.value.hint
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(4, 4.0), ("4s", 4.0), ("4000s", 4000.0), ("1600ms", 1.6), (timedelta(minutes=5), 300.0), (0.5, 0.5)],
)
def test_times_that_can_mean_one_thing_only(value: Any, seconds: float) -> None:
    config = pm2go.AppConfig.from_dict({"name": "clock", "command": SLEEP, "restart_delay": value})
    assert config.restart_delay == seconds
    beside = {"autorestart": True, "min_uptime": "10s"}
    assert pm2go.AppConfig.from_dict({"name": "clock", "command": SLEEP, **beside}).min_uptime == 10.0


def test_long_times_come_back_from_json() -> None:
    config = app(restart_delay="2h", kill_timeout=100.5, min_uptime=60)
    again = json.loads(json.dumps(config.to_dict()))
    assert (again["restart_delay"], again["kill_timeout"], again["min_uptime"]) == ("7200s", "100.5s", 60.0)
    assert pm2go.AppConfig.from_dict(again) == config


CLOCK = {"name": "clock", "command": SLEEP}


@pytest.mark.parametrize(
    ("given", "named", "advice"),
    [
        ({"apps": [CLOCK]}, "whole list of apps", "one app at a time"),
        ([CLOCK], "type list", "one app at a time"),
        ((CLOCK,), "type tuple", "one app at a time"),
        (iter([CLOCK]), "type list_iterator", "one app at a time"),
        ("clock", "not a name", "restart()"),
        (None, "type NoneType", "AppConfig or a mapping"),
        (5, "type int", "AppConfig or a mapping"),
    ],
)
def test_one_app_is_taken_at_a_time(given: Any, named: str, advice: str) -> None:
    with pm2go.Manager(backend="command") as manager:
        for take in (pm2go.AppConfig.from_dict, manager.start):
            with pytest.raises(pm2go.ConfigError) as caught:
                take(given)
            assert named in caught.value.message
            assert caught.value.hint is not None
            assert advice in caught.value.hint
