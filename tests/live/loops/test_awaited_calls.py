from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.descriptors import descriptors, load
from live.fixtures.services import FAIL, SLEEP, services
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import until, wait_until, waits_in_poll

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from pm2go._core import LoopDriver


@pytest.fixture(scope="module", autouse=True)
def units() -> Iterator[None]:
    with services(aio_sleep=SLEEP, aio_fail=FAIL, aio_other=SLEEP):
        yield


def driver(systemd: pm2go.AsyncSystemd) -> LoopDriver:
    """Return what drives the running loop's connection."""
    return systemd._loops.driver()


# -------------------------------------------------------------------------------------------- verbs


def test_all_verbs_about_units(options: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**options) as systemd:
            assert systemd.backend is None
            await systemd.connect()
            assert systemd.backend == ("command" if options.get("backend") == "command" else "dbus")
            assert (await systemd.start_unit("aio-sleep")).result == "done"
            assert [unit.sub_state for unit in await systemd.list_units("aio-sleep*")] == ["running"]
            status = await systemd.get_unit_status("aio-sleep")
            assert status.main_pid
            again = await systemd.restart_unit("aio-sleep", settle=0)
            assert (again.operation, again.result) == ("restart", "done")
            properties = await systemd.get_unit_properties("aio-sleep")
            assert properties["ActiveState"] == "active"
            assert properties["MainPID"] != status.main_pid
            assert (await systemd.stop_unit("aio-sleep")).operation == "stop"
            with pytest.raises(pm2go.JobFailedError) as raised:
                await systemd.start_unit("aio-fail")
            assert raised.value.exit_code == 7
            await systemd.reset_failed_unit("aio-fail")
            await systemd.daemon_reload()
            assert not await systemd.enable_unit("aio-sleep")
            assert not await systemd.disable_unit("aio-sleep")
            with pytest.raises(pm2go.UnitNotFoundError):
                await systemd.get_unit_status("aio-none")
        with pytest.raises(pm2go.ConfigError, match="closed"):
            await systemd.daemon_reload()

    asyncio.run(main())


