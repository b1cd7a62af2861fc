"""Each property of the core's table, on units without a file: what it is set to is what `systemd-run` sets it to."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

import pm2go
from live.fixtures.scope import SCOPE_OPTION
from live.fixtures.systemctl import systemctl, systemd_version
from live.fixtures.ways import Way, connect
from live.transient.test_triggers import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from live.fixtures.units import UnitFiles

TABLE = Path(__file__).parents[3] / "src" / "property" / "table.rs"
ROW = re.compile(r'\(\s*Kind::([\w:]+(?:\([^)]*\))?),\s*"([^"]*)",?\s*\)')
#: A value of each kind.
VALUES = {
    "Text": "word",
    "Flag": "yes",
    "Words": "/a /b",
    "Variables": 'A=b "C=d e"',
    "Unsigned": "7",
    "Signed": "3",
    "Large": "1024",
    "LargeSigned": "1024",
    "Size": "8M",
    "Protocol": "udplite",
    "OneText": "live a",
    "OnePath": "/a",
    "Mode": "0750",
    "Time": "90s",
    "StartAndStop": "70s",
    "Nanoseconds": "50us",
    "Weight": "70",
    "WeightOrIdle": "70",
    "Memory": "64M",
    "Tasks": "50",
    "Quota": "20%",
    "Share": "50%",
    "Limit(Unit::Things)": "5:7",
    "Limit(Unit::Bytes)": "1M:2M",
    "Limit(Unit::Seconds)": "5s:10s",
    "Limit(Unit::Microseconds)": "5ms:7ms",
    "Limit(Unit::Niceness)": "+5",
    "Device": "/dev/null rw",
    "DeviceAmount": "/dev/null 5M",
    "DeviceWeight": "/dev/null 50",
    "DeviceLatency": "/dev/null 25ms",
    "Addresses": "10.0.0.0/8 ::1",
    "Processors": "0-1",
    "Delegate": "cpu memory",
    "Capabilities": "CAP_KILL CAP_CHOWN",
    "Namespaces": "net ipc",
    "AllowList": "~@mount",
    "Signal": "SIGUSR1",
    "ExitStatuses": "3 SIGHUP",
    "SCHEDULER": "batch",
    "IO_CLASS": "idle",
    "NUMA": "bind",
    "LEVEL": "warning",
    "Numbered(FACILITIES)": "local0",
    "SecureBits": "noroot keep-caps",
    "Command": '/bin/echo "a b" $X',
    "EnvironmentFile": "-/a",
    "Input": "null",
    "Output": "append:/a",
    "InputText": "a text",
    "Binds": "/a:/b",
    "TemporaryFolders": "/a:size=1M",
    "Credential": "a:/b",
    "CredentialData": "a:b",
    "LogFields": "A=b",
    "Ignorable": "-word",
    "Pair": "ingress:/a",
    'Condition("Conditions")': "|!/a",
    'Condition("Asserts")': "!/a",
    "Monotonic": "5min",
    "Calendar": "Mon 03:00",
    "PathTest": "/tmp/live-properties/none",
    "Listen": "/tmp/live-properties/SIDE",
}
#: Words of some that take no others.
WORDS = {
    "replace": "OnSuccessJobMode OnFailureJobMode",
    "none": "JobTimeoutAction StartLimitAction FailureAction SuccessAction",
    "inactive-or-failed": "CollectMode",
    "closed": "DevicePolicy",
    "auto": "ManagedOOMSwap ManagedOOMMemoryPressure MemoryPressureWatch CPUPressureWatch IOPressureWatch",
    "avoid": "ManagedOOMPreference",
    "live-a.slice": "Slice",
    "/a": "SourcePath TTYPath WorkingDirectory RootDirectory NetworkNamespacePath IPCNamespacePath PIDFile RootVerity",
    "user": "UtmpMode",
    "no": "MakeDirectory Accept",
    "full": "ProtectSystem",
    "read-only": "ProtectHome",
    "invisible": "ProtectProc",
    "pid": "ProcSubset",
    "x86-64": "Personality",
    "private": "KeyringMode",
    "restart": "RuntimeDirectoryPreserve FileDescriptorStorePreserve",
    "mixed": "KillMode",
    "exec": "Type",
    "main": "ExitType NotifyAccess",
    "always": "Restart",
    "direct": "RestartMode",
    "live.SIDE": "BusName",
    "stop": "OOMPolicy",
    "kill": "TimeoutStartFailureMode TimeoutStopFailureMode",
    "live-a.target live-b.target": (
        "Requires Requisite Wants BindsTo PartOf Upholds RequiredBy RequisiteOf WantedBy BoundBy UpheldBy ConsistsOf "
        "Conflicts ConflictedBy Before After OnSuccess OnSuccessOf OnFailure OnFailureOf Triggers TriggeredBy "
        "PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo StopPropagatedFrom JoinsNamespaceOf References "
        "ReferencedBy"
    ),
    "man:a(1)": "Documentation",
    "cpu": "DisableControllers",
    "route 1": "ListenNetlink",
    "root=absent": "RootImagePolicy MountImagePolicy ExtensionImagePolicy",
    "a b": (
        "SupplementaryGroups RuntimeDirectory StateDirectory CacheDirectory LogsDirectory ConfigurationDirectory"
    ),
    "A B": "UnsetEnvironment PassEnvironment",
    "native": "SystemCallArchitectures",
    "AF_UNIX": "RestrictAddressFamilies",
    "lo": "RestrictNetworkInterfaces",
    "ext4": "RestrictFileSystems",
    "0": "NUMAMask",
    "both": "BindIPv6Only",
    "us": "Timestamping",
    "@live-SIDE": "ListenStream ListenDatagram ListenSequentialPacket",
    "/tmp/live-SIDE": "ListenFIFO",
}
EXCEPTIONS = {name: words for words, names in WORDS.items() for name in names.split()}
#: Those whose meaning is another for each unit, or which make a unit that cannot be loaded.
APART = {"Description", "PIDs", "ExecStart", "Markers", "DefaultDependencies"}
if systemd_version() < 252:
    # systemd 247 takes the kind of a socket for its path, sets no alarm of a clock in a
    # container, and measures a priority by the policy that is set by then: systemd-run says so without naming the setting.
    APART |= {"ListenFIFO", "ListenSpecial", "ListenMessageQueue", "ListenUSBFunction"}
    APART |= {"WakeSystem", "CPUSchedulingPriority"}


def rows() -> Iterator[tuple[str, str]]:
    """The settings of the table, each with a value."""
    text = TABLE.read_text().split("const ROWS", maxsplit=1)[1].replace("\\\n", " ")
    for kind, names in ROW.findall(text):
        for name in names.split():
            if name not in APART:
                yield name, EXCEPTIONS.get(name, VALUES.get(kind, ""))


SETTINGS = dict(rows())


def between(first: str, last: str) -> list[str]:
    """The settings from one to another, in the order of the table."""
    names = list(SETTINGS)
    return names[names.index(first) : names.index(last) + 1]


TIMER = between("OnActiveSec", "DeferReactivation")
PATH = between("PathExists", "DirectoryMode")
SOCKET = [name for name in between("DirectoryMode", "Symlinks") if not name.startswith("TriggerLimit")]
if "ListenFIFO" in APART:
    SOCKET.remove("Symlinks")  # there is no path that they could lead to
SERVICE = [name for name in SETTINGS if name not in {*TIMER, *PATH, *SOCKET}]
#: Of each type what a unit needs in any case, and what it can have.
CASES = {
    "timer": (["OnActiveSec"], TIMER),
    "path": (["PathExists"], PATH),
    "socket": (["ListenStream"], SOCKET),
    "service": ([], SERVICE),
}


def taken(needed: list[str], names: list[str], start: Callable[[list[str]], str]) -> set[str]:
    """Those of the settings with which a unit is started: one after the other is left out, as long as one is refused."""
    left = [name for name in names if name not in needed]
    while refusal := start([*needed, *left]):
        named = [name for name in left if re.search(rf"\b{name.removesuffix('Sec')}", refusal)]
        assert named, refusal
        left.remove(max(named, key=len))
    return {*needed, *left}


class Side:
    """Who makes a unit of a type with settings, and whether it is there."""

    def __init__(self, unit_type: str, stem: str) -> None:
        self.unit_type, self.stem = unit_type, stem
        #: A service is made with a timer: it need not run to be looked at.
        self.suffix = "timer" if unit_type == "service" else unit_type

    def settings(self, names: Iterable[str]) -> dict[str, str]:
        return {name: SETTINGS[name].replace("SIDE", self.stem) for name in names}

    def end(self) -> None:
        unit = f"{self.stem}.{self.suffix}"
        systemctl("stop", unit, f"{self.stem}.service", check=False)
        systemctl("reset-failed", unit, f"{self.stem}.service", check=False)


class Ours(Side):
    """pm2go."""

    def start(self, names: Iterable[str]) -> str:
        own, service = self.settings(names), {}
        if self.unit_type == "service":
            own, service = {"OnActiveSec": "1h"}, own
        if self.suffix == "timer":
            own = {**own, "RemainAfterElapse": "no"}
        try:
            with connect(Way.PRIVATE) as systemd:
                systemd.start_transient_unit(
                    f"{self.stem}.{self.suffix}",
                    {"Description": "d", **own},
                    auxiliary={
                        f"{self.stem}.service": {"Description": "d", "ExecStart": "/bin/true", **service}
                    },
                )
        except pm2go.JobError:
            # Whether its job ended well is not the question here.
            return ""
        except pm2go.Pm2goError as error:
            return str(error)
        return ""


class Theirs(Side):
    """systemd-run."""

    def start(self, names: Iterable[str]) -> str:
        option = "--property" if self.unit_type == "service" else f"--{self.unit_type}-property"
        words = [f"{option}={name}={value}" for name, value in self.settings(names).items()]
        words += ["--on-active=1h"] if self.unit_type == "service" else []
        line = ["systemd-run", *SCOPE_OPTION, f"--unit={self.stem}", "--description=d", *words, "/bin/true"]
        told = subprocess.run(line, check=False, capture_output=True, text=True, timeout=60).stderr
        told = re.sub(r"\x1b\[[0-9;]*m", "", told)
        return "" if re.search("^(Job|Running) ", told, re.MULTILINE) else told


@pytest.mark.parametrize("unit_type", CASES)
def test_each_is_set_as_systemd_run_sets_it(units: UnitFiles, unit_type: str) -> None:
    stems = [units.name(side).removesuffix(".service") for side in ("ours", "runs")]
    ours, theirs = Ours(unit_type, stems[0]), Theirs(unit_type, stems[1])
    for side in (ours, theirs):
        units.adopt(f"{side.stem}.{side.suffix}")
    needed, names = CASES[unit_type]
    # A program may know less than its manager.
    known = taken(needed, names, theirs.start)
    assert len(known) > len(names) / 2
    assert ours.start(name for name in names if name in known) == ""
    found = [shown(f"{side.stem}.{unit_type}", side.stem) for side in (ours, theirs)]
    assert found[0] == found[1]
    ours.end()
    theirs.end()
    # A path and a socket may make what they look at.
    shutil.rmtree("/tmp/live-properties", ignore_errors=True)
