"""The verbs that restart and reload: one method as the other, but for what is said of it."""

from __future__ import annotations

from pathlib import Path

PATH = Path(__file__).parents[1] / "python" / "pm2go" / "_restarts.py"

HEAD = '''# Written by scripts/generate from generate/restarts.py: change that, and run it again.
"""Restart and reload of units."""

from __future__ import annotations

import pm2go

from ._core import Request
from ._results import job_result
from ._telling import telling
from ._typing import typing
from ._unit_jobs import UnitJobs


class Restarts(UnitJobs):
    """A client of one manager, with the verbs that restart and reload units."""
'''

METHOD = '''
    def {name}_unit(
        self,
        name: str,
        *,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        daemon_reload: bool = False,
        log: typing.Optional[typing.Callable[[pm2go.journal.Entry], object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """{summary} `{method}` of the manager.
{details}
        Args:
            name: The unit's name; without a type suffix it is a service.
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long the unit has to stay up.
            log_lines: How many log lines an exception carries.
            daemon_reload: Whether to have all unit files read again before.
            log: As for `start_unit`.
            timeout: How long it may take in all, instead of the client's `timeout`; the job goes on after it.
                `"unit"` stands for as long as systemd gives the unit by its own limits (``TimeoutStartSec=``, ...).

        Returns:
            The job's result{returns}.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnitMaskedError: The unit is masked.
{raises}            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> {app}
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.systemd.{name}_unit("pm2-clock")
            ...     left = manager.delete("clock")
            <JobResult {verb} pm2-clock.service done>
        """
        request = Request.run_job("{verb}", name, mode, settle, log_lines, daemon_reload)
        return job_result(self._run(request, timeout, telling(log, name)))
'''

CLOCK = 'clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])'
RELOADS = """extra = {"Service": {"ExecReload": "/bin/true"}}
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"], extra=extra)"""
UNCHANGED = "; `changed` says whether it runs anew"
CANNOT = "            UnsupportedError: The unit's file does not say how it is reloaded (``ExecReload=``).\n"

#: systemd's verb, what it does, what else there is to say, and what an example needs.
VERBS = [
    ("restart", "Stop a unit if it runs, and start it.", "", CLOCK),
    (
        "try-restart",
        "Restart a unit if it runs.",
        "One that is down stays down: that is a success, and nothing changed.",
        CLOCK,
    ),
    (
        "reload",
        "Have a unit read its configuration again, as its file says.",
        "The unit's configuration, that is, and not its unit file: see `daemon_reload` for that.",
        RELOADS,
    ),
    (
        "reload-or-restart",
        "Reload a unit if it can be, else restart it; start it if it is down.",
        "",
        RELOADS,
    ),
    (
        "reload-or-try-restart",
        "Reload a unit if it can be reloaded, else restart it, if it runs.",
        "One that is down stays down: that is a success, and nothing changed.",
        RELOADS,
    ),
]


def write_all() -> dict[Path, str]:
    """The text of the file."""
    return {PATH: HEAD + "".join(method(*row) for row in VERBS)}


def method(verb: str, summary: str, details: str, app: str) -> str:
    """The method of one verb."""
    words = verb.split("-")
    return METHOD.format(
        name="_".join(words),
        verb=verb,
        method="".join(map(str.title, words)) + "Unit",
        summary=summary,
        details=f"\n        {details}\n" if details else "",
        returns="" if verb == "restart" else UNCHANGED,
        raises=CANNOT if verb == "reload" else "",
        app=app,
    )
