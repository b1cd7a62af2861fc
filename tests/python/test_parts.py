"""The live tests in parts: together the parts are the whole, and they are about as large."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from live.parts import deal


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
