"""What stays in the process that made it."""

from __future__ import annotations

from ._typing import typing


class OfOneProcess:
    """Has connections, which cannot be sent anywhere: it is neither pickled nor copied."""

    def __reduce__(self) -> typing.NoReturn:
        message = (
            f"{type(self).__name__} objects cannot be pickled or copied;"
            " make one in each process (a forked child may use its parent's)"
        )
        raise TypeError(message)
