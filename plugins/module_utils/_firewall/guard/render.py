# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From NAT resources to the policy routing rules that guard them, and back. Pure.

Packet filter rules can go all at once: ``nft flush ruleset``, a restart of nftables, a reload of
firewalld. Forwarding stays enabled then. The guard stays too: it drops forwarded packets that have
no mark, and only our packet filter rules set the mark.

For IPv4 there is a second look-up, of the way back to the sender, where rp_filter is on. To policy
routing it looks like a packet in the other direction, without a mark. So there are no rules against
packets of a lab that have an address of the lab; rp_filter of the lab's own interface drops these
(``_plan/reverse_path.py``).

While there are policies, one more rule drops what has only the mark of the other rules: the table
of policies sets another mark. So nothing passes without it, whatever else is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import family_of
from ..._model.fast_replace import replace
from ..._model.fast_typing import NamedTuple
from ..._model.guard_rules import GUARD_MARK, GuardPriority, GuardRule
from ..._model.nat import ForwardingEnabled, Isolation, Ruleset, SavedSysctl
from ..._model.network_policies import SourceCheck, mark_damaged
from ..._model.rulesets import sort_rules
from ..resources import FAMILIES, of_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..._model.resources import NatResource, PolicyPart


_SAVED = {
    "accept_ra": GuardPriority.SAVED_ACCEPT_RA,
    "forwarding": GuardPriority.SAVED_FORWARDING,
}
"""The priorities of the rules that record a sysctl."""


class Guard(NamedTuple):
    """The live rules of a namespace, and the address families for which its kernel has any."""

    rules: frozenset[GuardRule] = frozenset()
    families: tuple[int, ...] = FAMILIES


def render_guard(resources: Sequence[NatResource], families: Iterable[int]) -> frozenset[GuardRule]:
    """Return the rules of these families that guard these resources."""
    rules: set[GuardRule] = set()
    for family in families:
        guarding = set(_guard_family(resources, family))
        if guarding:
            rules |= guarding
            rules |= set(_record_sysctls(resources, family))
            rules.add(GuardRule(family, GuardPriority.HOST, "goto", iif="lo"))
            rules.add(GuardRule(family, GuardPriority.LOCAL, "lookup"))
            rules.add(GuardRule(family, GuardPriority.END, "nop"))
            if of_type(resources, SourceCheck):
                rules.add(_guard_policies(family))
    return frozenset(rules)


def _guard_policies(family: int) -> GuardRule:
    return GuardRule(family, GuardPriority.NETWORK, "blackhole", mark=GUARD_MARK)


def _guard_family(resources: Sequence[NatResource], family: int) -> Iterator[GuardRule]:
    isolated: set[str] = set()
    for isolation in of_type(resources, Isolation):
        isolated.add(isolation.interface)
        yield from _guard_lab(isolation, family)
    for entry in of_type(resources, ForwardingEnabled):
        if entry.family != family:
            continue
        if entry.interface == "all":
            yield GuardRule(family, GuardPriority.FORWARDING, "blackhole")
        elif entry.interface not in isolated:
            yield GuardRule(family, GuardPriority.FORWARDING, "blackhole", iif=entry.interface)


def _record_sysctls(resources: Sequence[NatResource], family: int) -> Iterator[GuardRule]:
    for saved in of_type(resources, SavedSysctl):
        if family == 6:
            yield GuardRule(family, _SAVED[saved.setting], "nop", iif=saved.interface)


def _networks_behind(isolation: Isolation) -> Iterator[str]:
    """Return the networks to which the host has routes by an interface."""
    yield from isolation.networks
    # A default route leads to others as well, and policy routing has no rule for it.
    yield from (network for network in isolation.routed if not network.endswith("/0"))


