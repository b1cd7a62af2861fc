"""dbus-fast."""

from __future__ import annotations

from floor import DBUS, MANAGER, MANAGER_PATH, PROPERTIES, SERVICE, SIGNALS

from .asked import ADDRESS, APP_PATHS, GET, GET_ALL, JOBS, LIST, read_rows
from .contender import AsyncContender


class DbusFast(AsyncContender):
    name = "dbus-fast"

    async def open(self):
        from dbus_fast import Message, unpack_variants
        from dbus_fast.aio import MessageBus

        self.new_message, self.unpack, self.connect = Message, unpack_variants, MessageBus
        self.bus = await MessageBus(bus_address=ADDRESS["bus"]).connect()
        self.listener = await MessageBus(bus_address=ADDRESS["bus"]).connect()
        await self.call("/org/freedesktop/DBus", DBUS, "AddMatch", SIGNALS, to=DBUS, bus=self.listener)
        await self.call(MANAGER_PATH, MANAGER, "Subscribe", bus=self.listener)
        self.ended, self.waited = {}, {}
        self.listener.add_message_handler(self.on_message)

    def on_message(self, message):
        if message.member == "JobRemoved":
            path, result = message.body[1], message.body[3]
            if path in self.waited:
                self.waited.pop(path).set_result(result)
            else:
                self.ended[path] = result

    async def call(self, path, interface, member, *arguments, to=SERVICE, bus=None):
        message = self.new_message(
            destination=to,
            path=path,
            interface=interface,
            member=member,
            signature="s" * len(arguments),
            body=list(arguments),
        )
        return (await (bus or self.bus).call(message)).body

    async def row_ping(self):
        return await self.call(MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping")

    async def row_property(self):
        return (await self.call(*GET))[0].value

    async def row_properties(self):
        return self.unpack((await self.call(*GET_ALL))[0])

    async def row_list(self):
        return read_rows((await self.call(*LIST))[0])

    async def row_apps(self):
        calls = [(path, PROPERTIES, "GetAll", "") for path in APP_PATHS.values()]
        bodies = await self.limited(calls)
        found = [self.unpack(body[0]) for body in bodies]
        return {values["Id"]: values["ActiveState"] for values in found}

    async def row_job(self):
        self.ended.clear()
        for job in JOBS:
            path = (await self.call(*job, bus=self.listener))[0]
            if path in self.ended:
                result = self.ended[path]
            else:
                self.waited[path] = self.loop.create_future()
                result = await self.waited[path]
        return result

    async def row_connect(self):
        bus = await self.connect(bus_address=ADDRESS["bus"]).connect()
        answer = (await self.call(*GET, bus=bus))[0].value
        bus.disconnect()
        return answer

    async def shut(self):
        self.bus.disconnect()
        self.listener.disconnect()
