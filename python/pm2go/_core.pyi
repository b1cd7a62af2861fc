"""
The compiled part of pm2go; use the classes of `pm2go` itself.
"""

from _typeshed import SupportsGetItem
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from pm2go._types import Name, Seconds
from pm2go.journal import Priority
from typing import Any, Final, SupportsFloat, SupportsIndex, final

__all__ = ["__version__", "Apps", "CheckedApp", "Client", "Embedded", "Entry", "EntryReader", "Job", "JournalQuestion", "JournalSocket", "LiveUnits", "LoopDriver", "Metrics", "PropertiesEvent", "PropertyWatch", "Request", "Run", "TextRequest", "UnitEvent", "UnitFileText", "UnitInfo", "UnitLog", "UnitState", "Watch", "beyond_systemctl", "calendar", "escape", "escape_path", "format_timespan", "format_timestamp", "next_elapses", "parse_timespan", "parse_timestamp", "quote_command", "quote_environment", "quote_path", "quote_text", "read_figures", "read_unit_details", "sample_figures", "split_command", "split_environment", "start_scope", "start_transient_unit", "start_trigger", "unescape", "unescape_path", "unified_diff", "unit_instance", "unit_name", "unit_name_parts", "unit_of_object_path", "unit_of_path", "verbs"]

__version__: Final[str]
"""
The version of the compiled part.
"""

@final
class Apps:
    """
    Makes requests about the apps of one scope.
    """
    def __new__(cls, /, client: Client, *, prefix: str | None = None, unit_dir: str | PathLike[str] | None = None) -> Apps: ...
    def check(self, /, described: Any) -> Request:
        """
        Check a description out of a file where the app is to run, and tell what to warn of.
        """
    def delete(self, /, name: str) -> Request:
        """
        Delete an app.
        """
    def deploy(self, /, app: CheckedApp) -> Request:
        """
        Do all of a start but the job.
        """
    def describe(self, /, name: str) -> Request:
        """
        Tell all about an app.
        """
    def list(self, /) -> Request:
        """
        List all apps.
        """
    def prepare(self, /, verb: str, name: str) -> Request:
        """
        Do all of a stop or a restart but the job.
        """
    def restart(self, /, name: str, settle: Seconds, log_lines: SupportsIndex) -> Request:
        """
        Restart an app.
        """
    def start(self, /, app: CheckedApp, settle: Seconds, log_lines: SupportsIndex) -> Request:
        """
        Deploy an app.
        """
    def stop(self, /, name: str, log_lines: SupportsIndex) -> Request:
        """
        Stop an app.
        """
    def unit(self, /, name: str) -> str:
        """
        The unit of the app of this name.
        """
    def units(self, /, names: SupportsGetItem[int, str]) -> Request:
        """
        The units of these apps; without any, the pattern of all.
        """

