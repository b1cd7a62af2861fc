"""Rows and fields as text for a terminal and as HTML for a notebook."""

from __future__ import annotations

from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta
    from typing import Any

_WIDEST = 60

#: The colour of a state, for systemd's words and PM2's.
_COLOURS = {
    "active": "#1a7f37",
    "online": "#1a7f37",
    "failed": "#cf222e",
    "errored": "#cf222e",
    "activating": "#9a6700",
    "launching": "#9a6700",
    "waiting restart": "#9a6700",
    "deactivating": "#9a6700",
    "stopping": "#9a6700",
}


def text_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under headers, in columns; nothing in them can move the terminal's cursor."""
    lines = [list(headers), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines
    )


def html_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under headers as an HTML table."""
    head = "".join(f"<th>{_escape(header)}</th>" for header in headers)
    body = "".join(f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def html_fields(title: str, fields: Iterable[tuple[str, object]]) -> str:
    """Named values as an HTML table of two columns."""
    body = "".join(f"<tr><th>{_escape(name)}</th>{_html_cell(value)}</tr>" for name, value in fields)
    return f"<table><caption>{_escape(title)}</caption><tbody>{body}</tbody></table>"


def printable(text: str) -> str:
    """The text with a replacement character for each control character."""
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def size(count: int | None) -> str | None:
    """A number of bytes for people: `12.3M`."""
    if count is None:
        return None
    value = float(count)
    for suffix in ("B", "K", "M", "G"):
        if value < 1024:  # noqa: PLR2004 - the step between the suffixes
            return f"{value:.0f}{suffix}" if suffix == "B" else f"{value:.1f}{suffix}"
        value /= 1024
    return f"{value:.1f}T"


def span(time: timedelta | None) -> str | None:
    """A duration for people, in its two largest units: `3h 2min`."""
    if time is None:
        return None
    left = max(0, int(time.total_seconds()))
    parts = []
    for name, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count}{name}")
    return " ".join(parts[:2]) or "0s"


def _escape(text: str) -> str:
    from html import escape  # noqa: PLC0415 - it brings all names of characters along, which few programs need

    return escape(text)


def _cell(value: object) -> str:
    text = "-" if value is None else printable(str(value))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _html_cell(value: Any) -> str:
    text = "" if value is None else str(value)
    colour = _COLOURS.get(text)
    style = f' style="color: {colour}"' if colour else ""
    return f"<td{style}>{_escape(text)}</td>"