def _guard_lab(isolation: Isolation, family: int) -> Iterator[GuardRule]:
    interface = isolation.interface
    own_addresses = "goto" if family == 4 else "blackhole"
    for network in _networks_behind(isolation):
        if family_of(network) == family:
            yield GuardRule(family, GuardPriority.NETWORK, "blackhole", to=network)
            yield GuardRule(family, GuardPriority.MEMBER, own_addresses, interface, source=network)
    yield GuardRule(family, GuardPriority.INTERFACE, "blackhole", iif=interface)


def _read_routed(
    resources: Sequence[NatResource], rules: Iterable[GuardRule]
) -> tuple[NatResource, ...]:
    """Return the resources, each isolation with the routed networks that rules name for it."""
    members: dict[str, set[str]] = {}
    for rule in rules:
        if rule.priority == GuardPriority.MEMBER:
            members.setdefault(rule.iif, set()).add(rule.source)
    completed: list[NatResource] = []
    for resource in resources:
        if isinstance(resource, Isolation):
            beyond = members.get(resource.interface, set()) - {*resource.networks}
            resource = replace(resource, routed=tuple(sorted(beyond)))
        completed.append(resource)
    return tuple(completed)


def _read_back(rules: Iterable[GuardRule], netns: str | None) -> list[NatResource]:
    """Return the resources that rules guard, as far as the rules tell: without their owners."""
    networks: dict[str, set[str]] = {}
    found: list[NatResource] = []
    for rule in rules:
        if rule.priority == GuardPriority.MEMBER:
            networks.setdefault(rule.iif, set()).add(rule.source)
        elif rule.priority == GuardPriority.INTERFACE and rule.iif:
            networks.setdefault(rule.iif, set())
        elif rule.priority == GuardPriority.FORWARDING:
            found.append(ForwardingEnabled(netns, rule.family, rule.iif or "all"))
        elif rule.priority in _SAVED.values():
            [setting] = [name for name, number in _SAVED.items() if number == rule.priority]
            found.append(SavedSysctl(netns, rule.iif, setting))
    for interface, own in networks.items():
        found.append(Isolation(netns, interface, tuple(sorted(own))))
    return found


def complete_policies(
    ruleset: Ruleset | None,
    policies: Sequence[PolicyPart],
    guard: Guard,
    owners: Mapping[str, str],
) -> list[PolicyPart]:
    """The policies of a namespace, with what only its guard tells.

    Where the table of policies is gone, all isolated interfaces are closed until the topology that
    owns them says what may enter.

    :param owners: of links of the host.
    """
    # Where nothing of a family is guarded, the host forwards nothing that a rule could keep out.
    families = {rule.family for rule in guard.rules}
    has_rule = all(_guard_policies(family) in guard.rules for family in families)
    if policies and any(isinstance(part, SourceCheck) for part in policies):
        return [*policies] if has_rule else [*map(mark_damaged, policies)]
    if not any(rule.mark for rule in guard.rules):
        return [*policies]
    isolations = of_type(ruleset.resources if ruleset else (), Isolation)
    return [
        *policies,
        *(
            mark_damaged(SourceCheck(each.netns, name, owner=owners.get(name)))
            for each in isolations
            if (name := each.interface)
        ),
    ]


def complete_ruleset(ruleset: Ruleset | None, guard: Guard, netns: str | None) -> Ruleset | None:
    """Return the rule set of a namespace, with what only its guard tells; without policies.

    It is damaged if the guard and the other rules do not fit together: some of either are missing.
    """
    resources = ruleset.resources if ruleset else ()
    if ruleset is not None and ruleset.backend == "nftables":
        # The table has no need of these networks, and does not list them.
        resources = _read_routed(resources, guard.rules)
        ruleset = replace(ruleset, resources=resources)
    unmarked = {rule for rule in guard.rules if not rule.mark}
    if unmarked == render_guard(resources, guard.families):
        return ruleset
    known = {resource.key for resource in resources}
    found = _read_back(guard.rules, netns)
    missing = [resource for resource in found if resource.key not in known]
    backend = ruleset.backend if ruleset else ""
    return Ruleset(backend, sort_rules((*resources, *missing)), damaged=True)
