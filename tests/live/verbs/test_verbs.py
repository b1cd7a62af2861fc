"""All verbs of tests/live/table.py: over each way to systemd, by both faces, and what may go wrong with any of them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable
from xml.etree import ElementTree as ET

import pytest

import pm2go
from live.fixtures import programs
from live.fixtures.scope import ROOT, SCOPE_OPTION, TARGET
from live.fixtures.systemctl import systemd_version
from live.fixtures.ways import WAYS, Way, connect
from live.table import ROWS, TOO_NEW, Row, name_of
from pm2go._core import verbs

ROOT_FOLDER = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT_FOLDER))

from generate.introspect import lines  # noqa: E402

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

Do = Callable[..., Any]


def blocking(way: Way, verb: str, *arguments: Any, **options: Any) -> Any:
    with connect(way) as systemd:
        return getattr(systemd, verb)(*arguments, **options)


def awaited(way: Way, verb: str, *arguments: Any, **options: Any) -> Any:
    async def main() -> Any:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            return await getattr(systemd, verb)(*arguments, **options)

    return asyncio.run(main())


@pytest.fixture(params=[blocking, awaited], ids=["blocking", "awaited"])
def do(request: pytest.FixtureRequest) -> Do:
    face: Do = request.param
    return face


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_it_does_what_systemctl_shows(way: Way, do: Do, units: UnitFiles, row: Row) -> None:
    scene = row.prepare(units)
    row.check(scene, do(way, row.verb, *row.arguments(scene), **row.options))


NOWHERE: dict[str, Any] = {"unit": "live-nowhere.target", "file": "/nowhere/live-nowhere.target", "pid": 1}


@pytest.mark.parametrize("row", [row for row in ROWS if row.nobody], ids=name_of)
def test_a_unit_of_nobody(way: Way, do: Do, row: Row) -> None:
    assert row.nobody
    # The systemctl of systemd 247 sets no properties of targets.
    nowhere = {**NOWHERE, "unit": "live-nowhere.service"} if row.verb == "set_unit_properties" else NOWHERE
    with pytest.raises(row.nobody) as caught:
        do(way, row.verb, *row.arguments(nowhere), **row.options)
    error = caught.value
    assert isinstance(error, pm2go.Pm2goError)
    assert nowhere["unit"] in error.message
    assert error.hint
    # What is given by its path is not told by its name.
    assert error.unit == (None if nowhere["file"] in map(str, row.arguments(nowhere)) else nowhere["unit"])


def test_what_this_systemd_is_too_old_for(way: Way, do: Do, units: UnitFiles) -> None:
    for row in TOO_NEW:
        scene = row.prepare(units)
        with pytest.raises(pm2go.UnsupportedError, match=rf"{scene['unit']}: .*\b{row.method}\b") as caught:
            do(way, row.verb, *row.arguments(scene), **row.options)
        assert str(row.since) in (caught.value.hint or "")


WITHOUT_BUSCTL = """
    import json
    import pm2go
    with pm2go.Systemd(scope="system", backend="command") as systemd:
        try:
            print(json.dumps(systemd.get_unit_by_pid(1)))
        except pm2go.UnsupportedError as error:
            print(json.dumps([error.message, error.hint]))
"""


def test_what_systemctl_alone_cannot_do_is_told(public_path: Path) -> None:
    """A user, who cannot reach the private socket of the machine's manager."""
    (public_path / "systemctl").symlink_to("/usr/bin/systemctl")
    user = programs.TESTER if ROOT else None
    message, hint = programs.run(WITHOUT_BUSCTL, env={"PATH": str(public_path)}, user=user)
    assert "systemctl does not tell the unit of a process" in message
    assert 'backend="dbus"' in hint


#: Calls each verb with its arguments, and tells what came of it.
PROBE = """
    import json, sys
    import pm2go
    options, calls = json.loads(sys.argv[1]), json.loads(sys.argv[2])
    found = []
    with pm2go.Systemd(scope="system", **options) as systemd:
        for verb, arguments, keywords in calls:
            try:
                getattr(systemd, verb)(*arguments, **keywords)
                found.append(None)
            except pm2go.Pm2goError as error:
                found.append([type(error).__name__, error.hint])
    print(json.dumps(found))
"""


