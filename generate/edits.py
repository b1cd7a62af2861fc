"""Edits of a text at places that its syntax tree names: comments and layout stay as they are."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast


class Edits:
    """What is to be changed in a text of Python, and where."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._above, self._before = 0, 0
        self._changes: set[tuple[int, int, str]] = set()
        # The columns of a syntax tree count bytes.
        self._bytes = text.encode()
        self._starts = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def part(self, above: int, before: int) -> Edits:
        """The same edits for a part of the text: so many lines are above it, and so many bytes before each of its lines."""
        part = copy(self)
        part._above, part._before = above, before  # noqa: SLF001 - its own
        return part

    def at(self, line: int, column: int) -> int:
        """The place of a line (from 1) and a column (from 0, in bytes)."""
        return self._starts[self._above + line - 1] + self._before + column

    def insert(self, place: int, new: str) -> None:
        """Put something in."""
        self._changes.add((place, place, new))

    def replace(self, place: int, old: str, new: str) -> None:
        """Put something in the place of what stands there."""
        end = place + len(old.encode())
        found = self._bytes[place:end].decode()
        if found != old:
            msg = f"{found!r} stands where {old!r} should"
            raise ValueError(msg)
        self._changes.add((place, end, new))

    def begin_of(self, node: ast.expr | ast.stmt) -> int:
        """Where a node begins."""
        return self.at(node.lineno, node.col_offset)

    def end_of(self, node: ast.expr | ast.stmt) -> int:
        """Where a node ends."""
        # None only where a tree was made by hand.
        return self.at(node.end_lineno or 0, node.end_col_offset or 0)

    def done(self) -> str:
        """The text with all changes."""
        changed = self._bytes
        for begin, end, new in sorted(self._changes, reverse=True):
            changed = changed[:begin] + new.encode() + changed[end:]
        return changed.decode()
