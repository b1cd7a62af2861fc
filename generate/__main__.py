"""`scripts/generate`: writes what is generated. With `--check` nothing is written, and what would change is told."""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
from pathlib import Path

from . import app_keys, awaited, coverage, messages, properties, restarts

ROOT = Path(__file__).parents[1]
GENERATORS = (
    properties.write_all,
    app_keys.write_all,
    restarts.write_all,
    awaited.write_all,
    messages.write_all,
    coverage.write_all,
)


def formatted(path: Path, text: str) -> str:
    """The text as ruff has it: its imports in order, its lines of the usual length."""
    for work in (["check", "--select", "I", "--fix"], ["format"]):
        command = [sys.executable, "-m", "ruff", *work, "--quiet", "--stdin-filename", str(path), "-"]
        text = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603
    return text


def main() -> int:
    """Write, or check; the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/generate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if something would change"
    )
    check: bool = parser.parse_args().check
    # The awaited face is written from what was written before it.
    changed = [write(path, text, check=check) for text_of in GENERATORS for path, text in text_of().items()]
    if check and any(changed):
        sys.stderr.write(f"{sum(changed)} files are not as they would be generated: run scripts/generate\n")
    return 1 if check and any(changed) else 0


def write(path: Path, text: str, *, check: bool) -> bool:
    """Write a file, or tell what would change; whether it is another than before."""
    new = formatted(path, text) if path.suffix == ".py" else text
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    if new == old:
        return False
    name = str(path.relative_to(ROOT))
    if check:
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), name, "as generated", lineterm="")
        sys.stdout.writelines(f"{line}\n" for line in lines)
    else:
        path.write_text(new, encoding="utf-8")
        sys.stdout.write(f"written: {name}\n")
    return True


if __name__ == "__main__":
    sys.exit(main())
