"""Commands that are run in units of their own."""

from __future__ import annotations

import os

import pm2go

from ._core import Request
from ._results import output_as_text, run_result, run_settings, run_words
from ._typing import Iterable, Mapping, typing
from ._units import Units
from .exceptions import OperationTimeoutError


class Runs(Units):
    """A client of one manager, with all its verbs."""

    def run(
        self,
        argv: Iterable[typing.Union[str, os.PathLike[str]]],
        *,
        input: typing.Union[str, bytes, None] = None,  # noqa: A002 - as in subprocess
        stdin: typing.Union[int, str, typing.IO[str], typing.IO[bytes], None] = None,
        stdout: typing.Union[int, str, typing.IO[str], typing.IO[bytes], None] = None,
        stderr: typing.Union[int, str, typing.IO[str], typing.IO[bytes], None] = None,
        text: bool = True,
        encoding: str = "utf-8",
        errors: str = "replace",
        check: bool = False,
        env: typing.Optional[Mapping[str, str]] = None,
        cwd: typing.Union[str, os.PathLike[str], None] = None,
        user: typing.Optional[str] = None,
        group: typing.Optional[str] = None,
        slice: typing.Optional[str] = None,  # noqa: A002 - systemd's own word
        description: typing.Optional[str] = None,
        properties: typing.Optional[Mapping[str, object]] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.RunResult:
        """Run a command in a service of its own, and wait for its end. `StartTransientUnit` of the manager.

        As `subprocess.run`, but systemd starts it, limits it, counts what it uses, and leaves nothing of it behind:
        when the wait ends, by a time-out, Ctrl-C or a cancelled task as well, all that is left of it is killed. It
        has the manager's environment and working directory, not those of the caller. On another host its streams go
        over ssh: `systemd-run` starts it there, and programs are looked for there.

        Args:
            argv: The program and its arguments, which stand for themselves; a program without a path is looked for
                in ``PATH``. Everybody can read them.
            input: What it reads from its standard input.
            stdin: Where it reads from instead: an open file or its number; nothing by default. `"pty"`: a terminal, to
                which `input` is written; it is that of its session, for jobs and Ctrl-C.
            stdout: Where its standard output goes: `subprocess.DEVNULL`, `"journal"`, an open file or its number; by
                default (`subprocess.PIPE`) into the result; `"pty"`: to the terminal, and so into the result.
            stderr: The same for its standard error; or `subprocess.STDOUT`. What a terminal shows of both is one stream,
                in `stdout`. Its size is that of ``LINES`` and ``COLUMNS`` in `env`, or else of the caller's own.
            text: Whether output is text, with line ends as Python has them, or bytes.
            encoding: The text's encoding.
            errors: What becomes of output that is none in it, see `bytes.decode`.
            check: Whether an end without success raises.
            env: Variables that are added to its environment. They reach systemd in a file that nobody else can
                read; those of the property `Environment` everybody can read.
            cwd: The working directory.
            user: The user who runs it, by name or number; root's manager alone can do that.
            group: The group that it runs in.
            slice: The slice that it is in, such as `"batch.slice"`.
            description: What it is, for people.
            properties: Settings of its service by their names in unit files: limits, hardening, ...; values as in
                `set_unit_properties`.
            timeout: How long it may take; by default as long as it does.

        Returns:
            How it ended, what it wrote, and what it used.

        Raises:
            CommandFailedError: With `check`: its exit code is not 0, or a signal ended it.
            JobFailedError: It could not be started, with the reason.
            OperationTimeoutError: It took too long, and was killed; `stdout` and `stderr` have what it wrote.
            ConfigError: An argument or a property is wrong, or there is no such program.
            PermissionDeniedError: systemd refused.
            ConnectionLostError: ssh, which carried its streams, was ended; what was left of it is killed.
            UnsupportedError: systemd cannot be reached by a socket that carries file descriptors, nor is it on another
                host; or some streams lead to the journal of another host, and some do not; or a terminal is wanted on
                another host.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.run(["tr", "a-z", "A-Z"], input="hello", properties={"MemoryMax": "64M"}).stdout
            'HELLO'
        """
        settings = run_settings(
            properties, WorkingDirectory=cwd, User=user, Group=group, Slice=slice, Description=description
        )
        data = input.encode(encoding) if isinstance(input, str) else input
        request = Request.run(
            run_words(argv),
            settings,
            [*(env or {}).items()],
            data,
            stdin,
            stdout,
            stderr,
        )
        try:
            told = self._run(request, timeout)
        except OperationTimeoutError as error:
            if text:
                output_as_text(error, encoding, errors)
            raise
        result = run_result(told, (encoding, errors) if text else None)
        if check:
            result.check_returncode()
        return result
