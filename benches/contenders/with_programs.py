"""systemd's own programs, run as scripts do."""

from __future__ import annotations

import json
import subprocess

from floor import SERVICE

from .asked import APPS, FIGURES, GET, GET_ALL, JOB_UNIT, LIST, MANY, SERVICE_UNIT, STATES, read_rows
from .contender import Contender


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def shown(told):
    """What `systemctl show` says of units, by their names."""
    found = [
        dict(line.partition("=")[::2] for line in block.splitlines()) for block in told.decode().split("\n\n")
    ]
    return {values["Id"]: values for values in found}


class Systemctl(Contender):
    """The program with its output parsed, as scripts do."""

    name = "systemctl"

    def __init__(self):
        super().__init__("command")

    def row_property(self):
        return output("systemctl", "show", "--value", "--property=ActiveState", SERVICE_UNIT).decode().strip()

    def row_properties(self):
        lines = output("systemctl", "show", "--all", SERVICE_UNIT).decode().splitlines()
        return dict(line.partition("=")[::2] for line in lines)

    def row_list(self):
        rows = json.loads(output("systemctl", "list-units", "--all", "--no-pager", "--output=json"))
        return [(r["unit"], r["description"], r["load"], r["active"], r["sub"]) for r in rows]

    def row_apps(self):
        found = shown(output("systemctl", "show", "--property=Id,ActiveState,SubState,MainPID", *APPS))
        return {name: values["ActiveState"] for name, values in found.items()}

    def row_states1000(self):
        return shown(output("systemctl", "show", f"--property={','.join(('Id', *STATES))}", *MANY))

    def row_figures1000(self):
        return shown(output("systemctl", "show", f"--property={','.join(('Id', *FIGURES))}", *MANY))

    def row_all1000(self):
        return shown(output("systemctl", "show", "--all", *MANY))

    def row_files(self):
        rows = json.loads(output("systemctl", "list-unit-files", "--no-pager", "--output=json"))
        return {row["unit_file"]: row["state"] for row in rows}

    def row_job(self):
        output("systemctl", "stop", JOB_UNIT)
        output("systemctl", "start", JOB_UNIT)
        return "done"


class Busctl(Contender):
    name = "busctl"

    def __init__(self):
        super().__init__("command")

    def call(self, path, interface, member, *arguments):
        command = ["busctl", "--json=short", "call", SERVICE, path, interface, member]
        if arguments:
            command += ["s" * len(arguments), *arguments]
        return json.loads(output(*command))["data"][0]

    def row_property(self):
        return self.call(*GET)["data"]

    def row_properties(self):
        return {name: value["data"] for name, value in self.call(*GET_ALL).items()}

    def row_list(self):
        return read_rows(self.call(*LIST))
