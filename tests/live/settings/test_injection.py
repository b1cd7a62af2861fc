"""Nothing that an app is given adds a directive to a unit: it is refused in time, or harmless."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pytest

import pm2go
from live.fixtures.scope import UNIT_FOLDER

from . import nasty_text
from .reporting import PERL, Reporting, directives, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What an injected directive would run; no process may ever do.
MARKER = Path("/tmp/injected")
_DIRECTIVE = f"ExecStartPre=+/bin/touch {MARKER}"
_SECTION = f"[Service]\n{_DIRECTIVE}"

PAYLOADS = [
    *(
        f"x{end}{_SECTION}"
        for end in ("\n", "\r", "\r\n", "\n\r", "\0", "\0\n", "]\n", "\\\n", "\\\\\n", '"\n', "'\n")
    ),
    *(
        f"x{end}{_DIRECTIVE}"
        for end in ("\n", "\r", "\\\n", "\v", "\f", "\x1e", "\x85", "\u2028", "\u2029", "]", " ")
    ),
    *(
        f"{_SECTION}\n",
        f"\n{_SECTION}",
        f"\n\n{_SECTION}\n",
        f"\r{_SECTION}\r",
        f"{_SECTION}\\",
        f"\\\r{_DIRECTIVE}",
    ),
    *(
        "]",
        "x]",
        "[Service]",
        "[X-Pm2go]",
        "x\n[X-Pm2go]\nConfig={}",
        "\\",
        "x\\",
        "x\\\\",
        "x\\\\\\",
        "x \\ ",
        "x\\ ",
    ),
    *(
        "\n",
        "\r",
        "\0",
        "x\n",
        "x\r",
        "x\0",
        "\nx",
        " ",
        "\t",
        "",
        "x\t",
        "#",
        "#x",
        ";x",
        "x\n#x",
        "x\n;x",
        "x=y",
    ),
    *(
        f'x" ; /bin/touch {MARKER} ; "',
        f"x ; /bin/touch {MARKER}",
        f"x' ; /bin/touch {MARKER} ; '",
        ";",
        "x\\;",
    ),
    *(
        f"x\\n{_SECTION}".replace("\n", "\\n"),
        f"x\\x0a{_DIRECTIVE}",
        f"x\\012{_DIRECTIVE}",
        f"x%n{_DIRECTIVE}",
    ),
    *(
        "\udc80",
        "x\udc0a",
        "\ud800\udc00",
        "\ufffe",
        "\uffff",
        "\ufdd0",
        "\U0010ffff",
        "x\ufeff",
        "\ufeff[Service]",
    ),
    *(
        f"x{'%' * 3}\n{_DIRECTIVE}",
        "%",
        "%z",
        "%n",
        "$(id)",
        "$$",
        "x" * 2_000_000,
        f"{'x' * 1_048_570}\n{_SECTION}",
    ),
]


def _file(reporting: Reporting, name: str) -> str:
    """Return the path of a file of that name; a name that no file can have is left without one."""
    path = f"{reporting.folder}/injected/{name}"
    with contextlib.suppress(OSError, ValueError):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).symlink_to(reporting.script)
    return path


def _variables(reporting: Reporting, name: str) -> str:
    """Return the path of a file of that name that others cannot read."""
    path = f"{reporting.folder}/injected variables/{name}"
    with contextlib.suppress(OSError, ValueError):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch(0o600)
    return path


def _folder(reporting: Reporting, name: str) -> str:
    path = f"{reporting.folder}/injected folders/{name}"
    with contextlib.suppress(OSError, ValueError):
        Path(path).mkdir(parents=True, exist_ok=True)
    return path


def _extra(section: str, key: str) -> Callable[[Reporting, str], dict[str, Any]]:
    return lambda _, text: {"extra": {section: {key: text}}}


#: For each place: the settings that put a text there, and the properties that may then be other than usual.
PLACES: dict[str, tuple[Callable[[Reporting, str], dict[str, Any]], set[str]]] = {
    "name": (lambda _, text: {"name": text}, set()),
    "script": (
        lambda on, text: {"script": _file(on, text), "interpreter": PERL},
        {"ExecStart", "ExecStartEx"},
    ),
    "script that runs itself": (
        lambda on, text: {"script": _file(on, text), "interpreter": "none"},
        {"ExecStart", "ExecStartEx"},
    ),
    "interpreter": (
        lambda on, text: {"script": on.script, "interpreter": _file(on, text)},
        {"ExecStart", "ExecStartEx"},
    ),
    "interpreter argument": (
        lambda on, text: {"script": on.script, "interpreter": PERL, "interpreter_args": [text]},
        {"ExecStart", "ExecStartEx"},
    ),
    "argument": (
        lambda on, text: {"script": on.script, "args": [text, "x", text]},
        {"ExecStart", "ExecStartEx"},
    ),
    "program": (lambda on, text: {"command": [_file(on, text)]}, {"ExecStart", "ExecStartEx"}),
    "bare program": (lambda _, text: {"command": [text]}, {"ExecStart", "ExecStartEx"}),
    "command": (lambda on, text: {"command": [PERL, on.script, text]}, {"ExecStart", "ExecStartEx"}),
    "cwd": (lambda on, text: {"cwd": _folder(on, text)}, {"WorkingDirectory", "RequiresMountsFor"}),
    "variable's name": (lambda _, text: {"env": {text: "x"}}, {"Environment"}),
    "variable's value": (lambda _, text: {"env": {"X": text}}, {"Environment"}),
    "environment file": (lambda on, text: {"environment_file": _variables(on, text)}, {"EnvironmentFiles"}),
    # What a login needs is set with a user, unless the unit file says otherwise.
    "user": (lambda _, text: {"user": text}, {"User", "SetLoginEnvironment"}),
    "group": (lambda _, text: {"group": text}, {"Group"}),
    "restart": (lambda _, text: {"restart": text}, set()),
    "kill signal": (lambda _, text: {"kill_signal": text}, set()),
    "description": (lambda _, text: {"description": text}, {"Description"}),
    "extra section": (lambda _, text: {"extra": {text: {"Nice": "1"}}}, set()),
    "extra setting": (lambda _, text: {"extra": {"Service": {text: "x"}}}, set()),
    "extra setting of none": (lambda _, text: {"extra": {"X-Mine": {text: "x"}}}, set()),
    "extra value": (_extra("Service", "SyslogIdentifier"), set()),
    "extra variable": (_extra("Service", "Environment"), {"Environment"}),
    "extra list": (
        lambda _, text: {"extra": {"Unit": {"Documentation": ["man:x", text]}}},
        {"Documentation"},
    ),
    "extra value of none": (_extra("X-Mine", "Key"), set()),
    "extra value of Install": (_extra("Install", "Alias"), set()),
}


@pytest.fixture(scope="module")
def reporting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reporting]:
    folder = tmp_path_factory.mktemp("injecting")
    with pm2go.Manager() as manager:
        yield Reporting(manager, folder)
        for app in manager.list():
            manager.delete(app.name)


@pytest.fixture(scope="module")
def baseline(reporting: Reporting) -> dict[str, Any]:
    reporting.start(reporting.app("injected"))
    return directives(reporting.manager, "injected")


def forged(reporting: Reporting, settings: dict[str, Any]) -> pm2go.AppConfig:
    """Make an app whose settings were put into it behind its back: into what it was pickled to."""
    settings = {key: value for key, value in settings.items() if value != "injected"}
    runs = {"command": [PERL, reporting.script]} if "command" in settings else {}
    app = reporting.app("injected", **runs)
    restore, (kind, described) = app.__reduce__()
    for key, value in settings.items():
        described[key] = {**app.env, **value} if key == "env" else value
    return cast("pm2go.AppConfig", restore(kind, described))


def attempt(reporting: Reporting, make: Callable[[], pm2go.AppConfig]) -> str:
    """Deploy the app; what is refused must have left no trace, and nothing else may be raised."""
    before = listing()
    try:
        reporting.manager.start(make(), settle=0)
    except pm2go.ConfigError:
        assert listing() == before, "something was written"
        return "refused"
    except pm2go.UnitLoadError:
        # systemd is the judge of accounts and of extra settings; the file is taken back.
        assert sorted(listing()[1]) == sorted(before[1])
        return "not loaded"
    except pm2go.JobFailedError:
        return "failed"
    return "started"


@pytest.mark.filterwarnings("ignore::pm2go.Pm2goConfigWarning")
@pytest.mark.parametrize("place", list(PLACES))
def test_no_text_adds_a_directive(
    reporting: Reporting, baseline: dict[str, Any], place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_of, expected = PLACES[place]
    ends: Counter[str] = Counter()
    for payload in PAYLOADS:
        settings = {"name": "injected", **settings_of(reporting, payload)}
        end = attempt(reporting, partial(reporting.app, **settings))
        if end == "refused":
            # The manager is the second to look, and no less strict.
            assert attempt(reporting, partial(forged, reporting, settings)) == "refused"
        elif end != "not loaded":
            refuse_additions(reporting, baseline, expected, payload)
        ends[end] += 1
        assert not MARKER.exists(), f"{payload[:80]!a} was run"
        assert sorted(name for name in listing()[1] if name.startswith("pm2-")) == ["pm2-injected.service"]
    with capsys.disabled():
        sys.stdout.write(f"\n{place}: {', '.join(f'{count} {end}' for end, count in sorted(ends.items()))} ")
    assert ends["refused"] > 5


def refuse_additions(
    reporting: Reporting, baseline: dict[str, Any], expected: set[str], payload: str
) -> None:
    """Fail if systemd read anything but what belongs to the place of the text."""
    told = directives(reporting.manager, "injected")
    changed = {
        key: value for key, value in told.items() if value != baseline.get(key) and key not in expected
    }
    assert not changed, f"{payload[:80]!a} changed {changed}"
    assert len(told["ExecStart"]) == 1
    commands = {
        key for key, value in told.items() if key.startswith("Exec") and isinstance(value, list) and value
    }
    assert commands == {"ExecStart", "ExecStartEx"}


def test_what_is_put_into_an_app_is_not_deployed(reporting: Reporting) -> None:
    app = reporting.app("injected")
    object.__setattr__(app, "args", ("other",))
    assert reporting.start(app).argv[-1] != b"other"
    with pytest.raises(TypeError):
        app.env["OTHER"] = "1"  # type: ignore[index]


@pytest.mark.parametrize("value", ["\udc80", "x\udcffy", "\ud800\udc00"], ids=ascii)
@pytest.mark.parametrize("place", list(PLACES))
def test_lone_surrogates_are_refused(reporting: Reporting, place: str, value: str) -> None:
    """They are how Python shows bytes of file names that are not UTF-8: no unit file can hold them."""
    settings = PLACES[place][0](reporting, value)
    with pytest.raises(pm2go.ConfigError, match="surrogate"):
        reporting.app(**{"name": "injected", **settings})


@pytest.mark.parametrize("verb", ["describe", "delete", "stop", "restart", "logs"])
def test_lone_surrogates_in_names_are_refused_by_every_verb(reporting: Reporting, verb: str) -> None:
    with pytest.raises(pm2go.ConfigError):
        getattr(reporting.manager, verb)("\udc80")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), -1.0, 1e300])
@pytest.mark.parametrize("key", ["restart_delay", "min_uptime", "kill_timeout"])
def test_times_that_are_none_are_refused(reporting: Reporting, key: str, value: float) -> None:
    with pytest.raises(pm2go.ConfigError):
        reporting.app("injected", **{key: value})


@pytest.mark.parametrize("verb", ["describe", "delete", "stop", "restart", "logs"])
@pytest.mark.parametrize(
    "name",
    ["", "../x", "x/y", "x\n", f"x\n{_SECTION}", "\0", "injected\0", "x y", "x@y", "é", "-x", ".x"],
    ids=ascii,
)
def test_names_of_apps_are_checked_by_every_verb(reporting: Reporting, verb: str, name: str) -> None:
    with pytest.raises(pm2go.ConfigError):
        getattr(reporting.manager, verb)(name)


@pytest.mark.parametrize(
    "prefix", ["", "x\n", f"x\n{_SECTION}", "x\0", "../", "x/", "x y", "x@", "-"], ids=ascii
)
def test_prefixes_are_checked(prefix: str) -> None:
    with pytest.raises(pm2go.ConfigError):
        pm2go.Manager(prefix=prefix)


#: What no place can hold, and what only some can.
_NOWHERE = ["\0", "\ufffe", "\U0005ffff", "\ufdef", "\udc80"]
_NOT_IN_ONE_LINE = ["\n", "\r"]


def test_generated_apps_that_cannot_be_written_are_refused(reporting: Reporting) -> None:
    """One character too many, somewhere in a text that would do."""
    random = Random(20240229)
    before = listing()
    for _ in range(2000):
        place = random.choice(
            ["argument", "command", "variable's value", "cwd", "description", "extra value"]
        )
        wrong = random.choice(_NOWHERE + (_NOT_IN_ONE_LINE if place not in _QUOTED else []))
        start, end = nasty_text.text(random), nasty_text.text(random)
        # White space at an end could be stripped before it is looked at.
        value = f"x{start}{wrong}{end}x"
        settings = PLACES[place][0](reporting, value)
        with pytest.raises(pm2go.ConfigError):
            reporting.app("injected", **settings)
    assert listing() == before


_QUOTED = {"argument", "command", "variable's value"}


def test_the_folder_is_the_one_that_is_looked_at(reporting: Reporting) -> None:
    """Otherwise the tests above would see nothing wherever they look."""
    before = listing()
    reporting.start(reporting.app("seen"))
    assert listing() != before
    assert Path(reporting.manager.describe("seen").unit_path or "") == UNIT_FOLDER / "pm2-seen.service"
    reporting.manager.delete("seen")
