# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes in messages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._model.probes import Probe

_HOST = "host"


def describe_place(netns: str | None) -> str:
    """A namespace in a table: its name, that of its file, or ``host``."""
    if netns is None:
        return _HOST
    return os.path.basename(netns) if "/" in netns else netns


def describe_probe_target(probe: Probe, port: int | None) -> str:
    """The target of a probe, as in ``red``, ``red ipv6``, ``10.0.0.2:80`` or ``udp red:53``."""
    if probe.address is not None:
        target = probe.to
    else:
        family = "" if probe.family is None else f" ipv{probe.family}"
        target = f"{describe_place(probe.to_netns)}{family}"
    if probe.protocol == "icmp":
        return target
    if probe.address is not None and ":" in target:
        target = f"[{target}]"
    return f"{'' if probe.protocol == 'tcp' else f'{probe.protocol} '}{target}:{port}"


def describe_probe(probe: Probe, port: int | None = None) -> str:
    """A probe, as in ``web: red to 10.0.0.2:80``."""
    name = f"{probe.name}: " if probe.name else ""
    source = "the host" if probe.netns is None else probe.netns
    return f"{name}{source} to {describe_probe_target(probe, port or probe.port)}"


def describe_probe_step(probe: Probe) -> str:
    """A probe as an action."""
    return f"probe {describe_probe(probe)}, which is expected to be {describe_expectation(probe)}"


def describe_expectation(probe: Probe) -> str:
    """``reachable`` or ``unreachable``."""
    return "reachable" if probe.reachable else "unreachable"
