# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who outside of the host reaches a forwarded port, as far as policies decide that. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import intersect_networks, is_part, network_of
from .._model.changes import links_in
from .._model.network_policies import ALLOW, ANY, INGRESS, NetworkPolicy
from .outside_peers import OutsidePeers, anyone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.nat import Dnat
    from .._model.resources import Resource


class ForwardSources:
    """The policies of a topology, and the members that they are about.

    It depends on the desired state alone, and so lists too many sources rather than too few.
    """

    def __init__(self, present: Iterable[Resource], lab: str | None) -> None:
        present = list(present)
        self._peers = OutsidePeers(present, lab)
        self._policies = [
            resource
            for resource in present
            if isinstance(resource, NetworkPolicy) and resource.entries(INGRESS) is not None
        ]
        self._members = {
            address.partition("/")[0]: link.netns
            for link in links_in(present if self._policies else ())
            for address in link.addresses or ()
            if link.netns is not None
        }

    def list_sources(self, forward: Dnat) -> tuple[str, ...] | None:
        """The sources whose packets reach the target, empty for any; None if there are none."""
        member = self._members.get(forward.to_address)
        policies = [policy for policy in self._policies if policy.is_for(member or "")]
        if member is None or not policies:
            return forward.source
        entries = [
            entry
            for policy in policies
            for entry in policy.entries(INGRESS) or ()
            if entry.protocol in (ANY, forward.protocol)
        ]
        allowed = [
            network
            for entry in entries
            if entry.action == ALLOW and entry.meets_ports(forward.to_ports)
            for network in self._peers.networks(entry, forward.family, allows=True)
        ]
        refused = [
            network
            for entry in entries
            if entry.action != ALLOW and entry.covers_ports(forward.to_ports)
            for network in self._peers.networks(entry, forward.family, allows=False)
        ]
        limits = [network_of(text) for text in forward.source] or [anyone(forward.family)]
        left = [
            network
            for network in intersect_networks(limits, allowed)
            if not any(is_part(network, other) for other in refused)
        ]
        if not left:
            return None
        if all(network in left for network in limits):
            return forward.source
        return tuple(dict.fromkeys(map(str, left)))
