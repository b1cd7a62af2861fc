"""Root alone can run a sshd that lets others in: its tests see to the user scope of a host, too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from live.fixtures import left
from live.fixtures.scope import ROOT
from live.fixtures.ssh_server import SshServer

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What is for other users than root as well.
FOR_ALL = {"test_options.py", "test_users.py"}
collect_ignore = (
    []
    if ROOT
    else [path.name for path in Path(__file__).parent.glob("test_*.py") if path.name not in FOR_ALL]
)


@pytest.fixture(scope="module")
def server() -> Iterator[SshServer]:
    """A host that is this very machine."""
    with SshServer() as started:
        yield started


@pytest.fixture(scope="module", autouse=True)
def no_manager_of_root() -> Iterator[None]:
    """Who logs in as root has one, for some seconds after he has logged out, too."""
    yield
    if ROOT:
        left.stop_manager_of_root()
