"""Why an app did not start, in plain words; and what is shown of one that did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.systemctl import show
from live.fixtures.waiting import wait_until

from .samples import FACES, Call, app, shell, unit_of

if TYPE_CHECKING:
    from pathlib import Path

    from live.fixtures.units import UnitFiles
    from live.fixtures.ways import Way


@pytest.fixture(params=FACES)
def call(request: pytest.FixtureRequest, way: Way) -> Call:
    """Does a verb of a manager's, by each face and on each way to systemd."""
    return FACES[request.param](way)


#: What stands in a script, its exit code, and what is said of it.
#: Of the type oneshot a job lasts as long as its process: nobody has to wait for that by the clock.
ONESHOT = {"Service": {"Type": "oneshot"}}
SCRIPTS: dict[str, tuple[bytes, int, str, str]] = {
    "CRLF": (b"#!/bin/sh\r\nsleep 300\r\n", 203, "end in CRLF", "sed -i"),
    "CRLF behind env": (b"#!/usr/bin/env sh\r\nsleep 300\r\n", 127, "end in CRLF", "sed -i"),
    "no such interpreter": (
        b"#!/no/python\nprint()\n",
        203,
        "/no/python, which the first line",
        "install it",
    ),
    "no such command": (
        b"#!/usr/bin/env no-python\n",
        127,
        "no-python, which the first line",
        "give interpreter",
    ),
    "empty": (b"", 203, "is empty", "write the program"),
    "blank first line": (b"\n#!/bin/sh\nsleep 300\n", 203, "its first line is blank", "give interpreter"),
    "no first line": (b"sleep 300\n", 203, "names no interpreter", "give interpreter"),
    "byte order mark": (
        b"\xef\xbb\xbf#!/bin/sh\nsleep 300\n",
        203,
        "byte order mark",
        "take the byte order mark",
    ),
}


@pytest.mark.parametrize(("text", "code", "reason", "hint"), SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_that_cannot_be_executed(
    manager: pm2go.Manager,
    units: UnitFiles,
    public_path: Path,
    text: bytes,
    code: int,
    reason: str,
    hint: str,
) -> None:
    name = units.app()
    script = public_path / "program"
    script.write_bytes(text)
    script.chmod(0o755)
    with pytest.raises(pm2go.JobFailedError) as caught:
        manager.start(pm2go.AppConfig(name, script, restart="no", extra=ONESHOT), log_lines=0)
    error = caught.value
    assert (error.unit, error.exit_code) == (unit_of(name), code)
    assert str(script) in error.message
    assert reason in error.message
    assert hint in (error.hint or "")
    assert error.done == ("unit file written", "enabled")
    with pytest.raises(pm2go.JobFailedError, match=reason):
        manager.restart(name, log_lines=0)


def test_a_program_that_is_gone(manager: pm2go.Manager, units: UnitFiles, public_path: Path) -> None:
    name = units.app()
    script = public_path / "program"
    script.write_text("#!/bin/sh\nexec sleep 300\n")
    script.chmod(0o755)
    manager.start(pm2go.AppConfig(name, script, restart="no"), settle=0)
    script.unlink()
    with pytest.raises(pm2go.JobFailedError, match=f"{script} does not exist"):
        manager.restart(name, log_lines=0)


@pytest.mark.parametrize("key", ["StandardOutput", "StandardError"])
@pytest.mark.parametrize("kind", ["append", "file"])
def test_a_log_file_in_a_folder_that_is_missing(
    manager: pm2go.Manager, units: UnitFiles, public_path: Path, key: str, kind: str
) -> None:
    name = units.app()
    folder = public_path / "missing"
    extra = {"Service": {key: f"{kind}:{folder}/out.log"}}
    with pytest.raises(pm2go.JobFailedError, match=f"the folder {folder} does not exist") as caught:
        manager.start(app(name, restart="no", extra=extra), log_lines=0)
    assert f"{key}=" in caught.value.message
    assert "make the folder" in (caught.value.hint or "")


def test_a_program_that_puts_itself_into_the_background(call: Call, units: UnitFiles) -> None:
    name = units.app()
    daemon = shell(name, "(sleep 300 &); sleep 0.3; exit 0", restart_delay=300)
    with pytest.raises(pm2go.JobFailedError, match="into the background") as caught:
        call("start", daemon, settle=2, log_lines=0)
    assert "run it in the foreground" in (caught.value.hint or "")
    assert '{"Service": {"Type": "forking"}}' in (caught.value.hint or "")
    assert call(
        "start", shell(name, "(sleep 300 &) ; exit 0", extra={"Service": {"Type": "forking"}})
    ).changed


# ---------------------------------------------------------------------------------------------- what is shown


def test_a_folder_that_may_be_missing_is_shown_as_it_is(
    call: Call, units: UnitFiles, public_path: Path
) -> None:
    name = units.app()
    folder = f"-{public_path}/missing"
    call("start", app(name), settle=0.02)
    units.write(f"{unit_of(name)}.d/folder.conf", f"[Service]\nWorkingDirectory={folder}\n")
    found = call("describe", name)
    assert found.working_directory == folder
    assert folder in str(found)


DOLLARS = ["/bin/sh", "-c", "exec sleep 300", "$$", "a$$$$b", "$HOME"]


def test_dollars_are_shown_as_the_program_gets_them(call: Call, units: UnitFiles, public_path: Path) -> None:
    name = units.app()
    call("start", app(name, command=DOLLARS), settle=0.02)
    assert call("describe", name).exec_start[1:] == tuple(DOLLARS[1:])
    # A program with a dollar in its path has the prefix ":", under which systemd leaves them all alone.
    program = public_path / "a$b"
    program.symlink_to("/bin/sh")
    call("start", app(name, command=[str(program), *DOLLARS[1:]]), settle=0.02)
    assert call("describe", name).exec_start == (str(program), *DOLLARS[1:])
    wait_until(lambda: show(unit_of(name), "MainPID") != "0")


def test_every_command_is_shown(call: Call, units: UnitFiles) -> None:
    name = units.app()
    extra: dict[str, dict[str, Any]] = {"Service": {"Type": "oneshot", "RemainAfterExit": "yes"}}
    call("start", app(name, command=["/bin/true", "one"], restart="no", extra=extra), settle=0)
    units.write(f"{unit_of(name)}.d/more.conf", "[Service]\nExecStart=/bin/true two --password=x\n")
    found = call("describe", name)
    assert [command[1:] for command in found.commands] == [("one",), ("two", "--password=***")]
    assert found.exec_start == found.commands[0]
    assert "one ; " in str(found)
    assert found.to_dict()["commands"][1][1] == "two"
