# Written by scripts/generate from ../_unit_edit.py: change that, and run it again.
"""A unit's file that is being changed."""

from __future__ import annotations

import pm2go
from pm2go._core import TextRequest
from pm2go._typing import typing
from pm2go._unit_texts_given import Edited, text_change


class AsyncUnitEdit(Edited):
    r"""The text of a unit's file, which `AsyncSystemd.edit_unit` gives: change it, then save it.

    Either assign to `text`, or change `file`.

    Example:
        >>> import pm2go
        >>> async with pm2go.AsyncSystemd() as systemd:
        ...     edit = await systemd.edit_unit("basic.target")
        ...     edit.file.set("Unit", "Description", "The basis")
        ...     print((await edit.save(dry_run=True)).changed)
        True
    """

    async def save(
        self,
        *,
        check: bool = True,
        dry_run: bool = False,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitTextChange:
        """Write the text: whole or not at all, and only where the file still holds what was read.

        A daemon-reload follows a change.

        Args:
            check: Whether systemd's own verifier has to find nothing wrong with it first; what it said of the old text
                does not count.
            dry_run: Whether to tell only what would change.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The file, with its text before and after; false when it was so already.

        Raises:
            ConfigError: systemd finds fault with it.
            UnitLoadError: systemd would refuse the whole file.
            StorageError: The file was changed by somebody else meanwhile.
            PermissionDeniedError: The folder cannot be written to.

        Example:
            >>> import pm2go
            >>> async with pm2go.AsyncSystemd() as systemd:
            ...     edit = await systemd.edit_unit("basic.target")
            ...     (await edit.save(dry_run=True)).changed  # nothing was edited
            False
        """
        if self._is_unchanged():
            return text_change((self.path, self._before, self._before))
        request = TextRequest.save(self.unit, self._before, self.text, check, dry_run)
        change = text_change(await self._systemd._run(request, timeout))  # noqa: SLF001 - its own client
        if not dry_run:
            self._saved(change)
        return change
