"""Apps whose process reports what it received: its arguments, its environment and its working directory."""

from __future__ import annotations

import os
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pm2go
from live.fixtures.scope import UNIT_FOLDER

#: It starts in two milliseconds, and every Debian has it.
PERL = "/usr/bin/perl"
#: The variable that tells the process where to report to.
REPORT = "REPORT_TO"
_PROGRAM = rf"""#!{PERL}
sub bytes_of {{ open(my $in, "<:raw", $_[0]) or die "$_[0]: $!"; local $/; return scalar <$in>; }}
my $path = $ENV{{{REPORT}}};
open(my $out, ">:raw", "$path.new") or die "$path: $!";
my @received = (bytes_of("/proc/self/cmdline"), bytes_of("/proc/self/environ"), readlink("/proc/self/cwd"));
print $out pack("(N/a*)3", @received);
close($out) or die "$path: $!";
rename("$path.new", $path) or die "$path: $!";
"""
SECONDS_TO_REPORT = 30


@dataclass(frozen=True)
class Report:
    """What a process received, byte for byte."""

    argv: list[bytes]
    environ: list[bytes]
    cwd: bytes

    def environment(self) -> dict[str, str]:
        """Return the variables; a name that is there twice is an error."""
        pairs = [entry.decode().partition("=") for entry in self.environ]
        found = {name: value for name, _, value in pairs}
        assert len(found) == len(pairs), f"a variable is there twice: {self.environ!a}"
        return found


@dataclass
class Reporting:
    """A folder for programs, working folders and reports; and the manager that starts the apps."""

    manager: pm2go.Manager
    folder: Path
    script: str = field(init=False)

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)
        self.script = self.program("report.pl")

    def program(self, name: str) -> str:
        """Write the program that reports to a file of this name."""
        path = f"{self.folder}/programs/{name}"
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(_PROGRAM)
        Path(path).chmod(0o755)
        return path

    def perl(self, name: str) -> str:
        """Have Perl under another path."""
        path = Path(f"{self.folder}/programs/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(PERL)
        return str(path)

    def subfolder(self, name: str) -> str:
        """Make a folder to work in."""
        path = f"{self.folder}/work/{name}"
        Path(path).mkdir(parents=True, exist_ok=True)
        return path

    def app(self, name: str, **settings: Any) -> pm2go.AppConfig:
        """Make an app that reports and ends; `settings` are those of `AppConfig`."""
        env = {REPORT: f"{self.folder}/{name}.report", **settings.pop("env", {})}
        given = {"restart": "no", "autostart": False, "cwd": str(self.folder), **settings}
        if "script" not in given and "command" not in given:
            given["script"] = self.script
        return pm2go.AppConfig(name=name, env=env, **given)

    def start(self, app: pm2go.AppConfig) -> Report:
        """Deploy the app, start it, and wait for its report."""
        path = Path(app.env[REPORT])
        path.unlink(missing_ok=True)
        self.manager.start(app, settle=0)
        deadline = time.monotonic() + SECONDS_TO_REPORT
        while not path.exists():
            assert time.monotonic() < deadline, f"no report from {app.to_dict()!a}"
            time.sleep(0.001)
        return _parse(path.read_bytes())


def argv_of(app: pm2go.AppConfig) -> list[str]:
    """Return the arguments that the app's process should receive."""
    if app.command is not None:
        return list(app.command)
    assert app.script is not None
    interpreter = [] if app.interpreter is None else [app.interpreter, *app.interpreter_args]
    return [*interpreter, app.script, *app.args]


def _parse(data: bytes) -> Report:
    parts: list[bytes] = []
    while data:
        (length,) = struct.unpack_from(">I", data)
        parts.append(data[4 : 4 + length])
        data = data[4 + length :]
    argv, environ, cwd = parts
    return Report(argv.split(b"\0")[:-1], environ.split(b"\0")[:-1], cwd)


#: Properties that change from run to run, or with the unit's name or state, and hold no directive.
_VOLATILE = {
    *(
        "Id",
        "Names",
        "FragmentPath",
        "SyslogIdentifier",
        "UID",
        "GID",
        "MainPID",
        "InvocationID",
        "ActiveState",
    ),
    *("SubState", "ControlGroup", "ControlGroupId", "MemoryCurrent", "MemoryAvailable", "CPUUsageNSec"),
    *(
        "TasksCurrent",
        "OOMKills",
        "ManagedOOMKills",
        "ExecMainPID",
        "ExecMainCode",
        "ExecMainStatus",
        "ConditionResult",
        "AssertResult",
        "Job",
    ),
    *(
        "EffectiveCPUs",
        "EffectiveMemoryNodes",
        "IOReadBytes",
        "IOReadOperations",
        "IOWriteBytes",
        "NRestarts",
    ),
    *("IOWriteOperations", "Result", "ActivationDetails", "WatchdogUSec"),
}


def directives(manager: pm2go.Manager, name: str) -> dict[str, Any]:
    """Return what systemd made of an app's unit file: its properties without those of the moment."""
    properties = manager.systemd.get_unit_properties(f"pm2-{name}.service")
    return {
        key: _lasting(key, value)
        for key, value in properties.items()
        if key not in _VOLATILE and "Timestamp" not in key
    }


def _lasting(key: str, value: Any) -> Any:
    """Return what stands in the file: lists of units in no order, commands without how they last ran."""
    if key in ("After", "Before", "Requires", "Wants", "RequiresMountsFor"):
        return sorted(value)
    if key.startswith("Exec") and isinstance(value, list):
        return [command[:3] if isinstance(command, tuple) else command for command in value]
    return value


def listing() -> tuple[int, dict[str, tuple[int, int, int]]]:
    """Return all that can be seen of the folder with the unit files, to tell whether anything was written."""
    UNIT_FOLDER.mkdir(parents=True, exist_ok=True)
    found = {entry.name: entry.stat(follow_symlinks=False) for entry in os.scandir(UNIT_FOLDER)}
    entries = {name: (at.st_ino, at.st_size, at.st_mtime_ns) for name, at in found.items()}
    return UNIT_FOLDER.stat().st_mtime_ns, entries
