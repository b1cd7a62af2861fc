"""go-systemd, as Debian has it: benches/go_systemd."""

from __future__ import annotations

from .program import GO_SYSTEMD, Program


class GoSystemd(Program):
    name = "go-systemd"
    path = GO_SYSTEMD
