"""What is told of a command that has ended."""

from __future__ import annotations

import dataclasses

import pytest

import pm2go
from pm2go.run_result import from_core

#: What the core tells of one of which systemd knows nothing any more.
FORGOTTEN = dict.fromkeys(
    field.name
    for field in dataclasses.fields(pm2go.RunResult)
    if field.name not in {"unit", "stdout", "stderr"}
)


@pytest.mark.parametrize(
    ("found", "returncode", "words"),
    [
        ({"returncode": 3, "result": "exit-code"}, 3, "exit code 3"),
        ({"returncode": -9, "result": "signal"}, -9, "signal"),
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
