# Written by scripts/generate from ../_spawns.py: change that, and run it again.
"""Commands that are started in units of their own, and not waited for."""

from __future__ import annotations

import os

import pm2go
from pm2go import _core
from pm2go._core import Request
from pm2go._results import run_settings, run_words
from pm2go._typing import Iterable, Mapping, typing

from ._runs import AsyncRuns


class AsyncSpawns(AsyncRuns):
    """A client of one manager, with all its verbs."""

    async def spawn(
        self,
        argv: Iterable[typing.Union[str, os.PathLike[str]]],
        *,
        name: typing.Optional[str] = None,
        stdin: typing.Union[int, str, typing.IO[str], typing.IO[bytes], None] = None,
        stdout: typing.Union[int, str, typing.IO[str], typing.IO[bytes], None] = None,
        stderr: typing.Union[int, str, typing.IO[str], typing.IO[bytes], None] = None,
        text: bool = True,
        encoding: str = "utf-8",
        errors: str = "replace",
        env: typing.Optional[Mapping[str, str]] = None,
        cwd: typing.Union[str, os.PathLike[str], None] = None,
        user: typing.Optional[str] = None,
        group: typing.Optional[str] = None,
        slice: typing.Optional[str] = None,  # noqa: A002 - systemd's own word
        description: typing.Optional[str] = None,
        properties: typing.Optional[Mapping[str, object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.AsyncRun:
        """Start a command in a service of its own, and do not wait for its end. `StartTransientUnit` of the manager.

        As `subprocess.Popen`, but systemd starts it, limits it, and counts what it uses; all else is as with `run`. It
        ends with what is returned: when its ``with`` block is left, when nobody has it any more, or when the client is
        closed. (Whoever is killed by `SIGKILL` can end nothing: what he ran goes on to its end, and its unit stays until
        the next command is run on this machine.) One with a name outlives its caller, however he ends: its exit and its
        output are kept until somebody collects them.

        Args:
            argv: The program and its arguments, which stand for themselves; a program without a path is looked for
                in ``PATH``. Everybody can read them.
            name: The name of its service; there must be none of this name. Its output goes to files of ours that nobody else
                can read, below ``/run/pm2go`` or ``$XDG_RUNTIME_DIR/pm2go``.
            stdin: Where it reads from: `subprocess.PIPE`, an open file or its number; nothing by default. `"pty"`: a
                terminal that is written to by us; it is that of its session, for jobs and Ctrl-C.
            stdout: Where its standard output goes: `subprocess.DEVNULL`, `"journal"`, an open file or its number; by
                default to us (`subprocess.PIPE`), to be read; `"pty"`: to the terminal, to be read as well.
            stderr: The same for its standard error; or `subprocess.STDOUT`. What a terminal shows of both is one stream,
                `AsyncRun.stdout`. Its size is that of ``LINES`` and ``COLUMNS`` in `env`, or else of the caller's own; see
                `AsyncRun.resize`.
            text: Whether its streams are of text, with line ends as Python has them, or of bytes.
            encoding: The text's encoding.
            errors: What becomes of output that is none in it, see `bytes.decode`.
            env: Variables that are added to its environment. They reach systemd in a file that nobody else can
                read; those of the property `Environment` everybody can read.
            cwd: The working directory.
            user: The user who runs it, by name or number; root's manager alone can do that.
            group: The group that it runs in.
            slice: The slice that it is in, such as `"batch.slice"`.
            description: What it is, for people.
            properties: Settings of its service by their names in unit files: limits, hardening, ...; values as in
                `set_unit_properties`.
            timeout: How long its start may take, instead of the client's `timeout`.

        Returns:
            The command, which runs: its program was executed.

        Raises:
            JobFailedError: It could not be started, with the reason.
            UnitExistsError: There is a service of this name.
            ConfigError: An argument or a property is wrong, or there is no such program.
            PermissionDeniedError: systemd refused.
            UnsupportedError: systemd cannot be reached by a socket that carries file descriptors, nor is it on another
                host; or some streams lead to the journal of another host, and some do not; or a terminal is wanted on
                another host.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd, await systemd.spawn(["sleep", "60"]) as run:
            ...     await run.terminate()
            ...     await run.wait()
            -15
        """
        settings = run_settings(
            properties,
            WorkingDirectory=cwd,
            User=user,
            Group=group,
            Slice=slice,
            Description=description,
        )
        request = Request.spawn(
            run_words(argv), settings, [*(env or {}).items()], stdin, stdout, stderr, name
        )
        core = await self._run(request, timeout)
        return self._started(core, (encoding, errors) if text else None)

    async def attach(
        self,
        name: str,
        *,
        text: bool = True,
        encoding: str = "utf-8",
        errors: str = "replace",
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.AsyncRun:
        r"""Find a command again that somebody has started with a name: this program, or another one of the same user.

        It may have ended: how it ended, and all that it wrote, is there until somebody has it from `AsyncRun.collect`. If he
        ends before that, it is still there for the next.

        Args:
            name: The name that it was started with.
            text: Whether its outputs are of text, with line ends as Python has them, or of bytes.
            encoding: The text's encoding.
            errors: What becomes of output that is none in it, see `bytes.decode`.
            timeout: How long the search may take, instead of the client's `timeout`.

        Returns:
            The command, with its outputs from the beginning; its input is its starter's.

        Raises:
            UnitNotFoundError: There is none of this name, or it was collected.
            NotOwnedError: There is a unit of this name that is something else.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     run = await systemd.spawn(["echo", "hello"], name="pm2go-example")
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     run = await systemd.attach("pm2go-example")
            ...     (await run.collect()).stdout
            'hello\n'
        """
        core = await self._run(Request.attach(name), timeout)
        return self._started(core, (encoding, errors) if text else None)

    def _started(self, core: _core.Run, text: typing.Optional[tuple[str, str]]) -> pm2go.AsyncRun:
        """Make what stands for a command that was started."""
        raise NotImplementedError
