"""What is known of units besides how they are: properties, processes, dependencies, files."""

from __future__ import annotations

import pm2go

from ._core import Request
from ._results import current_unit, descriptor_list, process_list, setting_list, unit_dependency, unit_sources
from ._typing import Iterable, typing
from ._unit_lists import UnitLists
from .watch import texts


class UnitDetails(UnitLists):
    """A client of one manager, with the verbs that tell more of units."""

    def get_units_properties(
        self,
        units: typing.Union[str, Iterable[str]],
        *names: str,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> dict[str, pm2go.UnitProperties]:
        """Return some or all properties of many units at once, by systemd's own names, with their real types.

        `Get` or `GetAll` of `org.freedesktop.DBus.Properties`, with the questions for all units in flight together.

        Args:
            units: Names, or shell patterns of the names of units that systemd has in memory. A name without a type suffix
                is that of a service.
            *names: The properties as systemd spells them, see org.freedesktop.systemd1(5); without any, all of them.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The properties by the units' names, each a dict as of `get_unit_properties`. Where only units of other types
            have a property it is `None`, as what is not set.

        Raises:
            UnitNotFoundError: There is no unit of one of the names.
            ConfigError: None of the units has a property of one of the names.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.get_units_properties(["basic.target", "paths.target"], "ActiveState")
            {'basic.target': {'ActiveState': 'active'}, 'paths.target': {'ActiveState': 'active'}}
        """
        found: dict[str, pm2go.UnitProperties] = self._run(
            Request.get_units_properties(texts(units), names), timeout
        )
        return found

    def get_unit_processes(
        self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.ProcessList:
        """List the processes of a unit, with those in control groups below its own. `GetUnitProcesses` of the manager.

        Args:
            name: The unit's name; without a type suffix it is a service. A slice has the processes of all its units.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The processes, by their numbers; none of a unit that is down.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnsupportedError: systemctl cannot tell, and no message bus can be asked.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(name="clock", command=["/bin/sleep", "60"])
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     [process.command_line for process in manager.systemd.get_unit_processes("pm2-clock")]
            ...     left = manager.delete("clock")
            ['/bin/sleep 60']
        """
        return process_list(self._run(Request.get_unit_processes(name), timeout))

    def load_unit(self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> str:
        """Have systemd read a unit's file, if it does not have the unit in memory. `LoadUnit` of the manager.

        It forgets the unit again where nothing needs it. That there is no such file is no error: the unit's `LoadState`
        tells.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The unit's own name, where it was called by an alias.

        Raises:
            ConfigError: The name cannot be that of a unit.
            UnsupportedError: systemctl cannot do it, and no message bus can be asked.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     systemd.load_unit("basic.target")
            'basic.target'
        """
        unit: str = self._run(Request.call("load_unit", name), timeout)
        return unit

    def dump_unit_file_descriptor_store(
        self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.DescriptorList:
        """List the file descriptors that systemd keeps for a service. `DumpUnitFileDescriptorStore` of the manager.

        Args:
            name: The service's name; the suffix may be left out.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The descriptors (sd_pid_notify_with_fds(3)); none, where the service has stored none.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnsupportedError: The unit keeps none (``FileDescriptorStoreMax=``), or systemd is older than 254.

        Example:
            >>> import pm2go
            >>> clock = pm2go.AppConfig(
            ...     name="clock",
            ...     command=["/bin/sleep", "60"],
            ...     extra={"Service": {"FileDescriptorStoreMax": 4}},
            ... )
            >>> with pm2go.Manager() as manager:
            ...     result = manager.start(clock)
            ...     try:
            ...         store = list(manager.systemd.dump_unit_file_descriptor_store("pm2-clock"))
            ...     except pm2go.UnsupportedError:  # before systemd 254
            ...         store = []
            ...     left = manager.delete("clock")
            ...     store
            []
        """
        return descriptor_list(self._run(Request.call("dump_unit_file_descriptor_store", name), timeout))

    def current_unit(
        self, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> typing.Optional[pm2go.CurrentUnit]:
        """Tell in which unit of this manager this program runs, and whether it is started again when it ends.

        `GetUnitByPID` of the manager, for whoever asks: also right where this program counts processes otherwise than the
        manager, as in a container.

        Args:
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The unit; `None`, if the program runs in none of this manager, as in none of another machine's. What runs below
            a user's own manager is in `user@UID.service` for the machine's: `user_unit` tells the user's unit, and a client
            of ``scope="user"`` all of it.

        Raises:
            UnsupportedError: systemctl cannot tell, and no message bus can be asked.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     unit = systemd.current_unit()
            >>> unit is None or "." in unit.name
            True
        """
        return current_unit(self._run(Request.current_unit(), timeout))

    def get_unit_dependencies(
        self,
        name: str,
        *,
        reverse: bool = False,
        kinds: typing.Union[str, Iterable[str]] = (),
        depth: typing.Optional[int] = None,
        timeout: typing.Optional[pm2go.Seconds] = None,
    ) -> pm2go.UnitDependency:
        """Tell what a unit depends on, and what those units depend on, as a tree.

        The properties of `org.freedesktop.systemd1.Unit` of those names, of all units of a level at once.

        Args:
            name: The unit's name; without a type suffix it is a service.
            reverse: Tell which units depend on it instead.
            kinds: Which dependencies: `"Requires"`, `"Wants"`, `"After"`, `"PartOf"`, ...; by default what a unit needs, as
                `systemctl list-dependencies` shows it: Requires, Requisite, Wants, BindsTo, ConsistsOf and Upholds. With
                `reverse`, their reverses are told: RequiredBy for Requires.
            depth: How many levels; by default all.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The unit, with its `dependencies`; ``print`` draws the tree, and `walk` goes through it.

        Raises:
            UnitNotFoundError: There is no such unit.
            ConfigError: There is no such kind, or the depth is wrong.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     tree = systemd.get_unit_dependencies("basic.target", depth=1)
            ...     "timers.target" in [unit.name for unit in tree.dependencies]
            True
        """
        request = Request.get_unit_dependencies(name, texts(kinds), reverse, depth)
        return unit_dependency(self._run(request, timeout))

    def cat_unit(self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None) -> pm2go.UnitSources:
        """Return the text of a unit's file and of its drop-ins. systemctl(1), `cat`.

        The files are those that systemd has read; their text is what they say now.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The files, each with its path and its text; none of a unit that has none. ``print`` shows them.

        Raises:
            UnitNotFoundError: There is no such unit.
            StorageError: A file is gone, or cannot be read.
            PermissionDeniedError: A file may not be read.
            UnavailableError: The files are on another machine, and no shell can be had there.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     "[Unit]" in systemd.cat_unit("basic.target").files[0].text
            True
        """
        return unit_sources(self._run(Request.cat_unit(name), timeout))

    def get_unit_configuration(
        self, name: str, *, timeout: typing.Optional[pm2go.Seconds] = None
    ) -> pm2go.SettingList:
        """Tell which settings of a unit's files are in force, and in which file and line each was made. systemd.unit(5).

        Of a setting that has one value the last one counts; lists are put together, and an empty value takes back what
        was there before, as systemd does it. Values are told as they are written: specifiers such as ``%n`` are not
        replaced. What nobody set is not told.

        Args:
            name: The unit's name; without a type suffix it is a service.
            timeout: How long it may take, instead of the client's `timeout`.

        Returns:
            The settings, section by section; ``print`` shows them as a table.

        Raises:
            UnitNotFoundError: There is no such unit.
            UnitLoadError: A file is one that systemd refuses.
            StorageError: A file is gone, or cannot be read.
            PermissionDeniedError: A file may not be read.
            UnavailableError: The files are on another machine, and no shell can be had there.

        Example:
            >>> import pm2go
            >>> with pm2go.Systemd() as systemd:
            ...     settings = systemd.get_unit_configuration("basic.target")
            ...     [setting.value for setting in settings if setting.name == "Description"]
            ['Basic System']
        """
        return setting_list(self._run(Request.get_unit_configuration(name), timeout))
