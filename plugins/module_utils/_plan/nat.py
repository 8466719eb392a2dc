# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for rules: NAT, isolation, spoof checks, and those in firewalls of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.nat import describe_nat, describe_ports
from .._describe.places import describe_location
from .._model import nat
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.host_access import HostAccess
from .._model.network_policies import POLICY_GUARDS
from .._model.resources import NatRule
from .arp_replies import plan_arp_replies
from .egress import warn_of_closed_gateways, warn_of_missing_uplink
from .foreign_forwards import check_foreign_forwards
from .forward_replies import warn_of_lost_replies
from .forwarding import plan_forwarding
from .hairpin_ports import plan_hairpin_ports
from .host_access import check_host_access
from .joined_links import with_joined_links
from .nat_checks import check_interfaces, check_listeners, check_overlaps, check_ssh
from .nat_interfaces import complete_nat
from .nat_networks import connected_networks, with_routed_networks, with_targets_outside
from .phases import Phase
from .reverse_path import plan_marked_reverse_path, plan_reverse_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.links import LinkRef
    from .._model.resources import NatResource, Resource
    from .projection import Projection

_Key = tuple[object, ...]


def plan_rulesets(projection: Projection, absent: Sequence[Resource]) -> None:
    """Plan the rules of all namespaces.

    :param absent: the resources to remove; those that are not rules are ignored.
    """
    desired = projection.request.desired
    wanted_rules: Sequence[Resource] = desired.present
    if projection.has_policies:
        from .policies import resolve_policies

        wanted_rules, absent = resolve_policies(projection, absent)
    present = _rules_by_netns(wanted_rules)
    unwanted = _rules_by_netns((*absent, *_rules_of_removed_links(projection)))
    namespaces = present.keys() | unwanted.keys()
    # If the rules of a topology were flushed, the forwarding enabled for them is still on.
    rulesets = projection.current.rulesets
    if desired.purge and (None not in rulesets or _is_leftover(rulesets[None])):
        namespaces.add(None)
    for netns in sorted(namespaces, key=str):
        for rule in present.get(netns, ()):
            check_host_access(projection, rule)
        wanted = [rule for rule in present.get(netns, ()) if _is_applicable(projection, rule)]
        if wanted or projection.has_netns(netns) or netns in projection.namespaces_of_others:
            _plan_ruleset(projection, netns, wanted, unwanted.get(netns, []))


def _rules_by_netns(resources: Iterable[Resource]) -> dict[str | None, list[NatRule]]:
    rules: dict[str | None, list[NatRule]] = {}
    for resource in resources:
        if isinstance(resource, NatRule):
            rules.setdefault(resource.netns, []).append(resource)
    return rules


def _rules_of_removed_links(projection: Projection) -> list[NatRule]:
    """The rules whose link is gone, and that must not apply to another link of that name.

    These are spoof checks, guards of policies, and isolations that only the guard shows, without an
    owner. An isolation also goes with the last address of its link: no network of the topology is
    there any more.
    """
    emptied = _emptied_links(projection)
    return [
        rule
        for ruleset in projection.current.rulesets.values()
        for rule in ruleset.resources
        if (
            (
                isinstance(rule, (nat.SpoofCheck, *POLICY_GUARDS))
                or (isinstance(rule, nat.Isolation) and rule.owner is None)
            )
            and (rule.netns, rule.interface) not in projection.links
        )
        or (
            isinstance(rule, nat.Isolation)
            and rule.owner == projection.request.lab
            and (rule.netns, rule.interface) in emptied
        )
    ]


def _emptied_links(projection: Projection) -> set[LinkRef]:
    """The links that the topology wants without addresses, and that will have none."""
    return {
        link.ref
        for link in projection.request.links
        if link.addresses == () and not projection.links[link.ref].addresses
    }


def _is_applicable(projection: Projection, rule: NatRule) -> bool:
    """Whether a topology may isolate an interface, or let its traffic through: only one of its own.

    It may list an interface of others, but must not change who reaches it. A masquerade that names
    the interface of its network follows from that interface, and is not what the user declared.
    """
    if isinstance(rule, (nat.Isolation, nat.IntegratedFirewall, HostAccess)):
        interface = rule.interface
    elif isinstance(rule, nat.Masquerade) and rule.device is not None:
        interface = rule.device
    else:
        return True
    link = projection.links.get((rule.netns, interface))
    return (None if link is None else link.owner) == projection.request.lab


def _plan_ruleset(
    projection: Projection, netns: str | None, present: list[NatRule], absent: list[NatRule]
) -> None:
    """Plan all rules of one namespace."""
    for wanted in present:
        if not projection.has_netns(netns):
            projection.need_netns(netns, describe_nat(wanted))
        check_interfaces(projection, wanted)
        check_ssh(projection, wanted)
    backend = projection.current.backends.get(netns, "nftables")
    ruleset = projection.current.rulesets.get(netns) or nat.Ruleset(backend)
    before = {resource.key: resource for resource in ruleset.resources}
    rules = _plan_rules(projection, netns, before, present, absent)
    if present:
        check_overlaps(rules.values())
        if netns is None and projection.request.lab is not None:
            warn_of_closed_gateways(projection, rules.values())
    after: dict[_Key, NatResource] = {**rules}
    for state in plan_forwarding(projection, netns, before, rules.values()):
        after[state.key] = state
    plan_reverse_path(projection, before.values(), rules.values())
    plan_marked_reverse_path(projection, before.values(), after.values())
    plan_arp_replies(projection, netns)
    plan_hairpin_ports(projection, netns, before.values(), after.values())
    if projection.has_policies:
        from .policy_ports import plan_policy_ports

        plan_policy_ports(projection, before.values(), after.values())
    if rules and before and (present or absent):
        _plan_backend(projection, netns, ruleset)
    elif not rules and _is_leftover(ruleset):
        projection.remove(nat.NatBackend(netns, ruleset.backend, damaged=True), Phase.NAT)
    for key, resource in before.items():
        if key not in after:
            projection.remove(resource, Phase.NAT)
    for key, resource in after.items():
        if key not in before:
            projection.add(resource, Phase.NAT)
        elif before[key] != resource:
            projection.replace(before[key], resource, Phase.NAT)


