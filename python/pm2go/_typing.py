"""The names of `typing` that classes need when they are made, without loading it: it takes twice as long as pm2go."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Generic as Generic  # noqa: PLC0414 - this hands them on
    from typing import overload as overload  # noqa: PLC0414
else:

    class Generic:
        """A class whose parameters only type checkers know."""

        def __class_getitem__(cls, parameters: object) -> type:
            """Return the class itself."""
            return cls

    def overload(function):  # noqa: ANN001, ANN202 - type checkers do not see it
        """Return what the last definition of this name replaces."""
        return function
