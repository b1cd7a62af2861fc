"""The keys of an app: the JSON Schema, the signature of `AppConfig`, and the table in the README.

All of it is told by the core, which is made of `src/app/keys.rs`.
"""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pm2go import _core

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "schema" / "app.json"
MODULE = ROOT / "python" / "pm2go" / "_app_keys.py"
README = ROOT / "README.md"
BEGIN, END = "<!-- keys of an app: written by scripts/generate -->\n", "<!-- end of the keys -->\n"
WIDTH = 110
#: How many keys may be given without their names.
POSITIONAL = 2
#: For each kind of value: what the constructor takes, what the app has, and how the table calls it.
KINDS: dict[str, tuple[str, str, str]] = {
    "name": ("str", "str", "text"),
    "text": ("str", "str", "text"),
    "path": ("Path", "str", "path"),
    "folder": ("Path", "str", "path"),
    "texts": ("Iterable[Word]", "tuple[str, ...]", "list of texts"),
    "variables": ("Mapping[str, Word]", "Mapping[str, str]", "table"),
    "account": ("Union[str, int]", "str", "name or number"),
    "restart": ("str", "str", "text"),
    "time": ("Seconds", "float", "time"),
    "count": ("int", "int", "number"),
    "signal": ("str", "str", "text"),
    "flag": ("bool", "bool", "true or false"),
    "settings": (
        "Mapping[str, Mapping[str, Union[Word, Iterable[Word]]]]",
        "Mapping[str, Mapping[str, tuple[str, ...]]]",
        "table of tables",
    ),
}
HEAD = '''"""The keys of an app, with their types. Written by scripts/generate from what src/app/keys.rs declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Optional, Union

from ._app_base import AppBase, Path, Word, checked_by_the_core
from ._types import Seconds


@dataclass(frozen=True, init=False, repr=False, eq=False)
class AppKeys(AppBase):
    """An app, as far as it is made of its keys."""
'''


@dataclass(frozen=True)
class Key:
    """A key, as the schema has it."""

    name: str
    schema: dict[str, Any]
    required: bool

    @property
    def kind(self) -> tuple[str, str, str]:
        """What is taken, had and called."""
        return KINDS[self.schema["x-kind"]]

    @property
    def default(self) -> Any:
        """What it is where it is not given; `None` where that depends, or is nothing."""
        return self.schema.get("default") or None

    @property
    def is_optional(self) -> bool:
        """Whether an app may have none."""
        return not (self.required or "default" in self.schema or self.schema["x-kind"] == "folder")

    @property
    def about(self) -> str:
        """What it is for, and what it is by default."""
        text: str = self.schema["description"]
        if self.default is None or "by default" in text:
            return text
        is_number = isinstance(self.default, (int, float)) and not isinstance(self.default, bool)
        shown = f"{self.default:g}" if is_number else f"`{json.dumps(self.default)}`"
        return f"{text.removesuffix('.')}; by default {shown}."


def write_all() -> dict[Path, str]:
    """The texts of the files."""
    schema = json.loads(_core.CheckedApp.schema())
    keys = [Key(name, key, name in schema["required"]) for name, key in schema["properties"].items()]
    return {
        SCHEMA: json.dumps(schema, indent=2, ensure_ascii=False) + "\n",
        MODULE: module(keys),
        README: readme(README.read_text(encoding="utf-8"), keys),
    }


def module(keys: list[Key]) -> str:
    """The class of all keys."""
    lines = [HEAD]
    for key in keys:
        _, has, _ = key.kind
        lines.append(f"    {key.name}: {f'Optional[{has}]' if key.is_optional else has}")
    lines += ["", "    @checked_by_the_core", "    def __init__(", "        self,"]
    for index, key in enumerate(keys):
        if index == POSITIONAL:
            lines.append("        *,")
        takes, _, _ = key.kind
        lines.append(f"        {key.name}: {takes if key.required else f'Optional[{takes}] = None'},")
    lines += ["    ) -> None:", '        """Check an app: what to run and how.', "", "        Args:"]
    for key in keys:
        lines += textwrap.wrap(
            f"{key.name}: {python_words(key.about)}",
            WIDTH,
            initial_indent=" " * 12,
            subsequent_indent=" " * 16,
            break_on_hyphens=False,
        )
    lines += [
        "",
        "        Raises:",
        "            ConfigError: Something is wrong; its `problems` has all that is, each with its key.",
        '        """',
        "",
    ]
    return "\n".join(lines)


def python_words(text: str) -> str:
    """The text with Python's words for values."""
    return text.replace("`true`", "`True`").replace("`false`", "`False`")


def readme(text: str, keys: list[Key]) -> str:
    """The README with the table of now."""
    rows = ["| key | takes | what it is |", "|---|---|---|"]
    for key in keys:
        _, _, called = key.kind
        about = re.sub(r"\s+", " ", python_words(key.about)).replace("|", "\\|")
        rows.append(f"| `{key.name}` | {called} | {about} |")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n" + "\n".join(rows) + f"\n\n{END}{after}"
