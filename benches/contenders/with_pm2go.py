"""pm2go, both faces."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from .asked import (
    ADDRESS,
    CALLS_OF_A_THREAD,
    FIGURES,
    JOB_UNIT,
    MANY,
    SERVICE_UNIT,
    STATES,
    THREADS,
    read_units,
)
from .contender import AsyncContender, Contender


class Pm2go(Contender):
    name = "pm2go"

    def __init__(self, endpoint):
        super().__init__(endpoint)
        import pm2go

        self.module = pm2go
        self.options = {"backend": "dbus", "address": ADDRESS[endpoint]}
        self.systemd = pm2go.Systemd(**self.options)
        self.manager = pm2go.Manager(self.systemd)
        self.threads = ThreadPoolExecutor(THREADS)

    def row_property(self):
        return self.systemd.get_unit_property(SERVICE_UNIT, "ActiveState")

    def row_properties(self):
        return self.systemd.get_unit_properties(SERVICE_UNIT)

    def row_list(self):
        return read_units(self.systemd.list_units())

    def row_apps(self):
        return {app.unit: app.active_state for app in self.manager.list()}

    def row_states1000(self):
        return self.systemd.get_units_properties(MANY, *STATES)

    def row_figures1000(self):
        return self.systemd.get_units_properties(MANY, *FIGURES)

    def row_all1000(self):
        return self.systemd.get_units_properties(MANY)

    def row_files(self):
        return {file.name: file.state for file in self.systemd.list_unit_files()}

    def row_job(self):
        self.systemd.stop_unit(JOB_UNIT)
        return self.systemd.start_unit(JOB_UNIT, settle=0).result

    def row_connect(self):
        with self.module.Systemd(**self.options) as systemd:
            return systemd.get_unit_property(SERVICE_UNIT, "ActiveState")

    def row_threads64(self):
        list(self.threads.map(self.ask_often, range(THREADS)))

    def ask_often(self, _):
        for _ in range(CALLS_OF_A_THREAD):
            self.row_property()

    def close(self):
        self.threads.shutdown()
        self.systemd.close()


class Pm2goDefault(Contender):
    """Nothing said about the way to systemd."""

    name = "pm2go"

    def __init__(self):
        super().__init__("default")
        import pm2go

        self.module = pm2go

    def row_connect(self):
        with self.module.Systemd() as systemd:
            return systemd.get_unit_property(SERVICE_UNIT, "ActiveState")


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

    async def row_states1000(self):
        return await self.systemd.get_units_properties(MANY, *STATES)

    async def row_figures1000(self):
        return await self.systemd.get_units_properties(MANY, *FIGURES)

    async def row_all1000(self):
        return await self.systemd.get_units_properties(MANY)

    async def row_files(self):
        return {file.name: file.state for file in await self.systemd.list_unit_files()}

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
