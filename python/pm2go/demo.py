"""What `python -m pm2go demo` shows: a real app on a real systemd, from its first start to its last trace."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ._embedded import embedded
from .app import AppConfig
from .exceptions import Pm2goError
from .manager import Manager
from .systemd import Systemd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .models import UnitStatus

_NAME = "pm2go-demo"

#: The app: it waits, and kills itself when it finds the file `crash` beside it. (To kill it from here by its
#: number would be a guess: systemd may number processes in another namespace than this process.)
_SCRIPT = """\
import os, pathlib, signal, sys, time

crash = pathlib.Path(__file__).with_name("crash")
print(f"the demo app runs as process {os.getpid()}, Python {sys.version.split()[0]}")
while True:
    if crash.exists():
        crash.unlink()
        print("the demo app is about to be killed")
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
"""

#: How many calls are timed, and how many seconds systemd has to bring the app back.
_CALLS = 40
_PATIENCE = 15.0


def run(scope: str | None) -> int:
    """Run the demonstration.

    Args:
        scope: `"system"`, `"user"`, `"embedded"`, or `None` for what there is.

    Returns:
        The exit code: 0, or 1 if something went wrong.
    """
    try:
        with _terminable(), ExitStack() as stack:
            _demonstrate(_place(scope, stack))
    except KeyboardInterrupt:
        _say("\nInterrupted. The app and its files are gone.")
        return 1
    except Pm2goError as error:
        _say(f"\nThis went wrong: {error}")
        return 1
    return 0


def _demonstrate(options: dict[str, Any]) -> None:
    """Show everything on the systemd that these options of `Manager` lead to."""
    with Manager(**options) as manager, _folder() as folder, _deleted_at_the_end(manager):
        _section("systemd")
        systemd = manager.systemd
        systemd.connect()
        _say(f"scope    {systemd.scope}")
        _say(f"backend  {systemd.backend} ({systemd.reason})")
        if systemd.endpoint:
            _say(f"reached  {systemd.endpoint}")
        _show_start(manager, folder)
        _show_crash(manager, folder)
        _show_description(manager)
        _show_speed(manager, options)
        _section("Delete the app")
    _say("Its unit, its unit file and its folder are gone.")


def _show_start(manager: Manager, folder: Path) -> None:
    _section("Deploy and start an app")
    script = folder / "app.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    app = AppConfig(
        name=_NAME,
        script=script,
        interpreter=sys.executable,
        cwd=folder,
        env={"MODE": "demo"},
        autostart=False,
    )
    started = time.perf_counter()
    result = manager.start(app)
    _say(
        f"{result.unit}: {result.action} after {time.perf_counter() - started:.2f} s, "
        "half a second of which it had to stay up"
    )
    _say(manager.list())


def _show_crash(manager: Manager, folder: Path) -> None:
    _section("Kill its process, and watch systemd bring it back")
    unit = manager.describe(_NAME).unit
    before = manager.systemd.get_unit_status(unit)
    _say(f"before   process {before.main_pid}, restarts {before.n_restarts}")
    started = time.perf_counter()
    (folder / "crash").touch()
    after = _wait_for_restart(manager.systemd, unit, before)
    _say(
        f"after    process {after.main_pid}, restarts {after.n_restarts}, "
        f"{time.perf_counter() - started:.2f} s later"
    )


def _wait_for_restart(systemd: Systemd, unit: str, before: UnitStatus) -> UnitStatus:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        status = systemd.get_unit_status(unit)
        if status.main_pid not in (None, before.main_pid) and status.is_active:
            return status
        time.sleep(0.02)
    message = f"systemd did not bring {unit} back within {_PATIENCE:.0f} s"
    raise Pm2goError(message, unit=unit, hint=f"its state is {status.active_state}/{status.sub_state}")


def _show_description(manager: Manager) -> None:
    _section("Describe it")
    _say(manager.describe(_NAME))
    _section("Its log")
    try:
        lines = list(map(str, manager.logs(_NAME, lines=12)))
    except Pm2goError as error:
        _say(f"It cannot be read here: {error}")
    else:
        _say("\n".join(lines) or "There is none: no journal, or none that this user may read.")


def _show_speed(manager: Manager, options: dict[str, Any]) -> None:
    _section(f"Ask for its status {_CALLS} times, over D-Bus and through systemctl")
    unit = manager.describe(_NAME).unit
    options = {key: value for key, value in options.items() if key != "unit_dir"}
    dbus = _show_median("D-Bus", unit, {**options, "backend": "dbus"})
    command = _show_median("systemctl", unit, {**options, "backend": "command"})
    if dbus and command:
        _say(f"D-Bus is {command / dbus:.0f} times as fast.")


def _show_median(title: str, unit: str, options: dict[str, Any]) -> float | None:
    """Return the median of the seconds that a status takes; the connection is made before."""
    times = []
    try:
        with Systemd(**options) as systemd:
            systemd.get_unit_status(unit)
            for _ in range(_CALLS):
                started = time.perf_counter()
                systemd.get_unit_status(unit)
                times.append(time.perf_counter() - started)
    except Pm2goError as error:
        _say(f"{title:9}  cannot be used here: {error.message}")
        return None
    _say(f"{title:9}  {median(times) * 1000:8.3f} ms a call (median)")
    return median(times)


def _place(scope: str | None, stack: ExitStack) -> dict[str, Any]:
    """Return the options of `Manager` that lead to a systemd; one that is embedded ends with the stack."""
    if scope in ("system", "user"):
        return {"scope": scope}
    if scope is None:
        try:
            with Systemd() as systemd:
                systemd.list_units("basic.target")
        except Pm2goError as error:
            _say(f"No systemd answers here: {error.message}.\nStarting one for the demonstration.")
        else:
            return {}
    box = stack.enter_context(embedded())
    return {"scope": "user", "runtime_dir": box.runtime_dir, "unit_dir": box.unit_dir}


@contextmanager
def _folder() -> Iterator[Path]:
    folder = tempfile.mkdtemp(prefix=f"{_NAME}-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _deleted_at_the_end(manager: Manager) -> Iterator[None]:
    """Delete the app at the end, whatever happens; a second Ctrl-C has to wait for that."""
    if any(app.name == _NAME for app in manager.list()):
        message = f"there is an app {_NAME} already: another demonstration, or what was left of one"
        raise Pm2goError(message, hint=f'pm2go.Manager().delete("{_NAME}") deletes it')
    try:
        yield
    finally:
        usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            if any(app.name == _NAME for app in manager.list()):
                manager.delete(_NAME)
        finally:
            signal.signal(signal.SIGINT, usual)


@contextmanager
def _terminable() -> Iterator[None]:
    """Have SIGTERM end the demonstration as Ctrl-C does: with nothing left behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    usual = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)


def _section(title: str) -> None:
    _say(f"\n{title}\n{'-' * len(title)}")


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
