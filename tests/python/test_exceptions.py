from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import pm2go
from every_exception import CLASSES, MESSAGE, facts_of, seen

BUILTINS = {
    pm2go.ConfigError: ValueError,
    pm2go.UnavailableError: ConnectionError,
    pm2go.ConnectionLostError: ConnectionError,
    pm2go.OperationTimeoutError: TimeoutError,
    pm2go.WatchNotBegunError: TimeoutError,
    pm2go.PermissionDeniedError: PermissionError,
    pm2go.AuthorizationRequiredError: PermissionError,
    pm2go.UnitNotFoundError: LookupError,
    pm2go.StorageError: OSError,
}


def test_all_are_public() -> None:
    assert {cls.__name__ for cls in CLASSES} <= set(pm2go.__all__)


@pytest.mark.parametrize("cls", CLASSES)
def test_facts_are_attributes(cls: type[pm2go.Pm2goError]) -> None:
    error = cls(MESSAGE, **facts_of(cls))
    assert error.message == MESSAGE
    assert error.args == (MESSAGE,)
    for name, value in facts_of(cls).items():
        assert getattr(error, name) == value


@pytest.mark.parametrize("cls", CLASSES)
def test_nothing_is_needed_but_the_message(cls: type[pm2go.Pm2goError]) -> None:
    error = cls(MESSAGE)
    assert str(error) == MESSAGE
    for name in facts_of(cls):
        assert getattr(error, name) in (None, ())


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_copies_keep_everything(cls: type[pm2go.Pm2goError], again: Any) -> None:
    error = cls(MESSAGE, **facts_of(cls))
    vars(error)["extra_fact"] = [1]
    other = again(error)
    assert type(other) is cls
    assert seen(other) == seen(error)
    assert str(other) == str(error)
    assert vars(other)["extra_fact"] == [1]


@pytest.mark.parametrize("cls", CLASSES)
def test_the_builtin_is_a_base(cls: type[pm2go.Pm2goError]) -> None:
    expected = BUILTINS.get(cls)
    others = set(BUILTINS.values()) - set(cls.__mro__)
    assert expected is None or issubclass(cls, expected)
    assert not [other for other in others if issubclass(cls, other)]
    if expected is None:
        assert not issubclass(cls, (OSError, ValueError, LookupError))


@pytest.mark.parametrize("cls", CLASSES)
def test_text_is_message_and_hint(cls: type[pm2go.Pm2goError]) -> None:
    assert str(cls("it 'broke'", hint="look twice")) == "it 'broke'; look twice"


def test_a_job_shows_its_last_lines_and_nothing_that_moves_the_cursor() -> None:
    log = [f"line {number}" for number in range(30)] + ["\x1b[2J\ttab", "x" * 5000]
    error = pm2go.JobFailedError("it failed", hint="look", log=log)
    lines = str(error).splitlines()
    assert lines[:2] == ["it failed; look", "last log lines:"]
    assert lines[2:10] == [f"  line {number}" for number in range(22, 30)]
    assert lines[10] == "  \N{REPLACEMENT CHARACTER}[2J\ttab"
    assert lines[11] == "  " + "x" * 200 + "..."
    assert len(lines) == 12
    assert error.log == tuple(log)


def test_errno_is_what_os_errors_compare_by() -> None:
    error = pm2go.StorageError("cannot write", errno=28, path="/x")
    assert isinstance(error, OSError)
    assert (error.errno, error.path) == (28, "/x")
