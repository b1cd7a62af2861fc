"""The floor: the bytes alone, over a bare socket."""

from __future__ import annotations

from floor import MANAGER_PATH, PROPERTIES, Floor, method_call

from .asked import APP_PATHS, GET, GET_ALL, JOBS, LIST
from .contender import Contender


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
