"""What an app is given arrives at its process as it is: on a real systemd, as root and as a user.

`ROUND_TRIP_SEED` and `ROUND_TRIP_COUNT` in the environment repeat another run, or a shorter one.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

import pm2go

from . import nasty_text
from .reporting import PERL, REPORT, SYSTEM, UNIT_FOLDER, Reporting, argv_of, directives

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED = int(os.environ.get("ROUND_TRIP_SEED", "20240229"))
COUNT = int(os.environ.get("ROUND_TRIP_COUNT", "2000"))
THREADS = 4
#: Every so many-th character goes into one combination; a shorter run sees less of them.
STRIDE = max(COUNT, 2000)
#: What a program's path cannot have: systemd refuses quotes, backslashes and control characters there.
NOT_IN_PROGRAMS = "\"'\\/" + "".join(map(chr, range(32))) + "\x7f"


@pytest.fixture(scope="module")
def reporting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reporting]:
    folder = tmp_path_factory.mktemp("reporting")
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o755)
    with pm2go.Manager() as manager:
        yield Reporting(manager, folder)
        for app in manager.list():
            manager.delete(app.name)


@dataclass(frozen=True)
class Baseline:
    """What a unit is like that was given nothing special."""

    directives: dict[str, Any]
    variables: frozenset[str]


@pytest.fixture(scope="module")
def baseline(reporting: Reporting) -> Baseline:
    report = reporting.start(reporting.app("plain"))
    return Baseline(directives(reporting.manager, "plain"), frozenset(report.environment()))


@dataclass(frozen=True)
class Programs:
    """Programs and scripts under paths that are hard to write down."""

    interpreters: tuple[str, ...]
    scripts: tuple[str, ...]


@pytest.fixture(scope="module")
def programs(reporting: Reporting) -> Programs:
    random = Random(SEED)

    def names(forbidden: str) -> list[str]:
        texts = (nasty_text.folder(nasty_text.text(random), forbidden=forbidden) for _ in range(30))
        return [f"{index}/{name}x" for index, name in enumerate(texts)]

    return Programs(
        (PERL, *(reporting.perl(f"{name}perl") for name in names(NOT_IN_PROGRAMS))),
        (reporting.script, *(reporting.program(f"{name}.pl") for name in names(""))),
    )


@dataclass(frozen=True)
class Generator:
    """Makes the combinations; together they have every character in each of the four places."""

    reporting: Reporting
    programs: Programs
    taken: frozenset[str]
    characters: list[str]

    def app(self, index: int, slot: int) -> pm2go.AppConfig:
        random = Random(f"{SEED} {index}")
        arguments, variables, place, title = (
            "".join(self.characters[(index + shift * STRIDE // 4) % STRIDE :: STRIDE]) for shift in range(4)
        )
        args = [nasty_text.text(random) for _ in range(random.randint(0, 6))] + [arguments]
        random.shuffle(args)
        env = {self.variable(random): nasty_text.text(random) for _ in range(random.randint(0, 6))}
        env[self.variable(random)] = variables
        cwd = nasty_text.folder(f"{nasty_text.text(random)}/{place}/{nasty_text.text(random)}")
        script, interpreter = random.choice(self.programs.scripts), random.choice(self.programs.interpreters)
        runs: dict[str, Any] = {"script": script, "interpreter": interpreter, "args": args}
        if random.random() < 0.5:
            runs = {"command": [interpreter, script, *args]}
        description = nasty_text.one_line(f"{nasty_text.text(random)}{title}{nasty_text.text(random)}")
        return self.reporting.app(
            f"generated{slot}",
            **runs,
            env=env,
            cwd=self.reporting.subfolder(f"{index}/{cwd}"),
            description=description,
        )

    def variable(self, random: Random) -> str:
        """Return a variable's name that neither systemd nor Perl knows."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
        while True:
            name = random.choice(letters) + "".join(random.choices(letters + "0123456789", k=random.randint(0, 9)))
            if name not in self.taken and not name.startswith(("PERL", "LD_", "LC_")):
                return name


