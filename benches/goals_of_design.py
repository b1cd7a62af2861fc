"""What pm2go's first design expected of D-Bus, beside the command backend of the same run."""

from __future__ import annotations

from report import value_of

#: It expected 5 to 10 ms instead of 50 for an operation.
USUAL_SHARE = 0.2
#: row: at most this share of what the command backend takes. Those with a daemon-reload in them have no goal: there
#: everybody waits for systemd, which reads all unit files again.
SHARES = {
    **{
        f"design-{name}": USUAL_SHARE for name in ("start", "restart", "stop", "list", "status", "properties")
    },
    "design-connect": 0.4,
    "design-no-such-unit": 0.1,
    "design-no-such-start": 0.1,
    "design-works": 0.7,
    "design-waits": 0.7,
}
MOST_SECONDS = 0.010
IN_BYTES = ("design-works", "design-waits")


def of_design(name, entries):
    """Goals of one row, as in goals.py."""
    for endpoint in ("private", "bus"):
        ours = value_of(entries, "pm2go", endpoint)
        if name == "design-noticed":
            theirs, limit, whose = value_of(entries, "polling", "private"), 0.1, "looking each second"
        else:
            theirs, limit, whose = (
                value_of(entries, "pm2go", "command"),
                SHARES.get(name),
                "the command backend",
            )
        if not ours or not theirs or limit is None:
            continue
        yield f"at most {limit} x {whose}, {endpoint}", f"{ours / theirs:.2f} x", ours <= limit * theirs
        if name not in IN_BYTES:
            yield f"under 10 ms, {endpoint}", f"{ours * 1e3:.2f} ms", ours < MOST_SECONDS
