"""Managers of other hosts, users and containers."""
