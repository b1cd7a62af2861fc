"""Names of units: what they consist of, and how any text becomes a part of one."""

from __future__ import annotations

from typing import Optional

from . import _core
from ._types import Name, Self


class UnitName(str):
    r"""The name of a unit, checked; a text like any other, which every verb takes.

    `systemd.unit(5)`.

    Args:
        name: The name; without a type suffix it is a service.

    Raises:
        ConfigError: No unit can have this name; the hint shows the one that may be meant.

    Example:
        >>> import pm2go
        >>> name = pm2go.UnitName("getty@tty1")
        >>> name.prefix, name.instance, name.type, name.template
        ('getty', 'tty1', 'service', 'getty@.service')
        >>> name.with_instance(pm2go.escape("my tty"))
        'getty@my\\x20tty.service'
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Self:
        """Check the name and complete it."""
        return super().__new__(cls, _core.unit_name(name))

    @classmethod
    def from_path(cls, path: Name, type: str) -> Self:  # noqa: A002 - systemd's own word
        r"""Return the name of the unit that stands for a path: a mount, an automount, a swap or a device.

        `systemd-escape --path --suffix=TYPE PATH`.

        Args:
            path: The path, from / on.
            type: The unit's type, such as `mount`.

        Returns:
            The name.

        Raises:
            ConfigError: There is no such type, the path has a `..` in it, or the name would be too long.

        Example:
            >>> import pm2go
            >>> pm2go.UnitName.from_path("/var/lib/my data", "mount")
            'var-lib-my\\x20data.mount'
        """
        return cls(_core.unit_of_path(path, type))

    @classmethod
    def from_object_path(cls, path: str) -> Self:
        """Return the name of the unit whose object on D-Bus has this path.

        Args:
            path: The object path.

        Returns:
            The name.

        Raises:
            ConfigError: This is no path of a unit's object.

        Example:
            >>> import pm2go
            >>> pm2go.UnitName.from_object_path("/org/freedesktop/systemd1/unit/cron_2eservice")
            'cron.service'
        """
        return cls(_core.unit_of_object_path(path))

    def with_instance(self, instance: str) -> UnitName:
        r"""Return the name of another instance of the same template.

        Args:
            instance: The instance, as it stands in the name: see `escape` for any other text.

        Returns:
            The name.

        Raises:
            ConfigError: The unit is no template and no instance of one, or the instance is empty or has a
                character that no unit name can have.

        Example:
            >>> import pm2go
            >>> pm2go.UnitName("worker@.service").with_instance("3")
            'worker@3.service'
        """
        return UnitName(_core.unit_instance(self, instance))

    @property
    def prefix(self) -> str:
        """The part before the `@`, or before the type where there is none."""
        return self._parts[0]

    @property
    def instance(self) -> Optional[str]:
        """The part between the `@` and the type; `None` of units without one, and of templates."""
        return self._parts[1] or None

    @property
    def type(self) -> str:
        """The unit's type: `service`, `timer`, ..."""
        return self._parts[2]

    @property
    def is_template(self) -> bool:
        """Whether this is a template, such as `getty@.service`: it cannot be started itself."""
        return self._parts[1] == ""

    @property
    def template(self) -> Optional[UnitName]:
        """The template of this instance, or this itself if it is one; `None` of other units."""
        prefix, instance, kind, _ = self._parts
        return None if instance is None else UnitName(f"{prefix}@.{kind}")

    @property
    def object_path(self) -> str:
        """The path of the unit's object on D-Bus."""
        return self._parts[3]

    @property
    def _parts(self) -> tuple[str, Optional[str], str, str]:
        return _core.unit_name_parts(self)


def escape(text: Name) -> str:
    r"""Return any text as a part of a unit's name, such as an instance. systemd-escape(1).

    Args:
        text: The text. Bytes that are not UTF-8 are told as they are.

    Returns:
        The text with `-` for each `/`, and `\xNN` for each byte that no unit name can have.

    Example:
        >>> import pm2go
        >>> print(pm2go.escape("my app/1"))
        my\x20app-1
    """
    return _core.escape(text)


def unescape(text: str) -> str:
    r"""Undo `escape`. `systemd-escape --unescape`.

    Args:
        text: A part of a unit's name.

    Returns:
        What it stands for; bytes that are not UTF-8 are told as `os.fsdecode` does it.

    Raises:
        ConfigError: A backslash is not followed by `x` and two hexadecimal digits.

    Example:
        >>> import pm2go
        >>> pm2go.unescape(r"my\x20app-1")
        'my app/1'
    """
    return _core.unescape(text)


def escape_path(path: Name) -> str:
    r"""Return a path as units that stand for paths have it in their names. `systemd-escape --path`.

    Args:
        path: The path. Slashes at its ends, doubled ones and `.` in it do not count.

    Returns:
        The path, escaped; the root is `-`.

    Raises:
        ConfigError: The path has a `..` in it.

    Example:
        >>> import pm2go
        >>> print(pm2go.escape_path("/var/lib/my-data"))
        var-lib-my\x2ddata
    """
    return _core.escape_path(path)


def unescape_path(text: str) -> str:
    r"""Undo `escape_path`. `systemd-escape --unescape --path`.

    Args:
        text: The escaped path.

    Returns:
        The path, from / on.

    Raises:
        ConfigError: It stands for no path, or a backslash is not followed by `x` and two hexadecimal digits.

    Example:
        >>> import pm2go
        >>> pm2go.unescape_path(r"var-lib-my\x2ddata")
        '/var/lib/my-data'
    """
    return _core.unescape_path(text)
