"""Texts of unit files and names of units, beside what the running systemd makes of them."""
