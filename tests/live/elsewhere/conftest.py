"""Root alone can run a sshd that lets others in: its tests see to the user scope of a host, too."""

from __future__ import annotations

from live.fixtures.scope import ROOT

collect_ignore = [] if ROOT else ["test_hosts.py", "test_texts.py"]
