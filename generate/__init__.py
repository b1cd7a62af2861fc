"""Writes what is generated: `scripts/generate`, and with `--check` it says what is not as it would be written."""
