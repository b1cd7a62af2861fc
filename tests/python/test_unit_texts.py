"""Names of units and texts of unit files, beside the tables of what systemd makes of them."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from unit_texts import (
    ESCAPED,
    ESCAPED_PATHS,
    NO_OBJECT_PATHS,
    OBJECT_PATHS,
    PARSED,
    REFUSED,
    UNESCAPED,
    UNESCAPED_PATHS,
    UNWRITABLE,
    WRITTEN,
)

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS = "/org/freedesktop/systemd1/unit/"


def told(work: Callable[[str], str], text: str) -> str | None:
    """What it gives; nothing where it refuses."""
    try:
        return work(text)
    except pm2go.ConfigError as error:
        assert error.hint
        return None


def test_names_are_escaped_as_systemd_does_it() -> None:
    assert {text: told(pm2go.escape, text) for text in ESCAPED} == ESCAPED
    assert {text: told(pm2go.escape_path, text) for text in ESCAPED_PATHS} == ESCAPED_PATHS
    assert {text: told(pm2go.unescape, text) for text in UNESCAPED} == UNESCAPED
    assert {text: told(pm2go.unescape_path, text) for text in UNESCAPED_PATHS} == UNESCAPED_PATHS
    assert len(ESCAPED) + len(ESCAPED_PATHS) + len(UNESCAPED) + len(UNESCAPED_PATHS) > 50


def test_every_byte_comes_back() -> None:
    everything = bytes(range(1, 256))
    escaped = pm2go.escape(everything)
    assert escaped.isascii()
    assert pm2go.unescape(escaped).encode("utf-8", "surrogateescape") == everything
    assert pm2go.escape(pm2go.unescape(escaped)) == escaped
    assert pm2go.escape_path(Path("/a b")) == r"a\x20b"


@pytest.mark.parametrize("wrong", [5, None, ["a"], "\ud800"])
def test_what_is_no_text_is_a_config_error(wrong: Any) -> None:
    for work in (pm2go.escape, pm2go.escape_path):
        with pytest.raises(pm2go.ConfigError) as caught:
            work(wrong)
        assert caught.value.hint


def test_object_paths() -> None:
    assert {name: pm2go.UnitName(name).object_path for name in OBJECT_PATHS} == {
        name: UNITS + path for name, path in OBJECT_PATHS.items()
    }
    for name, path in OBJECT_PATHS.items():
        assert pm2go.UnitName.from_object_path(UNITS + path) == name
    for path in [*(UNITS + path for path in NO_OBJECT_PATHS), "/", "", "/org/freedesktop/systemd1"]:
        with pytest.raises(pm2go.ConfigError):
            pm2go.UnitName.from_object_path(path)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("nginx", ("nginx", None, "service", False, None)),
        ("getty@.service", ("getty", None, "service", True, "getty@.service")),
        ("getty@tty1.service", ("getty", "tty1", "service", False, "getty@.service")),
        ("a@b@c.timer", ("a", "b@c", "timer", False, "a@.timer")),
        ("-.mount", ("-", None, "mount", False, None)),
        ("a.b.socket", ("a.b", None, "socket", False, None)),
    ],
)
def test_parts_of_names(name: str, parts: tuple[Any, ...]) -> None:
    found = pm2go.UnitName(name)
    assert (found.prefix, found.instance, found.type, found.is_template, found.template) == parts
    assert pickle.loads(pickle.dumps(found)) == copy.copy(found) == found
    assert isinstance(pickle.loads(pickle.dumps(found)), pm2go.UnitName)
    if found.template:
        assert found.with_instance("x") == f"{found.prefix}@x.{found.type}"
    else:
        with pytest.raises(pm2go.ConfigError):
            found.with_instance("x")


def test_names_that_no_unit_has() -> None:
    for name in ["", "a b", "a/b", "@.service", ".service", "é", "a" * 250]:
        with pytest.raises(pm2go.ConfigError):
            pm2go.UnitName(name)
    for instance in ["", "a b", "/"]:
        with pytest.raises(pm2go.ConfigError):
            pm2go.UnitName("a@.service").with_instance(instance)
    assert pm2go.UnitName.from_path("/", "mount") == "-.mount"
    for path, kind in [("/a", "mound"), ("/a/..", "mount"), ("/" + "é" * 200, "mount")]:
        with pytest.raises(pm2go.ConfigError):
            pm2go.UnitName.from_path(path, kind)


@pytest.mark.parametrize("text", PARSED, ids=range(len(PARSED)))
def test_unit_files_are_read_as_systemd_does_it(text: str) -> None:
    file = pm2go.UnitFile(text)
    assert [(found.section, found.key, found.value) for found in file.assignments] == PARSED[text]
    assert str(file) == text
    assert pm2go.UnitFile(text.encode()) == file
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert all(found.key in lines[found.line - 1] for found in file.assignments)


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_systemd_refuses_is_refused_with_its_line(text: bytes) -> None:
    with pytest.raises(pm2go.UnitLoadError, match=f"^line {REFUSED[text]} "):
        pm2go.UnitFile(text)


def test_unit_files_are_written() -> None:
    for sections, text in WRITTEN:
        file = pm2go.UnitFile.from_dict(sections)  # type: ignore[arg-type]
        assert str(file) == text
        assert pm2go.UnitFile.from_dict(file.to_dict()) == file


@pytest.mark.parametrize(("section", "key", "value"), UNWRITABLE, ids=range(len(UNWRITABLE)))
def test_what_cannot_be_written_is_refused_and_changes_nothing(section: str, key: str, value: str) -> None:
    file = pm2go.UnitFile("[Unit]\nDescription=Before\n")
    for work in (file.set, file.add):
        with pytest.raises(pm2go.ConfigError):
            work(section, key, ["fine", value])
    with pytest.raises(pm2go.ConfigError):
        pm2go.UnitFile.from_dict({section: {key: value}})
    assert str(file) == "[Unit]\nDescription=Before\n"


def test_no_value_is_told() -> None:
    file = pm2go.UnitFile("[Service]\nEnvironment=A=hidden\n")
    with pytest.raises(pm2go.ConfigError) as caught:
        file.set("Service", "Environment", "hidden\nX=1")
    assert "hidden" not in f"{caught.value}{file!r}{file.assignments!r}"


def test_a_change_leaves_the_rest() -> None:
    text = "# top\n[Service]\n; why\nNice = 5 \\\n\n  # end\n\n[Install]\nWantedBy=a.target\n"
    file = pm2go.UnitFile(text)
    file.set("Service", "Nice", 7)
    file.add("Service", "RestartSec", timedelta(milliseconds=1500))
    assert str(file) == (
        "# top\n[Service]\n; why\nNice=7\nRestartSec=1500ms\n  # end\n\n[Install]\nWantedBy=a.target\n"
    )
    assert file.remove("Install", "WantedBy") == 1
    assert file.sections == ["Service", "Install"]
    assert pm2go.UnitFile("a\n[b]\nc\n").ignored == [
        pm2go.IgnoredLine(1, "it stands before the first section"),
        pm2go.IgnoredLine(3, 'it has no "="'),
    ]


def test_a_unit_file_is_a_value() -> None:
    file = pm2go.UnitFile("[Service]\nNice=5\n")
    for same in (pickle.loads(pickle.dumps(file)), copy.deepcopy(file), copy.copy(file)):
        assert same == file
        same.set("Service", "Nice", 6)
        assert same != file
    assert file != str(file)
    assert json.dumps([found.to_dict() for found in file.assignments])
    with pytest.raises(TypeError):
        hash(file)


@pytest.mark.parametrize("wrong", [None, 1.5, b"x", {"a": 1}, [None], [["a"]], timedelta(seconds=-1)])
def test_a_value_of_another_type_is_told(wrong: Any) -> None:
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.UnitFile().set("Service", "Nice", wrong)
    assert "Nice" in str(caught.value)


def test_values_are_quoted_and_read_back() -> None:
    argv = ["/bin/echo", "", "a b", "50%n", "$HOME", ";", "\\x41", "é\n"]
    assert pm2go.split_command(pm2go.quote_command(argv)) == pm2go.ExecCommand(tuple(argv))
    assert pm2go.split_command("-@/bin/a 'b c'") == pm2go.ExecCommand(("/bin/a", "b c"), "-@")
    assert pm2go.split_environment(pm2go.quote_environment("A", 'x "%h" \\')) == {"A": 'x "%h" \\'}
    assert (pm2go.quote_text("5%"), pm2go.quote_path(Path("/a b%"))) == ("5%%", "/a b%%")
    refused: list[tuple[Any, Any]] = [
        (pm2go.quote_command, ["echo"]),
        (pm2go.quote_command, []),
        (pm2go.split_command, "/bin/a 'b"),
        (pm2go.split_command, "/bin/a %n"),
        (pm2go.split_environment, "A"),
        (pm2go.quote_text, "a\nb"),
        (pm2go.quote_path, "a"),
    ]
    for work, value in refused:
        with pytest.raises(pm2go.ConfigError):
            work(value)
    with pytest.raises(pm2go.ConfigError) as caught:
        pm2go.quote_environment("1A", "hidden")
    assert "hidden" not in str(caught.value)
