# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flows of a lab that a packet filter must let pass. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.forwarding import FORWARDING_OFF, forwarding_key
from ..._model.nat import Dnat, Masquerade
from ..findings import ERROR, INFO, WARNING
from .matching import Endpoint, Flow
from .paths import DEFAULT_DESTINATIONS, FlowPath, find_routed_links, of_family
from .rules import ARP, Hook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.resources import NatResource
    from ..facts.host_facts import HostFacts

_FORWARD_HOOKS = ("prerouting", "forward", "postrouting", "ingress", "egress")
_INPUT_HOOKS = ("prerouting", "input", "ingress")
_OUTPUT_HOOKS = ("postrouting", "output", "egress")
_ARRIVING = "frames that arrive at a link"
_NEW = frozenset(["new"])
_NEW_DNAT = frozenset(["new", "dnat"])
_REPLIES = frozenset(["established"])
_UNTRACKED = frozenset(["untracked"])


class Flows:
    """The flows of a host."""

    def __init__(self, facts: HostFacts) -> None:
        self.facts, self.routed = facts, find_routed_links(facts)

    def through(self, path: FlowPath, hook: Hook) -> Iterator[Flow]:
        """The flows on a path that a base chain sees."""
        if hook.devices and not hook.devices & {path.link, *path.ports}:
            return
        if hook.table.startswith("bridge ") and not path.ports:
            return
        for family in hook.families:
            if path.networks and not of_family(family, path.networks):
                continue
            if hook.hook in _FORWARD_HOOKS:
                if hook.sees_frames:
                    yield from self._bridged(path, family, hook)
                else:
                    yield from self._forwarded(path, family)
                    yield from self._shown_by_br_netfilter(path, family)
            yield from self._local(path, family, hook)

    def _bridged(self, path: FlowPath, family: int, hook: Hook) -> Iterator[Flow]:
        """Frames between the hosts behind a link."""
        endpoint = path.endpoint(family, sees_frames=True)
        at_link = "frames that leave by a link" if hook.hook == "egress" else _ARRIVING
        description = "bridged frames" if path.ports else at_link
        for states in (_UNTRACKED,) if family == ARP else (_NEW, _REPLIES):
            yield Flow("filter_drop", description, family, states, endpoint, endpoint, ERROR)

    def _shown_by_br_netfilter(self, path: FlowPath, family: int) -> Iterator[Flow]:
        """Bridged packets that br_netfilter passes to the filters of routed packets."""
        if family == ARP or not path.joins_namespaces:
            return
        if not self.facts.has_br_netfilter(path.netns, family):
            return
        endpoint = path.endpoint(family, sees_frames=False)
        description = "packets between ports of a bridge, which br_netfilter passes to it"
        for states in (_NEW, _REPLIES):
            yield Flow("br_netfilter", description, family, states, endpoint, endpoint, ERROR)

    def _forwarded(self, path: FlowPath, family: int) -> Iterator[Flow]:
        """Connections from behind a link to other networks, and forwarded ports."""
        key = forwarding_key(family, "all" if family == 6 else path.link)
        forwarding = self.facts.current.sysctls.get((path.netns, key), FORWARDING_OFF)
        is_routed = ((path.netns, path.link), family) in self.routed
        if not is_routed or forwarding in (FORWARDING_OFF, None):
            return
        uplinks = self._uplinks(path.netns)
        if path.link in uplinks:
            return  # the namespace behind it stands for the Internet
        lab = path.endpoint(family, sees_frames=False)
        outside = Endpoint(path.link, uplinks, lab.networks, known=False)
        description = "forwarded packets"
        yield Flow("filter_drop", description, family, _NEW, lab, outside, ERROR)
        yield Flow("filter_drop", description, family, _REPLIES, outside, lab, ERROR)
        if any(
            isinstance(resource, Dnat) and (resource.device, resource.family) == (path.link, family)
            for resource in self._nat_resources(path.netns)
        ):
            description = "packets to forwarded ports"
            yield Flow("filter_drop", description, family, _NEW_DNAT, outside, lab, INFO)

    def _local(self, path: FlowPath, family: int, hook: Hook) -> Iterator[Flow]:
        """Packets to and from the namespace itself.

        A host that accepts nothing has a firewall of its own; only rules that name the lab count.
        """
        lab = path.endpoint(family, hook.sees_frames)
        local = Endpoint("", frozenset(), of_family(family, path.addresses))
        in_netns = path.netns is not None
        cases = ((_REPLIES, ERROR), (_NEW, WARNING))
        for hooks, description, source, destination in (
            (_INPUT_HOOKS, "received packets", lab, local),
            (_OUTPUT_HOOKS, "sent packets", local, lab),
        ):
            if hook.hook not in hooks or not (in_netns or hook.hook in ("input", "output")):
                continue
            for states, max_severity in ((_UNTRACKED, ERROR),) if family == ARP else cases:
                yield Flow(
                    "filter_drop",
                    description,
                    family,
                    states,
                    source,
                    destination,
                    max_severity,
                    in_netns=in_netns,
                    explicit_only=not in_netns,
                )

    def _nat_resources(self, netns: str | None) -> tuple[NatResource, ...]:
        ruleset = self.facts.current.rulesets.get(netns)
        return ruleset.resources if ruleset else ()

    def _uplinks(self, netns: str | None) -> frozenset[str]:
        """The devices of default routes, and those of masquerades."""
        found = {
            resource.out_interface
            for resource in self._nat_resources(netns)
            if isinstance(resource, Masquerade)
        }
        for route in self.facts.current.routes.get(netns, ()):
            if route.destination in DEFAULT_DESTINATIONS:
                found |= {route.device, *(hop.device for hop in route.nexthops or ())}
        return frozenset(name for name in found if name)
