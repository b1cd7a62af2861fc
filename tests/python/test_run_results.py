"""What is told of a command that has ended."""

from __future__ import annotations

import pytest

import pm2go
from pm2go.run_result import from_core

EXITED, KILLED = 1, 2
#: What the core tells of one of which systemd knows nothing any more.
FORGOTTEN = dict.fromkeys(
    [
        "Result",
        "ExecMainCode",
        "ExecMainStatus",
        "InvocationID",
        "ExecMainPID",
        "ExecMainStartTimestamp",
        "ExecMainExitTimestamp",
        "CPUUsageNSec",
        "MemoryPeak",
        "IOReadBytes",
        "IOWriteBytes",
        "OOMKills",
        "ActiveState",
    ]
)


@pytest.mark.parametrize(
    ("found", "returncode", "words"),
    [
        ({"ExecMainCode": EXITED, "ExecMainStatus": 3, "Result": "exit-code"}, 3, "exit code 3"),
        ({"ExecMainCode": KILLED, "ExecMainStatus": 9, "Result": "signal"}, -9, "signal"),
        ({}, None, "systemd has forgotten how"),
    ],
    ids=["exited", "killed", "forgotten"],
)
def test_no_success_is_told_in_words(found: dict[str, object], returncode: int | None, words: str) -> None:
    result = from_core("a.service", {**FORGOTTEN, **found}, None, None, None)
    assert result.returncode == returncode
    with pytest.raises(pm2go.CommandFailedError, match=words) as caught:
        result.check_returncode()
    assert (caught.value.unit, caught.value.returncode) == ("a.service", returncode)
    assert "None" not in str(caught.value)
