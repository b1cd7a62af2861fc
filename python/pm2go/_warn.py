"""Warnings that point at the line of whoever uses pm2go."""

from __future__ import annotations

import sys
import warnings


def warn(message: str, category: type[Warning]) -> None:
    """Warn as if it came from the first caller outside this package."""
    package = __name__.partition(".")[0]
    level, frame = 1, sys._getframe()  # noqa: SLF001 - `skip_file_prefixes` is of Python 3.12
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
