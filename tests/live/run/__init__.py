"""Commands that are run in units of their own."""
