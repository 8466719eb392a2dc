# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for what is wanted, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.bridge_vlans import PortVlans
from .._model.cni import CniAttachment
from .._model.impairments import Impairment
from .._model.links import Link
from .._model.netns import HostsFile, Netns, Resolver, Sysctl
from .._model.ovs import OvsBridge
from .._model.processes import LabProcess
from .._model.routes import Route
from .._model.services import Service
from .kinds import plan_all, steps

if TYPE_CHECKING:
    from .projection import Projection


def plan_wanted(projection: Projection) -> None:
    """Plan the wanted resources, each kind after those that it depends on.

    The rules of namespaces depend on all others: ``plan_rulesets`` plans them.

    :raises Refused: if one breaks a rule on this host.
    """
    request = projection.request
    plan_all(projection, request.wanted(Netns))
    if projection.ovs_ports and steps.release_ovs_ports is not None:
        steps.release_ovs_ports(projection)
    plan_all(projection, request.wanted(OvsBridge))
    _plan_links(projection)
    if steps.plan_ovs is not None:
        steps.plan_ovs(projection)
    _plan_link_settings(projection)
    # Addresses are checked against all links, and against the sysctls before these are planned.
    sysctls = request.wanted(Sysctl)
    if projection.added_addresses and steps.check_overlaps is not None:
        steps.check_overlaps(projection)
    if projection.added_addresses or sysctls:
        from .ipv6 import check_ipv6_enabled

        check_ipv6_enabled(projection, sysctls)
    # A sysctl may be that of a wanted link.
    plan_all(projection, [*sysctls, *projection.inherited_sysctls.values()])
    plan_all(projection, request.wanted(Resolver))
    plan_all(projection, request.wanted(HostsFile))
    # A route needs the addresses on the network of its gateway.
    plan_all(projection, request.wanted(Route))
    plan_all(projection, request.wanted(CniAttachment))
    plan_all(projection, request.wanted(Service))
    plan_all(projection, request.wanted(LabProcess))


def _plan_links(projection: Projection) -> None:
    links = projection.request.wanted(Link)
    loopbacks = [link for link in links if link.name == "lo"]
    if loopbacks:
        from .loopbacks import plan_loopback

        for loopback in loopbacks:
            plan_loopback(projection, loopback)
    if steps.plan_links is not None:
        steps.plan_links(projection)


def _plan_link_settings(projection: Projection) -> None:
    """Plan VLANs and impairments, once it is known which links and ports stay where they are."""
    bridges = [link for link in projection.request.wanted(Link) if link.kind == "bridge"]
    if projection.current.impairments:
        from .impairments import drop_impairments

        drop_impairments(projection)
    if projection.current.vlans:
        from .bridge_vlans import drop_port_vlans

        drop_port_vlans(projection)
    if bridges:
        from .bridge_vlans import check_bridges_filter

        check_bridges_filter(projection, bridges)
    plan_all(projection, projection.request.wanted(PortVlans))
    if any(link.kind == "vlan" for link in projection.request.wanted(Link)):
        from .bridge_vlans import warn_of_unreceived_vlans

        warn_of_unreceived_vlans(projection)
    plan_all(projection, projection.request.wanted(Impairment))
