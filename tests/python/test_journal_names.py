"""Fields of an entry by their names."""

from __future__ import annotations

import sys

import pytest

from pm2go import journal


def test_fields_are_found_by_any_text_that_equals_their_name() -> None:
    """Also by one that is another object, of another class, or of which there are more than are remembered."""

    class Name(str):
        __slots__ = ()

    names = [f"FIELD_{number}" for number in range(3000)]
    cursor = "s=" + "01" * 16 + ";i=1;b=" + "02" * 16 + ";m=5;t=6;x=7"
    entry = journal.Entry(cursor, [(name, name.lower()) for name in names])
    expected = {name: name.lower() for name in names}
    for _ in range(2):
        assert dict(entry) == expected
    for name in names[::500]:
        for other in (Name(name), "".join(list(name)), sys.intern(name)):
            assert entry[other] == entry.get(other) == name.lower()
            assert other in entry
            assert entry.get_all(other) == [name.lower()]
    for no_name in (b"FIELD_1", 1, None, "FIELD_\ud800", "FIELD"):
        assert entry.get(no_name) is None
        assert no_name not in entry
        with pytest.raises(KeyError):
            entry[no_name]
