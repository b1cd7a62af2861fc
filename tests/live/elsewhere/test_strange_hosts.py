"""Hosts that lack something, and login shells of all kinds: what is wrong is told soon, and in its own words."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

import pm2go
from live.fixtures.scope import UNIT_FOLDER
from live.fixtures.ssh_server import SshServer
from pm2go import journal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live.fixtures.units import UnitFiles

#: How long a call may take, in seconds: much longer than any needs, so that what is told is never its end.
LONG = 60
#: How long is waited for a host that never answers.
SHORT = 2
APP = {"name": "elsewhere-strange", "command": ["/bin/sleep", "300"], "cwd": "/"}

Call = Callable[[pm2go.Systemd, float], object]

#: What is asked, over a bus there or by a shell, and within how many seconds.
CALLS: dict[str, Call] = {
    "list_units": lambda it, timeout: it.list_units(timeout=timeout),
    "run": lambda it, timeout: it.run(["/bin/true"], timeout=timeout),
    "cat_unit": lambda it, timeout: it.cat_unit("basic.target", timeout=timeout),
    "Manager.list": lambda it, timeout: pm2go.Manager(it).list(timeout=timeout),
    "Manager.start": lambda it, timeout: pm2go.Manager(it).start(APP, timeout=timeout),
}

#: What sshd does in place of what it is told, what the error says of that, and what to do.
STRANGE = {
    "no systemd": (
        "PATH=/nonexistent; $SSH_ORIGINAL_COMMAND",
        "not found",
        "systemd-stdio-bridge|starts a shell",
    ),
    "no bus": (
        "case $SSH_ORIGINAL_COMMAND in sh) exec sh ;; *) systemd-stdio-bridge -punix:path=/nonexistent ;; esac",
        "closed|reset|No such file",
        "is-system-running",
    ),
    "no login": (
        "echo This account is not available.; exit 1",
        "This account is not available",
        "print nothing|starts a shell",
    ),
    "false": ("exit 1", "closed|reset|says nothing", "is-system-running|starts a shell"),
    "nothing": ("exit 0", "closed|reset|says nothing", "is-system-running|starts a shell"),
    "a greeting": (
        "echo Welcome to this host; exec $SSH_ORIGINAL_COMMAND",
        "Welcome to this host",
        "print nothing",
    ),
}


def forced(command: str) -> str:
    """Return the line of sshd_config(5) that has this done instead."""
    return f'ForceCommand /bin/sh -c "{command.replace("$", chr(92) + "$")}"'


def told(call: Callable[[], object]) -> pm2go.Pm2goError:
    """Return the error of a call, which is another one than that its time is over."""
    with pytest.raises(pm2go.Pm2goError) as caught:
        call()
    assert not isinstance(caught.value, pm2go.OperationTimeoutError), caught.value
    return caught.value


@pytest.mark.parametrize("strange", STRANGE)
def test_what_a_host_lacks_is_told_soon(strange: str) -> None:
    command, message, hint = STRANGE[strange]
    with SshServer(forced(command)) as server, pm2go.Systemd(host=server.host) as systemd:
        for name, call in CALLS.items():
            error = told(lambda call=call: call(systemd, LONG))  # type: ignore[misc]
            assert isinstance(error, pm2go.UnavailableError), name
            assert any(words in str(error) for words in message.split("|")), (name, str(error))
            assert any(words in str(error.hint) for words in hint.split("|")), (name, error.hint)
            assert f"the host {server.host}" in str(error), name


def test_a_host_that_hangs_is_given_up_in_time() -> None:
    with SshServer(forced("exec sleep 60")) as server, pm2go.Systemd(host=server.host) as systemd:
        for name in CALLS.keys() - {"Manager.start"}:
            with pytest.raises(pm2go.OperationTimeoutError) as caught:
                CALLS[name](systemd, SHORT)
            assert f"within {SHORT}s" in str(caught.value), name


def test_want_of_rights_is_told_soon(server: SshServer, units: UnitFiles) -> None:
    name = units.service()
    calls: list[Call] = [
        lambda it, timeout: it.start_unit(name, timeout=timeout),
        lambda it, timeout: it.run(["/bin/true"], timeout=timeout),
        lambda it, timeout: it.write_drop_in(name, {"Service": {"Nice": 5}}, check=False, timeout=timeout),
        lambda it, timeout: pm2go.Manager(it).start(APP, timeout=timeout),
    ]
    with pm2go.Systemd(host=f"tester@{server.host}", scope="system") as systemd:
        for call in calls:
            assert isinstance(told(lambda call=call: call(systemd, LONG)), pm2go.PermissionDeniedError)  # type: ignore[misc]


def test_a_full_disk_is_told_soon(server: SshServer, units: UnitFiles) -> None:
    name = units.app()
    much = {"Service": {"Environment": "A=" + "x" * 60_000}}
    folder = UNIT_FOLDER / f"pm2-{name}.service.d"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=755", "tmpfs", str(folder)], check=True)
    try:
        with pm2go.Systemd(host=server.host) as systemd:
            error = told(lambda: systemd.write_drop_in(f"pm2-{name}", much, check=False, timeout=LONG))
            assert "No space left on device" in str(error)
            assert list(folder.iterdir()) == []
        with pm2go.Manager(host=server.host, unit_dir=folder) as manager:
            error = told(lambda: manager.start({**APP, "extra": much}, timeout=LONG))
            assert "No space left on device" in str(error)
            assert [path.name for path in folder.iterdir() if path.is_file()] == []
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def use_shell(shell: str) -> None:
    subprocess.run(["usermod", "--shell", shell, "tester"], check=True)


@pytest.fixture
def login_shell() -> Iterator[Callable[[str], None]]:
    yield use_shell
    use_shell("/bin/bash")


#: Those that this machine has.
SHELLS = [
    shell
    for shell in ("/bin/sh", "/bin/bash", "/bin/tcsh", "/bin/zsh-static", "/usr/bin/fish")
    if Path(shell).exists()
]
ODD = ["it's", '"$HOME" `id` !x \\ %n', "a\nb", "*", "~", "ü"]


@pytest.mark.parametrize("shell", SHELLS)
def test_login_shells(server: SshServer, login_shell: Callable[[str], None], shell: str) -> None:
    login_shell(shell)
    script = 'for each in "$@"; do printf "<%s>" "$each"; done; cat'
    with pm2go.Systemd(host=f"tester@{server.host}", scope="user", timeout=60) as systemd:
        result = systemd.run(["sh", "-c", script, "sh", *ODD], input="read", env={"A": "it's"})
        assert result.stdout == "".join(f"<{word}>" for word in ODD) + "read"
        change = systemd.write_drop_in("live-shell.service", {"Unit": {"Description": ODD[1]}}, check=False)
        assert str(systemd.read_drop_in("live-shell.service")) == change.after
        assert systemd.remove_drop_in("live-shell.service").changed
        told: list[journal.Entry] = []
        systemd.restart_unit("timers.target", log=told.append)
        assert any(str(entry.message).startswith("Reached target") for entry in told)


@pytest.mark.parametrize("shell", ["/bin/false", "/usr/sbin/nologin"])
def test_accounts_that_let_nobody_in(
    server: SshServer, login_shell: Callable[[str], None], shell: str
) -> None:
    login_shell(shell)
    with pm2go.Systemd(host=f"tester@{server.host}") as systemd:
        for call in CALLS.values():
            error = told(lambda call=call: call(systemd, LONG))  # type: ignore[misc]
            assert isinstance(error, pm2go.UnavailableError)


def test_a_greeting_is_nothing_of_a_file(units: UnitFiles) -> None:
    """It stands in the way of D-Bus alone."""
    name = units.service()
    with SshServer(forced("echo Welcome; exec $SSH_ORIGINAL_COMMAND")) as chatty:
        with pm2go.Systemd(host=chatty.host, timeout=60) as systemd, pm2go.Systemd() as here:
            change = here.write_drop_in(name, {"Service": {"Nice": 5}}, check=False)
            assert str(systemd.read_drop_in(name)) == change.after