def _plan_rules(
    projection: Projection,
    netns: str | None,
    before: dict[_Key, NatResource],
    present: list[NatRule],
    absent: list[NatRule],
) -> dict[_Key, NatRule]:
    """The rules that a namespace will have, without what they need of forwarding."""
    unwanted = {rule.key for rule in absent}
    rules: dict[_Key, NatRule] = {
        key: rule
        for key, rule in before.items()
        if key not in unwanted and isinstance(rule, NatRule)
    }
    completed = complete_nat(present, connected_networks(projection, netns))
    completed = with_targets_outside(projection, netns, completed)
    warn_of_lost_replies(projection, netns, completed)
    warn_of_missing_uplink(projection, netns, completed)
    completed = with_routed_networks(projection, netns, completed)
    completed = with_joined_links(projection, completed)
    for rule in _with_integration(projection, netns, completed):
        if isinstance(rule, nat.SpoofCheck):
            if not rule.enabled:
                rules.pop(rule.key, None)
                continue
            rule = _with_mac(projection, rule)
        old = before.get(key := rule.key)
        owner: str | None = projection.request.owner
        if isinstance(old, NatRule):
            _check_owner(projection, rule, old)
            owner = old.owner
        else:
            check_listeners(projection, rule)
            check_foreign_forwards(projection, rule)
        rules[key] = rule if rule.owner == owner else replace(rule, owner=owner)
    _drop_unused_integration(rules)
    return rules


def _plan_backend(projection: Projection, netns: str | None, ruleset: nat.Ruleset) -> None:
    """Plan that rules move to another backend, or that damaged ones are written anew."""
    backend = projection.current.backends.get(netns, ruleset.backend)
    moves = bool(ruleset.backend) and backend != ruleset.backend
    if backend and (ruleset.damaged or moves):
        projection.replace(
            nat.NatBackend(netns, ruleset.backend, ruleset.damaged),
            nat.NatBackend(netns, backend),
            Phase.NAT,
        )


def _is_leftover(ruleset: nat.Ruleset) -> bool:
    """Whether nothing is left of rules but empty chains or an empty table: a run was killed."""
    return ruleset.damaged and not ruleset.resources


def _with_integration(
    projection: Projection, netns: str | None, rules: list[NatRule]
) -> list[NatRule]:
    """Rules, with those that firewalls of others need to let their traffic through.

    A topology lists its interfaces itself. A single rule needs one for its own interface.
    """
    wanted = list(rules)
    if projection.request.lab is None:
        devices = dict.fromkeys(
            rule.device
            for rule in rules
            if isinstance(rule, (nat.Masquerade, nat.Dnat)) and rule.device
        )
        for device in devices:
            for firewall in projection.request.desired.integrate:
                wanted.append(nat.IntegratedFirewall(netns, device, firewall))
    hook_points = projection.current.hook_points.get(netns, {})
    found: list[NatRule] = []
    for rule in wanted:
        if isinstance(rule, nat.IntegratedFirewall):
            # A firewall that is not installed needs no rule.
            if not hook_points.get(rule.firewall):
                continue
            rule = replace(rule, hook_points=hook_points[rule.firewall])
        found.append(rule)
    return found


def _with_mac(projection: Projection, wanted: nat.SpoofCheck) -> nat.SpoofCheck:
    """A spoof check with the MAC address of the other end of its port."""
    if projection.current.missing_nft:
        raise Refused("spoofchk", True, projection.current.missing_nft)
    peer = projection.links[wanted.peer] if wanted.peer else None
    return replace(wanted, mac=(peer and peer.mac) or "", peer=None)


def _drop_unused_integration(rules: dict[_Key, NatRule]) -> None:
    """Take out the rules in firewalls of others for single rules of which none is left."""
    devices = {
        rule.device for rule in rules.values() if isinstance(rule, (nat.Masquerade, nat.Dnat))
    }
    for key, rule in list(rules.items()):
        if (
            isinstance(rule, nat.IntegratedFirewall)
            and not rule.owner
            and rule.interface not in devices
        ):
            del rules[key]


def _check_owner(projection: Projection, rule: NatRule, old: NatRule) -> None:
    """Check that a topology does not change a rule of another.

    :raises Conflict: if it would.
    """
    lab = projection.request.lab
    if (
        lab is None
        or not isinstance(rule, (nat.Masquerade, nat.Dnat))
        or not isinstance(old, (nat.Masquerade, nat.Dnat))
        or old.owner in ("", lab)
        or replace(rule, owner=old.owner) == old
    ):
        return
    if isinstance(rule, nat.Masquerade):
        parameter, value = "source", rule.source
    else:
        parameter, value = "destination_port", describe_ports(rule.ports)
    raise Conflict(
        parameter,
        value,
        f"topology {old.owner} has a {describe_nat(old)} {describe_location(old.netns)}",
    )
