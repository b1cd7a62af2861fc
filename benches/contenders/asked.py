"""What everybody is asked for, and how answers are read."""

from __future__ import annotations

from floor import BUS_PATH, MANAGER, MANAGER_PATH, PRIVATE_PATH, PROPERTIES, UNIT, unit_path

SERVICE_UNIT = "bench.service"
JOB_UNIT = "bench-job.target"
SERVICE_PATH = unit_path(SERVICE_UNIT)
APPS = [f"pm2-bench{number:03}.service" for number in range(200)]
APP_PATHS = {name: unit_path(name) for name in APPS}
GET = (SERVICE_PATH, PROPERTIES, "Get", UNIT, "ActiveState")
GET_ALL = (SERVICE_PATH, PROPERTIES, "GetAll", "")
LIST = (MANAGER_PATH, MANAGER, "ListUnits")
FILES = (MANAGER_PATH, MANAGER, "ListUnitFiles")
#: Services that are there to be many: what is asked of all of them at once, in two selections. Of the first, a list of units
#: tells half.
MANY = [f"many-{number:04}.service" for number in range(1000)]
MANY_PATHS = {name: unit_path(name) for name in MANY}
STATES = ("ActiveState", "SubState", "MainPID", "NRestarts")
FIGURES = ("MainPID", "NRestarts", "ExecMainStatus", "ActiveEnterTimestampMonotonic")
JOBS = [(MANAGER_PATH, MANAGER, verb, JOB_UNIT, "replace") for verb in ("StopUnit", "StartUnit")]
THREADS = 64
CALLS_OF_A_THREAD = 50
ADDRESS = {"private": PRIVATE_PATH, "bus": f"unix:path={BUS_PATH}"}


def read_rows(rows):
    """Read every field of every row, as a program would."""
    for row in rows:
        for _ in row:
            pass
    return rows


def read_units(units):
    """The same for rows whose fields have names."""
    for unit in units:
        unit.name  # noqa: B018
        unit.description
        unit.load_state
        unit.active_state
        unit.sub_state
        unit.followed
        unit.job_id
        unit.job_type
    return units


def plain(value):
    """Take sdbus's and jeepney's (signature, value) pairs apart."""
    return value[1]
