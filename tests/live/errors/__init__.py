"""Mistakes and refusals: each its own exception, with the facts and what would help."""
