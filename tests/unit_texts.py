"""What unit names and unit files are made of, as tables: each text and what systemd makes of it.

They hold every kind of case that go-systemd tests its packages `unit` and `dbus` with; where that says something else than
systemd does (it decodes no byte above 0x7f, keeps wrong escapes and comments in values, and ends lines at 2048 bytes), what
systemd says is here. tests/live/unit_files/test_texts.py asks the systemd that runs.
"""

from __future__ import annotations

#: A text, and how it is escaped: systemd-escape.
ESCAPED = {
    "": "",
    "/": "-",
    "a": "a",
    ".": r"\x2e",
    "..": r"\x2e.",
    "a.b": "a.b",
    ".foo/.bar": r"\x2efoo-.bar",
    r"///..\-!#??///": r"---..\x5c\x2d\x21\x23\x3f\x3f---",
    "agent@/srv/www/my-site.service": r"agent\x40-srv-www-my\x2dsite.service",
    "a_b:c": "a_b:c",
    "a b\tc": r"a\x20b\x09c",
    "50%": r"50\x25",
    "é☃": r"\xc3\xa9\xe2\x98\x83",
    "\x7f\x01": r"\x7f\x01",
    "-": r"\x2d",
    "0123456789": "0123456789",
}

#: A path, and how it is escaped: systemd-escape --path; nothing where that refuses it.
ESCAPED_PATHS = {
    "": "-",
    "/": "-",
    "/////////": "-",
    "///foo////bar/////tail//////": "foo-bar-tail",
    "foo/bar": "foo-bar",
    ".....": r"\x2e....",
    "/.foo/.bar": r"\x2efoo-.bar",
    ".foo/.bar": r"\x2efoo-.bar",
    r"///..\-!#??///": r"\x2e.\x5c\x2d\x21\x23\x3f\x3f",
    "/a/./b": "a-b",
    "/a/..": None,
    "../a": None,
    "/a/../b": None,
    "/a b": r"a\x20b",
    "/é": r"\xc3\xa9",
}

#: An escaped text, and what it stands for: systemd-escape --unescape; nothing where that refuses it.
UNESCAPED = {
    "": "",
    "a-b": "a/b",
    "---------": "/////////",
    r"---..\x5c\x2d\x21\x23\x3f\x3f---": r"///..\-!#??///",
    r"agent\x40-srv-www-my\x2dsite.service": "agent@/srv/www/my-site.service",
    r"\xc3\xa9": "é",
    r"\x2E": ".",
    r"\xaZ": None,
    r"\x.o": None,
    r"\x3": None,
    r"\x": None,
    "\\": None,
    r"\n": None,
    r"a\x00": None,
}

#: An escaped path, and what it stands for: systemd-escape --unescape --path; nothing where that refuses it.
UNESCAPED_PATHS = {
    "-": "/",
    "a": "/a",
    "foo-bar-tail": "/foo/bar/tail",
    r"\x2e.\x5c\x2d\x21\x23\x3f\x3f": r"/..\-!#??",
    r"\x2efoo-.bar": "/.foo/.bar",
    "a--b": None,
    "-a": None,
    "a-": None,
    "..": None,
    "a-..-b": None,
    r"\x2e.\x5c\x2d\xaZ": None,
    r"a\x3": None,
}

#: A unit, and the last part of its object path.
OBJECT_PATHS = {
    "foo.service": "foo_2eservice",
    "foobar.target": "foobar_2etarget",
    "woof@woof.service": "woof_40woof_2eservice",
    "0123456.service": "_30123456_2eservice",
    "account_db.service": "account_5fdb_2eservice",
    "got-dashes.service": "got_2ddashes_2eservice",
    r"a\x20b.mount": "a_5cx20b_2emount",
    "a:b.service": "a_3ab_2eservice",
    "Az09.slice": "Az09_2eslice",
    **{f"{letter}x.service": f"{letter}x_2eservice" for letter in "abzAQZ"},
    **{f"{digit}x.service": f"_3{digit}x_2eservice" for digit in "0459"},
    **{f"x{digit}.service": f"x{digit}_2eservice" for digit in "149"},
    **{f"x{sign}y.service": f"x_{ord(sign):02x}y_2eservice" for sign in "._-:@\\"},
}

#: Object paths that are those of no unit, by their last parts.
NO_OBJECT_PATHS = ["", "_", "foobar_", "foobar_2", "foobar_2g", "a_2fb_2eservice", "foobar"]

LONG = "/bin/echo " + "." * 4000

