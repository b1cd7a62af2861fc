"""Who is compared: each is connected once, and then gives something to await that asks systemd for one property."""

from __future__ import annotations

import asyncio

UNIT = "basic.target"
PRIVATE = "unix:path=/run/systemd/private"
BUS = "unix:path=/run/dbus/system_bus_socket"


def ours(address):
    async def connect():
        import pm2go

        systemd = pm2go.AsyncSystemd(backend="dbus", address=address)
        await systemd.connect()
        return lambda: systemd.get_unit_property(UNIT, "ActiveState")

    return connect


def successor_on_our_wire(address):
    async def connect():
        import successor

        client = await successor.OwnWire.connect(address)
        return lambda: client.get_active_state(UNIT)

    return connect


async def successor_with_zbus():
    import successor

    client = await successor.Zbus.connect()
    return lambda: client.get_active_state(UNIT)


async def nothing():
    import successor

    await asyncio.sleep(0)
    return successor.nothing


CLIENTS = {
    "pm2go, private socket": ours(PRIVATE),
    "successor on pm2go's wire, private socket": successor_on_our_wire(PRIVATE),
    "pm2go, bus": ours(BUS),
    "successor on pm2go's wire, bus": successor_on_our_wire(BUS),
    "successor with zbus, bus": successor_with_zbus,
    "successor, an await of nothing": nothing,
}
#: It asks nobody, so that there is nothing to be pending.
NOTHING = "successor, an await of nothing"
