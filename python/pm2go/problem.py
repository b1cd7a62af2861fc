"""What is wrong with one key of an app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .models import Record


@dataclass(frozen=True)
class Problem(Record):
    """A mistake in the description of an app: one of `ConfigError.problems`.

    Attributes:
        app: The app's name, where that is not what is wrong.
        key: The key, with those above it: `kill_timeout`, `env.PORT`, `args[2]`.
        message: What is wrong, in one line; it shows no value.
        hint: What to do.
    """

    app: Optional[str]
    key: str
    message: str
    hint: Optional[str]

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message
