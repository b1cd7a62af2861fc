"""Why a box cannot be, for those parts of the keeper that can find out."""

from __future__ import annotations

from . import kernel


class BoxFailure(Exception):
    """The box cannot be: the reason, and what to do about it."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount, or say what could not be mounted."""
    try:
        kernel.mount(source, target, kind, flags, options)
    except OSError as error:
        raise BoxFailure(
            f"cannot mount {kind or source} on {target}: {error.strerror}",
            "inside a container this needs all privileges (docker run --privileged)",
        ) from error
