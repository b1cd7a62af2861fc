"""`live_units`: tables of how units are."""
