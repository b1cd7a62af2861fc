"""Commands that are run on other hosts, in containers and for other users: as here, with the same results."""

from __future__ import annotations

import asyncio
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.elsewhere.test_users import REACHES_USERS
from live.fixtures.ssh_server import SshServer, clients
from live.fixtures.systemctl import systemctl, systemd_version
from live.fixtures.waiting import until, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTER = pwd.getpwnam("tester")


@pytest.fixture(params=["dbus", "command", "user"])
def remote(server: SshServer, request: pytest.FixtureRequest) -> Iterator[pm2go.Systemd]:
    options: dict[str, Any] = {
        "dbus": {"host": server.host, "backend": "dbus"},
        "command": {"host": server.host, "backend": "command"},
        "user": {"host": f"tester@{server.host}", "scope": "user"},
    }[request.param]
    with pm2go.Systemd(**options, timeout=60) as systemd:
        yield systemd


@pytest.fixture
def host(server: SshServer) -> Iterator[pm2go.Systemd]:
    with pm2go.Systemd(host=server.host, timeout=60) as systemd:
        yield systemd


ALL: dict[str, Any] = {"stdin": "pty", "stdout": "pty", "stderr": "pty"}


def units_of_runs() -> list[str]:
    listed = systemctl("list-units", "--all", "--plain", "--no-legend", "pm2go-run-*")
    return [line.split()[0] for line in listed.splitlines()]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    wait_until(lambda: units_of_runs() == [])
    # The shell there removes its file when it ends.
    for folder in (Path("/run"), Path(f"/run/user/{TESTER.pw_uid}")):
        wait_until(lambda folder=folder: list(folder.glob("pm2go-run*")) == [])  # type: ignore[misc]


def sh(script: str, *arguments: str) -> list[str]:
    return ["sh", "-c", script, "sh", *arguments]


NASTY = [
    "a b",
    "",
    "$HOME",
    "${HOME}",
    "$$",
    "%n",
    "\\",
    '"',
    "it's",
    "!x",
    "é\n",
    "`id`",
    "#end",
    "-n",
    "*",
    "~",
    ";id",
]
BINARY = bytes(range(256)) * 2000
COMMANDS: list[tuple[list[str], dict[str, Any], tuple[Any, ...]]] = [
    (sh("echo out; echo err >&2; exit 7"), {}, (7, "out\n", "err\n")),
    (sh("kill -TERM $$"), {}, (-15, "", "")),
    (["cat"], {"input": BINARY, "text": False}, (0, BINARY, b"")),
    (["cat"], {}, (0, "", "")),
    (["printf", "<%s>", *NASTY], {}, (0, "".join(f"<{word}>" for word in NASTY), "")),
    (
        sh('echo "$A"; echo "$B"; pwd; ulimit -n'),
        {
            "env": {"A": 'x "y" $z `w` \\ it\'s', "B": "two\nlines"},
            "cwd": "/usr",
            "properties": {"LimitNOFILE": 77, "Environment": {"X": "a b"}},
        },
        (0, 'x "y" $z `w` \\ it\'s\ntwo\nlines\n/usr\n77\n', ""),
    ),
]


def test_commands_end_as_here(remote: pm2go.Systemd) -> None:
    for argv, options, expected in COMMANDS:
        result = remote.run(argv, **options)
        assert (result.returncode, result.stdout, result.stderr) == expected, argv


def test_what_is_used_is_told(remote: pm2go.Systemd) -> None:
    result = remote.run(
        sh("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"), properties={"CPUAccounting": True}
    )
    assert (result.returncode, result.result) == (0, "success")
    assert result.cpu is not None
    assert 0 < result.cpu < 60
    assert result.duration is not None
    assert result.invocation_id is not None
    assert len(result.invocation_id) == 32
    assert result.pid is not None


