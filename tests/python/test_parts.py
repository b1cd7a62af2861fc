"""The live tests in parts: together the parts are the whole, and they are about as large."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from live.parts import deal, in_pairs, taken


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
@pytest.mark.parametrize("files", [1, 5, 60])
def test_each_file_is_in_one_part(files: int, parts: int) -> None:
    random = Random(f"{files} {parts}")
    sizes = Counter({f"test_{number}.py": random.randint(1, 300) for number in range(files)})
    hands = deal(sizes, parts)
    assert len(hands) == parts
    assert sorted(name for hand in hands for name in hand) == sorted(sizes)
    loads = [sum(sizes[name] for name in hand) for hand in hands]
    assert max(loads) - min(loads) <= max(sizes.values())
    assert hands == deal(Counter(dict(reversed(list(sizes.items())))), parts)


def test_whoever_is_done_takes_the_next_file(tmp_path: Path) -> None:
    files = {f"/live/test_{number}.py": [f"{number}"] * number for number in range(1, 9)}
    one, other = taken(files, tmp_path), taken(files, tmp_path)
    assert [next(one)[0], next(other)[0], next(other)[0], next(other)[0]] == ["8", "7", "6", "5"]
    assert [tests[0] for tests in one] == ["4", "3", "2", "1"]
    assert list(other) == list(taken(files, tmp_path)) == []


def test_each_test_knows_the_one_that_follows() -> None:
    assert list(in_pairs("abc")) == [("a", "b"), ("b", "c"), ("c", None)]
    assert list(in_pairs("a")) == [("a", None)]
    assert list(in_pairs("")) == []
