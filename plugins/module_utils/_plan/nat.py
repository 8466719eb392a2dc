# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for NAT and for the forwarding that it needs: opened for exactly these interfaces, and closed again."""

from __future__ import annotations

import ipaddress
from typing import Dict, List, Optional, Tuple, cast

from .._describe.nat import describe_nat, describe_ports
from .._describe.places import describe_location
from .._describe.programs import describe_missing_program
from .._model.addresses import network_of
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.links import LinkRef
from .._model.nat import (
    NAT_RULES,
    Dnat,
    IntegratedFirewall,
    Masquerade,
    NatBackend,
    NatResource,
    NatRule,
    Ruleset,
    SpoofCheck,
)
from .forwarding import plan_forwarding
from .nat_checks import (
    check_foreign_forwards,
    check_interfaces,
    check_listeners,
    check_overlaps,
    check_ssh,
)
from .nat_interfaces import complete_nat
from .phases import Phase
from .projection import Projection


def _connected(projection: Projection, netns: Optional[str]) -> List[Tuple[str, str]]:
    """(network, device) of what can be reached from a namespace without being sent to everybody: no default routes."""
    found = []
    for link in projection.links_in(netns):
        for address in link.addresses or ():
            found.append((str(network_of(address)), link.name))
    for route in projection.routes.get(netns, ()):
        if (
            route.device
            and route.type in (None, "unicast")
            and route.destination not in ("0.0.0.0/0", "::/0")
        ):
            found.append((route.destination, route.device))
        elif route.gateway and not route.device:
            # A route of this very plan: its device is where the gateway is.
            hosts = [
                name
                for network, name in found
                if ipaddress.ip_address(route.gateway) in network_of(network)
            ]
            found += [
                (route.destination, name)
                for name in hosts[:1]
                if route.destination not in ("0.0.0.0/0", "::/0")
            ]
    return found


def _integrate(
    projection: Projection, netns: Optional[str], resources: List[NatResource]
) -> List[NatResource]:
    """The things, and what others shall let through for them: a topology lists its interfaces, a single rule has the one it is for."""
    posts = projection.current.hook_points.get(netns, {})
    wanted = list(resources)
    if projection.lab is None:
        devices = dict.fromkeys(
            resource.device
            for resource in resources
            if isinstance(resource, (Masquerade, Dnat)) and resource.device
        )
        wanted += [
            IntegratedFirewall(netns, device, firewall)
            for device in devices
            for firewall in projection.integrate
        ]
    # Who is not here cannot be told; and need not.
    found = [
        replace(resource, hook_points=posts.get(resource.firewall, ()))
        if isinstance(resource, IntegratedFirewall)
        else resource
        for resource in wanted
    ]
    return [
        resource
        for resource in found
        if not isinstance(resource, IntegratedFirewall) or resource.hook_points
    ]


def _resolve_spoof_check(projection: Projection, wanted: SpoofCheck) -> SpoofCheck:
    """With the address of the port's other end."""
    if not projection.current.has_nft:
        raise Refused("spoofchk", True, describe_missing_program("nft"))
    other = projection.links[cast(LinkRef, wanted.peer)]
    return replace(wanted, mac=other.mac or "", peer=None)


def _drop_unused_integrations(rules: Dict[Tuple[object, ...], NatResource]) -> None:
    """What others let through for single rules goes with the last of these."""
    served = {
        resource.device for resource in rules.values() if isinstance(resource, (Masquerade, Dnat))
    }
    for key, resource in list(rules.items()):
        if (
            isinstance(resource, IntegratedFirewall)
            and not resource.owner
            and resource.interface not in served
        ):
            del rules[key]


def _check_owner(projection: Projection, resource: NatResource, old: NatResource) -> None:
    """Refuse to alter what another topology has set."""
    if (
        projection.lab is None
        or not isinstance(resource, (Masquerade, Dnat))
        or not isinstance(old, (Masquerade, Dnat))
    ):
        return
    if old.owner not in ("", projection.lab) and replace(resource, owner=old.owner) != old:
        parameter, value = (
            ("source", resource.source)
            if isinstance(resource, Masquerade)
            else ("destination_port", describe_ports(resource.ports))
        )
        raise Conflict(
            parameter,
            value,
            f"topology {old.owner} has a {describe_nat(old)} {describe_location(old.netns)}",
        )


def plan_nat(
    projection: Projection,
    netns: Optional[str],
    present: List[NatResource],
    absent: List[NatResource],
) -> None:
    """All rules of one namespace: they are replaced in one transaction."""
    for wanted in present:
        projection.need_netns(netns, describe_nat(wanted))
        check_interfaces(projection, wanted)
        check_ssh(projection, wanted)
    ruleset = projection.current.rulesets.get(netns) or Ruleset(
        projection.current.backends.get(netns, "nftables")
    )
    before = {resource.key: resource for resource in ruleset.resources}
    unwanted = {resource.key for resource in absent}
    rules: Dict[Tuple[object, ...], NatResource] = {
        key: resource
        for key, resource in before.items()
        if key not in unwanted and isinstance(resource, NAT_RULES)
    }
    for resource in _integrate(
        projection, netns, complete_nat(present, _connected(projection, netns))
    ):
        old = before.get(resource.key)
        if isinstance(resource, SpoofCheck):
            if not resource.enabled:
                rules.pop(resource.key, None)
                continue
            resource = _resolve_spoof_check(projection, resource)
        if old is None:
            check_listeners(projection, resource)
            check_foreign_forwards(projection, resource)
        else:
            _check_owner(projection, resource, old)
        rules[resource.key] = replace(
            cast(NatRule, resource),
            owner=cast(NatRule, old).owner if old is not None else projection.owner,
        )
    _drop_unused_integrations(rules)
    if present:
        check_overlaps(rules.values())
    after = {
        resource.key: resource
        for resource in (
            *rules.values(),
            *plan_forwarding(projection, netns, before, rules.values()),
        )
    }
    backend = projection.current.backends.get(netns, ruleset.backend)
    if (
        rules
        and ruleset.backend
        and before
        and (backend != ruleset.backend or ruleset.damaged)
        and (present or absent)
    ):
        projection.step(
            Phase.NAT,
            NatBackend(netns, ruleset.backend, ruleset.damaged),
            NatBackend(netns, backend),
        )
    for key, resource in before.items():
        if key not in after:
            projection.step(Phase.NAT, resource, None)
    for key, resource in after.items():
        if key not in before:
            projection.step(Phase.NAT, None, resource)
        elif before[key] != resource:
            projection.step(Phase.NAT, before[key], resource)