def test_streams_lead_elsewhere(host: pm2go.Systemd, tmp_path: Path) -> None:
    both = sh("cat; echo err >&2")
    result = host.run(both, input="in\n", stderr=subprocess.STDOUT)
    assert (result.stdout, result.stderr) == ("in\nerr\n", None)
    result = host.run(both, input="in\n", stdout=subprocess.DEVNULL)
    assert (result.stdout, result.stderr) == (None, "err\n")
    result = host.run(both, input="in\n", stderr=subprocess.DEVNULL)
    assert (result.stdout, result.stderr) == ("in\n", None)
    (tmp_path / "in").write_text("given\n")
    with (tmp_path / "in").open() as given, (tmp_path / "out").open("w") as out:
        result = host.run(both, stdin=given, stdout=out, stderr=out.fileno())
    assert (result.returncode, result.stdout, result.stderr) == (0, None, None)
    assert sorted((tmp_path / "out").read_text().splitlines()) == ["err", "given"]
    logged = host.run(["echo", "it is logged"], stdout="journal", stderr="journal")
    assert logged.invocation_id is not None
    wait_until(
        lambda: (
            "it is logged"
            in subprocess.run(
                ["journalctl", "-q", f"_SYSTEMD_INVOCATION_ID={logged.invocation_id}"],
                check=False,
                capture_output=True,
                text=True,
            ).stdout
        )
    )
    with pytest.raises(pm2go.UnsupportedError, match="journal"):
        host.run(["true"], stdout="journal")


def test_what_closes_its_streams_is_waited_for(host: pm2go.Systemd) -> None:
    result = host.run(sh("exec >&- 2>&-; sleep 0.3; exit 5"))
    assert (result.returncode, result.stdout) == (5, "")


def test_what_is_left_over_is_killed(host: pm2go.Systemd) -> None:
    """As here: it does not hold up the wait although it has the streams open."""
    result = host.run(sh("sleep 300 & echo out"), timeout=60)
    assert (result.returncode, result.stdout) == (0, "out\n")


def test_variables_are_nobodys_to_read(remote: pm2go.Systemd) -> None:
    option = "--user" if remote.scope == "user" else "--system"
    script = (
        f'systemctl {option} show --all "$(basename "$(cut -d: -f3 /proc/self/cgroup)")"; ps axww -o args'
    )
    result = remote.run(sh(script), env={"TOKEN": "s3cret"})
    assert "pm2go-run-" in str(result.stdout)
    assert "s3cret" not in str(result.stdout)


@pytest.mark.parametrize(
    ("argv", "options", "kind", "words"),
    [
        (["no-such-program"], {}, pm2go.ConfigError, "no-such-program"),
        (["/no/such"], {}, pm2go.Pm2goError, "/no/such"),
        (["true"], {"cwd": "/no/such"}, pm2go.JobFailedError, "/no/such"),
        (["true"], {"properties": {"MemoyMax": 1}}, pm2go.ConfigError, "MemoryMax"),
        (["true"], {"env": {"a b": "s3cret"}}, pm2go.ConfigError, "a b"),
        (["true"], {"properties": {"Slice": "a.service"}}, pm2go.Pm2goError, "a.service"),
    ],
)
def test_what_cannot_be_run_is_told(
    host: pm2go.Systemd, argv: Any, options: Any, kind: Any, words: str
) -> None:
    with pytest.raises(kind) as caught:
        host.run(argv, **options)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_without_rights_it_is_told(server: SshServer) -> None:
    with pm2go.Systemd(host=f"tester@{server.host}", scope="system", timeout=60) as systemd:
        with pytest.raises(pm2go.PermissionDeniedError):
            systemd.run(["true"])


def test_a_full_disk_is_told(server: SshServer) -> None:
    """The file of variables cannot be written."""
    folder = Path(f"/run/user/{TESTER.pw_uid}")
    with pm2go.Systemd(host=f"tester@{server.host}", scope="user", timeout=60) as systemd:
        systemd.list_units("basic.target")
        (folder / "filler").touch()
        shutil.chown(folder / "filler", "tester")
        free = os.statvfs(folder)
        subprocess.run(["fallocate", "-l", str(free.f_bavail * free.f_frsize), folder / "filler"], check=True)
        try:
            with pytest.raises(pm2go.Pm2goError, match="No space left on device"):
                systemd.run(["true"], env={"A": "x" * 10_000})
        finally:
            (folder / "filler").unlink()


def test_one_that_takes_too_long_is_killed(host: pm2go.Systemd) -> None:
    host.list_units("basic.target")
    with pytest.raises(pm2go.OperationTimeoutError) as caught:
        host.run(sh("echo out; echo err >&2; exec sleep 300"), timeout=8)
    assert (caught.value.stdout, caught.value.stderr) == ("out\n", "err\n")


