# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units of systemd that write the metrics of a topology each minute."""

from __future__ import annotations

from .host_units import LIMITS, RUN, UNIT_DIRECTORY
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


def _name_unit(lab: str, kind: str) -> str:
    return f"{UNIT_DIRECTORY}/redblue-netns-metrics-{lab}.{kind}"


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
