"""All properties of a unit."""

from __future__ import annotations

from typing import Any

from ._plain import plain


class UnitProperties(dict[str, Any]):
    """The properties of a unit by systemd's own names: what `Systemd.get_unit_properties` returns.

    It is a ``dict``. Values have the types that systemd gives them: texts, numbers, truth values, lists, tuples,
    dicts, and bytes; `None` stands for what is not set.

    Example:
        >>> import json, pm2go
        >>> with pm2go.Systemd() as systemd:
        ...     properties = systemd.get_unit_properties("basic.target")
        >>> json.loads(json.dumps(properties.to_dict()))["Id"]
        'basic.target'
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that `json.dumps` takes: bytes in hexadecimal, tuples as lists."""
        return {name: plain(value) for name, value in self.items()}
