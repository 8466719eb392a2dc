# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for what is wanted, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.cni import CniAttachment
from .._model.links import Link
from .._model.netns import HostsFile, Netns, Resolver, Sysctl
from .._model.ovs import OvsBridge
from .._model.processes import LabProcess
from .._model.routes import Route
from .._model.services import Service
from .kinds import plan_all, require_step, steps

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
    if steps.plan_link_settings is not None:
        steps.plan_link_settings(projection)
    # Addresses are checked against all links, and against the sysctls before these are planned.
    sysctls = request.wanted(Sysctl)
    if projection.added_addresses and steps.check_overlaps is not None:
        steps.check_overlaps(projection)
    if steps.check_ipv6 is not None and (projection.added_addresses or sysctls):
        steps.check_ipv6(projection, sysctls)
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
    loopbacks = [link for link in projection.request.wanted(Link) if link.name == "lo"]
    if loopbacks:
        require_step(steps.plan_loopbacks, Link)(projection, loopbacks)
    if steps.plan_links is not None:
        steps.plan_links(projection)
