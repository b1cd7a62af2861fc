"""What the tables of go-systemd's own tests ask (22.3.2, as Debian ships it), with what systemd makes of it.

Where go-systemd answers otherwise, systemd's answer stands here: it joins continued lines, has comments between them, skips
a line that it cannot read, reads lines of any length up to 1 MiB, and refuses to unescape what it would not have escaped so.
tests/live/unit_files/test_texts.py holds names against systemd-escape.
"""

from __future__ import annotations

from typing import Any, Callable

import pytest

import pm2go

UNITS = "/org/freedesktop/systemd1/unit/"
LONG = '/bin/bash -c "echo ' + 2000 * "." + '"'
REFUSED = object()
Option = tuple[str, str, str]


def options(text: str) -> list[Option]:
    """The assignments of a text."""
    return [(made.section, made.key, made.value) for made in pm2go.UnitFile(text).assignments]


def written(rows: list[Option]) -> str:
    """The text that has these assignments, one added after the other."""
    file = pm2go.UnitFile("")
    for section, key, value in rows:
        file.add(section, key, value)
    return str(file)


def sections(tables: dict[str, dict[str, list[str]]]) -> str:
    """The text that has these sections."""
    return str(pm2go.UnitFile.from_dict(tables))


def kept(text: str) -> str:
    """The text after it was read."""
    return str(pm2go.UnitFile(text))


def label(name: str) -> str:
    """The last part of the path of a unit's object. What has no type is a part of a name."""
    whole = name if name.endswith(".service") else f"{name}.service"
    path = pm2go.UnitName(whole).object_path
    return path[len(UNITS) :] if whole == name else path[len(UNITS) : -len("_2eservice")]


def unit(path: str) -> str:
    """The name in such a part."""
    whole = path if path.endswith("_2eservice") else f"{path}_2eservice"
    name = str(pm2go.UnitName.from_object_path(UNITS + whole))
    return name if whole == path else name[: -len(".service")]


def are_the_same(texts: tuple[str, str]) -> bool:
    """Whether two texts say the same, in the same order; the other way round as well."""
    one, other = map(options, texts)
    assert (one == other) == (other == one)
    return one == other


