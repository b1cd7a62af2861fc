"""Watches: every change is told, once and in order."""
