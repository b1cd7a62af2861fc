"""The verbs of the awaited faces, written by scripts/generate from those of the blocking ones."""
