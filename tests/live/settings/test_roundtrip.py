"""What an app is given arrives at its process as it is: on a real systemd, as root and as a user.

`ROUND_TRIP_SEED` and `ROUND_TRIP_COUNT` in the environment repeat another run, or a whole one: with 2000
combinations (scripts/soak) every character is in each of the four places once.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.systemctl import systemd_version

from . import nasty_text
from .comparing import Baseline, complaints, differences
from .nasty_table import ARGUMENTS, DESCRIPTIONS, FOLDERS, PROGRAMS
from .reporting import PERL, Reporting, argv_of, directives

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = int(os.environ.get("ROUND_TRIP_SEED", "20240229"))
COUNT = int(os.environ.get("ROUND_TRIP_COUNT", "120"))
THREADS = 4
#: Every so many-th character goes into one combination: more of them would be too long for a path.
STRIDE = max(COUNT, 2000)
#: What a program's path cannot have: systemd refuses quotes, backslashes and control characters there, and some
#: versions cannot run what looks like a pattern.
NOT_IN_PROGRAMS = "\"'\\/*?[" + "".join(map(chr, range(32))) + "\x7f"


def can_be_a_folder(path: str) -> bool:
    """Whether a service can run there.

    Before systemd 250 one is not loaded whose folder, as the name of its mount unit, has more than 255 characters
    (`unit_name_from_path` of its src/basic/unit-name.c; newer ones shorten the name).
    """
    length = sum(1 if chr(byte).isalnum() and byte < 128 else 4 for byte in path.encode())
    return systemd_version() >= 250 or length + len(".mount") < 256


@pytest.fixture(scope="module")
def reporting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reporting]:
    folder = tmp_path_factory.mktemp("reporting")
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o755)
    with pm2go.Manager() as manager:
        yield Reporting(manager, folder)
        for app in manager.list():
            manager.delete(app.name)


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
    """Makes the combinations; `STRIDE` of them have every character in each of the four places."""

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
        if not can_be_a_folder(f"{self.reporting.folder}/work/{index}/{cwd}"):
            cwd = "plain"
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
            name = random.choice(letters) + "".join(
                random.choices(letters + "0123456789", k=random.randint(0, 9))
            )
            if name not in self.taken and not name.startswith(("PERL", "LD_", "LC_")):
                return name


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore::pm2go.Pm2goSecretWarning")
def test_generated_apps_arrive_as_they_are(
    reporting: Reporting, baseline: Baseline, programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    characters = nasty_text.all_characters()
    Random(SEED).shuffle(characters)
    generator = Generator(reporting, programs, baseline.variables, characters)

    def run(slot: int) -> tuple[list[str], list[pm2go.AppConfig]]:
        wrong, started = [], []
        for index in range(slot, COUNT, THREADS):
            app = generator.app(index, slot)
            wrong += [f"combination {index}: {found}" for found in differences(reporting, baseline, app)]
            started.append(app)
        return wrong, started

    with ThreadPoolExecutor(THREADS) as threads:
        done = list(threads.map(run, range(THREADS)))
    wrong = [line for lines, _ in done for line in lines]
    started = [app for _, apps in done for app in apps]
    with capsys.disabled():
        sys.stdout.write(f"\n{len(started)} combinations started, seed {SEED}, {len(wrong)} differences ")
    assert not wrong, f"seed {SEED}: {len(wrong)} differences, the first ones:\n" + "\n".join(wrong[:5])
    assert len(started) == COUNT
    assert not complaints("generated")
    if COUNT >= STRIDE:
        assert_every_character_was_there(started, set(characters))


def assert_every_character_was_there(apps: list[pm2go.AppConfig], characters: set[str]) -> None:
    assert characters == {c for app in apps for word in argv_of(app) for c in word}
    assert characters == {c for app in apps for value in app.env.values() for c in value}
    if systemd_version() >= 250:
        assert characters - {"\n", "\r"} == {c for app in apps for c in app.cwd}
    one_line = {c for c in characters if nasty_text.one_line(f"a{c}a") == f"a{c}a"}
    assert one_line == {c for app in apps for c in app.description or ""}


def short(value: object) -> str:
    return ascii(value)[:40]


@pytest.mark.parametrize("argument", ARGUMENTS, ids=short)
def test_nasty_arguments_and_values(reporting: Reporting, baseline: Baseline, argument: str) -> None:
    """Alone, first, in the middle and last among arguments, and as the value of variables."""
    value = argument[:131_000].encode()[:131_000].decode(errors="ignore")
    args = [argument] if len(argument) > 1000 else [argument, "a", argument, argument]
    app = reporting.app("table", args=args, env={"VALUE": value, "X": "1 2"})
    assert differences(reporting, baseline, app) == []


@pytest.mark.parametrize("name", [name for name in FOLDERS if can_be_a_folder(name)], ids=short)
def test_nasty_folders(reporting: Reporting, baseline: Baseline, name: str) -> None:
    app = reporting.app("table", cwd=reporting.subfolder(f"table/{name}"))
    assert app.cwd.endswith(f"/{name}")
    assert differences(reporting, baseline, app) == []


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=short)
def test_nasty_descriptions(reporting: Reporting, baseline: Baseline, description: str) -> None:
    assert differences(reporting, baseline, reporting.app("table", description=description)) == []


@pytest.mark.parametrize("name", PROGRAMS, ids=short)
def test_nasty_programs(reporting: Reporting, baseline: Baseline, name: str) -> None:
    """As the interpreter, as the script, as a script that runs by itself; argv[0] is the path as it is."""
    words = ["$HOME", "${X}", "$$", "%n", "\\", '"', ""]
    perl = reporting.perl(f"table/{name}")
    script = reporting.program(f"scripts/{name}")
    for runs in (
        {"command": [perl, script, *words]},
        {"script": script, "interpreter": perl, "interpreter_args": ["-w"], "args": words},
    ):
        assert differences(reporting, baseline, reporting.app("table", **runs)) == []
    Path(perl).unlink()
    # The kernel, not systemd, puts the interpreter before the script.
    report = reporting.start(reporting.app("table", script=script, interpreter="none", args=words))
    assert report.argv == [word.encode() for word in (PERL, script, *words)]


@pytest.mark.parametrize(
    "name",
    ["a'b", 'a"b', "a\\b", "a\\", "a\nb", "\x01", "\x7f", "\r", "\t", "a ", "*", "a?", "[a]"],
    ids=short,
)
def test_scripts_may_have_names_that_programs_may_not(
    reporting: Reporting, baseline: Baseline, name: str
) -> None:
    script = reporting.program(f"scripts/{name}")
    app = reporting.app("table", script=script, interpreter=PERL)
    assert differences(reporting, baseline, app) == []
    with pytest.raises(pm2go.ConfigError, match="program"):
        reporting.app("table", script=script, interpreter="none")


def test_many_variables_and_many_arguments(reporting: Reporting, baseline: Baseline) -> None:
    env = {f"V{index}": f'{index}: $V0 %n \\ "\n' for index in range(500)}
    app = reporting.app("table", env=env, args=[f"{index} %%$" for index in range(5000)])
    assert differences(reporting, baseline, app) == []


@pytest.mark.parametrize("name", ["PATH", "HOME", "LANG", "USER", "_", "a", "INVOCATION_ID", "MANAGERPID"])
def test_variables_that_systemd_sets_too(reporting: Reporting, baseline: Baseline, name: str) -> None:
    app = reporting.app("table", env={name: "mine $HOME %n"})
    assert differences(reporting, baseline, app) == []


@pytest.mark.parametrize(
    "name",
    ["a b", " a", "a ", "a'b", 'a"b', "%", "%n", "$HOME", "~", "-a", "é", "\U0001f600", "{a,b}", "\t", "#"],
    ids=short,
)
def test_nasty_environment_files(reporting: Reporting, name: str) -> None:
    path = f"{reporting.subfolder('environment files')}/{name}"
    Path(path).write_text("FROM_FILE=1\n")
    Path(path).chmod(0o600)
    app = reporting.app("table", environment_file=path)
    assert reporting.start(app).environment().get("FROM_FILE") == "1"
    assert reporting.manager.describe("table").config == app
