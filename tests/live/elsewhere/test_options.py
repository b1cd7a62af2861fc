"""What is wrong with the options that say whose manager is meant, and where."""

from __future__ import annotations

from typing import Any

import pytest

import pm2go


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host": "-oProxyCommand=id"}, "begins as an option does"),
        ({"host": "a b"}, "characters"),
        ({"host": ""}, "empty"),
        ({"machine": "../x"}, "machine is"),
        ({"user": "-x"}, "user is"),
        ({"user": "root", "scope": "system"}, "scope"),
        ({"host": "web1", "address": "unix:path=/x"}, "address"),
        ({"machine": "c1", "runtime_dir": "/x"}, "runtime folder"),
    ],
)
def test_what_is_wrong_is_told_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(pm2go.ConfigError, match=message) as caught:
        pm2go.Systemd(**options)
    assert caught.value.hint


def test_systemctl_reaches_no_users_manager_of_a_host() -> None:
    with pytest.raises(pm2go.UnsupportedError) as caught:
        pm2go.Systemd(host="web1", scope="user", backend="command")
    assert "dbus" in str(caught.value.hint)
