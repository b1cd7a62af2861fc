# Written by scripts/generate from ../_transient.py: change that, and run it again.
"""Units without a file: they are there from their start on, and gone when they are down."""

from __future__ import annotations

import os

import pm2go
from pm2go import _core
from pm2go._core import Request
from pm2go._results import given_settings, job_result, run_words
from pm2go._typing import Iterable, Mapping, typing

from ._many_jobs import AsyncManyJobs


class AsyncTransientUnits(AsyncManyJobs):
    """A client of one manager, with the verbs for units without a file."""

    async def start_transient_unit(
        self,
        name: str,
        properties: typing.Optional[Mapping[str, object]] = None,
        *,
        argv: typing.Optional[Iterable[typing.Union[str, os.PathLike[str]]]] = None,
        env: typing.Optional[Mapping[str, str]] = None,
        auxiliary: typing.Optional[Mapping[str, Mapping[str, object]]] = None,
        mode: str = "replace",
        settle: pm2go.Seconds = 0.1,
        log_lines: int = 10,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.JobResult:
        """Start a unit that has no file, wait for the job, and make sure that it did not fail at once.

        `StartTransientUnit` of `org.freedesktop.systemd1.Manager`. The unit outlives its caller; systemd forgets it when
        it is down, and keeps one that failed until `reset_failed_unit`. Over `systemctl` it is started by `systemd-run`,
        and what that cannot do over `systemd-stdio-bridge`. For a command whose end is waited for there is `run`.

        Args:
            name: The unit's name; without a type suffix it is a service. systemd makes services, scopes, slices, timers,
                paths, sockets, mounts and automounts.
            properties: Its settings by their names in unit files, of all sections together; values as in
                `set_unit_properties`. Everybody can read them: secrets belong into `env`.
            argv: What a service runs: the program and its arguments, which stand for themselves; a program without a
                path is looked for in ``PATH``. In its place `ExecStart` among the properties is a command line as unit
                files have it.
            env: Variables that are added to the environment of `argv`. They reach systemd in a file that nobody else can
                read, and that is there as long as the unit; those of the property `Environment` everybody can read.
            auxiliary: Other units that are made with it, each with its settings: the service of a timer, ...
            mode: What to do about other jobs, as for `start_unit`.
            settle: How long the unit has to stay up.
            log_lines: How many log lines an exception carries.
            timeout: How long it may take in all, instead of the client's `timeout`; the job goes on after it.

        Returns:
            The job's result.

        Raises:
            UnitExistsError: There is a unit of this name.
            JobError: The job ended without success; `JobFailedError` if the unit failed, with the reason.
            ConfigError: There is no such property, it cannot have this value, or there is no such program.
            PermissionDeniedError: systemd refused.
            UnsupportedError: `systemd-run` cannot do it, and there is no `systemd-stdio-bridge`.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     await systemd.start_transient_unit("clock", {"MemoryMax": "64M"}, argv=["sleep", "60"])
            ...     result = await systemd.stop_unit("clock")
            <JobResult start clock.service done>
        """
        command = (None if argv is None else run_words(argv), [*(env or {}).items()])
        request = _core.start_transient_unit(name, properties, command, auxiliary, mode, settle, log_lines)
        return job_result(await self._run(request, timeout))

    async def start_scope(
        self,
        *pids: int,
        name: typing.Optional[str] = None,
        slice: typing.Optional[str] = None,  # noqa: A002 - systemd's own word
        description: typing.Optional[str] = None,
        properties: typing.Optional[Mapping[str, object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> str:
        """Put processes that run into a unit of their own: a scope. `StartTransientUnit` of the manager.

        systemd counts and limits what they use together, and can stop them. The scope is gone when the last of them is.
        Where the backend is `"command"` it goes over `systemd-stdio-bridge`.

        Args:
            *pids: The numbers of the processes; without any, this one. What they start later is in the scope, what they
                have started before is not.
            name: The scope's name; by default one that nobody has.
            slice: The slice that it is in, such as `"batch.slice"`.
            description: What it is, for people.
            properties: Its settings by their names in unit files, such as `MemoryMax` and `RuntimeMaxSec`; values as in
                `set_unit_properties`.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The scope's name.

        Raises:
            UnitExistsError: There is a unit of this name.
            ConfigError: There is no such property, or it cannot have this value.
            JobFailedError: There is no such process, or it is somebody else's.
            PermissionDeniedError: systemd refused.
            UnsupportedError: There is no `systemd-stdio-bridge`, where the backend is `"command"`; or the manager is
                on another host, and no processes are given.

        Example:
            >>> import pm2go, subprocess
            >>> process = subprocess.Popen(["sleep", "60"])
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     scope = await systemd.start_scope(process.pid, properties={"RuntimeMaxSec": "1h"})
            ...     await systemd.get_unit_by_pid(process.pid) == scope
            ...     result = await systemd.stop_unit(scope)
            True
            >>> process.communicate()
            (None, None)
        """
        settings = given_settings(Slice=slice, Description=description)
        request = _core.start_scope(pids, name, {**settings, **(properties or {})})
        return job_result(await self._run(request, timeout)).unit

    async def abandon_scope(self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Let the processes of a scope go on without it: systemd stops none of them when the scope is stopped.

        `AbandonScope` of the manager. The scope is gone when its last process is.

        Args:
            name: The scope's name; the suffix may be left out.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            UnitNotFoundError: systemd does not have such a unit in memory.
            ConfigError: It is no scope.
            SystemdError: It is down, or was abandoned before.
            PermissionDeniedError: systemd refused.

        Example:
            >>> import pm2go, subprocess
            >>> process = subprocess.Popen(["sleep", "60"])
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     scope = await systemd.start_scope(process.pid)
            ...     await systemd.abandon_scope(scope)
            ...     (await systemd.get_unit_status(scope)).sub_state
            ...     process.kill()
            'abandoned'
            >>> process.communicate()
            (None, None)
        """
        await self._run(Request.call("abandon_scope", name), timeout)
