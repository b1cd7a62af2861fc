"""`watch_unit_properties`: the events of one unit's properties."""
