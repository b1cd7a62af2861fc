"""Text that is hard to bring through a unit file: every escape of systemd's syntax, and all of Unicode."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

#: The directive that injections try to add, and what can end or continue a line of a unit file before it.
INJECTED = "[Service]\nExecStartPre=/bin/false"

#: What means something to unit files, to command lines in them, to shells, or to terminals.
FRAGMENTS = (
    *("%", "%%", "%n", "%h", "%z", "%-", "$", "$$", "$HOME", "${HOME}", "${", "}", "$X", "${X} ", "$$$"),
    *("\\", "\\\\", "\\n", "\\x25n", "\\x24HOME", "\\u0041", "\\101", "\\s", "\\;", "\\xff", "\\'", '\\"'),
    *(
        "'",
        '"',
        '"a b"',
        "'a b'",
        " ",
        "  ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\v",
        "\f",
        "\a",
        "\b",
        "\x01",
        "\x1b[1m",
    ),
    *(
        ";",
        " ; ",
        "=",
        "#",
        "\n#",
        "\n;",
        "[",
        "]",
        "-",
        "--",
        "@",
        ":",
        "+",
        "!",
        "!!",
        "|",
        "~",
        "*",
        "?",
        ",",
    ),
    *("`id`", "$(id)", "&&", "<", ">", "{}", f"\n{INJECTED}\n", f"\r{INJECTED}\r", f"\\\n{INJECTED}", "]\n"),
    *("\x7f", "\x80", "\x85", "\x9b", "\xa0", "\u2028", "\u2029", "\u3000", "\ufeff", "\ufffd", "\ufffc"),
    *("é", "e\u0301", "\U0001f469\u200d\U0001f4bb", "\u202eabc\u202c", "שלום", "\ue000", "\U0010fffd", "ﷺ"),
    *("a", "Z", "0", "n", "x25", "word", "/", "."),
)


def is_noncharacter(code: int) -> bool:
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def all_characters() -> list[str]:
    """Return every character that a unit file can hold: no NUL, no surrogate, no noncharacter."""
    codes = (code for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF)
    return [chr(code) for code in codes if not is_noncharacter(code)]


def text(random: Random, *, longest: int = 8) -> str:
    """Return a text of fragments and characters from everywhere."""
    return "".join(
        random.choice(FRAGMENTS) if random.random() < 0.8 else character(random)
        for _ in range(random.randint(0, longest))
    )


def character(random: Random) -> str:
    """Return a character, as likely of one byte as of two, three or four."""
    while True:
        code = random.randint(
            *random.choice(((1, 0x7F), (0x80, 0x7FF), (0x800, 0xFFFF), (0x10000, 0x10FFFF)))
        )
        if not 0xD800 <= code <= 0xDFFF and not is_noncharacter(code):
            return chr(code)


def one_line(value: str) -> str | None:
    """Return what of a text a description can be: no control characters, nothing that is stripped."""
    kept = "".join(c for c in value if unicodedata.category(c) != "Cc").strip(" ")
    backslashes = len(kept) - len(kept.rstrip("\\"))
    if backslashes % 2:
        kept = kept[:-1].rstrip(" ")
        return one_line(kept)
    return kept or None


def folder(value: str, *, forbidden: str = "\n\r") -> str:
    """Return a relative path made of a text: parts that Linux and a unit file can hold."""
    parts = ("".join(c for c in part if c not in forbidden) for part in value.split("/"))
    cut = (piece for part in parts for piece in pieces(part))
    return "/".join(piece for piece in cut if piece not in ("", ".", ".."))


def pieces(value: str, size: int = 255) -> Iterable[str]:
    """Cut a text into pieces of so many bytes at most, each of whole characters."""
    piece, length = "", 0
    for c in value:
        width = len(c.encode())
        if length + width > size:
            yield piece
            piece, length = "", 0
        piece, length = piece + c, length + width
    yield piece
