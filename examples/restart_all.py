"""Restart apps, all at the same time, and wait until each of them runs or has failed.

    python examples/restart_all.py            # all apps
    python examples/restart_all.py api worker

It prints one line for each, and exits with 1 if one of them does not run.
"""

from __future__ import annotations

import asyncio
import sys
import time

import pm2go


async def restart(manager: pm2go.AsyncManager, name: str) -> bool:
    """Restart one app, and say how it went."""
    begin = time.monotonic()
    try:
        result = await manager.restart(name)
    except pm2go.Pm2goError as error:
        print(f"{name}: {error}")
        return False
    print(f"{name}: {result.result} in {time.monotonic() - begin:.1f} s")
    return True


async def main(names: list[str]) -> int:
    """Restart the apps of these names, or all that there are."""
    async with pm2go.AsyncManager() as manager:
        chosen = names or [app.name for app in await manager.list()]
        begin = time.monotonic()
        fine = await asyncio.gather(*[restart(manager, name) for name in chosen])
    print(f"{sum(fine)} of {len(fine)} run, after {time.monotonic() - begin:.1f} s")
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
