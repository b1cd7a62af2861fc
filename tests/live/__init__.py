"""Tests against a real systemd, in the box: see conftest.py."""
