"""Who ignores SIGCHLD, or waits elsewhere for any child at all, gets the same answers from `systemctl`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from live.fixtures import programs

if TYPE_CHECKING:
    from live.fixtures.units import UnitFiles

#: What becomes of each verb, on a child process's end of which others may hear first.
PROGRAM = """
    import asyncio, inspect, json, os, signal, threading
    import pm2go

    def wait_for_any_child():
        while True:
            try:
                os.wait()
            except ChildProcessError:
                pass

    how, good, bad = sys.argv[1:]
    if how == "ignored":
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    elif how == "taken":
        threading.Thread(target=wait_for_any_child, daemon=True).start()

    def told(found):
        if isinstance(found, pm2go.Pm2goError):
            return [type(found).__name__, found.message, len(getattr(found, "log", None) or [])]
        return repr(getattr(found, "active_state", found) if not isinstance(found, dict) else found["Id"])

    CALLS = [
        ("start_unit", good), ("start_unit", good), ("restart_unit", good), ("get_unit_status", good),
        ("get_unit_properties", good), ("enable_unit", good), ("disable_unit", good), ("stop_unit", good),
        ("start_unit", bad), ("get_unit_status", bad), ("reset_failed_unit", bad), ("daemon_reload",),
        ("list_units", good), *((verb, "live-missing") for verb in
        ("start_unit", "stop_unit", "enable_unit", "reset_failed_unit", "get_unit_status")),
    ]

    async def ask(systemd):
        for verb, *arguments in CALLS:
            try:
                found = getattr(systemd, verb)(*arguments)
                found = await found if inspect.isawaitable(found) else found
                if verb == "start_unit":
                    job = systemd.enqueue_job("start", *arguments)
                    job = await job if inspect.isawaitable(job) else job
                    ended = job.wait()
                    found = await ended if inspect.isawaitable(ended) else ended
                yield verb, told(found)
            except pm2go.Pm2goError as error:
                yield verb, told(error)

    async def main():
        blocking = [answer async for answer in ask(pm2go.Systemd(backend="command"))]
        return blocking, [answer async for answer in ask(pm2go.AsyncSystemd(backend="command"))]

    answers = asyncio.run(main())
    print(json.dumps(answers))
    sys.stdout.flush()
    os._exit(0)
"""


def answers(units: UnitFiles, how: str) -> Any:
    good = units.service(stem="good", kind="simple", install="WantedBy=default.target")
    bad = units.service("/bin/sh -c 'echo here is why; exit 3'", stem="bad", kind="oneshot")
    told = programs.run(PROGRAM, how, good, bad)
    return [
        [[verb, str(found).replace(good, "GOOD").replace(bad, "BAD")] for verb, found in face]
        for face in told
    ]


@pytest.mark.parametrize("how", ["ignored", "taken"])
def test_the_answers_are_those_of_a_process_that_waits_for_its_own(units: UnitFiles, how: str) -> None:
    expected = answers(units, "usual")
    assert ["start_unit", "<JobResult start GOOD done>"] in expected[0]
    assert expected[0] == expected[1]
    assert answers(units, how) == expected