def differences(reporting: Reporting, baseline: Baseline, app: pm2go.AppConfig) -> list[str]:
    """Start the app; name what its process received, or what systemd or the file say of it, that is not as given."""
    report = reporting.start(app)
    received = report.environment()
    added = {name: value for name, value in received.items() if name not in baseline.variables or name == REPORT}
    extra_names = {name: value for name, value in app.env.items() if name in baseline.variables}
    argv = argv_of(app)
    seen = {
        "argv": (report.argv, [word.encode() for word in argv]),
        "environ": (added | {name: received.get(name) for name in extra_names}, dict(app.env)),
        "cwd": (report.cwd, app.cwd.encode()),
    }
    told = directives(reporting.manager, app.name)
    verbatim = "$" in argv[0]
    words = argv if verbatim else [argv[0], *(word.replace("$", "$$") for word in argv[1:])]
    seen |= {
        "ExecStart": ([(run[0], run[1]) for run in told.pop("ExecStart")], [(argv[0], words)]),
        "ExecStartEx": (
            [(run[0], run[1], run[2]) for run in told.pop("ExecStartEx")],
            [(argv[0], words, ["no-env-expand"] if verbatim else [])],
        ),
        "Environment": (sorted(told.pop("Environment")), sorted(map("=".join, app.env.items()))),
        "WorkingDirectory": (told.pop("WorkingDirectory"), app.cwd),
        "Description": (told.pop("Description"), app.description or app.name),
    }
    told.pop("RequiresMountsFor")
    others = [(key, (value, baseline.directives.get(key))) for key, value in told.items()]
    unit = f"pm2-{app.name}.service"
    seen |= dict(others)
    seen |= {
        "description": (reporting.manager.systemd.get_unit_status(unit).description, app.description or app.name),
        "config": (reporting.manager.describe(app.name).config, app),
    }
    return [f"{what}: {got!a} is not {wanted!a}" for what, (got, wanted) in seen.items() if got != wanted]


def complaints() -> list[str]:
    """Return what the manager said in the journal about lines of our unit files."""
    command = ["journalctl", "--boot", "--no-pager", "--all", "--output=cat", *([] if SYSTEM else ["--user"])]
    said = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    return re.findall(re.escape(str(UNIT_FOLDER)) + r"/pm2-[^\n]*:\d+:[^\n]*", said.decode(errors="replace"))


def test_generated_apps_arrive_as_they_are(
    reporting: Reporting, baseline: Baseline, programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    characters = nasty_text.all_characters()
    Random(SEED).shuffle(characters)
    generator = Generator(reporting, programs, baseline.variables, characters)
    started: Counter[str] = Counter()

    def run(slot: int) -> list[str]:
        wrong = []
        for index in range(slot, COUNT, THREADS):
            app = generator.app(index, slot)
            wrong += [f"combination {index}: {found}" for found in differences(reporting, baseline, app)]
            started[f"slot {slot}"] += 1
        return wrong

    with ThreadPoolExecutor(THREADS) as threads:
        wrong = [found for part in threads.map(run, range(THREADS)) for found in part]
    with capsys.disabled():
        print(f"\n{started.total()} combinations started, seed {SEED}, {len(wrong)} differences", end=" ")
    assert not wrong, f"seed {SEED}: {len(wrong)} differences, the first ones:\n" + "\n".join(wrong[:5])
    assert started.total() == COUNT
    assert not complaints()


ARGUMENTS = [
    *("", " ", "  ", "\t", "\n", "\r", "\r\n", "\a\b\t\n\v\f\r", "".join(map(chr, range(1, 32))), "\x7f"),
    *("$", "$$", "$$$", "$X", "${X}", "$HOME", "${HOME}", "a${HOME}b", "$(id)", "$$HOME", "${", "$ "),
    *("%", "%%", "%n", "%%n", "%z", "%-", "100%", "%h/%u", "\\x25n", "\\x24HOME", "\\u0024HOME", "\\045n"),
    *("\\", "\\\\", "\\\\\\", "a\\", "\\n", "\\s", "\\'", '\\"', "\\;", "\\\n", "\\x", "\\xff", "\\400", "\\z"),
    *("'", '"', "''", '""', '"a', "a'", "'a b'", '"a b"', "it's", ";", " ; ", "a;b", "&&", "|", "`id`", "*"),
    *("-x", "@x", ":x", "+x", "!x", "!!x", "|x", "--", "-", "~", "#x", "=", "[Service]", "]", "{}"),
    *("é", "e\u0301", "\U0001f600", "\U0001f469\u200d\U0001f4bb", "\u202eabc", "שלום", "ﷺ", "\u200b", "\u0300"),
    *("\x80", "\x85", "\x9b", "\xa0", "\u2028", "\u2029", "\u3000", "\ufeff", "\ufffc", "\ufffd", "\ud7ff"),
    *("\ue000", "\uf8ff", "\U000f0000", "\U0010fffd", "\U0001fffd", "x" * 100_000, "\U0001f600" * 30_000),
    *('"' * 131_071, "\x01" * 131_071, "é" * 65_535),
]


def short(value: object) -> str:
    return ascii(value)[:40]


@pytest.mark.parametrize("argument", ARGUMENTS, ids=short)
def test_nasty_arguments_and_values(reporting: Reporting, baseline: Baseline, argument: str) -> None:
    """Alone, first, in the middle and last among arguments, and as the value of variables."""
    value = argument[:131_000].encode()[:131_000].decode(errors="ignore")
    args = [argument] if len(argument) > 1000 else [argument, "a", argument, argument]
    app = reporting.app("table", args=args, env={"VALUE": value, "X": "1 2"})
    assert differences(reporting, baseline, app) == []


FOLDERS = [
    *("a b", " a", "a ", "a  ", "a\t", "\ta", "a\\", "a\\\\", "a\\\\\\", "\\", "\\x20", "a'b", 'a"b', '"a b"', "'"),
    *("%", "%%", "%n", "50%", "$HOME", "${HOME}", "$$", "~", "-a", "@a", "#a", ";", "[Service]", "a]", "=", "*"),
    *("\x01", "a\v", "a\f", "\x1b[1m", "\x7f", "\x85", "\u2028", "\u3000", "\ufeff", "é", "e\u0301", "\U0001f600"),
    *("\u202eabc", "\ue000", "\ufffd", "\ufffd ", "é\\", "%\\", "...", "a.", "x" * 255, "/".join(["y" * 200] * 18)),
]


@pytest.mark.parametrize("name", FOLDERS, ids=short)
def test_nasty_folders(reporting: Reporting, baseline: Baseline, name: str) -> None:
    app = reporting.app("table", cwd=reporting.subfolder(f"table/{name}"))
    assert app.cwd.endswith(f"/{name}")
    assert differences(reporting, baseline, app) == []


DESCRIPTIONS = [
    *("a", "a  b", "%", "%%", "%n", "%z", "100%", "$HOME", "${X}", '"a b"', "'a'", "a\\\\", "\\n", "\\a", "a\\b"),
    *("[Service]", "]", "#a", ";a", "=", "a=b", "yes", "~", "-", "\u2028", "\xa0a\xa0", "\u3000", "\ufeff", "é"),
    *("e\u0301", "\U0001f600", "\u202eabc", "\ue000", "\ufffd", "x" * 10_000, '{"name": 1}', "<b>&amp;</b>"),
]


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=short)
def test_nasty_descriptions(reporting: Reporting, baseline: Baseline, description: str) -> None:
    assert differences(reporting, baseline, reporting.app("table", description=description)) == []


