"""python-sdbus, both faces."""

from __future__ import annotations

from floor import MANAGER_PATH, PROPERTIES, SERVICE

from .asked import APP_PATHS, GET, GET_ALL, LIST, plain, read_rows
from .contender import AsyncContender, Contender


class SdbusCalls:
    name = "python-sdbus"

    def message(self, path, interface, member, *arguments):
        message = self.bus.new_method_call_message(SERVICE, path, interface, member)
        if arguments:
            message.append_data("s" * len(arguments), *arguments)
        return message


class Sdbus(SdbusCalls, Contender):
    def __init__(self):
        super().__init__()
        import sdbus

        self.open = sdbus.sd_bus_open_system
        self.bus = self.open()

    def call(self, *call):
        return self.bus.call(self.message(*call)).get_contents()

    def row_ping(self):
        return self.call(MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping")

    def row_property(self):
        return plain(self.call(*GET))

    def row_properties(self):
        return {name: plain(value) for name, value in self.call(*GET_ALL).items()}

    def row_list(self):
        return read_rows(self.call(*LIST))

    def row_apps(self):
        found = [self.call(path, PROPERTIES, "GetAll", "") for path in APP_PATHS.values()]
        return {plain(values["Id"]): plain(values["ActiveState"]) for values in found}

    def row_connect(self):
        kept, self.bus = self.bus, self.open()
        try:
            return self.row_property()
        finally:
            self.bus.close()
            self.bus = kept

    def close(self):
        self.bus.close()


class SdbusAsync(SdbusCalls, AsyncContender):
    async def open(self):
        import sdbus

        self.bus = sdbus.sd_bus_open_system()

    async def call(self, *call):
        return (await self.bus.call_async(self.message(*call))).get_contents()

    async def row_ping(self):
        return await self.call(MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping")

    async def row_property(self):
        return plain(await self.call(*GET))

    async def row_properties(self):
        return {name: plain(value) for name, value in (await self.call(*GET_ALL)).items()}

    async def row_list(self):
        return read_rows(await self.call(*LIST))

    async def row_apps(self):
        found = await self.limited([(path, PROPERTIES, "GetAll", "") for path in APP_PATHS.values()])
        return {plain(values["Id"]): plain(values["ActiveState"]) for values in found}

    async def shut(self):
        self.bus.close()
