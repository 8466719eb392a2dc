# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for what is wanted, kind by kind."""

from __future__ import annotations

from typing import List, Sequence

from .._describe.probes import describe_probe
from .._model.bridge_vlans import PortVlans
from .._model.changes import Resource
from .._model.impairments import Impairment
from .._model.links import Link, Veth
from .._model.netns import Netns, Resolver, Sysctl
from .._model.routes import Route
from . import kinds  # noqa: F401  # It registers the functions for each kind.
from .addresses import check_overlaps
from .bridge_vlans import check_bridges_filter, drop_port_vlans
from .bridges import check_port_counts, plan_bridge_mtu, plan_ports
from .dispatch import plan_present
from .impairments import drop_impairments
from .ipv6 import check_ipv6_enabled
from .link_parents import in_order
from .links import check_links
from .projection import Projection


def plan_wanted(projection: Projection) -> None:
    """Plan the wanted resources, each kind after those that it depends on.

    The rules of namespaces depend on all others: ``plan_rulesets`` plans them.

    :raises Refused: if one breaks a rule on this host.
    """
    request = projection.request
    _plan_all(projection, request.wanted(Netns))
    _plan_links(projection)
    _plan_link_settings(projection)
    # Addresses are checked against those of all links.
    check_overlaps(projection)
    # Sysctls are not planned yet, so the current values are known.
    check_ipv6_enabled(projection, request.wanted(Sysctl))
    # A sysctl may be that of a wanted link.
    _plan_all(projection, request.wanted(Sysctl))
    _plan_all(projection, request.wanted(Resolver))
    # A route needs the addresses on the network of its gateway.
    _plan_all(projection, request.wanted(Route))


def check_probes(projection: Projection) -> None:
    """Check that the namespaces exist which probes name. A path is looked up when it is opened.

    :raises Refused: if one does not.
    """
    for probe in projection.request.desired.probes:
        for parameter, netns in probe.namespaces:
            if "/" not in (netns or ""):
                projection.need_netns(netns, describe_probe(probe), parameter)


def _plan_all(projection: Projection, resources: Sequence[Resource]) -> None:
    """Plan resources of one kind."""
    if resources:
        plan_one = plan_present.dispatch(type(resources[0]))
        for resource in resources:
            plan_one(resource, projection)


def _plan_links(projection: Projection) -> None:
    links = projection.request.wanted(Link)
    veths = projection.request.wanted(Veth)
    bridges = [link for link in links if link.kind == "bridge"]
    others = in_order([link for link in links if link.kind != "bridge" and link.name != "lo"])
    _plan_all(projection, [link for link in links if link.name == "lo"])
    # Ends of veth pairs are put into bridges and vrfs; other links may sit on ends of veth pairs.
    _plan_all(projection, bridges)
    _plan_all(projection, [link for link in others if link.kind == "vrf"])
    _plan_all(projection, veths)
    _plan_all(projection, [link for link in others if link.kind != "vrf"])
    check_links(projection, others)
    _plan_bridge_ports(projection, bridges, others, veths)


def _plan_bridge_ports(
    projection: Projection, bridges: List[Link], others: List[Link], veths: List[Veth]
) -> None:
    """Plan the ports that bridges list, once all links are planned."""
    ends = [end for veth in veths for end in (veth.end, veth.peer)]
    for bridge in bridges:
        if bridge.ports is not None:
            plan_ports(projection, bridge, [*others, *ends])
        plan_bridge_mtu(projection, bridge)
    check_port_counts(projection)


def _plan_link_settings(projection: Projection) -> None:
    """Plan VLANs and impairments, once it is known which links and ports stay where they are."""
    drop_impairments(projection)
    drop_port_vlans(projection)
    check_bridges_filter(
        projection, [link for link in projection.request.wanted(Link) if link.kind == "bridge"]
    )
    _plan_all(projection, projection.request.wanted(PortVlans))
    _plan_all(projection, projection.request.wanted(Impairment))