PROGRAMS = [
    *("a b", " a", "a ", "$a", "$HOME", "${HOME}", "a$", "$$", "%", "%n", "%%", "50%", ";", "#a", "-a", "@a", "~"),
    *("[a]", "*", "=", "é", "e\u0301", "\U0001f600", "\u2028", "\u3000", "\ufeff", "\x85", "\ufffd", "&&", "`id`"),
]


@pytest.mark.parametrize("name", PROGRAMS, ids=short)
def test_nasty_programs(reporting: Reporting, baseline: Baseline, name: str) -> None:
    """As the interpreter, as the script, as a script that runs by itself; argv[0] is the path as it is."""
    words = ["$HOME", "${X}", "$$", "%n", "\\", '"', ""]
    perl = reporting.perl(f"table/{name}")
    script = reporting.program(f"scripts/{name}")
    for runs in (
        {"command": [perl, script, *words]},
        {"script": script, "interpreter": perl, "interpreter_args": ["-w", "-Mstrict"][:1], "args": words},
    ):
        assert differences(reporting, baseline, reporting.app("table", **runs)) == []
    os.unlink(perl)
    # The kernel, not systemd, puts the interpreter before the script.
    report = reporting.start(reporting.app("table", script=script, interpreter="none", args=words))
    assert report.argv == [word.encode() for word in (PERL, script, *words)]


@pytest.mark.parametrize("name", ["a'b", 'a"b', "a\\b", "a\\", "a\nb", "\x01", "\x7f", "\r", "\t"], ids=short)
def test_scripts_may_have_names_that_programs_may_not(reporting: Reporting, baseline: Baseline, name: str) -> None:
    script = reporting.program(f"scripts/{name}")
    app = reporting.app("table", script=script, interpreter=PERL)
    assert differences(reporting, baseline, app) == []
    with pytest.raises(pm2go.ConfigError, match="the program"):
        reporting.app("table", script=script, interpreter="none")


def test_many_variables_and_many_arguments(reporting: Reporting, baseline: Baseline) -> None:
    env = {f"V{index}": f"{index}: $V0 %n \\ \"\n" for index in range(500)}
    app = reporting.app("table", env=env, args=[f"{index} %%$" for index in range(5000)])
    assert differences(reporting, baseline, app) == []


@pytest.mark.parametrize("name", ["PATH", "HOME", "LANG", "USER", "_", "a", "INVOCATION_ID", "MANAGERPID"])
def test_variables_that_systemd_sets_too(reporting: Reporting, baseline: Baseline, name: str) -> None:
    app = reporting.app("table", env={name: "mine $HOME %n"})
    assert differences(reporting, baseline, app) == []


@pytest.mark.parametrize(
    "name", ["a b", " a", "a ", "a'b", 'a"b', "%", "%n", "$HOME", "~", "-a", "é", "\U0001f600", "{a,b}", "\t", "#"], ids=short
)
def test_nasty_environment_files(reporting: Reporting, name: str) -> None:
    path = f"{reporting.subfolder('environment files')}/{name}"
    with open(path, "w") as file:
        file.write("FROM_FILE=1\n")
    app = reporting.app("table", environment_file=path)
    assert reporting.start(app).environment().get("FROM_FILE") == "1"
    assert reporting.manager.describe("table").config == app
