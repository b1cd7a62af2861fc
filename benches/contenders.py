"""Everybody who takes part, each with the fastest public way that its documentation shows."""

from __future__ import annotations

import asyncio
import json
import subprocess
from time import perf_counter

from floor import (
    BUS_PATH,
    DBUS,
    MANAGER,
    MANAGER_PATH,
    PRIVATE_PATH,
    PROPERTIES,
    SERVICE,
    SIGNALS,
    UNIT,
    WINDOW,
    Floor,
    method_call,
    unit_path,
)

SERVICE_UNIT = "bench.service"
JOB_UNIT = "bench-job.target"
SERVICE_PATH = unit_path(SERVICE_UNIT)
APPS = [f"pm2-bench{number:03}.service" for number in range(200)]
APP_PATHS = {name: unit_path(name) for name in APPS}
GET = (SERVICE_PATH, PROPERTIES, "Get", UNIT, "ActiveState")
GET_ALL = (SERVICE_PATH, PROPERTIES, "GetAll", "")
LIST = (MANAGER_PATH, MANAGER, "ListUnits")
JOBS = [(MANAGER_PATH, MANAGER, verb, JOB_UNIT, "replace") for verb in ("StopUnit", "StartUnit")]
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


class Contender:
    """A client, and what it can do: `row_NAME` methods without arguments."""

    mode = "sync"

    def __init__(self, endpoint="bus"):
        self.endpoint = endpoint

    def can(self, row):
        return hasattr(self, f"row_{row}")

    def measure(self, row, count):
        """Run a row so many times; give the seconds of each and the last answer."""
        operation = getattr(self, f"row_{row}")
        times = []
        answer = None
        for _ in range(count):
            begin = perf_counter()
            answer = operation()
            times.append(perf_counter() - begin)
        return times, answer

    def close(self):
        pass


class AsyncContender(Contender):
    """The same with coroutines, on one loop that stays."""

    mode = "async"

    def __init__(self, endpoint="bus"):
        super().__init__(endpoint)
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self.open())

    def measure(self, row, count):
        return self.loop.run_until_complete(self._measure(row, count))

    async def _measure(self, row, count):
        operation = getattr(self, f"row_{row}")
        times = []
        answer = None
        for _ in range(count):
            begin = perf_counter()
            answer = await operation()
            times.append(perf_counter() - begin)
        return times, answer

    async def limited(self, calls):
        """All at once, but no more than the bus admits."""
        admitted = asyncio.Semaphore(WINDOW)

        async def one(call):
            async with admitted:
                return await self.call(*call)

        return await asyncio.gather(*map(one, calls))

    async def row_gather64(self):
        return len(await asyncio.gather(*(self.call(*GET) for _ in range(64))))

    async def row_gather256(self):
        return len(await self.limited([GET] * 256))

    def close(self):
        self.loop.run_until_complete(self.shut())
        self.loop.close()


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


class Pm2go(Contender):
    name = "pm2go"

    def __init__(self, endpoint):
        super().__init__(endpoint)
        import pm2go

        self.module = pm2go
        self.options = {"backend": "dbus", "address": ADDRESS[endpoint]}
        self.systemd = pm2go.Systemd(**self.options)
        self.manager = pm2go.Manager(self.systemd)

    def row_property(self):
        return self.systemd.get_unit_property(SERVICE_UNIT, "ActiveState")

    def row_properties(self):
        return self.systemd.get_unit_properties(SERVICE_UNIT)

    def row_list(self):
        return read_units(self.systemd.list_units())

    def row_apps(self):
        return {app.unit: app.active_state for app in self.manager.list()}

    def row_job(self):
        self.systemd.stop_unit(JOB_UNIT)
        return self.systemd.start_unit(JOB_UNIT, settle=0).result

    def row_connect(self):
        with self.module.Systemd(**self.options) as systemd:
            return systemd.get_unit_property(SERVICE_UNIT, "ActiveState")

    def close(self):
        self.systemd.close()


class Pm2goAsync(AsyncContender):
    name = "pm2go"

    async def open(self):
        import pm2go

        self.module = pm2go
        self.options = {"backend": "dbus", "address": ADDRESS[self.endpoint]}
        self.systemd = pm2go.AsyncSystemd(**self.options)
        self.manager = pm2go.AsyncManager(self.systemd)

    async def row_property(self):
        return await self.systemd.get_unit_property(SERVICE_UNIT, "ActiveState")

    async def row_properties(self):
        return await self.systemd.get_unit_properties(SERVICE_UNIT)

    async def row_list(self):
        return read_units(await self.systemd.list_units())

    async def row_apps(self):
        return {app.unit: app.active_state for app in await self.manager.list()}

    async def row_job(self):
        await self.systemd.stop_unit(JOB_UNIT)
        return (await self.systemd.start_unit(JOB_UNIT, settle=0)).result

    async def gather(self, count):
        get = self.systemd.get_unit_property
        return len(await asyncio.gather(*(get(SERVICE_UNIT, "ActiveState") for _ in range(count))))

    async def row_gather64(self):
        return await self.gather(64)

    async def row_gather256(self):
        return await self.gather(256)

    async def row_connect(self):
        async with self.module.AsyncSystemd(**self.options) as systemd:
            return await systemd.get_unit_property(SERVICE_UNIT, "ActiveState")

    async def shut(self):
        await self.systemd.close()


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


def plain(value):
    """Take sdbus's and jeepney's (signature, value) pairs apart."""
    return value[1]


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


class Pystemd(Contender):
    """Its `Unit` reads one property a call and offers no GetAll; all properties are its own loop over them."""

    name = "pystemd"

    def __init__(self, endpoint):
        super().__init__(endpoint)
        from pystemd.dbuslib import DBusAddress
        from pystemd.systemd1 import Manager, Unit

        path = PRIVATE_PATH if endpoint == "private" else BUS_PATH
        self.bus = DBusAddress(f"unix:path={path}".encode(), peer_to_peer=endpoint == "private")
        self.bus.open()
        self.unit = Unit(SERVICE_UNIT.encode(), bus=self.bus)
        self.unit.load()
        self.manager = Manager(bus=self.bus)
        self.manager.load()

    def row_property(self):
        return self.unit.Unit.ActiveState.decode()

    def row_properties(self):
        found = {}
        for interface in (self.unit.Unit, self.unit.Service):
            for name in interface.properties:
                found[name] = getattr(interface, name)
        return found

    def row_list(self):
        return read_rows(self.manager.Manager.ListUnits())

    def close(self):
        self.bus.close()


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


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
        text = output("systemctl", "show", "--property=Id,ActiveState,SubState,MainPID", *APPS).decode()
        found = [
            dict(line.partition("=")[::2] for line in block.splitlines()) for block in text.split("\n\n")
        ]
        return {values["Id"]: values["ActiveState"] for values in found}

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


MAKERS = [
    lambda: Raw("private"),
    lambda: Raw("bus"),
    lambda: Pm2go("private"),
    lambda: Pm2go("bus"),
    lambda: Pm2goAsync("private"),
    lambda: Pm2goAsync("bus"),
    DbusFast,
    Sdbus,
    SdbusAsync,
    Jeepney,
    JeepneyAsync,
    lambda: Pystemd("private"),
    lambda: Pystemd("bus"),
    Systemctl,
    Busctl,
]


def make_all():
    """Everybody who can be had, and why the others cannot."""
    contenders, missing = [], []
    for make in MAKERS:
        try:
            contenders.append(make())
        except Exception as error:  # noqa: BLE001 - whatever keeps a peer away is told in the table
            missing.append(f"{type(error).__name__}: {error}")
    return contenders, missing
