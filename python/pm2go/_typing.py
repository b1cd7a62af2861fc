"""What annotations are made of, without loading it: `typing` alone takes as long as all of pm2go.

An annotation is a text until somebody evaluates it, as `typing.get_type_hints` does. What it names has to be there
by then, and no earlier: `typing.Optional` of this module's `typing`, or `pm2go.JobResult`, is loaded when it is asked
for. Annotations say `Optional` and `Union`, as Python 3.9 cannot evaluate ``str | None``.
"""

from __future__ import annotations

TYPE_CHECKING: bool = False

if TYPE_CHECKING:
    # `typing_extensions` is all of `typing`, with what is new in it.
    from collections.abc import Iterable, Mapping
    from typing import Generic

    import typing_extensions as typing
else:
    import sys

    # `os` has loaded these, and not `collections`.
    from _collections_abc import Iterable, Mapping

    class _Typing(type(sys)):
        """Stands for `typing`, and loads it when something in it is asked for."""

        def __getattr__(self, name: str) -> object:
            """Return what has this name there."""
            import typing  # noqa: PLC0415 - this is the point

            if name == "Self":
                from ._types import Self  # noqa: PLC0415 - Python 3.10 has none

                return Self
            return getattr(typing, name)

    typing = _Typing("typing")

    class Generic:
        """A class whose parameters only type checkers know."""

        def __class_getitem__(cls, parameters: object) -> type:
            """Return the class itself."""
            return cls


__all__ = ["TYPE_CHECKING", "Generic", "Iterable", "Mapping", "typing"]
