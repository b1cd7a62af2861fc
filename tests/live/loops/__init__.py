"""Event loops: awaited calls, many loops, and the loop of a notebook."""
