"""Types of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from datetime import timedelta

    from typing_extensions import TypeAlias

#: A time: a number of seconds, a text with units such as `"1min 30s"`, or a timedelta. `math.inf` and
#: `"infinity"` stand for as long as it takes, where that makes sense.
Seconds: TypeAlias = Union[float, str, "timedelta"]
