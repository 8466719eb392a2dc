# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units of systemd that write the metrics of a topology each minute."""

from __future__ import annotations

import re

from .host_units import LIMITS, RUN, UNIT_DIRECTORY
from .lazy_pattern import compile_lazily
from .persistence import MARK, HostFile

_SERVICE = f"""\
{MARK}
[Unit]
Description=Metrics of network topology {{lab}}

[Service]
Type=oneshot
ExecStart={RUN} check --prometheus {{path}} {{lab}}
SuccessExitStatus=1
{LIMITS}"""
_TIMER = f"""\
{MARK}
[Unit]
Description=Metrics of network topology {{lab}} each minute

[Timer]
OnActiveSec=10s
OnUnitActiveSec=1min
AccuracySec=10s

[Install]
WantedBy=timers.target
"""


_EXEC_START = compile_lazily(r"^ExecStart=.* check --prometheus (\S+) (\S+)$", re.MULTILINE)
_SERVICE_PATH = compile_lazily(rf"{UNIT_DIRECTORY}/redblue-netns-metrics-[^/]+\.service")
PREFIX = "redblue_netns"
"""The names of all metrics begin with it, see https://prometheus.io/docs/practices/naming."""
_BEGINNING = f"# HELP {PREFIX}_".encode()


def _name_unit(lab: str, kind: str) -> str:
    return f"{UNIT_DIRECTORY}/redblue-netns-metrics-{lab}.{kind}"


def is_metrics_service(path: str) -> bool:
    """Whether a file is such a service."""
    return _SERVICE_PATH.fullmatch(path) is not None


def is_metrics_file(path: str) -> bool:
    """Whether a file has metrics. No other file of a topology has such a name."""
    return path.endswith(".prom")


def has_metrics(content: bytes) -> bool:
    """Whether a file of metrics has those of this collection, or none."""
    return not content or content.startswith(_BEGINNING)


def read_metrics_service(service: HostFile) -> tuple[str, str] | None:
    """The topology and the file of a service that writes metrics; None if it is none of ours."""
    found = _EXEC_START.search(service.content.decode("utf-8", "replace"))
    return (found[2], found[1]) if found and service.is_ours else None


def list_metrics_paths(lab: str) -> list[str]:
    """The paths of these units: what starts them comes first."""
    wants = f"{UNIT_DIRECTORY}/timers.target.wants/redblue-netns-metrics-{lab}.timer"
    return [wants, _name_unit(lab, "timer"), _name_unit(lab, "service")]


def compose_metrics_units(lab: str, path: str) -> list[HostFile]:
    """These units, in the order in which they are written.

    :param path: the file for the metrics, in which no letter needs escaping.
    """
    wants, timer, service = list_metrics_paths(lab)
    return [
        HostFile(service, _SERVICE.format(lab=lab, path=path).encode()),
        HostFile(timer, _TIMER.format(lab=lab).encode()),
        HostFile(wants, target=timer),
    ]