@pytest.mark.parametrize(
    "options",
    [{"address": "unix:path=/run/dbus/system_bus_socket"}, {"backend": "command"}],
    ids=["bus", "command"],
)
def test_a_user_may_look_and_not_touch(options: dict[str, Any]) -> None:
    scene = {"unit": "systemd-logind.service", "file": "/nowhere.service", "pid": 1, "id": 1}
    scene |= {"variable": "LIVE_VARIABLE"}
    scene |= {"InvocationID": 32 * "0", "ControlGroup": "/init.scope"}
    others = {"set_default_target": TARGET, "abandon_scope": "init.scope"}
    scenes = ({**scene, "unit": others.get(row.verb, scene["unit"])} for row in ROWS)
    calls = [(row.verb, row.arguments(scene), row.options) for row, scene in zip(ROWS, scenes)]
    user = programs.TESTER if ROOT else None
    found = programs.run(PROBE, json.dumps(options), json.dumps(calls, default=str), user=user)
    refusals = set()
    for row, told in zip(ROWS, found):
        if (
            row.verb == "dump" and told is not None
        ):  # other tests have asked so often that one needs a permission
            assert told[0] == "AuthorizationRequiredError"
            assert told[1].endswith(" org.freedesktop.systemd1.bypass-dump-ratelimit")
            continue
        if (
            row.verb == "dump_unit_file_descriptor_store"
        ):  # the bus does not let it through, systemctl asks on the bus
            assert told is None or told[0] == "PermissionDeniedError"
            continue
        if row.verb == "attach_processes":  # systemd looks at the unit first, and whose the processes are
            assert told is not None
            assert told[0] in {"ConfigError", "PermissionDeniedError"}
            continue
        if row.polkit is None or row.verb == "cancel_job":  # there is no such job, which everybody may know
            assert told is None, row.verb
            continue
        assert told is not None, f"{row.verb} was allowed"
        kind, hint = told
        # The message bus lets nobody but root ask for some (org.freedesktop.systemd1.conf).
        assert kind in {"AuthorizationRequiredError", "PermissionDeniedError"}, row.verb
        if kind == "AuthorizationRequiredError":
            assert hint.endswith(f" org.freedesktop.systemd1.{row.polkit}"), row.verb
        refusals.add(kind)
    assert "AuthorizationRequiredError" in refusals


def introspect(path: str) -> ET.Element:
    """What the systemd that runs here tells of an object."""
    busctl = ["busctl", *SCOPE_OPTION, "--xml-interface", "introspect", "org.freedesktop.systemd1", path]
    return ET.fromstring(subprocess.run(busctl, check=True, capture_output=True, text=True).stdout)


def introspected() -> dict[str, tuple[str, str]]:
    """The manager's methods: what each takes, and what it gives."""
    found = {}
    manager = introspect("/org/freedesktop/systemd1")
    for method in manager.iterfind("interface[@name='org.freedesktop.systemd1.Manager']/method"):
        types = {"in": "", "out": ""}
        for argument in method.iterfind("arg"):
            types[argument.get("direction", "in")] += argument.get("type", "")
        found[method.get("name", "")] = (types["in"], types["out"])
    return found


def test_rows_table_and_systemd_agree(capsys: pytest.CaptureFixture[str]) -> None:
    rows, by_hand = verbs()
    version = systemd_version()
    methods = introspected()
    there = [row for row in rows if row[4] <= version]
    assert {method: methods.get(method) for _, method, *_ in there} == {
        method: (takes, gives) for _, method, takes, gives, _ in there
    }
    assert {method for method, _, since in by_hand if since <= version} <= set(methods)
    # The table names a method as systemctl calls it.
    in_table = {row.method for row in ROWS}
    assert [name for name, method, *_ in there if method.removesuffix("WithMode") not in in_table] == []
    covered = {method for _, method, *_ in rows} | {method for method, *_ in by_hand}
    with capsys.disabled():
        print(
            f"\nsystemd {version}: {len(methods)} methods, of which pm2go calls {len(covered & set(methods))}; not:"
        )
        print(textwrap.fill(" ".join(sorted(set(methods) - covered)), 110))


def test_the_checked_in_introspection_is_of_this_systemd() -> None:
    """For a Debian's systemd that is checked in; any other may have more."""
    file = ROOT_FOLDER / "introspection" / f"{systemd_version()}.tsv"
    checked_in = file.read_text().splitlines()
    basic = introspect("/org/freedesktop/systemd1/unit/basic_2etarget")
    found = [line for line in lines(basic) if not line.startswith("Manager")]
    assert sorted(found) == [line for line in checked_in if line.startswith(("Target\t", "Unit\t"))]
