# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for bridge ports by which a port forward leads back to its own target.

With br_netfilter a packet is translated on its way through the bridge. If its sender is the target
itself, it has to leave by the port by which it came, which a bridge allows only in hairpin mode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.nat import describe_nat
from .._model.nat import Dnat
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.links import Link, LinkRef
    from .._model.resources import NatResource
    from .projection import Projection


def plan_hairpin_ports(
    projection: Projection,
    netns: str | None,
    before: Iterable[NatResource],
    after: Iterable[NatResource],
) -> None:
    """Plan the hairpin mode of the ports to the targets of hairpin forwards, and of no others."""
    wanted = _find_ports(projection, netns, after)
    for ref, forward in wanted.items():
        port = projection.links[ref]
        if port.hairpin:
            continue
        if port.owner is None or _option(projection, ref) is False:
            projection.builder.warnings.append(
                f"{describe_nat(forward)}: the target itself does not reach it, because the bridge "
                f"port {port.name} is not in hairpin mode and br_netfilter is loaded"
            )
        else:
            projection.change(port, Phase.ALTER, hairpin=True)
    for ref in _find_ports(projection, netns, before).keys() - wanted.keys():
        port = projection.links[ref]
        if port.hairpin and port.owner is not None and not _option(projection, ref):
            projection.change(port, Phase.ALTER, hairpin=False)


def _option(projection: Projection, ref: LinkRef) -> bool | None:
    """What the task itself says about the hairpin mode of a port."""
    options = (link.hairpin for link in projection.request.links if link.ref == ref)
    return next(options, None)


def _find_ports(
    projection: Projection, netns: str | None, rules: Iterable[NatResource]
) -> dict[LinkRef, Dnat]:
    """Return the bridge ports that lead to targets of hairpin forwards, each with a forward."""
    families = projection.current.br_netfilter_families
    targets = {
        (rule.device, rule.to_address): rule
        for rule in rules
        if isinstance(rule, Dnat) and rule.hairpin and rule.device and rule.family in families
    }
    if not targets:
        return {}
    found: dict[LinkRef, Dnat] = {}
    for port in projection.links.in_netns(netns):
        end: Link | None = projection.links.get(port.peer) if port.bridge and port.peer else None
        for text in (end.addresses if end else None) or ():
            forward = targets.get((port.bridge or "", text.partition("/")[0]))
            if forward is not None:
                found[port.ref] = forward
    return found