@final
class CheckedApp:
    """
    An app that was checked: what `pm2go.AppConfig` holds.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    @staticmethod
    def check(described: Any) -> tuple[CheckedApp, list[tuple[str, bool]]]:
        """
        Checks a description with the keys of an app, and tells what to warn of.
        """
    @staticmethod
    def check_file(described: Any) -> tuple[CheckedApp, list[tuple[str, bool]]]:
        """
        Checks a description out of a file, which may have keys and times of PM2, and tells what to warn of.
        """
    def described(self, /) -> Any:
        """
        What makes this app again, as `json.dumps` takes it: without what is not set. Secrets are in it.
        """
    @staticmethod
    def restore(described: Any) -> CheckedApp:
        """
        The app that `described()` tells of, without a look at the machine.
        """
    @staticmethod
    def schema() -> str:
        """
        The JSON Schema of what makes an app, as a text.
        """
    def values(self, /) -> list[tuple[str, Any]]:
        """
        The values of all keys, in types that cannot be changed; times are seconds.
        """

@final
class Client:
    """
    A client of one manager.
    """
    def __new__(cls, /, *, scope: str | None = None, backend: str | None = None, address: str | None = None, timeout: Seconds | None = None, monitoring: bool | None = None, runtime_dir: str | PathLike[str] | None = None, interactive: bool = False, user: str | None = None, machine: str | None = None, host: str | None = None, root: str | PathLike[str] | None = None) -> Client: ...
    @property
    def backend(self, /) -> str | None:
        """
        The backend in use, `dbus` or `command`; `None` before the first call.
        """
    def begin(self, /, request: Request, timeout: Seconds | None = None) -> Job:
        """
        Asks for a job on the calling thread; it returns when systemd has taken it on.
        """
    def close(self, /) -> None:
        """
        Ends what other threads wait for, and closes the connection.
        """
    @property
    def endpoint(self, /) -> str | None:
        """
        Where the D-Bus connection leads.
        """
    @property
    def monitoring(self, /) -> bool:
        """
        Whether watching is allowed.
        """
    @property
    def reason(self, /) -> str | None:
        """
        Why this backend was chosen.
        """
    def run(self, /, request: Request, timeout: Seconds | None = None) -> Any:
        """
        Does what is asked, on the calling thread.
        """
    @property
    def scope(self, /) -> str:
        """
        `system` or `user`.
        """
    @property
    def settings(self, /) -> str:
        """
        The settings and where they came from.
        """
    @property
    def timeout(self, /) -> float | None:
        """
        How long a call may take, in seconds; `None` for as long as it takes.
        """

@final
class Embedded:
    """
    A private systemd, running from its construction on.
    """
    def __new__(cls, /, timeout: Seconds) -> Embedded: ...
    @property
    def environment(self, /) -> dict[str, str]:
        """
        The variables with which `systemctl --user` and other programs find it.
        """
    @property
    def journal_dir(self, /) -> Path:
        """
        The folder of its journal.
        """
    @property
    def private_socket(self, /) -> Path:
        """
        The socket on which it speaks D-Bus.
        """
    def read_log(self, /) -> str:
        """
        The end of what its units and itself have said.
        """
    @property
    def running(self, /) -> bool:
        """
        Whether it runs; not any more, as soon as somebody stops it.
        """
    @property
    def runtime_dir(self, /) -> Path:
        """
        Its `XDG_RUNTIME_DIR`.
        """
    def stop(self, /) -> None:
        """
        Stops all its units and itself.
        """
    @property
    def unit_dir(self, /) -> Path:
        """
        Where unit files belong.
        """

@final
class Entry:
    """
    One entry of the journal. It can be compared and pickled, and is looked into when something of it is asked for.
    """
    def __contains__(self, name: Any, /) -> bool: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __getitem__(self, name: Any, /) -> str | bytes: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, cursor: str, fields: "list[tuple[str, str | bytes]]") -> Entry: ...
    def __reduce__(self, /) -> "tuple[type[Entry], tuple[Any, ...]]": ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str:
        """
        A line as a log has it: when, who, and what.
        """
    @property
    def boot_id(self, /) -> str:
        """
        The boot in which it was written.
        """
    @property
    def cursor(self, /) -> str:
        """
        Where it is in the journal, for the arguments `cursor` and `after_cursor`.
        """
    @property
    def fields(self, /) -> list[tuple[str, str | bytes]]:
        """
        All fields in the journal's order, a name as often as it is there.
        """
    def get(self, /, name: Any, default: Any | None = None) -> "Any":
        """
        The first value of a field, or something else if there is none.
        """
    def get_all(self, /, name: Any) -> list[str | bytes]:
        """
        All values of a field.
        """
    @property
    def identifier(self, /) -> str | None:
        """
        The name that the program has given itself.
        """
    def keys(self, /) -> "list[str]":
        """
        The names of its fields, each once.
        """
    @property
    def message(self, /) -> str | None:
        """
        What was said (`MESSAGE`); what is not UTF-8 in it is replaced.
        """
    @property
    def monotonic(self, /) -> timedelta:
        """
        How long after the machine booted journald received it.
        """
    @property
    def pid(self, /) -> int | None:
        """
        The process that sent it.
        """
    @property
    def priority(self, /) -> Priority | None:
        """
        How urgent it is.
        """
    @property
    def seqnum(self, /) -> int:
        """
        Its number, which rises from each entry to the next.
        """
    @property
    def timestamp(self, /) -> datetime:
        """
        When journald received it.
        """
    @property
    def timestamp_usec(self, /) -> int:
        """
        The same in microseconds since the epoch.
        """
    def to_dict(self, /) -> "dict[str, Any]":
        """
        All as a dict that `json.dumps` takes: the fields by their names, repeated ones as lists, bytes in hexadecimal.
        """
    @property
    def unit(self, /) -> str | None:
        """
        The unit of the system's manager that it is about, as `journalctl --unit` means it.
        """
    @property
    def user_unit(self, /) -> str | None:
        """
        The unit of a user's manager that it is about.
        """

@final
class EntryReader:
    """
    What is asked of the journal, one entry after the other. It may be read by several threads.
    """
    def __iter__(self, /) -> EntryReader: ...
    def __new__(cls, /, units: SupportsGetItem[int, str], *, scope: str | None, namespace: str | None, folder: str | PathLike[str] | None, files: SupportsGetItem[int, str | PathLike[str]], matches: "list[tuple[str, list[str | bytes]]]", invocation: str | None, boot: "int | str | None", priority: "int | str | None", grep: str | None, since: SupportsIndex | None, until: SupportsIndex | None, cursor: str | None, after_cursor: str | None, lines: SupportsIndex | None, reverse: bool, fields: SupportsGetItem[int, str], machine: str | None, host: str | None, follow: bool) -> EntryReader: ...
    def __next__(self, /) -> Entry: ...
    @property
    def begun(self, /) -> bool:
        """
        Whether all that is logged from now on is told.
        """
    def close(self, /) -> None:
        """
        Ends it.
        """
    @property
    def ended(self, /) -> bool:
        """
        Whether there is no entry left.
        """
    @property
    def left_out(self, /) -> list[tuple[str, str]]:
        """
        What was not read, and why.
        """
    def next(self, /, timeout: Seconds | None = None) -> Entry | None:
        """
        The next entry; `None` if there is none left. No entry in time is an `OperationTimeoutError`.
        """
    def read_ahead(self, /) -> int:
        """
        Reads ahead on a thread of its own. Gives a descriptor, which the caller closes: it can be read when that is done.
        """
    def rest(self, /) -> list[Entry]:
        """
        All that is there, without waiting for the news of it.
        """
    def rest_elsewhere(self, /) -> EntryReader | None:
        """
        What there is on another host, or in a container, behind all that was read; here, the rest is all.
        """
    def take(self, /) -> Entry | None:
        """
        The next entry that was read ahead; `None` if there is none.
        """

@final
class Job:
    """
    A job that nobody waits for, or not yet. When nobody has it any more, only the wait for it ends.
    """
    @property
    def affected(self, /) -> list[tuple[int, str, str]] | None:
        """
        The other jobs that were queued with it: number, unit and type of each; `None` where nobody told.
        """
    def cancellation(self, /) -> Request | None:
        """
        What cancels it; `None` where its number is not known.
        """
    @property
    def ended(self, /) -> bool:
        """
        Whether it is known how it ended.
        """
    def glance(self, /) -> bool:
        """
        Whether it has ended, as far as can be read without waiting.
        """
    @property
    def id(self, /) -> int | None:
        """
        The job's number; `None` where `systemctl` is too old to tell.
        """
    @property
    def operation(self, /) -> str:
        """
        What was asked for, in systemd's word.
        """
    @property
    def unit(self, /) -> str:
        """
        The unit.
        """
    def wait(self, /, timeout: Seconds | None = None) -> Any:
        """
        Waits for its end on the calling thread, and gives its unit, its operation and its result.
        """

@final
class JournalQuestion:
    """
    What is asked of the journal as a whole. It is asked once.
    """
    def answer(self, /) -> Any:
        """
        The answer. It blocks, without the GIL.
        """
    def begin(self, /) -> int:
        """
        Looks for the answer on a thread of its own. Gives a descriptor, which the caller closes: it can be read when there
        is one.
        """
    @staticmethod
    def boots(folder: str | PathLike[str] | None, namespace: str | None) -> JournalQuestion:
        """
        Which boots are known: ids, and the times of their first and last entries in microseconds.
        """
    @staticmethod
    def daemon(task: str, namespace: str | None, timeout: Seconds | None) -> JournalQuestion:
        """
        Has journald do something: `rotate`, `sync` or `flush`.
        """
    @staticmethod
    def field_values(name: str, folder: str | PathLike[str] | None, namespace: str | None) -> JournalQuestion:
        """
        All values of a field.
        """
    @staticmethod
    def fields(folder: str | PathLike[str] | None, namespace: str | None) -> JournalQuestion:
        """
        The names of all fields.
        """
    def take(self, /) -> Any:
        """
        What was found on that thread.
        """
    @staticmethod
    def usage(folder: str | PathLike[str] | None, namespace: str | None) -> JournalQuestion:
        """
        How many bytes of the disk the files have.
        """
    @staticmethod
    def vacuum(size: "int | str | None", time: Seconds | None, files: SupportsIndex | None, folder: str | PathLike[str] | None, namespace: str | None) -> JournalQuestion:
        """
        Removes old files. Gives those, and how many bytes of the disk they had.
        """

@final
class JournalSocket:
    """
    What sends entries to a journald.
    """
    def __new__(cls, /, namespace: str | None) -> JournalSocket: ...
    def send(self, /, fields: dict) -> None:
        """
        Send an entry of these fields; a list is a field that is there several times.
        """

@final
class LiveUnits:
    """
    A live table of units, not yet filled. It ends when nobody has it any more.
    """
    def __new__(cls, /, client: Client, patterns: SupportsGetItem[int, str], types: SupportsGetItem[int, str], states: SupportsGetItem[int, str], *, awaited: bool) -> LiveUnits: ...
    def close(self, /) -> None:
        """
        Ends it; whoever waits for it stops.
        """
    @property
    def closed(self, /) -> bool:
        """
        Whether it was closed.
        """
    @property
    def current(self, /) -> bool:
        """
        Whether all that systemd has told is in it.
        """
    def fill(self, /) -> None:
        """
        Fills it, on the calling thread.
        """
    def get(self, /, name: Any) -> Any | None:
        """
        How a unit is; `None` if it is not in the table.
        """
    def jobs(self, /) -> "dict[str, int]":
        """
        The numbers of the jobs in progress, by their units.
        """
    @staticmethod
    def limit(timeout: Seconds | None = None) -> float | None:
        """
        How long that is, in seconds; `None` for as long as it takes.
        """
    def select(self, /, states: SupportsGetItem[int, str], types: SupportsGetItem[int, str]) -> "dict[str, UnitState]":
        """
        Those in one of these states and of one of these types.
        """
    def units(self, /) -> "dict[str, UnitState]":
        """
        All units by their names, in their order, as they are at this moment. The dict is not to be changed.
        """
    @property
    def version(self, /) -> int:
        """
        How often it has changed.
        """
    def wait(self, /, since: SupportsIndex, timeout: Seconds | None = None) -> None:
        """
        Waits until it has changed since it had this version.
        """

@final
class LoopDriver:
    """
    Runs requests on one event loop.
    """
    def __new__(cls, /, client: Client, event_loop: Any) -> LoopDriver:
        """
        A driver for this loop, with a connection of its own to the client's manager.
        """
    def attach(self, /, watch: Watch | PropertyWatch | LiveUnits) -> None:
        """
        Reads for a watch from now on, as long as it is open.
        """
    def begin(self, /, request: Request, timeout: Seconds | None = None) -> tuple[Job, int, Any]:
        """
        Asks for a job; gives it, and a number and a future that ends when systemd has taken it on.
        """
    def chosen(self, /) -> tuple[str, str | None, str] | None:
        """
        The backend in use, where it leads and why it was chosen; `None` before the first call.
        """
    def close(self, /) -> None:
        """
        Ends everything: pending answers fail, the connection is closed.
        """
    def ended(self, /, job: Job, timeout: Seconds | None = None) -> tuple[int, Any]:
        """
        A number and the future of what becomes of a job that this driver has begun.
        """
    @property
    def event_loop(self, /) -> Any:
        """
        The loop.
        """
    def forget(self, /, id: SupportsIndex) -> None:
        """
        Nobody waits for this answer any more: the work on it is dropped.
        """
    def load(self, /) -> tuple[int, int, int]:
        """
        How many answers are awaited, sockets and descriptors watched: for tests.
        """
    def news(self, /, watch: Watch | PropertyWatch | LiveUnits, since: SupportsIndex | None = None, timeout: Seconds | None = None) -> tuple[int, Any]:
        """
        A number and a future that ends when the watch has something to take, or has ended; of a table, when it is filled,
        or has changed since it had this version.
        """
    def on_bell(self, /, descriptor: SupportsIndex) -> None: ...
    def on_descriptor(self, /, descriptor: SupportsIndex) -> None: ...
    def on_source(self, /, descriptor: SupportsIndex) -> None: ...
    def on_timer(self, /) -> None: ...
    def proceed(self, /) -> None:
        """
        Goes on with what can go on: a watch may have ended.
        """
    def submit(self, /, request: Request, timeout: Seconds | None = None, following: EntryReader | None = None) -> tuple[int, Any]:
        """
        Begins with what is asked, when a journal is followed if one is to be, and gives a number and the future of the answer.
        """

@final
class Metrics:
    """
    What the counters of a client's metrics go on from.
    """
    def __new__(cls, /) -> Metrics: ...
    def read(self, /, patterns: SupportsGetItem[int, str], types: SupportsGetItem[int, str]) -> Request:
        """
        Tell what units are and use, as a text for those who gather figures.
        """

@final
class PropertiesEvent:
    """
    What became of the properties of a unit that `Systemd.watch_unit_properties` watches.

    Values are typed as in `Systemd.get_unit_properties`; `None` stands for what is not set.
    """
    __match_args__: Final[tuple[str, str, str, str, str, str, str, str]]
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __new__(cls, /, sequence: SupportsIndex, timestamp_usec: SupportsIndex, kind: str, unit: str, changed: "Mapping[str, Any] | None" = None, values: "Mapping[str, Any] | None" = None, dropped: SupportsIndex | None = None, reason: str | None = None) -> PropertiesEvent: ...
    def __reduce__(self, /) -> "tuple[type[PropertiesEvent], tuple[Any, ...]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def changed(self, /) -> Mapping[str, Any]:
        """
        The properties that changed, with their new values; in a snapshot all of them.
        """
    @property
    def dropped(self, /) -> int | None:
        """
        How many events were dropped, for `gap`, where that is known.
        """
    @property
    def kind(self, /) -> str:
        """
        `snapshot` (how the properties were found), `changed`, `removed` (systemd has unloaded the unit) or `gap`
        (events were lost; what follows says how things are now).
        """
    @property
    def reason(self, /) -> str | None:
        """
        Why, for `gap`.
        """
    @property
    def sequence(self, /) -> int:
        """
        Counts all events of the stream, from 1.
        """
    @property
    def timestamp(self, /) -> datetime:
        """
        When it was read, as an aware `datetime` in UTC.
        """
    @property
    def timestamp_usec(self, /) -> int:
        """
        When it was read, in microseconds since the epoch.
        """
    def to_dict(self, /) -> "dict[str, Any]":
        """
        All fields as a dict that `json.dumps` takes: the time in ISO 8601, bytes in hexadecimal.
        """
    @property
    def unit(self, /) -> str:
        """
        The unit, by its own name: an alias that was asked for is resolved.
        """
    @property
    def values(self, /) -> Mapping[str, Any]:
        """
        All properties that are watched, as of this event; as last known in `removed` and `gap`.
        """

@final
class PropertyWatch:
    """
    A stream of what becomes of a unit's properties, not yet begun. It ends when nobody has it any more.
    """
    def __new__(cls, /, client: Client, name: str, names: SupportsGetItem[int, str], capacity: SupportsIndex) -> PropertyWatch: ...
    def close(self, /) -> None:
        """
        Ends the stream; whoever waits for it stops.
        """
    @property
    def closed(self, /) -> bool:
        """
        Whether the stream was closed.
        """
    def next(self, /, timeout: Seconds | None = None) -> PropertiesEvent | None:
        """
        The next event; `None` when the stream is closed. No event in time is an `OperationTimeoutError`.
        """
    def take(self, /) -> PropertiesEvent | None:
        """
        The next event without waiting; `None` if there is none.
        """

@final
class Request:
    """
    Something to ask of a client.
    """
    def __repr__(self, /) -> str: ...
    @staticmethod
    def attach(name: str) -> Request:
        """
        Find a named command again.
        """
    @staticmethod
    def blame() -> Request:
        """
        Tell how long units took to start.
        """
    @staticmethod
    def call(verb: "str", *arguments: "object") -> "Request":
        """
        What a row says: `verb` is its name, and the arguments are as there.
        """
    @staticmethod
    def cat_unit(name: str) -> Request:
        """
        Tell what a unit's files say.
        """
    @staticmethod
    def connect() -> Request:
        """
        Connect, if there is no connection.
        """
    @staticmethod
    def critical_chain(name: str) -> Request:
        """
        Tell which units a unit waited for.
        """
    @staticmethod
    def current_unit() -> Request:
        """
        Tell in which unit this program runs.
        """
    @staticmethod
    def get_environment() -> Request:
        """
        Tell the variables that the manager gives to what it starts.
        """
    @staticmethod
    def get_manager_properties() -> Request:
        """
        Tell all properties of the manager.
        """
    @staticmethod
    def get_manager_property(name: str) -> Request:
        """
        Tell one property of the manager.
        """
    @staticmethod
    def get_manager_status() -> Request:
        """
        Tell what is known of the manager.
        """
    @staticmethod
    def get_unit_by_pid(pid: "object") -> "Request":
        """
        Tell which unit a process belongs to.
        """
    @staticmethod
    def get_unit_configuration(name: str) -> Request:
        """
        Tell which of a unit's settings are in force.
        """
    @staticmethod
    def get_unit_dependencies(name: str, kinds: SupportsGetItem[int, str], reverse: bool, depth: SupportsIndex | None) -> Request:
        """
        Tell what a unit depends on.
        """
    @staticmethod
    def get_unit_processes(name: str) -> Request:
        """
        List the processes of a unit.
        """
    @staticmethod
    def get_unit_properties(name: str) -> Request:
        """
        Tell all properties of a unit.
        """
    @staticmethod
    def get_unit_property(name: str, property: str) -> Request:
        """
        Tell one property of a unit.
        """
    @staticmethod
    def get_unit_status(name: str) -> Request:
        """
        Tell what a unit is doing.
        """
    @staticmethod
    def get_units_properties(units: SupportsGetItem[int, str], names: SupportsGetItem[int, str]) -> Request:
        """
        Tell these properties (all, without any) of many units.
        """
    @property
    def leaves(self, /) -> bool:
        """
        Whether something is left of it where its wait is given up.
        """
    @staticmethod
    def list_automounts(patterns: SupportsGetItem[int, str]) -> Request:
        """
        List automounts.
        """
    @staticmethod
    def list_paths(patterns: SupportsGetItem[int, str]) -> Request:
        """
        List paths that are watched.
        """
    @staticmethod
    def list_sockets(patterns: SupportsGetItem[int, str]) -> Request:
        """
        List sockets.
        """
    @staticmethod
    def list_timers(patterns: SupportsGetItem[int, str]) -> Request:
        """
        List timers.
        """
    @staticmethod
    def list_unit_files(patterns: SupportsGetItem[int, str], states: SupportsGetItem[int, str], types: SupportsGetItem[int, str]) -> Request:
        """
        List the unit files whose names match one of the patterns, in these states and of these types.
        """
    @staticmethod
    def list_units(patterns: SupportsGetItem[int, str], states: SupportsGetItem[int, str] = ..., types: SupportsGetItem[int, str] = ..., slice: str | None = None, all_files: bool = False) -> Request:
        """
        List units: those whose names match one of the patterns, in these states, of these types, in that slice, and also those
        that systemd does not have in memory.
        """
    @staticmethod
    def list_units_by_names(names: SupportsGetItem[int, str]) -> Request:
        """
        List the units of these names, whether systemd has them in memory or not.
        """
    @staticmethod
    def plan_job(verb: str, name: str, mode: str) -> Request:
        """
        Tell what a job would do.
        """
    def planned(self, /, dry_run: bool) -> Request:
        """
        The same; or, for a dry run of a change of unit files, what tells only what would change.
        """
    @staticmethod
    def power(verb: "str", *arguments: "str", confirm: "bool", force: "bool" = False, exit_code: "object" = None) -> "Request":
        """
        End the manager or the machine, by the verb of this name.
        """
    @staticmethod
    def reexecute() -> Request:
        """
        Have the manager execute itself again.
        """
    @staticmethod
    def remove_left() -> Request:
        """
        Remove what runs have left whose wait was given up.
        """
    @staticmethod
    def run(argv: SupportsGetItem[int, str], properties: Any, variables: SupportsGetItem[int, tuple[str, str]], input: bytes | None, stdin: Any, stdout: Any, stderr: Any) -> Request:
        """
        Run a command in a unit of its own, to its end.
        """
    @staticmethod
    def run_app_job(verb: str, name: str, settle: Seconds, log_lines: SupportsIndex, stop_time: SupportsFloat | SupportsIndex) -> Request:
        """
        Run the job that an app's unit needs, which may take `stop_time` seconds to stop.
        """
    @staticmethod
    def run_job(verb: str, name: str, mode: str, settle: Seconds, log_lines: SupportsIndex, daemon_reload: bool = False) -> Request:
        """
        Run a job: `verb` is systemd's word for it.
        """
    @staticmethod
    def run_jobs(verb: str, names: SupportsGetItem[int, str], mode: str, settle: Seconds, log_lines: SupportsIndex, daemon_reload: bool = False) -> Request:
        """
        Run the same job of several units at once.
        """
    @staticmethod
    def set_manager_property(name: str, value: "object") -> "Request":
        """
        Set a property of the manager.
        """
    @staticmethod
    def spawn(argv: SupportsGetItem[int, str], properties: Any, variables: SupportsGetItem[int, tuple[str, str]], stdin: Any, stdout: Any, stderr: Any, name: str | None) -> Request:
        """
        Start a command in a unit of its own.
        """
    @staticmethod
    def wait_for_unit(name: str, states: SupportsGetItem[int, str], stable: Seconds) -> Request:
        """
        Wait until a unit is in one of these states, and stays so for `stable` seconds.
        """

@final
class Run:
    """
    A command that was started. An unnamed one ends when nobody has it any more.
    """
    def __repr__(self, /) -> str: ...
    @property
    def alive(self, /) -> bool:
        """
        Whether there is something of it that ends with this.
        """
    def close(self, /) -> None:
        """
        The end on the calling thread, for whoever cannot wait otherwise.
        """
    def close_stream(self, /, stream: str) -> None:
        """
        Closes its input, or reads no more of an output.
        """
    def discard(self, /) -> Request:
        """
        Remove a named one that has ended, and what it has written.
        """
    def drain(self, /) -> Request:
        """
        Write all that waits to be written to its input, and tell whether somebody reads it.
        """
    def end(self, /) -> Request:
        """
        Kill and remove what is left of it.
        """
    def ended(self, /) -> "dict[str, Any] | None":
        """
        How it ended and what it used, by the names of a result; `None` as far as nobody has waited for that.
        """
    def exchange(self, /) -> Request:
        """
        Write what is left to be written, close its input, read all that it writes, and wait for its end.
        """
    def fileno(self, /, stream: str) -> int | None:
        """
        The number of the descriptor of our end of a stream; `None` where there is none.
        """
    @property
    def has_to_write(self, /) -> bool:
        """
        Whether something waits to be written to its input.
        """
    def look(self, /) -> Request:
        """
        Tell whether it has ended.
        """
    def more(self, /, stream: str) -> Request:
        """
        Wait until an output has something to take, or ends.
        """
    @property
    def pid(self, /) -> int | None:
        """
        Its process.
        """
    def put(self, /, data: bytes) -> None:
        """
        Has this written next to its input.
        """
    def resize(self, /, rows: SupportsIndex, columns: SupportsIndex) -> None:
        """
        Gives its terminal another size.
        """
    @property
    def returncode(self, /) -> int | None:
        """
        Its exit code, or the number of the signal that ended it below zero.
        """
    def send_signal(self, /, signal: "int | str", everybody: "bool") -> Request:
        """
        Send a signal, by its number or name, to its main process or to all of its processes.
        """
    def take(self, /, stream: str, most: SupportsIndex | None = None) -> bytes:
        """
        Takes what was read from an output, or so many bytes of it.
        """
    @property
    def unit(self, /) -> str:
        """
        Its service.
        """
    def wait(self, /) -> Request:
        """
        Wait for its end.
        """
    def write(self, /, data: bytes) -> Request:
        """
        Write some of these bytes to its input, and tell how many.
        """

@final
class TextRequest:
    """
    Makes requests about the texts of a unit's files.
    """
    @staticmethod
    def check(unit: str, text: str) -> Request:
        """
        Have systemd look at a text.
        """
    @staticmethod
    def edit(unit: str) -> Request:
        """
        Read a unit's file, to change it.
        """
    @staticmethod
    def list_drop_ins(unit: str) -> Request:
        """
        List the drop-ins that are in force.
        """
    @staticmethod
    def read_drop_in(unit: str, name: str, runtime: bool) -> Request:
        """
        Read a drop-in.
        """
    @staticmethod
    def remove_drop_in(unit: str, name: str, runtime: bool, dry_run: bool) -> Request:
        """
        Remove a drop-in.
        """
    @staticmethod
    def save(unit: str, before: str | None, text: str, check: bool, dry_run: bool) -> Request:
        """
        Put a text in the place of a unit's file.
        """
    @staticmethod
    def write_drop_in(unit: str, name: str, runtime: bool, text: str, check: bool, dry_run: bool) -> Request:
        """
        Write a drop-in.
        """

@final
class UnitEvent:
    """
    Something that happened to a unit.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, sequence: SupportsIndex, timestamp_usec: SupportsIndex, kind: str, unit: str | None = None, old: UnitState | None = None, new: UnitState | None = None, job_id: SupportsIndex | None = None, job_result: str | None = None, dropped: SupportsIndex | None = None, reason: str | None = None) -> UnitEvent: ...
    def __reduce__(self, /) -> "tuple[type[UnitEvent], tuple[Any, ...]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def active_state(self, /) -> str | None:
        """
        The unit's `ActiveState` now.
        """
    @property
    def dropped(self, /) -> int | None:
        """
        How many events were dropped, for `gap`, where that is known.
        """
    @property
    def job_id(self, /) -> int | None:
        """
        The number of the job, for `job-new` and `job-removed`.
        """
    @property
    def job_result(self, /) -> str | None:
        """
        The job's result, for `job-removed`.
        """
    @property
    def kind(self, /) -> str:
        """
        What it tells: `snapshot`, `changed`, `added`, `removed`, `job-new`, `job-removed`, `reloading`,
        `reloaded` or `gap`.
        """
    @property
    def main_pid(self, /) -> int | None:
        """
        The unit's main process now.
        """
    @property
    def new(self, /) -> UnitState | None:
        """
        The unit's state now.
        """
    @property
    def old(self, /) -> UnitState | None:
        """
        The unit's state before.
        """
    @property
    def reason(self, /) -> str | None:
        """
        Why, for `gap`.
        """
    @property
    def sequence(self, /) -> int:
        """
        Counts all events of the stream, from 1.
        """
    @property
    def sub_state(self, /) -> str | None:
        """
        The unit's `SubState` now.
        """
    @property
    def timestamp(self, /) -> datetime:
        """
        When it was read, as an aware `datetime` in UTC.
        """
    @property
    def timestamp_usec(self, /) -> int:
        """
        When it was read, in microseconds since the epoch.
        """
    def to_dict(self, /) -> "dict[str, Any]":
        """
        All fields as a dict that `json.dumps` takes, with the time in ISO 8601.
        """
    @property
    def unit(self, /) -> str | None:
        """
        The unit; `None` for what is about the manager or the stream.
        """

