"""Values in JSON's types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Return the value as `json.dumps` takes it, and as every JSON parser reads it back.

    Times are in ISO 8601, durations in seconds, bytes in hexadecimal, tuples and sets lists, the keys of mappings
    texts. What JSON has no number for is `None` (not a number), or a text as systemd writes it (`infinity`).
    """
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) else str(plain(key)): plain(inner) for key, inner in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    if hasattr(value, "total_seconds"):
        return value.total_seconds()
    convert = getattr(value, "to_dict", None) or getattr(value, "isoformat", None)
    return value if convert is None else convert()


def _number(value: float) -> float | str | None:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return None
    return "infinity" if value > 0 else "-infinity"
