"""The floor: the bytes alone, over a bare socket."""

from __future__ import annotations

from floor import MANAGER_PATH, PROPERTIES, SERVICE, UNIT, WINDOW, Floor, method_call

from .asked import APP_PATHS, FIGURES, FILES, GET, GET_ALL, JOBS, LIST, MANY_PATHS, STATES
from .contender import Contender

#: What every unit has; the rest is a service's.
OF_UNITS = {"ActiveState", "SubState", "ActiveEnterTimestampMonotonic"}


def gets(names):
    """A `Get` for each of these properties of each of the many."""
    asked = [(path, name) for path in MANY_PATHS.values() for name in names]
    of = lambda name: UNIT if name in OF_UNITS else f"{SERVICE}.Service"  # noqa: E731
    return [
        method_call(path, PROPERTIES, "Get", of(name), name, serial=10 + number)
        for number, (path, name) in enumerate(asked)
    ]


class Raw(Contender):
    name = "raw floor"

    def __init__(self, endpoint):
        super().__init__(endpoint)
        self.floor = Floor(endpoint)
        self.listener = Floor(endpoint)
        if endpoint == "bus":
            self.listener.hear()
        self.ping = method_call(MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping")
        self.get, self.get_all, self.list = (method_call(*call) for call in (GET, GET_ALL, LIST))
        self.jobs = [method_call(*call) for call in JOBS]
        self.many = [method_call(*GET, serial=10 + number) for number in range(256)]
        calls = enumerate(APP_PATHS.values())
        self.apps = [method_call(path, PROPERTIES, "GetAll", "", serial=10 + n) for n, path in calls]
        calls = enumerate(MANY_PATHS.values())
        self.all_of_many = [method_call(path, PROPERTIES, "GetAll", "", serial=10 + n) for n, path in calls]
        self.states_of_many, self.figures_of_many = gets(STATES), gets(FIGURES)
        self.files = method_call(*FILES)
        # As many as pm2go has on the way at once.
        self.window = WINDOW if endpoint == "bus" else len(self.states_of_many)

    def row_ping(self):
        self.floor.call(self.ping)

    def row_property(self):
        self.floor.call(self.get)

    def row_properties(self):
        self.floor.call(self.get_all)

    def row_list(self):
        self.reply_size = self.floor.call(self.list)[1]

    def row_apps(self):
        self.floor.pipelined(self.apps)

    def row_states1000(self):
        self.floor.pipelined(self.states_of_many, self.window)

    def row_figures1000(self):
        self.floor.pipelined(self.figures_of_many, self.window)

    def row_all1000(self):
        self.floor.pipelined(self.all_of_many, self.window)

    def row_files(self):
        self.floor.call(self.files)

    def row_gather64(self):
        self.floor.pipelined(self.many[:64])

    def row_gather256(self):
        self.floor.pipelined(self.many)

    def row_job(self):
        for job in self.jobs:
            self.listener.job(job)

    def row_connect(self):
        floor = Floor(self.endpoint, 1 << 16)
        floor.call(self.get)
        floor.close()

    def close(self):
        self.floor.close()
        self.listener.close()
