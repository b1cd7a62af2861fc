"""All that pm2go says to people, in one file: so that whoever changes a wording sees it beside the others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATH = ROOT / "tests" / "data" / "messages.txt"
HEAD = """Written by scripts/generate: the messages, hints and notes of the package, by the file that they stand in.
"""
#: A text of Rust, with the lines that a backslash joins.
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
#: A quotation mark that begins no text, and what is written for programmers: the reason in an attribute.
NOT_FOR_PEOPLE = re.compile(r"""b?'\\?"'|#!?\[(?:"(?:\\.|[^"\\])*"|[^\]"])*\]""", re.DOTALL)
LONGEST = 400


def write_all() -> dict[Path, str]:
    """The text of the file."""
    parts = [HEAD]
    for path in sorted((ROOT / "src").rglob("*.rs")):
        if "tests" not in path.parts and path.stem not in {"tests", "table"}:
            parts += part(path, of_rust(path.read_text(encoding="utf-8")))
    for path in sorted((ROOT / "python" / "pm2go").glob("*.py")):
        parts += part(path, of_python(path.read_text(encoding="utf-8")))
    return {PATH: "".join(parts)}


def part(path: Path, texts: list[str]) -> list[str]:
    """The lines of one file; none where it says nothing."""
    said = [f"  {text}\n" for text in dict.fromkeys(texts)]
    return [f"\n{path.relative_to(ROOT)}\n", *said] if said else []


def of_rust(code: str) -> list[str]:
    """The texts for people in a file of Rust."""
    code = code.split("#[cfg(test)]\nmod tests", maxsplit=1)[0]
    code = re.sub(r"^\s*//.*$", "", code, flags=re.MULTILINE)
    code = NOT_FOR_PEOPLE.sub("", code)
    found = (re.sub(r"\\\n\s*", "", text) for text in LITERAL.findall(code))
    return [text.replace('\\"', '"') for text in found if is_for_people(text)]


def of_python(code: str) -> list[str]:
    """The messages, hints and warnings in a file of Python."""
    found = []
    for node in ast.walk(ast.parse(code)):
        is_message = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"message", "hint"}
        is_hint = isinstance(node, ast.keyword) and node.arg == "hint"
        values = (
            [node.value] if isinstance(node, (ast.Assign, ast.keyword)) and (is_message or is_hint) else []
        )
        found += [text(value) for value in values if isinstance(value, (ast.Constant, ast.JoinedStr))]
    return [said for said in found if is_for_people(said)]


def text(value: ast.Constant | ast.JoinedStr) -> str:
    """A text as it stands in the code; how what is put in is written would depend on the version of Python."""
    parts = [value] if isinstance(value, ast.Constant) else value.values
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)


def is_for_people(said: str) -> bool:
    """Whether this is a sentence or a part of one: words in small letters, one after the other."""
    return len(said) < LONGEST and re.search(r"\b[a-z]+ [a-z{`]", said) is not None and "\n" not in said