#: The text of a unit file, and its assignments: section, setting, value.
PARSED: dict[str, list[tuple[str, str, str]]] = {
    "": [],
    "\n\n": [],
    "[Unit]\nDescription=Foo\nDescription=Bar\nRequires=baz.service\nAfter=baz.service\n": [
        ("Unit", "Description", "Foo"),
        ("Unit", "Description", "Bar"),
        ("Unit", "Requires", "baz.service"),
        ("Unit", "After", "baz.service"),
    ],
    "[Unit]\nDescription=Foo\n\n[Service]\nExecStart=/bin/sleep infinity\n\n[X-Other]\nPants=on\n\n": [
        ("Unit", "Description", "Foo"),
        ("Service", "ExecStart", "/bin/sleep infinity"),
        ("X-Other", "Pants", "on"),
    ],
    "[Unit]\n[Service]\n[X-Other]\n": [],
    '[Service]\nEnvironment= "FOO=BAR" "BAZ=QUX"\n': [("Service", "Environment", '"FOO=BAR" "BAZ=QUX"')],
    "[Unit]\nDescription= Wrapped \\\n    words here\n": [("Unit", "Description", "Wrapped      words here")],
    "; a\n# b\n[Unit]\n; c\n# d\n#Description=Foo\nDescription=Bar\n; e\n# f\n": [
        ("Unit", "Description", "Bar")
    ],
    "[Unit]\nDescription=Bar\\\n# comment\n\nDescription=Bar\\\n# comment \\\nBaz\n": [
        ("Unit", "Description", "Bar"),
        ("Unit", "Description", "Bar Baz"),
    ],
    "Description=Foo\n[Unit]\nDescription=Bar\n": [("Unit", "Description", "Bar")],
    "<<<<\n[Unit]\nDescription=Bar\n": [("Unit", "Description", "Bar")],
    "[Unit]\n<<<<=Bar\n": [("Unit", "<<<<", "Bar")],
    "[Unit]\nSome Thing = Bar\n": [("Unit", "Some Thing", "Bar")],
    "[Unit]\nDescription=Bar": [("Unit", "Description", "Bar")],
    "[Unit]\nDescription=Bar \\": [("Unit", "Description", "Bar")],
    "[©]\nµ☃=ÇôrèÕ$": [("©", "µ☃", "ÇôrèÕ$")],
    "[Unit]\n Description   =words here\n": [("Unit", "Description", "words here")],
    "[Unit]\nDescription= words here ": [("Unit", "Description", "words here")],
    "[Unit]\nDescription= words here \\\n  ": [("Unit", "Description", "words here")],
    '[Service]\nExecStart=/bin/bash -c "echo \\"ping\\"; sleep 1"\n': [
        ("Service", "ExecStart", '/bin/bash -c "echo \\"ping\\"; sleep 1"')
    ],
    "[Service]\nExecStart=/bin/echo poof \\  ": [("Service", "ExecStart", "/bin/echo poof \\")],
    f"[Service]\nExecStart={LONG}": [("Service", "ExecStart", LONG)],
    f"[Service]\nExecStart={LONG}\nRestart=no\n": [
        ("Service", "ExecStart", LONG),
        ("Service", "Restart", "no"),
    ],
    f"[Service]\n# {LONG}\nNice=1\n": [("Service", "Nice", "1")],
    "[Unit]\nDescription=Demo \\\n\nRequires=docker.service\n": [
        ("Unit", "Description", "Demo"),
        ("Unit", "Requires", "docker.service"),
    ],
    "[Unit]\nA=\nB=#x\nC=a;b\n": [("Unit", "A", ""), ("Unit", "B", "#x"), ("Unit", "C", "a;b")],
    "[Unit]\r\nA=1\r\nB=2\r\n": [("Unit", "A", "1"), ("Unit", "B", "2")],
    "[Unit]\rA=1\rB=2": [("Unit", "A", "1"), ("Unit", "B", "2")],
    "\ufeff[Unit]\nA=1\n": [("Unit", "A", "1")],
    "[Unit]\nA==b=c\n": [("Unit", "A", "=b=c")],
    "[Unit]\n=x\nnothing\nA=1\n": [("Unit", "A", "1")],
    "[Route]\nGateway=1\n\n[Route]\nGateway=2\n": [("Route", "Gateway", "1"), ("Route", "Gateway", "2")],
}

#: Texts that systemd refuses as a whole, and the line that is to blame.
REFUSED: dict[bytes, int] = {
    b"[Unit\n": 1,
    b"[Unit]\n[\n": 2,
    b"[Unit]\nA=\xff\n": 2,
    b"[Unit]\n\nA=1\0\n": 3,
    b'[Uni"t]\n': 1,
    b"[Unit]\nA=" + b"x" * (1 << 20): 2,
    b"#" + b"x" * (1 << 20): 1,
    b"[Unit]\nA=" + b"x" * (1 << 19) + b"\\\n" + b"x" * (1 << 19): 3,
}

#: Sections with their settings, and the text that they make.
WRITTEN: list[tuple[dict[str, dict[str, object]], str]] = [
    ({}, ""),
    ({"Unit": {}}, ""),
    (
        {"Unit": {"Description": "Foo", "BindsTo": "bar.service"}},
        "[Unit]\nDescription=Foo\nBindsTo=bar.service\n",
    ),
    ({"Unit": {"Description": ["Foo", "Bar"]}}, "[Unit]\nDescription=Foo\nDescription=Bar\n"),
    (
        {"Unit": {"Description": "Foo"}, "Service": {"ExecStart": "/bin/sleep infinity"}},
        "[Unit]\nDescription=Foo\n\n[Service]\nExecStart=/bin/sleep infinity\n",
    ),
    ({"X-Foo": {"Bar": "ÇôrèÕ$"}}, "[X-Foo]\nBar=ÇôrèÕ$\n"),
    ({"Service": {"Nice": 5, "RemainAfterExit": True}}, "[Service]\nNice=5\nRemainAfterExit=yes\n"),
    ({"Service": {"ExecStart": ["", "/bin/true"]}}, "[Service]\nExecStart=\nExecStart=/bin/true\n"),
]

#: A section, a setting and a value that no unit file can have.
UNWRITABLE: list[tuple[str, str, str]] = [
    ("Un\nit", "Description", "Foo"),
    ("Unit", "Desc\nription", "Foo"),
    ("Unit", "Description", "Fo\no"),
    ("Unit", "Description", "Fo\ro"),
    ("Unit", "Description", "Fo\0o"),
    ("Unit", "Description", "Foo\\"),
    ("Unit", "Description", " Foo"),
    ("Unit]", "Description", "Foo"),
    ("", "Description", "Foo"),
    ("Unit", "", "Foo"),
    ("Unit", "A=B", "Foo"),
    ("Unit", "#A", "Foo"),
    ("Unit", "A", "x" * (1 << 20)),
]
