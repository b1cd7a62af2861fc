"""pystemd."""

from __future__ import annotations

from floor import BUS_PATH, PRIVATE_PATH

from .asked import SERVICE_UNIT, read_rows
from .contender import Contender


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
