# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A probe in the words of a message."""

from __future__ import annotations

import os
from typing import Optional

from .._model.probes import Probe

_HOST = "host"


def describe_place(netns: Optional[str]) -> str:
    return _HOST if netns is None else os.path.basename(netns) if "/" in netns else netns


def describe_probe_target(probe: Probe, port: Optional[int]) -> str:
    to = probe.to if probe.address is not None else describe_place(probe.to_netns)
    to += "" if probe.address is not None or probe.family is None else f" ipv{probe.family}"
    if probe.protocol == "icmp":
        return to
    with_port = f"[{to}]:{port}" if probe.address is not None and ":" in to else f"{to}:{port}"
    return with_port if probe.protocol == "tcp" else f"{probe.protocol} {with_port}"


def describe_probe(probe: Probe, port: Optional[int] = None) -> str:
    """Who asks whom."""
    named = f"{probe.name}: " if probe.name else ""
    return f"{named}{'the host' if probe.netns is None else probe.netns} to {describe_probe_target(probe, port or probe.port)}"


def describe_probe_step(probe: Probe) -> str:
    """What will be asked, as an action."""
    return f"probe {describe_probe(probe)}, which is expected to be {describe_expectation(probe)}"


def describe_expectation(probe: Probe) -> str:
    return "reachable" if probe.reachable else "unreachable"
