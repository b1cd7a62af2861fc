"""How `pm2go.journal` comes by an answer about the journal as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._core import JournalQuestion


def answer_of(question: JournalQuestion) -> Any:
    """Return the answer to a question, found on this thread."""
    return question.answer()
