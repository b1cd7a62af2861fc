"""Apps: what can be asked of a manager of apps, and told it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Optional, Union

from ._apps import ManagerBase, check, one_name, preparation
from ._core import Entry, Request
from ._results import job_result
from ._telling import Telling, telling
from ._types import Seconds
from .app import AppConfig, checked_app, core_app
from .app_models import AppDescription, AppList, AppResult, app_description, app_list
from .job import Job
from .models import JobResult
from .systemd import Systemd


class AppVerbs(ManagerBase[Systemd]):
    """A manager of apps, with all its verbs."""

    _client_class = Systemd

    def start(
        self,
        app: Union[AppConfig, Mapping[str, object]],
        *,
        settle: Seconds = 0.5,
        log_lines: int = 10,
        log: Optional[Callable[[Entry], object]] = None,
        timeout: Optional[Seconds] = None,
    ) -> AppResult:
        """Deploy an app and have it running: write its unit file, enable it as it asks for, start it.

        What is so already is left alone: the same app a second time changes nothing. An app that runs with
        another configuration is restarted with the new one, and so is one that waits to be restarted after a
        crash, at once. An app that could not be started is enabled as it asks for all the same; the exception's
        `done` says so. (`StartUnit`, `RestartUnit`, and `Reload` where a
        file changed, of `org.freedesktop.systemd1.Manager`.)

        Args:
            app: The app, or what `check_app` makes one of.
            settle: How long it has to stay up.
            log_lines: How many log lines an exception carries.
            log: A function that is called with each entry of the journal that the app logs meanwhile, such as `print`.
                What it raises ends the wait, and the job goes on.
            timeout: How long it may take in all, instead of the client's `timeout`, to which the app's
                `kill_timeout` is added if it is restarted; the job goes on after it.

        Returns:
            What was done.

        Raises:
            ConfigError: The app is wrong, or this manager cannot run it.
            NotOwnedError: There is such a unit, and pm2go did not write it.
            UnitMaskedError: The unit is masked.
            JobFailedError: The app failed; with the reason and its last log lines.
            PermissionDeniedError: The unit file cannot be written, or systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.start(clock)  # a second time
            ...     left = manager.delete("clock")
            <AppResult clock unchanged>
        """
        config = (
            app if isinstance(app, AppConfig) else checked_app(self._run(check(self._apps, app), timeout))
        )
        request = self._apps.start(core_app(config), settle, log_lines)
        told = telling(log, self._apps.unit(config.name))
        return AppResult(config.name, *self._run(request, timeout, told))

    def check_app(self, app: Mapping[str, object], *, timeout: Optional[Seconds] = None) -> AppConfig:
        """Check what describes an app where it would run, and return the app. Nothing is deployed.

        `AppConfig` looks at this machine; here programs and folders are looked for where the manager is, be that
        another host or a container: by a shell there, with its ``PATH``. Relative paths are relative to the current
        folder on this machine, and elsewhere to the home folder of who has the shell. (``sh``.)

        Args:
            app: The keys and their values, as `AppConfig.from_dict` takes them.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The app.

        Raises:
            ConfigError: Something is wrong with it.
            UnavailableError: No shell can be had there.

        Example:
            >>> import pm2go
            >>> with pm2go.Manager() as manager:
            ...     manager.check_app({"name": "clock", "command": ["sleep", "60"]})
            <AppConfig clock /usr/bin/sleep>
        """
        return checked_app(self._run(check(self._apps, app), timeout))

    def stop(
        self,
        name: str,
        *,
        log_lines: int = 10,
        timeout: Optional[Seconds] = None,
    ) -> JobResult:
        """Stop an app and wait until it is down. It stays deployed, and starts again at the next boot.

        Whatever code it ends with when it is asked to end, it is `stopped` then, not `errored`: what systemd
        holds against its unit is cleared. (`StopUnit`, then `ResetFailedUnit`.)

        Args:
            name: The app's name.
            log_lines: How many log lines an exception carries.
            timeout: How long it may take in all, instead of the client's `timeout` and the app's `kill_timeout`
                together; the job goes on after it.

        Returns:
            The job's result.

        Raises:
            UnitNotFoundError: There is no such app.
            NotOwnedError: There is such a unit, and pm2go did not write it.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.stop("clock")
            ...     left = manager.delete("clock")
            <JobResult stop pm2-clock.service done>
        """
        request = self._apps.stop(one_name(name, "stop"), log_lines)
        return job_result(self._run(request, timeout))

    def restart(
        self,
        name: str,
        *,
        settle: Seconds = 0.5,
        log_lines: int = 10,
        log: Optional[Callable[[Entry], object]] = None,
        timeout: Optional[Seconds] = None,
    ) -> JobResult:
        """Stop an app if it runs, and start it as it is deployed.

        Args:
            name: The app's name.
            settle: How long it has to stay up.
            log_lines: How many log lines an exception carries.
            log: A function that is called with each entry of the journal that the app logs meanwhile, such as `print`.
                What it raises ends the wait, and the job goes on.
            timeout: How long it may take in all, instead of the client's `timeout` and the app's `kill_timeout`
                together; the job goes on after it.

        Returns:
            The job's result.

        Raises:
            UnitNotFoundError: There is no such app.
            NotOwnedError: There is such a unit, and pm2go did not write it.
            JobFailedError: The app failed; with the reason and its last log lines.
            PermissionDeniedError: systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.restart("clock")
            ...     left = manager.delete("clock")
            <JobResult restart pm2-clock.service done>
        """
        request = self._apps.restart(one_name(name, "restart"), settle, log_lines)
        return job_result(self._run(request, timeout, telling(log, self._apps.unit(name))))

    def enqueue_job(
        self,
        verb: str,
        app: Union[AppConfig, Mapping[str, object], str],
        *,
        settle: Seconds = 0.5,
        log_lines: int = 10,
        timeout: Optional[Seconds] = None,
    ) -> Job:
        """Do what `start`, `stop` or `restart` does up to its job, and do not wait for the end of that.

        Args:
            verb: `"start"`, `"stop"` or `"restart"`.
            app: For `"start"` the app, as `start` takes it; for the others the app's name.
            settle: How long it has to stay up for `Job.wait` to call its start a success.
            log_lines: How many log lines an exception of `Job.wait` carries.
            timeout: How long it may take until the unit file is in place, and then until systemd has taken the job on,
                instead of the client's `timeout`.

        Returns:
            The job: poll it, wait for it, cancel it.

        Raises:
            ConfigError: The app is wrong, or this manager cannot run it.
            UnitNotFoundError: There is no such app.
            NotOwnedError: There is such a unit, and pm2go did not write it.
            UnitMaskedError: The unit is masked.
            PermissionDeniedError: The unit file cannot be written, or systemd refused.
            OperationTimeoutError: It took too long.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     job = manager.enqueue_job("start", clock)
            ...     job.wait()
            ...     left = manager.delete("clock")
            <JobResult start pm2-clock.service done>
        """
        if verb == "start" and not isinstance(app, AppConfig):
            app = checked_app(self._run(check(self._apps, app), timeout))
        job, unit, stop_time = self._run(preparation(self._apps, verb, app), timeout)
        request = Request.run_app_job(job, unit, settle, log_lines, stop_time)
        return self._systemd._begin(request, timeout)  # noqa: SLF001 - the two share one client of the core

    def delete(self, name: str, *, timeout: Optional[Seconds] = None) -> list[str]:
        """Stop an app, disable it and delete its unit file.

        An app whose unit file is gone already is deleted as well. Where the unit file could not be deleted nothing
        is stopped.

        Args:
            name: The app's name.
            timeout: How long it may take in all, instead of the client's `timeout` and the app's `kill_timeout`
                together.

        Returns:
            The files that were left in place because pm2go did not write them, such as drop-ins.

        Raises:
            UnitNotFoundError: There is no such app.
            NotOwnedError: There is such a unit, and pm2go did not write it.
            PermissionDeniedError: The unit file cannot be deleted, or systemd refused.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     [app.name for app in manager.list()]
            ...     left = manager.delete("clock")
            ['clock']
        """
        left: list[str] = self._run(self._apps.delete(one_name(name, "delete")), timeout)
        return left

    def describe(self, name: str, *, timeout: Optional[Seconds] = None) -> AppDescription:
        """Tell everything about an app.

        Args:
            name: The app's name.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The description; ``print`` shows it line by line, without secrets.

        Raises:
            UnitNotFoundError: There is no such app.
            NotOwnedError: There is such a unit, and pm2go did not write it.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     manager.describe("clock").exec_start
            ...     left = manager.delete("clock")
            ('/bin/sleep', '60')
        """
        return app_description(self._run(self._apps.describe(one_name(name, "describe")), timeout))

    def list(self, *, timeout: Optional[Seconds] = None) -> AppList:
        """List the apps that pm2go deployed, those that are stopped and those whose unit file is gone included.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The apps; ``print`` shows them as a table, and ``pandas.DataFrame`` takes them as they are.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     [(app.name, app.status) for app in manager.list()]
            ...     left = manager.delete("clock")
            [('clock', 'online')]
        """
        return app_list(self._run(self._apps.list(), timeout))

    def _run(self, request: Request, timeout: Optional[Seconds], told: Optional[Telling] = None) -> Any:
        self._refuse_closed()
        return self._systemd._run(request, timeout, told)  # noqa: SLF001 - the two share one client of the core
