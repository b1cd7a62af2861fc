"""What an app was given, beside what its process, systemd and the unit file have of it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from live.fixtures.scope import SCOPE_OPTION, UNIT_FOLDER

from .reporting import argv_of, directives

if TYPE_CHECKING:
    import pm2go

    from .reporting import Reporting


@dataclass(frozen=True)
class Baseline:
    """What a unit is like that was given nothing special."""

    directives: dict[str, Any]
    variables: frozenset[str]


def differences(reporting: Reporting, baseline: Baseline, app: pm2go.AppConfig) -> list[str]:
    """Start the app; name what its process received, or systemd or the file says, that is not as given."""
    report = reporting.start(app)
    received = report.environment()
    # systemd has variables of its own, which the app may set too.
    ours = {
        name: value for name, value in received.items() if name in app.env or name not in baseline.variables
    }
    argv = argv_of(app)
    seen: dict[str, tuple[Any, Any]] = {
        "argv": (report.argv, [word.encode() for word in argv]),
        "environ": (ours, dict(app.env)),
        "cwd": (report.cwd, app.cwd.encode()),
    }
    told = directives(reporting.manager, app.name)
    verbatim = "$" in argv[0]
    words = argv if verbatim else [argv[0], *(word.replace("$", "$$") for word in argv[1:])]
    seen |= {
        "ExecStart": (told.pop("ExecStart"), [(argv[0], words, False)]),
        "ExecStartEx": (told.pop("ExecStartEx"), [(argv[0], words, ["no-env-expand"] if verbatim else [])]),
        "Environment": (sorted(told.pop("Environment")), sorted(map("=".join, app.env.items()))),
        "WorkingDirectory": (told.pop("WorkingDirectory"), app.cwd),
        "Description": (told.pop("Description"), app.description or app.name),
    }
    told.pop("RequiresMountsFor")
    seen |= {key: (value, baseline.directives.get(key)) for key, value in told.items()}
    status = reporting.manager.systemd.get_unit_status(f"pm2-{app.name}.service")
    seen |= {
        "description": (status.description, app.description or app.name),
        "config": (reporting.manager.describe(app.name).config, app),
    }
    return [f"{what}: {got!a} is not {wanted!a}" for what, (got, wanted) in seen.items() if got != wanted]


def complaints(names: str) -> list[str]:
    """Return what the manager said in the journal about lines of the unit files of apps whose names begin so."""
    command = ["journalctl", "--boot", "--no-pager", "--all", "--output=cat", *SCOPE_OPTION]
    said = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    return re.findall(
        re.escape(str(UNIT_FOLDER)) + rf"/pm2-{names}[^\n]*:\d+:[^\n]*", said.decode(errors="replace")
    )
