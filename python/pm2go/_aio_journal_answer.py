"""How `pm2go.aio_journal` comes by an answer about the journal as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._loop import until_readable

if TYPE_CHECKING:
    from ._core import JournalQuestion


async def answer_of(question: JournalQuestion) -> Any:
    """Return the answer to a question, found on a thread that knows nothing of Python: the loop goes on meanwhile."""
    await until_readable(question.begin())
    return question.take()
