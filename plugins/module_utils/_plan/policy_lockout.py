# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuses policies that would cut off the task, or that refuse what the task's own probes need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.probes import describe_probe
from .._model.addresses import address_of, family_of, is_part, network_of
from .._model.errors import Refused
from .._model.nat import Dnat
from .._model.network_policies import SourceCheck
from .._model.policy_verdicts import PolicyVerdicts, Traffic, traffic_of_probe
from .nat_networks import own_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._model.policy_verdicts import Refusal
    from .._model.probes import Probe
    from .._model.resources import NatResource
    from .._model.ssh_connection import SshConnection
    from .projection import Projection


def check_policy_lockout(projection: Projection, rules: Sequence[NatResource]) -> None:
    """Check that the SSH connection of the task, and its probes, pass the policies.

    A task that undoes itself unless it is confirmed is only warned.

    :param rules: the policies, address sets and guards as they will be.
    :raises Refused: if they do not.
    """
    if projection.current.ssh_connection is None and not projection.request.desired.probes:
        return
    own = own_addresses(projection, None)
    verdicts = PolicyVerdicts(rules, own)
    _check_ssh(projection, verdicts, [rule for rule in rules if isinstance(rule, SourceCheck)])
    for probe in projection.request.desired.probes:
        refusal = _find_refusal(projection, verdicts, probe) if probe.reachable else None
        if refusal is not None:
            rule = (
                f"its {refusal.direction} rules would refuse what the task tests: "
                f"{describe_probe(probe)}; let it through, or expect it to be unreachable"
            )
            _refuse(projection, refusal.policies[0], rule)


def _refuse(projection: Projection, policy: str, rule: str) -> None:
    """Refuse a policy, or warn of it if the task undoes itself.

    :raises Refused: without ``confirm_timeout``.
    """
    if projection.request.desired.confirm_timeout is None:
        if not projection.request.desired.single:
            rule += "; with confirm_timeout the run is undone unless a new connection works"
        raise Refused("policy", policy, rule)
    projection.builder.warnings.append(f"policy {policy} {rule}; confirm_timeout permits it")


def _check_ssh(
    projection: Projection, verdicts: PolicyVerdicts, checks: Sequence[SourceCheck]
) -> None:
    connection = projection.current.ssh_connection
    if connection is None:
        return
    own = own_addresses(projection, None)
    server = connection.server or min(own, default=connection.client)
    refusal = verdicts.find_refusal(
        Traffic(connection.client, server, "tcp", connection.server_port)
    )
    if refusal is not None:
        rule = (
            f"would end the SSH connection of this task from {connection.client}; let through tcp "
            f"port {connection.server_port} to the host"
        )
        _refuse(projection, refusal.policies[0], rule)
    device = _find_device(projection, connection)
    for check in checks:
        if check.interface == device and connection.client not in check.addresses:
            rule = (
                f"would end the SSH connection of this task from {connection.client}: with "
                f"policies, only the addresses of members enter by {device}"
            )
            _refuse(projection, projection.request.owner, rule)


def _find_device(projection: Projection, connection: SshConnection) -> str | None:
    """The interface of the host that leads to the SSH client."""
    if connection.zone is not None:
        return connection.zone
    client = network_of(connection.client)
    routes = [
        route
        for route in projection.routes.get(None, ())
        if is_part(client, network_of(route.destination))
    ]
    routes.sort(key=lambda route: (-network_of(route.destination).prefixlen, route.metric))
    return routes[0].device if routes else None


def _find_refusal(projection: Projection, verdicts: PolicyVerdicts, probe: Probe) -> Refusal | None:
    """What refuses a probe, whichever of its addresses it takes; None if that is not known."""
    refusals = [verdicts.find_refusal(traffic) for traffic in _list_traffic(projection, probe)]
    return refusals[0] if refusals and all(refusals) else None


def _list_traffic(projection: Projection, probe: Probe) -> Iterator[Traffic]:
    """The first packets that a probe may send, as policies see them."""
    port = probe.port
    targets = [probe.address] if probe.address else _addresses(projection, probe.to_netns)
    if probe.listening is not None and probe.listening.address is not None:
        targets, port = [probe.listening.address], probe.listening.port or port
    elif _is_forwarded(projection, probe, targets):
        return
    for target in targets:
        family = family_of(target)
        if probe.family not in (None, family):
            continue
        sources = [probe.source] if probe.source else _addresses(projection, probe.netns)
        for source in sources:
            if family_of(source) == family:
                yield traffic_of_probe(source, target, probe.protocol, port)


def _is_forwarded(projection: Projection, probe: Probe, targets: Sequence[str]) -> bool:
    """Whether port forwarding may lead a probe elsewhere."""
    return not own_addresses(projection, None).isdisjoint(targets) and any(
        rule.ports[0] <= (probe.port or 0) <= rule.ports[1]
        for rule in projection.request.wanted(Dnat)
    )


def _addresses(projection: Projection, netns: str | None) -> list[str]:
    links = projection.links.in_netns(netns) if "/" not in (netns or "") else ()
    found = [text.partition("/")[0] for link in links for text in link.addresses or ()]
    return [text for text in found if not address_of(text).is_loopback]
