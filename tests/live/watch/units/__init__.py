"""`watch_units`: the events of many units."""