def test_one_that_is_cancelled_is_killed(server: SshServer) -> None:
    """Whether it has begun, or has not."""

    async def main() -> None:
        async with pm2go.AsyncSystemd(host=server.host) as systemd:
            await systemd.list_units("basic.target")
            for pause in (0.0, 0.02, 0.1, 0.2, 0.4, 1.0):
                task = asyncio.ensure_future(systemd.run(["sleep", "300"]))
                await asyncio.sleep(pause)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            # On a busy machine systemd forgets a unit some time after its end.
            await until(lambda: not units_of_runs(), seconds=10)

    asyncio.run(asyncio.wait_for(main(), 100))


def test_one_that_is_interrupted_is_killed(host: pm2go.Systemd) -> None:
    host.list_units("basic.target")
    threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        host.run(["sleep", "300"])


def kill_clients() -> None:
    for pid in clients():
        os.kill(pid, signal.SIGKILL)


def test_a_killed_client_ends_it_and_the_next_connects_anew(server: SshServer) -> None:
    """At any moment, and whichever client it is."""
    with pm2go.Systemd(host=server.host, timeout=60) as systemd:
        for pause in (0.05, 0.3, 1.0):
            systemd.list_units("basic.target")
            killed = threading.Timer(pause, kill_clients)
            killed.start()
            with pytest.raises(ConnectionError):
                systemd.run(["sleep", "300"], timeout=60)
            killed.join()
            assert systemd.run(["echo", "again"]).stdout == "again\n"


def test_one_that_goes_on_beside_its_caller(host: pm2go.Systemd) -> None:
    data = bytes(range(256)) * 20_000
    with host.spawn(["sha256sum"], stdin=subprocess.PIPE, text=False) as run:
        out, err = run.communicate(data)
        assert (run.returncode, err) == (0, b"")
        assert isinstance(out, bytes)
        assert out.split()[0].decode() == hashlib.sha256(data).hexdigest()
    with host.spawn(["sleep", "300"]) as run:
        assert run.poll() is None
        run.terminate()
        assert run.wait(timeout=30) == -15


def test_many_at_once(server: SshServer) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(host=server.host, timeout=60) as systemd:
            runs = [
                systemd.run(sh('cat; exit "$1"', str(number)), input=f"{number}\n") for number in range(6)
            ]
            results = await asyncio.gather(*runs)
            assert [(it.returncode, it.stdout) for it in results] == [
                (number, f"{number}\n") for number in range(6)
            ]

    asyncio.run(asyncio.wait_for(main(), 100))


OTHERS: list[dict[str, Any]] = [{"machine": ".host"}, {"user": "tester"}]
if systemd_version() >= REACHES_USERS:
    OTHERS.append({"user": "tester", "backend": "command"})


@pytest.mark.parametrize("options", OTHERS)
def test_programs_and_variables_of_containers_and_users(options: dict[str, Any]) -> None:
    with pm2go.Systemd(**options, timeout=60) as systemd:
        result = systemd.run(sh('id -u; echo "$A"; cat'), env={"A": "it's"}, input="read\n")
        uid = TESTER.pw_uid if "user" in options else 0
        assert (result.returncode, result.stdout) == (0, f"{uid}\nit's\nread\n")
        with pytest.raises(pm2go.ConfigError, match="no-such-program"):
            systemd.run(["no-such-program"])


def test_another_host_has_no_terminal_of_ours(host: pm2go.Systemd) -> None:
    with pytest.raises(pm2go.UnsupportedError, match="terminal"):
        host.run(["true"], stdout="pty")


@pytest.mark.parametrize("options", [{"machine": ".host"}, {"user": "tester"}], ids=repr)
def test_containers_and_users_have_one(options: dict[str, Any]) -> None:
    with pm2go.Systemd(**options) as systemd:
        result = systemd.run(
            sh("read x; stty size; tty >/dev/tty"), input="go\n", **ALL, env={"LINES": "7", "COLUMNS": "70"}
        )
    assert str(result.stdout).startswith("go\n7 70\n")
    assert result.returncode == 0
