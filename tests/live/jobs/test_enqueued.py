"""Jobs that nobody waits for at once: `enqueue_job` gives an object that is polled, awaited and cancelled."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import pm2go
from live.fixtures.descriptors import descriptors, open_sockets
from live.fixtures.scope import RUNTIME, RUNTIME_UNIT_FOLDER
from live.fixtures.services import FAIL, ONESHOT, SLEEP, services
from live.fixtures.systemctl import systemctl
from live.fixtures.waiting import until, wait_until
from live.fixtures.ways import DBUS_WAYS, WAYS, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

UNIT = "job-object.service"
SLOW = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 0.4\n"
#: It ends when it is told to.
HELD = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=-/bin/sleep 1000\n"
NEVER = "[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n"
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=[way.value for way in WAYS])
dbus_ways = pytest.mark.parametrize(
    "way", [WAYS[way] for way in DBUS_WAYS], ids=[way.value for way in DBUS_WAYS]
)


@contextmanager
def unit(text: str) -> Iterator[None]:
    with services(job_object=text):
        yield


def let_it_end() -> None:
    """Systemd 257 that has just executed itself anew was seen to say yes and kill nothing."""

    def has_ended() -> bool:
        systemctl("kill", "--signal=KILL", UNIT, check=False)
        return not pending_jobs()

    wait_until(has_ended)


@contextmanager
def crowd() -> Iterator[None]:
    """Any number of targets that begin when the unit has, which ends when it is told to."""
    path = RUNTIME_UNIT_FOLDER / "job-crowd@.target"
    with services(job_object=HELD):
        path.write_text(f"[Unit]\nAfter={UNIT}\n")
        try:
            yield
        finally:
            systemctl("stop", "job-crowd@*.target", check=False)
            path.unlink()


def pending_jobs() -> str:
    return systemctl("list-jobs", "--no-legend", UNIT)


@every_way
def test_a_job_is_begun_polled_and_waited_for(way: dict[str, Any]) -> None:
    with unit(SLOW), pm2go.Systemd(**way) as systemd:
        job = systemd.enqueue_job("start", "job-object")
        assert not job.done()
        assert (job.unit, job.operation) == (UNIT, "start")
        assert str(job.id) == pending_jobs().split()[0]
        assert repr(job) == f"<Job {job.id} start {UNIT} waiting>"
        assert job.wait() == pm2go.JobResult(UNIT, "start", "done", changed=True)
        assert job.done()
        assert job.wait() == job.wait(timeout=0.001)
        assert repr(job) == f"<Job {job.id} start {UNIT} ended>"
        assert systemd.enqueue_job("restart", UNIT).wait().operation == "restart"
        assert systemd.enqueue_job("stop", UNIT).wait().operation == "stop"


@every_way
def test_a_job_is_awaited(way: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**way) as systemd:
            job = await systemd.enqueue_job("start", UNIT)
            assert not job.done()
            assert str(job.id) == pending_jobs().split()[0]
            assert await job == pm2go.JobResult(UNIT, "start", "done", changed=True)
            assert job.done()
            assert await job.wait(timeout=1) == await job
            assert (await (await systemd.enqueue_job("restart", UNIT))).operation == "restart"
            assert (await (await systemd.enqueue_job("stop", UNIT))).operation == "stop"

    with unit(SLOW):
        asyncio.run(main())


@every_way
def test_done_turns_true_by_itself(way: dict[str, Any]) -> None:
    with unit(SLOW), pm2go.Systemd(**way) as systemd:
        job = systemd.enqueue_job("start", UNIT)
        wait_until(job.done)
        assert job.wait(timeout=0.001).result == "done"


@every_way
def test_what_systemd_does_not_take_on_is_no_job(way: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**way) as systemd:
            with pytest.raises(pm2go.UnitNotFoundError):
                await systemd.enqueue_job("start", "job-nowhere")

    with pm2go.Systemd(**way) as systemd, pytest.raises(pm2go.UnitNotFoundError) as caught:
        systemd.enqueue_job("start", "job-nowhere")
    assert caught.value.unit == "job-nowhere.service"
    asyncio.run(main())


@every_way
def test_every_waiter_hears_why_a_job_failed(way: dict[str, Any]) -> None:
    def check(error: object) -> None:
        assert isinstance(error, pm2go.JobFailedError)
        assert (error.unit, error.exit_code) == (UNIT, 7)

    async def main() -> None:
        async with pm2go.AsyncSystemd(**way) as systemd:
            job = await systemd.enqueue_job("start", UNIT)
            for error in await asyncio.gather(*(job.wait() for _ in range(20)), return_exceptions=True):
                check(error)
            assert job.done()

    with unit(FAIL), pm2go.Systemd(**way) as systemd:
        job = systemd.enqueue_job("start", UNIT)
        with ThreadPoolExecutor(8) as pool:
            for future in [pool.submit(job.wait) for _ in range(8)]:
                check(future.exception())
        assert job.done()
        systemd.reset_failed_unit(UNIT)
        asyncio.run(main())


@every_way
def test_a_job_is_cancelled(way: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**way) as systemd:
            job = await systemd.enqueue_job("start", UNIT)
            assert await job.cancel()
            with pytest.raises(pm2go.JobCanceledError):
                await job
            assert not await job.cancel()

    with unit(NEVER), pm2go.Systemd(**way) as systemd:
        job = systemd.enqueue_job("start", UNIT)
        assert job.cancel()
        with pytest.raises(pm2go.JobCanceledError):
            job.wait()
        assert not job.cancel()
        assert pending_jobs() == ""
        systemctl("stop", UNIT)
        asyncio.run(main())


@every_way
def test_a_wait_that_is_given_up_leaves_the_job_alone(way: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**way) as systemd:
            job = await systemd.enqueue_job("start", UNIT)
            patient = [asyncio.create_task(job.wait()) for _ in range(5)]
            hasty = [asyncio.create_task(job.wait()) for _ in range(5)]
            await asyncio.sleep(0)  # each begins
            for task in hasty:
                task.cancel()
            with pytest.raises(pm2go.OperationTimeoutError):
                await job.wait(timeout=0.01)
            await asyncio.to_thread(let_it_end)
            ended = await asyncio.gather(*patient, *hasty, return_exceptions=True)
            assert [type(answer) for answer in ended[5:]] == [asyncio.CancelledError] * 5
            assert set(ended[:5]) == {pm2go.JobResult(UNIT, "start", "done", changed=True)}

    with unit(HELD), pm2go.Systemd(**way) as systemd:
        job = systemd.enqueue_job("start", UNIT)
        with pytest.raises(pm2go.OperationTimeoutError) as caught:
            job.wait(timeout=0.05)
        assert caught.value.unit == UNIT
        let_it_end()
        assert job.wait().result == "done"
        systemctl("stop", UNIT)
        asyncio.run(main())


@every_way
def test_a_job_that_nobody_has_goes_on_and_leaves_nothing_behind(way: dict[str, Any]) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**way) as systemd:
            await systemd.get_unit_status(UNIT)
            before = descriptors()
            await systemd.enqueue_job("start", UNIT)
            await until(lambda: descriptors() == before)

    def is_active() -> bool:
        return systemctl("is-active", UNIT, check=False) == "active"

    with unit(SLOW):
        before = descriptors()
        with pm2go.Systemd(**way) as systemd:
            systemd.enqueue_job("start", UNIT)
        assert descriptors() == before
        wait_until(is_active)
        systemctl("stop", UNIT)
        asyncio.run(main())
        wait_until(is_active)


@dbus_ways
def test_many_jobs_share_one_connection(way: dict[str, Any]) -> None:
    names = [f"job_{number}" for number in range(100)]
    with services(**dict.fromkeys(names, SLOW)), pm2go.Systemd(**way) as systemd:
        systemd.connect()
        before = descriptors()
        jobs = [systemd.enqueue_job("start", name.replace("_", "-")) for name in names]
        # The connection that they share, and what wakes the one that reads it.
        assert descriptors() <= before + 2
        assert {job.wait().result for job in jobs} == {"done"}
        assert len({job.id for job in jobs}) == len(jobs)


@pytest.mark.parametrize("text", [SLOW, HELD], ids=["ended", "running"])
def test_a_job_that_nobody_looks_at_keeps_its_connection(text: str) -> None:
    # systemd itself must not be made to wait for a reader: the keeper reads meanwhile.
    with unit(text), pm2go.Systemd(address=f"unix:path={RUNTIME}/systemd/private") as systemd:
        job = systemd.enqueue_job("start", UNIT)
        connection = open_sockets()
        for _ in range(20):
            systemctl("daemon-reload")
        wait_until(lambda: text == HELD or pending_jobs() == "")
        if text == HELD:
            assert not job.done()
            let_it_end()
        wait_until(job.done)
        assert job.wait().result == "done"
        assert open_sockets() == connection != []


@dbus_ways
@pytest.mark.parametrize("waits", ["verb", "object"])
def test_a_job_survives_a_daemon_reexec(way: dict[str, Any], waits: str) -> None:
    async def main() -> None:
        async with pm2go.AsyncSystemd(**way) as systemd:
            job = await systemd.enqueue_job("start", UNIT)
            again = asyncio.create_task(asyncio.to_thread(reexec_and_end))
            assert (await job).result == "done"
            await again

    def reexec_and_end() -> None:
        wait_until(pending_jobs)
        systemctl("daemon-reexec")
        let_it_end()

    with unit(HELD), pm2go.Systemd(**way) as systemd:
        other = threading.Thread(target=reexec_and_end)
        other.start()
        if waits == "verb":
            assert systemd.start_unit(UNIT).result == "done"
        else:
            assert systemd.enqueue_job("start", UNIT).wait().result == "done"
            other.join()
            systemctl("stop", UNIT)
            asyncio.run(main())
        other.join()


def test_a_job_belongs_to_its_process_and_its_loop() -> None:
    async def begin(systemd: pm2go.AsyncSystemd) -> pm2go.AsyncJob:
        return await systemd.enqueue_job("start", UNIT)

    with unit(SLOW), pm2go.Systemd() as systemd:
        job = systemd.enqueue_job("start", UNIT)
        child = os.fork()
        if child == 0:
            try:
                job.wait()
            except pm2go.ConnectionLostError:
                os._exit(0)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        assert job.wait().result == "done"

        twin = pm2go.AsyncSystemd()
        foreign = asyncio.run(begin(twin))
        with pytest.raises(pm2go.ConfigError, match="another event loop"):
            asyncio.run(foreign.wait())


def test_a_client_that_is_closed_ends_the_waits_of_its_loop() -> None:
    async def main() -> None:
        systemd = pm2go.AsyncSystemd()
        job = await systemd.enqueue_job("start", UNIT)
        waits = asyncio.create_task(job.wait())
        await asyncio.sleep(0)  # it begins
        await systemd.close()
        with pytest.raises(pm2go.ConnectionLostError):
            await waits
        with pytest.raises(pm2go.ConnectionLostError):
            await job

    with unit(NEVER):
        asyncio.run(main())


@every_way
def test_apps_are_started_without_waiting(way: dict[str, Any]) -> None:
    app = pm2go.AppConfig(name="unwaited", command=["/bin/sleep", "100"])

    async def main() -> None:
        async with pm2go.AsyncManager(**way) as manager:
            try:
                assert (await (await manager.enqueue_job("start", app))).operation == "start"
                assert (await (await manager.enqueue_job("restart", "unwaited"))).operation == "restart"
                assert (await (await manager.enqueue_job("stop", "unwaited"))).operation == "stop"
            finally:
                await manager.delete("unwaited")

    with pm2go.Manager(**way) as manager:
        try:
            assert manager.enqueue_job("start", app).wait() == pm2go.JobResult(
                "pm2-unwaited.service", "start", "done", changed=True
            )
            assert manager.enqueue_job("start", app).wait().operation == "start"
            other = pm2go.AppConfig(name="unwaited", command=["/bin/sleep", "200"])
            assert manager.enqueue_job("start", other).wait().operation == "restart"
            assert manager.systemd.get_unit_status("pm2-unwaited").unit_file_state == "enabled"
            assert manager.enqueue_job("restart", "unwaited").wait().operation == "restart"
            assert manager.enqueue_job("stop", "unwaited").wait().operation == "stop"
            with pytest.raises(pm2go.UnitNotFoundError):
                manager.enqueue_job("stop", "not-an-app")
        finally:
            manager.delete("unwaited")
    asyncio.run(main())


def test_an_oneshot_is_done_although_it_is_down() -> None:
    with unit(ONESHOT), pm2go.Systemd() as systemd:
        assert systemd.enqueue_job("start", UNIT).wait().result == "done"


def test_a_service_has_to_stay_up_here_too() -> None:
    text = SLEEP.replace("/bin/sleep 1000", "/bin/sh -c 'sleep 0.05; exit 3'")
    with unit(text), pm2go.Systemd() as systemd:
        job = systemd.enqueue_job("start", UNIT, settle=0.5)
        with pytest.raises(pm2go.JobFailedError) as caught:
            job.wait()
        assert caught.value.exit_code == 3


@pytest.mark.parametrize(("way", "count"), [(Way.PRIVATE, 1000), (Way.BUS, 255)])
def test_followed_jobs_need_no_descriptor(way: Way, count: int) -> None:
    """Each of many that wait behind another job hears of its own end, over one connection."""
    names = [f"job-crowd@{number}.target" for number in range(count)]

    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[way]) as systemd:
            first = await systemd.enqueue_job("start", UNIT)
            before = descriptors()
            jobs = await asyncio.gather(*(systemd.enqueue_job("start", name) for name in names))
            waits = [asyncio.ensure_future(job.wait(timeout=60)) for job in jobs]
            await asyncio.sleep(0)
            assert descriptors() <= before + 2
            let_it_end()
            found = await asyncio.gather(*waits)
            assert [result.unit for result in found] == names
            assert {result.result for result in found} == {"done"}
            assert (await first.wait(timeout=60)).result == "done"

    with crowd():
        asyncio.run(main())


def test_many_jobs_on_the_bus_leave_systemd_there() -> None:
    """Above 512 unfinished jobs the bus would end systemd's connection: those that are too many wait for their turn."""
    names = [f"job-crowd@{number}.target" for number in range(600)]

    async def main() -> None:
        async with pm2go.AsyncSystemd(**WAYS[Way.BUS]) as systemd, pm2go.AsyncSystemd() as other:
            first = await systemd.enqueue_job("start", UNIT)
            asked = [asyncio.ensure_future(systemd.enqueue_job("start", name)) for name in names]
            await until(lambda: sum(job.done() for job in asked) == 255)
            assert len(await other.list_jobs()) == 256
            let_it_end()
            jobs = await asyncio.gather(*asked)
            assert {(await job.wait(timeout=60)).result for job in jobs} == {"done"}
            assert (await first.wait(timeout=60)).result == "done"
            assert await systemd.get_unit_property(UNIT, "ActiveState") == "active"

    with crowd():
        asyncio.run(main())
