"""Types that annotations name."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, Union

if TYPE_CHECKING:
    from typing import Any, Protocol

    from typing_extensions import Self

    class _Row(Protocol):
        """What the rows of a list have in common."""

        def to_dict(self) -> dict[str, Any]: ...

elif sys.version_info >= (3, 11):
    from typing import Self
else:
    # What `Self` stands for.
    Self = TypeVar("Self")

#: A time: a number of seconds, a text with units such as `"1min 30s"`, or a timedelta. `math.inf` and
#: `"infinity"` stand for as long as it takes, where that makes sense.
Seconds = Union[float, str, timedelta]

#: What is escaped for a unit's name: a text, bytes or a path.
Name = Union[str, bytes, os.PathLike[str]]

#: What a stream gives, and what a list of results has.
EventT = TypeVar("EventT")
RowT = TypeVar("RowT", bound="_Row")

__all__ = ["EventT", "Name", "RowT", "Seconds", "Self"]