def test_all_verbs_about_apps(options: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncManager(prefix="aioapp-", **options) as manager:
            app = pm2go.AppConfig(name="api", command=["/bin/sleep", "100"])
            assert (await manager.start(app)).action == "started"
            try:
                assert [(app.name, app.status) for app in await manager.list()] == [("api", "online")]
                assert (await manager.describe("api")).name == "api"
                assert (await manager.restart("api")).result == "done"
                assert [entry.user_unit or entry.unit async for entry in await manager.logs("api", lines=1)]
                assert (await manager.stop("api")).result == "done"
            finally:
                assert await manager.delete("api") == []
            with pytest.raises(pm2go.ConfigError, match="an app is expected"):
                await manager.start("api")  # type: ignore[arg-type]
        assert manager.systemd.closed

    asyncio.run(main())


def test_the_backend_is_chosen_once_for_a_loop_without_dbus() -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(backend="command") as systemd:
            await systemd.list_units("aio-*")
            first = driver(systemd)
            await systemd.list_units("aio-*")
            assert driver(systemd) is first

    asyncio.run(main())


# -------------------------------------------------------------------------------- many, and cancelled


def test_256_calls_at_once(dbus_options: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**dbus_options) as systemd:
            found = await asyncio.gather(*[systemd.get_unit_status("aio-sleep") for _ in range(256)])
            assert {status.name for status in found} == {"aio-sleep.service"}
            assert load(systemd) == (0, 1, 0)

    asyncio.run(main())


def test_more_than_a_socket_takes_at_once(dbus_options: dict[str, Any]) -> None:
    """From before the connection is made, and again when it is there."""
    long = "x" * 200_000 + "*"  # no unit is called so; a socket takes about as much

    async def main() -> None:
        async with pm2go.AsyncSystemd(**dbus_options) as systemd:
            for _ in range(2):
                calls = [systemd.list_units("aio-*", long) for _ in range(30)]
                found = await asyncio.wait_for(asyncio.gather(*calls), 20)
                assert all(units == found[0] for units in found)
                assert load(systemd) == (0, 1, 0)

    asyncio.run(main())


def test_cancelled_calls_leave_nothing_and_the_connection_sound(dbus_options: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**dbus_options) as systemd:
            await systemd.connect()
            before = descriptors()
            for number in range(20):
                verbs: list[Callable[[], Coroutine[Any, Any, Any]]] = [
                    lambda: systemd.get_unit_status("aio-sleep"),
                    lambda: systemd.list_units("aio-*"),
                    lambda: systemd.restart_unit("aio-other", settle=5),
                    lambda: systemd.wait_for_unit("aio-fail", "active"),
                ]
                # Many of the cheap ones, a few of those that systemd has to work for.
                calls = [verbs[index % 2 if index % 50 else index // 50 % 4]() for index in range(100)]
                tasks = [asyncio.ensure_future(call) for call in calls]
                for _ in range(number % 5 * 10):
                    await asyncio.sleep(0)
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
                unexpected = [end for end in ended if isinstance(end, pm2go.Pm2goError)]
                assert [type(error).__name__ for error in unexpected] in ([], ["JobCanceledError"])
            assert load(systemd)[0] == 0
            assert (await systemd.get_unit_status("aio-sleep")).load_state == "loaded"
            assert load(systemd) == (0, 1, 0)
            assert descriptors() == before

    asyncio.run(main())


class Meddling(asyncio.SelectorEventLoop):
    """A loop whose futures do something at once when they are settled, and lose interest just before."""

    def __init__(self) -> None:
        super().__init__()
        self.settled: Callable[[], object] = lambda: None

    def create_future(self) -> asyncio.Future[Any]:
        loop = self

        class Future(asyncio.Future[Any]):
            def set_result(self, value: object) -> None:
                loop.settled()
                super().set_result(value)

        return Future(loop=self)


def test_settling_a_future_may_call_back(dbus_options: dict[str, Any]) -> None:
    """Nothing is locked while an answer is handed over, and one that nobody wants any more is dropped."""

    async def main(loop: Meddling) -> None:
        async with pm2go.AsyncSystemd(**dbus_options) as systemd:
            await systemd.connect()
            seen = []
            loop.settled = lambda: seen.append(load(systemd))
            calls = [systemd.get_unit_property("aio-sleep", "Id") for _ in range(5)]
            assert set(await asyncio.gather(*calls)) == {"aio-sleep.service"}
            assert len(seen) == 5

            # The first answer to come cancels the others, whose answers may have come with it.
            tasks = [asyncio.ensure_future(systemd.get_unit_property("aio-sleep", "Id")) for _ in range(20)]
            loop.settled = lambda: [task.cancel() for task in tasks[1:]]
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            loop.settled = lambda: None
            assert ended[0] == "aio-sleep.service"
            assert {type(end) for end in ended[1:]} == {asyncio.CancelledError}
            assert load(systemd) == (0, 1, 0)

    loop = Meddling()
    loop.run_until_complete(main(loop))
    loop.close()


def test_what_systemd_was_asked_for_is_not_undone_by_a_cancellation(dbus_options: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**dbus_options) as systemd:
            starting = asyncio.ensure_future(systemd.start_unit("aio-sleep", settle=600))
            await until(lambda: systemctl("is-active", "aio-sleep", check=False) == "active")
            starting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await starting
            assert load(systemd)[0] == 0
            assert (await systemd.get_unit_status("aio-sleep")).active_state == "active"
            await systemd.stop_unit("aio-sleep")

    asyncio.run(main())


def test_closing_ends_pending_calls(dbus_options: dict[str, Any]) -> None:
    async def main() -> None:
        systemd = pm2go.AsyncSystemd(**dbus_options)
        pending = asyncio.ensure_future(systemd.start_unit("aio-other", settle=600))
        await until(lambda: systemctl("is-active", "aio-other", check=False) == "active")
        await systemd.close()
        with pytest.raises(pm2go.ConnectionLostError, match="closed while"):
            await pending
        await systemd.aclose()
        systemctl("stop", "aio-other")

    asyncio.run(main())


# --------------------------------------------------------------------------------------- waiting for


def test_wait_for_unit(dbus_options: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**dbus_options) as systemd:
            assert (await systemd.wait_for_unit("aio-sleep", "inactive")).active_state == "inactive"
            before = descriptors()
            waiting = [
                asyncio.ensure_future(systemd.wait_for_unit("aio-sleep", wanted, timeout=60))
                for wanted in ("active", "running", ("failed", "active"))
            ]
            await until(lambda: load(systemd)[0] == len(waiting))
            await systemd.start_unit("aio-sleep", settle=0)
            assert [status.sub_state for status in await asyncio.gather(*waiting)] == ["running"] * 3

            begin = time.monotonic()
            await systemd.wait_for_unit("aio-sleep", "active", stable=0.5)
            assert time.monotonic() - begin > 0.45

            # A restart begins the time anew.
            stable = asyncio.ensure_future(systemd.wait_for_unit("aio-sleep", "active", stable=2, timeout=60))
            await until(lambda: load(systemd)[0] == 1)
            await systemd.restart_unit("aio-sleep", settle=0)
            pid = (await systemd.get_unit_status("aio-sleep")).main_pid
            begin = time.monotonic()
            assert (await stable).main_pid == pid
            assert time.monotonic() - begin > 1

            begin = time.monotonic()
            with pytest.raises(pm2go.OperationTimeoutError, match=r"wait for aio-sleep.service to be failed"):
                await systemd.wait_for_unit("aio-sleep", "failed", timeout=0.3)
            assert time.monotonic() - begin > 0.25

            gone = asyncio.ensure_future(
                systemd.wait_for_unit("aio-sleep", "inactive", stable=0.3, timeout=60)
            )
            await systemd.stop_unit("aio-sleep")
            assert (await gone).active_state == "inactive"
            with pytest.raises(pm2go.UnitNotFoundError):
                await systemd.wait_for_unit("aio-none", "active")
            assert descriptors() <= before
            assert load(systemd)[0] == 0

    asyncio.run(main())


def test_wait_for_by_blocking_calls(dbus_options: dict[str, Any]) -> None:
    with pm2go.Systemd(**dbus_options) as systemd:

        def start() -> None:
            wait_until(lambda: waits_in_poll(os.getpid()))
            systemctl("start", "aio-sleep")

        starting = threading.Thread(target=start)
        starting.start()
        assert systemd.wait_for_unit("aio-sleep", "active", timeout=60).sub_state == "running"
        starting.join()
        systemd.stop_unit("aio-sleep")
        with pytest.raises(pm2go.ConfigError, match="no state"):
            systemd.wait_for_unit("aio-sleep", ())
        with pytest.raises(pm2go.ConfigError, match="stable"):
            systemd.wait_for_unit("aio-sleep", "active", stable=-1)


def test_waiting_needs_dbus_and_monitoring() -> None:
    async def main(**options: Any) -> None:
        async with pm2go.AsyncSystemd(**options) as systemd:
            with pytest.raises(pm2go.MonitoringUnavailableError):
                await systemd.wait_for_unit("aio-sleep", "inactive")
        with pm2go.Systemd(**options) as other, pytest.raises(pm2go.MonitoringUnavailableError):
            other.wait_for_unit("aio-sleep", "inactive")

    asyncio.run(main(backend="command"))
    asyncio.run(main(monitoring=False))
