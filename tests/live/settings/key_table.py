"""Each key of an app, with a value, what the app then has, and what systemd has of it: the one row of a key's test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from live.fixtures.scope import ROOT

#: What the manager of a user refuses.
OF_THE_SYSTEM = {"user", "group"}


@dataclass(frozen=True)
class Row:
    """One key."""

    #: What is given for it.
    given: Any
    #: A property of the unit, and what is in it then.
    shown: tuple[str, str]
    #: What the app has, where that is not what was given.
    has: Any = None
    #: What is given with it.
    beside: dict[str, Any] = field(default_factory=dict)
    #: Whether the unit file says something else than without it.
    is_written: bool = True


#: A script in the place of the command that all other rows have.
SCRIPT: dict[str, Any] = {"command": None, "script": "/bin/sleep", "args": ["60"]}
ENV = "/usr/bin/env"

ROWS: dict[str, Row] = {
    "name": Row("other", ("Id", "pm2-other.service")),
    "script": Row("/bin/sleep", ("ExecStart", "argv[]=/bin/sleep 60"), beside=SCRIPT, is_written=False),
    "command": Row(["/bin/sleep", 61], ("ExecStart", "argv[]=/bin/sleep 61"), ("/bin/sleep", "61")),
    "interpreter": Row(ENV, ("ExecStart", "argv[]=/usr/bin/env /bin/sleep 60"), beside=SCRIPT),
    "interpreter_args": Row(
        ["-i"], ("ExecStart", "env -i /bin/sleep 60"), ("-i",), {**SCRIPT, "interpreter": ENV}
    ),
    "args": Row(["62"], ("ExecStart", "argv[]=/bin/sleep 62"), ("62",), SCRIPT),
    "cwd": Row("/usr", ("WorkingDirectory", "/usr")),
    "env": Row({"KEY": 1}, ("Environment", "KEY=1"), {"KEY": "1"}),
    "environment_file": Row("/etc/hostname", ("EnvironmentFiles", "/etc/hostname")),
    "user": Row("nobody", ("User", "nobody")),
    "group": Row("nogroup", ("Group", "nogroup")),
    "restart": Row("on-failure", ("Restart", "on-failure")),
    "restart_delay": Row("1min 30s", ("RestartUSec", "1min 30s"), 90.0),
    "max_restarts": Row(7, ("StartLimitBurst", "7")),
    "min_uptime": Row(30, ("StartLimitIntervalUSec", "8min"), beside={"restart_delay": 0}),
    "kill_signal": Row("usr1", ("KillSignal", "10"), "SIGUSR1"),
    "kill_timeout": Row("90s", ("TimeoutStopUSec", "1min 30s"), 90.0),
    "restart_signal": Row("hup", ("RestartKillSignal", "1"), "SIGHUP"),
    "description": Row("What it is", ("Description", "What it is")),
    "autostart": Row(given=False, shown=("UnitFileState", "disabled"), is_written=False),
    "extra": Row({"Service": {"Nice": 5}}, ("Nice", "5"), {"Service": {"Nice": ("5",)}}),
}
ROWS_HERE = {key: row for key, row in ROWS.items() if ROOT or key not in OF_THE_SYSTEM}
