"""Files of the journal, as a real journald wrote them (tests/data/journals/write.py), and what journalctl tells of them."""

from __future__ import annotations

import lzma
from pathlib import Path

from live.fixtures.exported import Told, exported

DATA = Path(__file__).parents[1] / "data" / "journals"
#: How they are compressed; in each another combination of hashes and widths.
FORMS = ("xz", "lz4", "zstd")


def unpack(form: str, folder: Path) -> Path:
    path = folder / f"{form}.journal"
    path.write_bytes(lzma.decompress((DATA / f"{form}.journal.xz").read_bytes()))
    return path


def expected(form: str) -> list[Told]:
    return list(exported(lzma.decompress((DATA / f"{form}.export.xz").read_bytes())))
