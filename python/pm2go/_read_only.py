"""Tables that nobody can change."""

from __future__ import annotations

from typing import Any, NoReturn


class ReadOnlyDict(dict[str, Any]):
    """A table of an app: a dict like any other, for `json.dumps` and all else, but that it cannot be changed."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        message = "an app cannot be changed; dict() makes a copy of its tables that can"
        raise TypeError(message)

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __copy__(self) -> ReadOnlyDict:
        return self

    def __deepcopy__(self, _: object) -> ReadOnlyDict:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return ReadOnlyDict, (dict(self),)
