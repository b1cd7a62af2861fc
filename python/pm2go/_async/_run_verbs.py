# Written by scripts/generate from ../_run_verbs.py: change that, and run it again.
"""Commands that were started: what can be asked of one."""

from __future__ import annotations

import pm2go
from pm2go._run_base import RunBase
from pm2go._typing import typing


class AsyncRunVerbs(RunBase):
    """A command that was started, with all its verbs."""

    _systemd: pm2go.AsyncSystemd

    async def poll(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> typing.Optional[int]:
        """Tell whether it has ended, without waiting for that.

        Args:
            timeout: How long the question may take, instead of the client's `timeout`.

        Returns:
            Its `returncode`; `None` while it runs.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd, await systemd.spawn(["sleep", "60"]) as run:
            ...     print(await run.poll())
            None
        """
        await self._systemd._run(self._core.look(), timeout)  # noqa: SLF001 - a part of the client
        return self.returncode

    async def wait(self, timeout: typing.Optional[pm2go.Seconds] = None) -> typing.Optional[int]:
        """Wait for its end. Its streams are left alone: one that writes more than a pipe holds waits for a reader.

        Args:
            timeout: How long to wait; by default as long as it takes. It goes on after that.

        Returns:
            Its `returncode`; `None` if somebody else has removed its service, and nobody can tell any more.

        Raises:
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd, await systemd.spawn(["/bin/sh", "-c", "exit 7"]) as run:
            ...     await run.wait()
            7
        """
        await self._systemd._run(self._core.wait(), timeout)  # noqa: SLF001 - a part of the client
        return self.returncode

    async def communicate(
        self,
        input: typing.Union[str, bytes, None] = None,  # noqa: A002 - as in subprocess
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> tuple[typing.Union[str, bytes, None], typing.Union[str, bytes, None]]:
        """Write to its input and close it, read all that it writes, and wait for its end.

        Args:
            input: What it reads from its standard input, which has to be `subprocess.PIPE` for that.
            timeout: How long it may take; by default as long as it does. It goes on after that, nothing is lost, and
                another call goes on as well (without `input`).

        Returns:
            What it wrote to its standard output and to its standard error, each `None` where that is no pipe.

        Raises:
            OperationTimeoutError: It took too long.
            ConfigError: There is input, and its standard input is no pipe.

        Example:
            >>> import pm2go, subprocess
            >>> async with pm2go.AsyncSystemd() as systemd, await systemd.spawn(["cat"], stdin=subprocess.PIPE) as run:
            ...     await run.communicate("hello")
            ('hello', '')
        """
        self._put(input)
        await self._systemd._run(self._core.exchange(), timeout)  # noqa: SLF001 - a part of the client
        self._output = self._rest()
        return self._output

    async def collect(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> pm2go.RunResult:
        r"""Do what `communicate` does, and tell how it ended and what it used. Of a named one nothing is left then.

        Args:
            timeout: How long it may take; by default as long as it does. It goes on after that, and nothing is lost.

        Returns:
            How it ended, what it used, and what it wrote, as far as nobody has read that before.

        Raises:
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd, await systemd.spawn(["echo", "hello"]) as run:
            ...     (await run.collect()).stdout
            'hello\n'
        """
        if self._output == (None, None):
            await self._systemd._run(self._core.exchange(), timeout)  # noqa: SLF001 - a part of the client
            self._output = self._rest()
        result = self._result()
        # Who ends before this leaves it to the next.
        await self._systemd._run(self._core.discard(), None)  # noqa: SLF001 - a part of the client
        return result

    async def send_signal(
        self,
        signal: typing.Union[int, str],
        *,
        whom: typing.Literal["main", "all"] = "main",
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> None:
        """Send it a signal; nothing happens if it has ended. `KillUnit` of the manager.

        Args:
            signal: The signal's number or name, such as `signal.SIGINT` or `"SIGINT"`.
            whom: Its main process, or all of its processes.
            timeout: How long it may take, instead of the client's `timeout`.

        Raises:
            ConfigError: There is no such signal.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd, await systemd.spawn(["sleep", "60"]) as run:
            ...     await run.send_signal("SIGINT")
            ...     await run.wait()
            -2
        """
        request = self._core.send_signal(signal, whom == "all")
        await self._systemd._run(request, timeout)  # noqa: SLF001 - a part of the client

    async def terminate(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """Ask its main process to end: send it `SIGTERM`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd, await systemd.spawn(["sleep", "60"]) as run:
            ...     await run.terminate()
            ...     await run.wait()
            -15
        """
        request = self._core.send_signal("SIGTERM", everybody=False)
        await self._systemd._run(request, timeout)  # noqa: SLF001 - a part of the client

    async def kill(self, *, timeout: typing.Optional[pm2go.Seconds] = None) -> None:
        """End it, with all of its processes: send them `SIGKILL`.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd, await systemd.spawn(["sleep", "60"]) as run:
            ...     await run.kill()
            ...     await run.wait()
            -9
        """
        request = self._core.send_signal("SIGKILL", everybody=True)
        await self._systemd._run(request, timeout)  # noqa: SLF001 - a part of the client

    def _put(self, data: typing.Union[str, bytes, None]) -> None:
        """Have this written next to its input."""
        raise NotImplementedError

    def _rest(self) -> tuple[typing.Union[str, bytes, None], typing.Union[str, bytes, None]]:
        """Return what was read of its outputs, and nobody has taken."""
        raise NotImplementedError
