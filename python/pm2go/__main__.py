"""The command line: `python -m pm2go`."""

from __future__ import annotations

import argparse
import logging
import sys

from . import __version__, demo


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments; by default those of the process.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m pm2go", description="Control systemd from Python.")
    parser.add_argument("--version", action="version", version=f"pm2go {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shown = commands.add_parser(
        "demo",
        help="deploy a small app, crash it, see it come back, delete it",
        description="Deploys a small app, crashes it, shows how systemd brings it back, and deletes it. "
        "Works on the machine's systemd where there is one, and else on an embedded one.",
    )
    shown.add_argument(
        "--scope",
        choices=["system", "user", "embedded"],
        help="which systemd: the machine's, this user's, or one of its own (default: what there is)",
    )
    # What happens on the way is told by the demonstration itself.
    logging.getLogger("pm2go").addHandler(logging.NullHandler())
    return demo.run(parser.parse_args(arguments).scope)


if __name__ == "__main__":
    sys.exit(main())
