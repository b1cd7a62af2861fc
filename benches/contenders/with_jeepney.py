"""jeepney, both faces."""

from __future__ import annotations

from floor import MANAGER_PATH, SERVICE

from .asked import GET, GET_ALL, LIST, plain, read_rows
from .contender import AsyncContender, Contender


class JeepneyCalls:
    name = "jeepney"

    def message(self, path, interface, member, *arguments, to=SERVICE):
        address = self.address(path, bus_name=to, interface=interface)
        return self.new_call(address, member, "s" * len(arguments), arguments)

    def load(self):
        import jeepney

        self.address, self.new_call = jeepney.DBusAddress, jeepney.new_method_call


class Jeepney(JeepneyCalls, Contender):
    def __init__(self):
        super().__init__()
        from jeepney.io.blocking import open_dbus_connection

        self.load()
        self.open = open_dbus_connection
        self.connection = self.open("SYSTEM")

    def call(self, *call):
        return self.connection.send_and_get_reply(self.message(*call)).body

    def row_ping(self):
        return self.call(MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping")

    def row_property(self):
        return plain(self.call(*GET)[0])

    def row_properties(self):
        return {name: plain(value) for name, value in self.call(*GET_ALL)[0].items()}

    def row_list(self):
        return read_rows(self.call(*LIST)[0])

    def row_connect(self):
        kept, self.connection = self.connection, self.open("SYSTEM")
        try:
            return self.row_property()
        finally:
            self.connection.close()
            self.connection = kept

    def close(self):
        self.connection.close()


class JeepneyAsync(JeepneyCalls, AsyncContender):
    async def open(self):
        from jeepney.io.asyncio import open_dbus_router

        self.load()
        self.context = open_dbus_router("SYSTEM")
        self.router = await self.context.__aenter__()

    async def call(self, *call):
        return (await self.router.send_and_get_reply(self.message(*call))).body

    async def row_property(self):
        return plain((await self.call(*GET))[0])

    async def row_properties(self):
        return {name: plain(value) for name, value in (await self.call(*GET_ALL))[0].items()}

    async def row_list(self):
        return read_rows((await self.call(*LIST))[0])

    async def shut(self):
        await self.context.__aexit__(None, None, None)
