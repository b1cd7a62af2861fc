"""Values of settings, quoted exactly as systemd reads them, and read back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union

from . import _core
from .models import Record


@dataclass(frozen=True)
class ExecCommand(Record):
    """A command of a unit file, as `split_command` reads it.

    Attributes:
        argv: The program and its arguments.
        prefixes: The characters before the program, such as `-`.
    """

    argv: tuple[str, ...]
    prefixes: str = ""


def quote_command(argv: Iterable[str]) -> str:
    """Return the value of `ExecStart=` and its like that starts a program with exactly these arguments.

    systemd.service(5), "Command lines".

    Args:
        argv: The program's absolute path, and its arguments.

    Returns:
        The value: each word quoted, with what systemd would expand doubled.

    Raises:
        ConfigError: The program is no absolute path; or an argument cannot be handed to a program, or stand in a
            unit file.

    Example:
        >>> import pm2go
        >>> print(pm2go.quote_command(["/bin/echo", "a b", "50%", ";"]))
        "/bin/echo" "a b" "50%%" ";"
    """
    return _core.quote_command(list(argv))


def split_command(value: str) -> ExecCommand:
    """Undo `quote_command`, also of what others have written.

    Args:
        value: A value of `ExecStart=` or its like.

    Returns:
        The prefixes, such as `-`, and the program with its arguments.

    Raises:
        ConfigError: A quote is not closed, there are several commands, or what the program is given is only known
            when it is started, because of specifiers or variables.

    Example:
        >>> import pm2go
        >>> pm2go.split_command("-/bin/sh -c 'exit 3'")
        ExecCommand(argv=('/bin/sh', '-c', 'exit 3'), prefixes='-')
    """
    prefixes, argv = _core.split_command(value)
    return ExecCommand(tuple(argv), prefixes)


def quote_environment(name: str, value: str) -> str:
    r"""Return the value of `Environment=` that sets one variable. systemd.exec(5).

    Args:
        name: The variable.
        value: Its value. Every local user can read it.

    Returns:
        The value of the setting.

    Raises:
        ConfigError: No variable can have this name or this value; the message does not show the value.

    Example:
        >>> import pm2go
        >>> print(pm2go.quote_environment("MODE", 'a "b" 5%'))
        "MODE=a \"b\" 5%%"
    """
    return _core.quote_environment(name, value)


def split_environment(value: str) -> dict[str, str]:
    """Undo `quote_environment`, also of several variables in one value.

    Args:
        value: A value of `Environment=`.

    Returns:
        The variables.

    Raises:
        ConfigError: A quote is not closed, a word is no assignment, or a value has a specifier, which is only known
            when systemd reads it.

    Example:
        >>> import pm2go
        >>> pm2go.split_environment("A=1 'B=2 3'")
        {'A': '1', 'B': '2 3'}
    """
    return dict(_core.split_environment(value))


def quote_text(text: str) -> str:
    """Return the value of a setting that is plain text, such as `Description=`.

    Args:
        text: The text.

    Returns:
        The value, with its `%` doubled.

    Raises:
        ConfigError: The text is empty, has control characters or white space at its ends, or ends in a backslash.

    Example:
        >>> import pm2go
        >>> pm2go.quote_text("100% sure")
        '100%% sure'
    """
    return _core.quote_text(text)


def quote_path(path: Union[str, os.PathLike[str]]) -> str:
    """Return the value of a setting that is one path, such as `WorkingDirectory=`.

    Args:
        path: The path, from / on.

    Returns:
        The value, with its `%` doubled; spaces stand in it as they are.

    Raises:
        ConfigError: The path is not absolute, has a `..` in it, or cannot stand in a unit file.

    Example:
        >>> import pm2go
        >>> pm2go.quote_path("/srv/my data")
        '/srv/my data'
    """
    return _core.quote_path(path)
