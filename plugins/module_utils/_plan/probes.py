# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probes of a topology, which run when its changes have been applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.probes import describe_probe, describe_probe_step

if TYPE_CHECKING:
    from .projection import Projection


def plan_probes(projection: Projection) -> tuple[str, ...]:
    """Check that the namespaces exist which probes name. A path is looked up when it is opened.

    :returns: the probes as actions.
    :raises Refused: if one does not.
    """
    probes = projection.request.desired.probes
    for probe in probes:
        for parameter, netns in probe.namespaces:
            if "/" not in (netns or ""):
                projection.need_netns(netns, describe_probe(probe), parameter)
    return tuple(map(describe_probe_step, probes))
