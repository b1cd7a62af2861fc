"""The keys of an app, with their types. Written by scripts/generate from what src/app/keys.rs declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Optional, Union

from ._app_base import AppBase, Path, Word, checked_by_the_core
from ._types import Seconds


@dataclass(frozen=True, init=False, repr=False, eq=False)
class AppKeys(AppBase):
    """An app, as far as it is made of its keys."""

    name: str
    script: Optional[str]
    command: Optional[tuple[str, ...]]
    interpreter: Optional[str]
    interpreter_args: tuple[str, ...]
    args: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    environment_file: Optional[str]
    user: Optional[str]
    group: Optional[str]
    restart: str
    restart_delay: float
    max_restarts: int
    min_uptime: Optional[float]
    kill_signal: Optional[str]
    kill_timeout: float
    restart_signal: Optional[str]
    description: Optional[str]
    autostart: bool
    extra: Mapping[str, Mapping[str, tuple[str, ...]]]

    @checked_by_the_core
    def __init__(
        self,
        name: str,
        script: Optional[Path] = None,
        *,
        command: Optional[Iterable[Word]] = None,
        interpreter: Optional[Path] = None,
        interpreter_args: Optional[Iterable[Word]] = None,
        args: Optional[Iterable[Word]] = None,
        cwd: Optional[Path] = None,
        env: Optional[Mapping[str, Word]] = None,
        environment_file: Optional[Path] = None,
        user: Optional[Union[str, int]] = None,
        group: Optional[Union[str, int]] = None,
        restart: Optional[str] = None,
        restart_delay: Optional[Seconds] = None,
        max_restarts: Optional[int] = None,
        min_uptime: Optional[Seconds] = None,
        kill_signal: Optional[str] = None,
        kill_timeout: Optional[Seconds] = None,
        restart_signal: Optional[str] = None,
        description: Optional[str] = None,
        autostart: Optional[bool] = None,
        extra: Optional[Mapping[str, Mapping[str, Union[Word, Iterable[Word]]]]] = None,
    ) -> None:
        """Check an app: what to run and how.

        Args:
            name: The app's name: letters, digits, `_`, `.` and `-`. Its unit is `pm2-NAME.service`.
            script: The file to run; relative to `cwd`. Either this or `command` is needed.
            command: The program to run and its arguments, instead of `script`.
            interpreter: The program that runs the script; by default the one for the script's suffix (`.py`,
                `.js`, `.sh`, `.rb`, `.pl`, `.php`, ...); `"none"` runs the script itself.
            interpreter_args: The arguments of the interpreter, before the script.
            args: The arguments of the script.
            cwd: The working directory; by default the current one.
            env: Environment variables. Every local user can read them over D-Bus.
            environment_file: A file with environment variables, which only systemd reads: the place for
                secrets, with mode 0600.
            user: The user to run as, by name or number (system scope only).
            group: The group to run as, by name or number (system scope only).
            restart: When systemd restarts the app by itself: `Restart=` of systemd.service(5); by default
                `"always"`.
            restart_delay: The time between the end of the app and its automatic restart. systemd 247 may
                never come to stop one that it has to restart at once (`service_enter_restart` of
                src/core/service.c: a timer that is always due); by default 0.1.
            max_restarts: Launches that may end too early before systemd gives up; by default 16.
            min_uptime: How long the app has to live for a launch not to count against `max_restarts`; by
                default 1, but then at least a minute has to pass before launches stop to count.
            kill_signal: The signal that asks the app to end; by default `"SIGTERM"`.
            kill_timeout: The time between that signal and `SIGKILL`; by default 10.
            restart_signal: The signal that asks the app to end when it is restarted; by default
                `kill_signal`.
            description: What the app is, in one line; by default its name.
            autostart: Whether the app starts with the machine, or with the user's manager; by default `True`.
            extra: Settings that are written into the unit file as they are: section, setting, value or
                values. What systemd would ignore or refuse is an error; what pm2go does not know is written,
                and warned of.

        Raises:
            ConfigError: Something is wrong; its `problems` has all that is, each with its key.
        """
