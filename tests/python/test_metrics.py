"""What prometheus-client makes of the text that the core's own tests expect of it."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families

TEXT = Path(__file__).parents[1] / "data" / "metrics.txt"


def test_prometheus_client_reads_it() -> None:
    read = text_string_to_metric_families(TEXT.read_text())  # type: ignore[no-untyped-call]
    families = {family.name: family for family in read}
    assert {name: family.type for name, family in families.items() if family.type != "gauge"} == {
        "systemd_unit": "info",
        **dict.fromkeys(
            (
                "systemd_service_restart",
                "systemd_socket_accepted_connections",
                "systemd_socket_refused_connections",
                "systemd_unit_cpu_seconds",
                "systemd_unit_io_read_bytes",
                "systemd_unit_io_reads",
                "systemd_unit_io_writes",
                "systemd_unit_io_written_bytes",
                "systemd_unit_oom_kills",
                "systemd_unit_pressure_stalled_seconds",
                "systemd_unit_pressure_waiting_seconds",
            ),
            "counter",
        ),
    }
    info = families["systemd_unit"].samples[1]
    assert info.labels == {
        "name": "dev-x\\x2dy.mount",
        "type": "mount",
        "mount_type": 'a"b\\c\nd',
        "service_type": "",
    }
    started = families["systemd_unit_start_time_seconds"]
    assert (started.unit, started.samples[0].value) == ("seconds", 1700000000.000001)
    assert len(families["systemd_unit_state"].samples) == 5 * 4 + 1
