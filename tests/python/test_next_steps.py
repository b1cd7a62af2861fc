"""A hint is data in the core, and Python's words are Python's: what is to be typed can be typed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import pm2go

MESSAGES = Path(__file__).parents[1] / "data" / "messages.txt"
#: An argument, a call, a table or a class as only Python writes them. (Settings of systemd begin with a capital.)
PYTHON = re.compile(r"""\b[a-z_]+=("|True|\{|$|[ ,;])|\w\(\)|\bAppConfig\b|\basyncio\b|\bNone\b""")
#: What systemctl logs of its messages.
OF_SYSTEMCTL = ("Sent message", "Got message")


def of_the_core() -> list[str]:
    """The messages of the core, but for Python's face."""
    parts = MESSAGES.read_text(encoding="utf-8").split("\n\n")
    core = [part for part in parts if part.startswith("src/") and not part.startswith("src/py/")]
    return [line.strip() for part in core for line in part.splitlines()[1:]]


def test_the_core_speaks_no_python() -> None:
    texts = of_the_core()
    assert len(texts) > 500
    found = [text for text in texts if PYTHON.search(text) and not text.startswith(OF_SYSTEMCTL)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        'use backend="dbus"',
        "raise timeout=",
        "raise timeout= or wait",
        "monitoring=True",
        'extra={"Service": {}}',
        "ask get_unit_status() for it",
        "see pm2go.AppConfig",
    ],
)
def test_python_is_recognized(text: str) -> None:
    assert PYTHON.search(text)


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("autorestart", [{"restart": "always"}, {"restart": "no"}]),
        ("port", [{"env": {"PORT": "8000"}}]),
        ("out_file", [{"extra": {"Service": {"StandardOutput": "append:/path"}}}]),
        (
            "stop_exit_codes",
            [{"extra": {"Service": {"SuccessExitStatus": "3", "RestartPreventExitStatus": "3"}}}],
        ),
    ],
)
def test_what_is_to_be_typed_can_be_typed(key: str, typed: list[dict[str, object]]) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.AppConfig.from_dict({"name": "x", "command": ["true"], key: "?"})
    advice = caught.value.hint
    assert advice is not None
    pieces = re.findall(r"\w+=(?:\{.*\}|\"[^\"]*\")", advice)
    arguments = [ast.parse(f"f({piece})", mode="eval").body for piece in pieces]
    found = [
        {word.arg: ast.literal_eval(word.value) for word in call.keywords}
        for call in arguments
        if isinstance(call, ast.Call)
    ]
    assert found == typed


def test_a_mistyped_setting_is_shown_where_it_goes() -> None:
    with pytest.raises(pm2go.ConfigError, match=re.escape('use extra={"Service": {"MemoryHigh": "..."}}')):
        pm2go.AppConfig.from_dict({"name": "x", "command": "true", "MemoryHigh": "1G"})