@final
class UnitFileText:
    """
    The text of a unit file, line by line.
    """
    def __new__(cls, /, text: "str | bytes") -> UnitFileText: ...
    def add(self, /, section: str, key: str, value: "object") -> None:
        """
        Adds values behind those that are there.
        """
    def assignments(self, /) -> list[tuple[str, str, str, int]]:
        """
        All assignments.
        """
    def get(self, /, section: str, key: str) -> str | None:
        """
        The value in force.
        """
    def get_all(self, /, section: str, key: str) -> list[str]:
        """
        The values in force of a list.
        """
    def ignored(self, /) -> list[tuple[int, str]]:
        """
        The lines that systemd skips: each its number and why.
        """
    @staticmethod
    def of(sections: "object") -> UnitFileText:
        """
        The file of these sections, each a table of settings.
        """
    def remove(self, /, section: str, key: str) -> int:
        """
        Removes a setting, and tells how many assignments it had.
        """
    def render(self, /) -> str:
        """
        The text.
        """
    def sections(self, /) -> list[str]:
        """
        The names of the sections.
        """
    def set(self, /, section: str, key: str, value: "object") -> None:
        """
        Makes these the setting's only values.
        """

@final
class UnitInfo:
    """
    One row of a list of units (`ListUnits` of `org.freedesktop.systemd1.Manager`).

    It can also be taken apart like a tuple, in the order of its fields, as `pandas.DataFrame` does.
    """
    __match_args__: Final[tuple[str, str, str, str, str, str, str, str]]
    _fields: Final[tuple[str, str, str, str, str, str, str, str]]
    """
    The names of the fields, under the name by which `pandas` looks for them.
    """
    def __eq__(self, other: object, /) -> Any: ...
    def __ge__(self, other: object, /) -> Any: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    def __gt__(self, other: object, /) -> Any: ...
    def __hash__(self, /) -> int: ...
    def __iter__(self, /) -> Iterator[Any]: ...
    def __le__(self, other: object, /) -> Any: ...
    def __len__(self, /) -> int: ...
    def __lt__(self, other: object, /) -> Any: ...
    def __ne__(self, other: object, /) -> Any: ...
    def __new__(cls, /, name: str, description: str, load_state: str, active_state: str, sub_state: str, followed: str | None = None, job_id: int | None = None, job_type: str | None = None) -> UnitInfo: ...
    def __reduce__(self, /) -> "tuple[type[UnitInfo], tuple[Any, ...]]": ...
    def __repr__(self, /) -> str: ...
    def __reversed__(self, /) -> "Iterator[Any]": ...
    @property
    def active_state(self, /) -> str:
        """
        `active`, `inactive`, `failed`, `activating`, ...
        """
    def count(self, /, value: "object") -> "int":
        """
        How many fields have this value, as for any sequence.
        """
    @property
    def description(self, /) -> str:
        """
        The unit's `Description`.
        """
    @property
    def followed(self, /) -> str | None:
        """
        The unit whose state this one follows.
        """
    def index(self, /, value: "object", start: SupportsIndex = 0, stop: SupportsIndex = ...) -> "int":
        """
        The place of a value among the fields, as for any sequence.
        """
    @property
    def job_id(self, /) -> int | None:
        """
        The number of the job that is queued for the unit.
        """
    @property
    def job_type(self, /) -> str | None:
        """
        The type of that job: `start`, `stop`, ...
        """
    @property
    def load_state(self, /) -> str:
        """
        `loaded`, `not-found`, `masked`, `bad-setting`, ...
        """
    @property
    def name(self, /) -> str:
        """
        The unit's name with its type suffix.
        """
    @property
    def sub_state(self, /) -> str:
        """
        Depends on the unit's type, for example `running` or `auto-restart`.
        """
    def to_dict(self, /) -> "dict[str, Any]":
        """
        All fields as a dict that `json.dumps` takes.
        """

