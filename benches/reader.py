"""One reader of systemd's signals: `reader.py WHO ENDPOINT same|own WATCHERS ROUNDS FAMILY UNITS`.

It says `ready` when all its watchers hear, then a line of JSON when each has heard what it was due, and ends with
its input. The readers in other languages take the same arguments.
"""

from __future__ import annotations

import sys

from readers import READERS
from readers.task import Task

if __name__ == "__main__":
    READERS[sys.argv[1]](Task(sys.argv[2:]))
