"""What is generated says of the awaited face what holds there. (`scripts/generate --check` says whether it is current.)"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from generate import awaited  # noqa: E402

SOURCE = '''
from ._client import ClientBase
from ._core import Request
from .job import Job

class UnitJobs(ClientBase):
    """Speaks of a `Job`, and é."""

    def wait_a_while(self, name: str) -> Job:
        """Give a `Job` of a `Systemd`.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.wait_a_while("é").unit  # é
            ...     [name for name in systemd.wait_a_while("b")]
            'é'
        """
        # A comment, é.
        return self._run(Request.é(name)).unit + [*self._run(name)]

    def look(self) -> str:
        """Wait for nothing."""
        return "é"
'''
EXPECTED = '''
from pm2go._client import ClientBase
from pm2go._core import Request
from pm2go.aio_job import AsyncJob

class AsyncUnitJobs(ClientBase):
    """Speaks of an `AsyncJob`, and é."""

    async def wait_a_while(self, name: str) -> AsyncJob:
        """Give an `AsyncJob` of an `AsyncSystemd`.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     (await systemd.wait_a_while("é")).unit  # é
            ...     [name for name in await systemd.wait_a_while("b")]
            'é'
        """
        # A comment, é.
        return (await self._run(Request.é(name))).unit + [*await self._run(name)]

    def look(self) -> str:
        """Wait for nothing."""
        return "é"
'''


def test_the_awaited_twin_of_a_module() -> None:
    assert awaited.awaited(SOURCE, {"wait_a_while"}) == EXPECTED


def test_a_class_without_a_twin_is_named() -> None:
    with pytest.raises(KeyError, match="Unknown"):
        awaited.awaited("class Unknown:\n    pass\n", set())