@final
class UnitLog:
    """
    Which entries about units are wanted.
    """
    def __new__(cls, /, lines: SupportsIndex | None, since: SupportsIndex | None, follow: bool) -> UnitLog: ...
    def read(self, /, client: Client, units: SupportsGetItem[int, str]) -> EntryReader:
        """
        Those about these units of a client's manager.
        """
    def run(self, /, client: Client, units: SupportsGetItem[int, str], request: Request, timeout: Seconds | None, log: Any) -> Any:
        """
        Does what is asked over a client, on the calling thread. A function is told what they log meanwhile.
        """

@final
class UnitState:
    """
    What a stream knows of a unit.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, load_state: str, active_state: str, sub_state: str, main_pid: SupportsIndex | None = None, result: str | None = None, exec_main_code: SupportsIndex | None = None, exec_main_status: SupportsIndex | None = None, n_restarts: SupportsIndex | None = None, invocation_id: str | None = None) -> UnitState: ...
    def __reduce__(self, /) -> "tuple[type[UnitState], tuple[Any, ...]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def active_state(self, /) -> str:
        """
        `ActiveState`.
        """
    @property
    def exec_main_code(self, /) -> int | None:
        """
        How the last main process ended: 1 exited, 2 killed, 3 dumped core.
        """
    @property
    def exec_main_status(self, /) -> int | None:
        """
        Its exit code or signal.
        """
    @property
    def invocation_id(self, /) -> str | None:
        """
        The identity of this run, in hexadecimal.
        """
    @property
    def load_state(self, /) -> str:
        """
        `LoadState`.
        """
    @property
    def main_pid(self, /) -> int | None:
        """
        The service's main process.
        """
    @property
    def n_restarts(self, /) -> int | None:
        """
        Automatic restarts since the last start by hand.
        """
    @property
    def result(self, /) -> str | None:
        """
        The unit's `Result`.
        """
    @property
    def sub_state(self, /) -> str:
        """
        `SubState`.
        """
    def to_dict(self, /) -> "dict[str, Any]":
        """
        All fields as a dict.
        """

@final
class Watch:
    """
    A stream of unit events, not yet begun. It ends when nobody has it any more.
    """
    def __new__(cls, /, client: Client, patterns: SupportsGetItem[int, str], types: SupportsGetItem[int, str], states: SupportsGetItem[int, str], capacity: SupportsIndex) -> Watch: ...
    def close(self, /) -> None:
        """
        Ends the stream; whoever waits for it stops.
        """
    @property
    def closed(self, /) -> bool:
        """
        Whether the stream was closed.
        """
    def next(self, /, timeout: Seconds | None = None) -> UnitEvent | None:
        """
        The next event; `None` when the stream is closed. No event in time is an `OperationTimeoutError`.
        """
    def take(self, /) -> UnitEvent | None:
        """
        The next event without waiting; `None` if there is none.
        """

def beyond_systemctl() -> list[tuple[str, str]]:
    """
    The verbs that `systemctl` has nothing for, with the reason: `busctl` is asked then.
    """

def calendar(text: str) -> tuple[str, str | None]:
    """
    An expression in its normal form, and the time zone that it names.
    """

def escape(text: Name) -> str:
    """
    The text as a part of a unit's name.
    """

def escape_path(path: Name) -> str:
    """
    The path as a part of a unit's name.
    """

def format_timespan(time: Seconds) -> str:
    """
    A time as systemd writes it.
    """

def format_timestamp(moment: SupportsIndex, time_zone: str | None, microseconds: bool) -> str:
    """
    A moment, in microseconds since the epoch, as systemd writes it.
    """

def next_elapses(text: str, n: SupportsIndex, after: SupportsIndex, time_zone: str | None) -> list[int]:
    """
    When an expression elapses next, up to `n` times after a moment: microseconds since the epoch. Without a time zone of
    its own it is meant in the given one, or else in the machine's.
    """

def parse_timespan(text: str) -> int | None:
    """
    The microseconds of a time span; none of `infinity`.
    """

def parse_timestamp(text: str, now: SupportsIndex, time_zone: str | None) -> int:
    """
    The moment of a text, in microseconds since the epoch. What is told from now on begins at `now`; a time that names no
    zone is meant in the given one, or else in the machine's.
    """

def quote_command(argv: SupportsGetItem[int, str]) -> str:
    """
    The value of `ExecStart=` that starts a program with these arguments.
    """

def quote_environment(name: str, value: str) -> str:
    """
    The value of `Environment=` that sets one variable.
    """

def quote_path(path: Any) -> str:
    """
    The value of a setting that is one absolute path.
    """

def quote_text(text: str) -> str:
    """
    The value of a setting that is plain text.
    """

def read_figures(patterns: SupportsGetItem[int, str], details: bool) -> Request:
    """
    Tell what units use, with `details` also their descriptors, threads and network.
    """

def read_unit_details(name: str) -> Request:
    """
    Tell all about a unit, what it uses included.
    """

def sample_figures(interval: Seconds, patterns: SupportsGetItem[int, str], details: bool) -> Request:
    """
    The same each time that the interval is over: a request that is made again and again.
    """

def split_command(value: str) -> tuple[str, list[str]]:
    """
    The prefixes, and the program with its arguments.
    """

def split_environment(value: str) -> list[tuple[str, str]]:
    """
    The variables that a value of `Environment=` sets.
    """

def start_scope(pids: tuple, name: str | None, properties: Any) -> Request:
    """
    Make a scope for processes; for this one without any.
    """

def start_transient_unit(name: str, properties: Any, command: tuple[SupportsGetItem[int, str] | None, SupportsGetItem[int, tuple[str, str]]], auxiliary: Any, mode: str, settle: Seconds, log_lines: SupportsIndex) -> Request:
    """
    Start a unit that has no file: a service with a command and its variables, or a unit of any type with these properties;
    and others that come with it.
    """

def start_trigger(unit_type: str, service: str | None, argv: SupportsGetItem[int, str], variables: SupportsGetItem[int, tuple[str, str]], name: str | None, own: Any, properties: Any) -> Request:
    """
    Start a timer, a path or a socket with these properties: for the service of this name, or for one that is made of a
    command and properties.
    """

def unescape(text: str) -> "str":
    """
    What an escaped text stands for.
    """

def unescape_path(text: str) -> "str":
    """
    The path that an escaped text stands for.
    """

def unified_diff(path: str, before: str, after: str) -> str:
    """
    The change of a text, as `diff -u` shows it.
    """

def unit_instance(name: str, instance: str) -> str:
    """
    The name of another instance of the same template.
    """

def unit_name(name: str) -> str:
    """
    The whole name of a unit.
    """

def unit_name_parts(name: str) -> tuple[str, str | None, str, str]:
    """
    What a whole name consists of: its prefix, its instance, its type, and the object path.
    """

def unit_of_object_path(path: str) -> str:
    """
    The unit of an object path.
    """

def unit_of_path(path: Name, suffix: str) -> str:
    """
    The unit of this type that stands for a path.
    """

def verbs() -> tuple[list[tuple[str, str, str, str, int]], list[tuple[str, str, int]]]:
    """
    All verbs that systemd answers in one call: each its name, its method, the D-Bus types of what it takes and gives, and the
    version of systemd that it came with; and the methods that have a way of their own.
    """