FOO = "[Unit]\nDescription=FOO\n"
BINDS = "BindsTo=bar.service\n"
RUNS = "[Service]\nExecStart=/bin/true\n"
#: A row of each of the tables: what is asked, of what, and the answer.
CASES: list[tuple[Callable[[Any], Any], Any, Any]] = [
    # unit/escape_test.go, escaping
    (pm2go.escape_path, "", "-"),
    (pm2go.escape_path, "/////////", "-"),
    (pm2go.escape_path, "///foo////bar/////tail//////", "foo-bar-tail"),
    (pm2go.escape, "", ""),
    # What is no absolute path is none for systemd; a dot alone is where it is.
    (pm2go.escape_path, ".", "-"),
    (pm2go.escape_path, "/.", "-"),
    (pm2go.escape_path, "/////////.", "-"),
    (pm2go.escape_path, "/////////.///////////////", "-"),
    (pm2go.escape_path, ".....", r"\x2e...."),
    (pm2go.escape_path, "/.foo/.bar", r"\x2efoo-.bar"),
    (pm2go.escape_path, ".foo/.bar", r"\x2efoo-.bar"),
    (pm2go.escape, ".foo/.bar", r"\x2efoo-.bar"),
    (pm2go.escape, r"///..\-!#??///", r"---..\x5c\x2d\x21\x23\x3f\x3f---"),
    (pm2go.escape_path, r"///..\-!#??///", r"\x2e.\x5c\x2d\x21\x23\x3f\x3f"),
    (
        pm2go.escape,
        "user-cloudinit@/var/lib/coreos/vagrant/vagrantfile-user-data.service",
        r"user\x2dcloudinit\x40-var-lib-coreos-vagrant-vagrantfile\x2duser\x2ddata.service",
    ),
    # The same, unescaping
    (pm2go.unescape_path, "", REFUSED),
    (pm2go.unescape, "", ""),
    (pm2go.unescape_path, "---------", REFUSED),
    (pm2go.unescape, r"---..\x5c\x2d\x21\x23\x3f\x3f---", r"///..\-!#??///"),
    (pm2go.unescape_path, r"\x2e.\x5c\x2d\x21\x23\x3f\x3f", r"/..\-!#??"),
    (pm2go.unescape_path, r"\x2e.\x5c\x2d\xaZ\x.o\x21\x23\x3f\x3f", REFUSED),
    (pm2go.unescape_path, r"\x2e.\x5c\x\x2d\xaZ\x.o\x21\x23\x3f\x3f\x3", REFUSED),
    (pm2go.unescape_path, r"\x2e.\x5c\x\x2d\xaZ\x.o\x21\x23\x3f\x3f\x", REFUSED),
    (pm2go.unescape_path, r"\x2e.\x5c\x\x2d\xaZ\x.o\x21\x23\x3f\x3f" + "\\", REFUSED),
    (
        pm2go.unescape,
        r"user\x2dcloudinit\x40-var-lib-coreos-vagrant-vagrantfile\x2duser\x2ddata.service",
        "user-cloudinit@/var/lib/coreos/vagrant/vagrantfile-user-data.service",
    ),
    # dbus/dbus_test.go: bytes behind the first, which need no escape and which do; no unit has the last of them
    *[(label, f"x{byte}", f"x{byte}") for byte in "abzAQ149"],
    *[(label, f"x{byte}", f"x_{ord(byte):02x}") for byte in "._-\\"],
    *[(label, f"x{byte}", REFUSED) for byte in "#%$!%"],
    # The first byte
    *[(label, byte, byte) for byte in "AaexQZ"],
    *[(label, byte, f"_{ord(byte):02x}") for byte in "0459"],
    # Paths of objects: none is of no name
    (label, "", REFUSED),
    (label, "foo.service", "foo_2eservice"),
    (label, "foobar", "foobar"),
    (label, "woof@woof.service", "woof_40woof_2eservice"),
    (label, "0123456", "_30123456"),
    (label, "account_db.service", "account_5fdb_2eservice"),
    (label, "got-dashes", "got_2ddashes"),
    (unit, "_", REFUSED),
    (unit, "foo_2eservice", "foo.service"),
    (unit, "foobar", "foobar"),
    (unit, "woof_40woof_2eservice", "woof@woof.service"),
    (unit, "_30123456", "0123456"),
    (unit, "account_5fdb_2eservice", "account_db.service"),
    (unit, "got_2ddashes", "got-dashes"),
    (unit, "foobar_", REFUSED),
    # What stands behind it here goes on with the digits.
    (unit, "foobar_2", REFUSED),
    # unit/deserialize_test.go
    (
        options,
        "[Unit]\nDescription=Foo\nDescription=Bar\nRequires=baz.service\nAfter=baz.service\n",
        [
            ("Unit", "Description", "Foo"),
            ("Unit", "Description", "Bar"),
            ("Unit", "Requires", "baz.service"),
            ("Unit", "After", "baz.service"),
        ],
    ),
    (
        options,
        "[Unit]\nDescription=Foo\n\n[Service]\nExecStart=/usr/bin/sleep infinity\n\n[X-Third-Party]\nPants=on\n\n",
        [
            ("Unit", "Description", "Foo"),
            ("Service", "ExecStart", "/usr/bin/sleep infinity"),
            ("X-Third-Party", "Pants", "on"),
        ],
    ),
    (options, "[Unit]\n[Service]\n[X-Third-Party]\n", []),
    (
        options,
        '[Service]\nEnvironment= "FOO=BAR" "BAZ=QUX"\n',
        [("Service", "Environment", '"FOO=BAR" "BAZ=QUX"')],
    ),
    (
        options,
        "[Unit]\nDescription= Unnecessarily wrapped \\\n    words here\n",
        [("Unit", "Description", "Unnecessarily wrapped      words here")],
    ),
    (
        options,
        "; comment\n# comment\n[Unit]\n; comment\n# comment\n#Description=Foo\nDescription=Bar\n; comment\n# comment\n",
        [("Unit", "Description", "Bar")],
    ),
    (
        options,
        "[Unit]\nDescription=Bar\\\n# comment alpha\n\nDescription=Bar\\\n# comment bravo \\\nBaz\n",
        [("Unit", "Description", "Bar"), ("Unit", "Description", "Bar Baz")],
    ),
    (options, "Description=Foo\n[Unit]\nDescription=Bar\n", [("Unit", "Description", "Bar")]),
    (options, "<<<<<<<<\n[Unit]\nDescription=Bar\n", [("Unit", "Description", "Bar")]),
    (options, "[Unit]\n<<<<<<<<=Bar\n", [("Unit", "<<<<<<<<", "Bar")]),
    (options, "[Unit]\nSome Thing = Bar\n", [("Unit", "Some Thing", "Bar")]),
    (options, "[Unit]\nDescription=Bar", [("Unit", "Description", "Bar")]),
    (options, "[Unit]\nDescription=Bar \\", [("Unit", "Description", "Bar")]),
    (options, "[©]\nµ☃=ÇôrèÕ$", [("©", "µ☃", "ÇôrèÕ$")]),
    (options, "[Unit]\n Description   =words here\n", [("Unit", "Description", "words here")]),
    (options, "[Unit]\nDescription= words here ", [("Unit", "Description", "words here")]),
    (options, "[Unit]\nDescription= words here \\\n  ", [("Unit", "Description", "words here")]),
    (
        options,
        '[Service]\nExecStart=/bin/bash -c "while true; do echo \\"ping\\"; sleep 1; done"\n',
        [("Service", "ExecStart", '/bin/bash -c "while true; do echo \\"ping\\"; sleep 1; done"')],
    ),
    (
        options,
        "[Service]\nExecStart=/bin/bash echo poof \\  ",
        [("Service", "ExecStart", "/bin/bash echo poof \\")],
    ),
    (options, f"[Service]\nExecStart={LONG}", [("Service", "ExecStart", LONG)]),
    (
        options,
        f"[Service]\nExecStart={LONG}\nOption=value\n",
        [("Service", "ExecStart", LONG), ("Service", "Option", "value")],
    ),
    # Sections that are there twice
    (
        options,
        "[Unit]\nDescription=Foo\nDescription=Bar\nRequires=baz.service\nAfter=baz.service\n",
        [("Unit", key, value) for key, value in (("Description", "Foo"), ("Description", "Bar"))]
        + [("Unit", key, "baz.service") for key in ("Requires", "After")],
    ),
    (
        options,
        "[Route]\nDestination=10.0.0.1/24\nGateway=10.0.10.1\n\n[Route]\nDestination=10.0.2.1/24\nGateway=10.0.10.1\n",
        [
            ("Route", "Destination", "10.0.0.1/24"),
            ("Route", "Gateway", "10.0.10.1"),
            ("Route", "Destination", "10.0.2.1/24"),
            ("Route", "Gateway", "10.0.10.1"),
        ],
    ),
    # What is no section is refused; what is no assignment is skipped
    (options, "[Unit\nDescription=Foo\n", REFUSED),
    (options, "[Unit] pants\nDescription=Foo\n", REFUSED),
    (options, "[Unit]\nDescription\n", []),
    (options, "[Unit]\n<<<<<<\nDescription=Foo\n", [("Unit", "Description", "Foo")]),
    # Long lines are lines
    (options, f"[S{3000 * 'e'}rvice]\n", []),
    (options, f"[Service]\nExecStart={LONG}.\n", [("Service", "ExecStart", f"{LONG}.")]),
    (
        options,
        f"\n# test unit file\n\n[Service]\nExecStart=/bin/x \\\n  -e {2000 * 'BAR'} \\\n  busybox\nRestart=always\n",
        [
            ("Service", "ExecStart", f"/bin/x    -e {2000 * 'BAR'}    busybox"),
            ("Service", "Restart", "always"),
        ],
    ),
    (options, 100 * "arbitrary and extraordinarily long line ", []),
    (
        options,
        f"[Service]\n{300 * 'ExecStart'}=/bin/true\n",
        [("Service", 300 * "ExecStart", "/bin/true")],
    ),
    # unit/serialize_test.go, options
    (written, [], ""),
    (
        written,
        [("Unit", "Description", "Foo"), ("Unit", "BindsTo", "bar.service")],
        "[Unit]\nDescription=Foo\nBindsTo=bar.service\n",
    ),
    (
        written,
        [("Unit", "Description", "Foo"), ("Unit", "Description", "Bar")],
        "[Unit]\nDescription=Foo\nDescription=Bar\n",
    ),
    (
        written,
        [("Unit", "Description", "Foo"), ("Service", "ExecStart", "/usr/bin/sleep infinity")],
        "[Unit]\nDescription=Foo\n\n[Service]\nExecStart=/usr/bin/sleep infinity\n",
    ),
    (
        written,
        [
            ("Unit", "Description", "Foo"),
            ("Service", "ExecStart", "/usr/bin/sleep infinity"),
            ("Unit", "BindsTo", "bar.service"),
        ],
        "[Unit]\nDescription=Foo\nBindsTo=bar.service\n\n[Service]\nExecStart=/usr/bin/sleep infinity\n",
    ),
    (
        written,
        [
            ("Unit", "Description", "Foo"),
            ("Service", "ExecStart", "/usr/bin/sleep infinity"),
            ("Unit", "BindsTo", "bar.service"),
            ("X-Foo", "Bar", "baz"),
            ("Service", "ExecStop", "/x"),
            ("Unit", "Documentation", "man:foo"),
        ],
        (
            "[Unit]\nDescription=Foo\nBindsTo=bar.service\nDocumentation=man:foo\n\n"
            "[Service]\nExecStart=/usr/bin/sleep infinity\nExecStop=/x\n\n[X-Foo]\nBar=baz\n"
        ),
    ),
    # What systemd has no name for is read and not written, and no value begins another line.
    (written, [("©", "µ☃", "ÇôrèÕ$")], REFUSED),
    (written, [("Un\nit", "Description", "Foo")], REFUSED),
    (written, [("Unit", "Desc\nription", "Foo")], REFUSED),
    (written, [("Unit", "Description", "Fo\no")], REFUSED),
    # The same, sections
    (sections, {}, ""),
    (
        sections,
        {"Unit": {"Description": ["Foo"], "BindsTo": ["bar.service"]}},
        "[Unit]\nDescription=Foo\nBindsTo=bar.service\n",
    ),
    (sections, {"Unit": {"Description": ["Foo", "Bar"]}}, "[Unit]\nDescription=Foo\nDescription=Bar\n"),
    (
        sections,
        {"Unit": {"Description": ["Foo"]}, "Service": {"ExecStart": ["/usr/bin/sleep infinity"]}},
        "[Unit]\nDescription=Foo\n\n[Service]\nExecStart=/usr/bin/sleep infinity\n",
    ),
    (sections, {"©": {"µ☃": ["ÇôrèÕ$"]}}, REFUSED),
    (sections, {"Un\nit": {"Description": ["Foo"]}}, REFUSED),
    (sections, {"Unit": {"Desc\nription": ["Foo"]}}, REFUSED),
    (sections, {"Unit": {"Description": ["Fo\no"]}}, REFUSED),
    # To the manager of units two sections of a name are one.
    (
        sections,
        {"Route": {"Gateway": ["10.0.10.1", "10.0.10.2"], "Destination": ["10.0.1.1/24", "10.0.2.1/24"]}},
        "[Route]\nGateway=10.0.10.1\nGateway=10.0.10.2\nDestination=10.0.1.1/24\nDestination=10.0.2.1/24\n",
    ),
    # unit/end_to_end_test.go: what was read is written as it was, comments and all
    *[
        (kept, text, text)
        for text in (
            '[Service]\nExecStart=/bin/bash -c "while true; do echo \\"ping\\"; sleep 1; done"\n',
            "[Unit]\nDescription= Unnecessarily wrapped \\\n    words here",
            "[Unit]\nDescription=Demo \\\n\nRequires=docker.service\n",
            "; comment\n# comment\n[Unit]\n; comment\n#Description=Foo\nDescription=Bar\n; comment\n",
        )
    ],
    # unit/option_test.go
    (are_the_same, ("", ""), True),
    (are_the_same, (FOO, FOO), True),
    (are_the_same, (FOO, "[Unit]\nDescription=BAR\n"), False),
    (are_the_same, (FOO + BINDS + RUNS, FOO + "\n" + BINDS + "# comment\n" + RUNS), True),
    (are_the_same, (FOO + BINDS, FOO + BINDS + RUNS), False),
    (are_the_same, (FOO + RUNS, RUNS + FOO), False),
    (
        are_the_same,
        (
            FOO + BINDS + RUNS + "ExecStop=/bin/true\n",
            f"{FOO}{RUNS}[Unit]\n{BINDS}[Service]\nExecStop=/bin/true\n",
        ),
        False,
    ),
    (are_the_same, ("[Unit]\n", "[Unit]\n"), True),
    (are_the_same, (FOO, " ".join(FOO.partition("="))), True),
    (are_the_same, (FOO, "[X-Other]\nDescription=FOO\n"), False),
    (are_the_same, (FOO, "[Unit]\nBindsTo=FOO\n"), False),
    (are_the_same, (FOO, FOO.replace("FOO", "foo")), False),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_systemds_answer_counts(number: int) -> None:
    ask, given, expected = CASES[number]
    if expected is REFUSED:
        with pytest.raises((pm2go.ConfigError, pm2go.UnitLoadError)):
            ask(given)
    else:
        assert ask(given) == expected


def test_they_are_all_there() -> None:
    """Of the tables' rows; those that repeat the bytes at each of nine places are told once."""
    assert len(CASES) == 135
