# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who made a policy of a topology: its own task, or the module netns_policy.

Neither changes those of the other, but both may list the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._describe.nat import describe_nat
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.nat import Isolation
from .._model.network_policies import (
    DIRECTIONS,
    SINGLE_PARTS,
    AddressSet,
    NetworkPolicy,
    SinglePart,
    as_recorded,
    list_dns_names,
    list_named_sets,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.resources import Resource
    from .projection import Projection


def known_parts(projection: Projection) -> dict[tuple[Any, ...], SinglePart]:
    """The policies and address sets that the topology has, by their keys. Nobody may change it."""
    ruleset = projection.current.rulesets.get(None)
    lab = projection.request.lab
    rules = ruleset.resources if ruleset and lab is not None else ()
    recorded = [as_recorded(rule) for rule in rules if isinstance(rule, SINGLE_PARTS)]
    return {
        part.key: part for part in recorded if isinstance(part, SINGLE_PARTS) and part.owner == lab
    }


def remaining_parts(
    projection: Projection, unwanted: Iterable[Resource]
) -> dict[tuple[Any, ...], SinglePart]:
    """Those of ``known_parts`` that the run does not remove."""
    parts = {**projection.once(known_parts)}
    for resource in unwanted:
        parts.pop(resource.key, None)
    return parts


def check_makers(projection: Projection, unwanted: Sequence[Resource]) -> list[SinglePart]:
    """The wanted policies and address sets, each as it is if another kind of task made the same.

    :raises Refused: another kind of task made a different one, or there is no such topology.
    """
    desired = projection.request.desired
    known = projection.once(known_parts)
    wanted: list[SinglePart] = []
    for part in _list_wanted(projection):
        old = known.get(part.key)
        if old is not None and old.single != part.single:
            part = replace(part, single=old.single)
            if _without_addresses(part) != _without_addresses(old):
                raise _conflict(old)
        wanted.append(part)
    if desired.single:
        for resource in unwanted:
            old = known.get(resource.key)
            if old is not None and not old.single:
                raise _conflict(old)
        _check_topology(projection, wanted)
    return wanted


def _list_wanted(projection: Projection) -> list[SinglePart]:
    return [*projection.request.wanted(AddressSet), *projection.request.wanted(NetworkPolicy)]


def _without_addresses(part: SinglePart) -> SinglePart:
    """A policy without the addresses that the plan finds, or the DNS servers."""
    if isinstance(part, AddressSet):
        return part
    directions: dict[str, Any] = {
        direction: None if entries is None else tuple(e._replace(addresses=()) for e in entries)
        for direction in DIRECTIONS
        for entries in [part.entries(direction)]
    }
    return replace(part, addresses=(), resolvers=(), **directions)


def _conflict(old: SinglePart) -> Conflict:
    if old.single:
        rule = (
            f"a task of the module netns_policy made the {describe_nat(old)} of topology "
            f"{old.owner}; choose another name, or remove that one with its option state: absent"
        )
    else:
        rule = (
            f"the {describe_nat(old)} belongs to topology {old.owner}, which lists it itself; "
            "change it there, or choose another name"
        )
    return Conflict("name" if not old.single else "policy", old.name, rule)


def _check_topology(projection: Projection, wanted: Iterable[SinglePart]) -> None:
    """Check that the topology of a single policy is there, and has the sets that it names."""
    policies = [part for part in wanted if isinstance(part, NetworkPolicy)]
    if not policies:
        return
    lab, ruleset = projection.request.lab, projection.current.rulesets.get(None)
    rules = ruleset.resources if ruleset else ()
    if not any(isinstance(rule, Isolation) and rule.owner == lab for rule in rules):
        if not projection.request.assume:
            rule = "this host has no isolated topology of that name"
            raise Refused("topology", lab, rule)
        projection.builder.notes.append(
            f"assume topology {lab}, which does not exist yet, for policy {policies[0].name}"
        )
        return
    parts = [*projection.once(known_parts).values(), *wanted]
    sets = {part.name for part in parts if isinstance(part, AddressSet)}
    for name in list_named_sets(policies):
        if name not in sets:
            rule = "is neither in address_sets nor an address set of the topology"
            raise Refused("address_set", name, rule)


def find_resolvers(projection: Projection, policies: Iterable[NetworkPolicy]) -> tuple[str, ...]:
    """The DNS servers of the topology, which its own policies with DNS names know.

    :raises Refused: a single policy has a name that none of them has.
    """
    policies = [*policies]
    if not list_dns_names(policies):
        return ()
    policies = [each for each in policies if list_dns_names([each])]
    own = [each for each in policies if not each.single]
    served = {*list_dns_names(own)}
    for policy in policies if projection.request.desired.present else ():
        missing = sorted({*list_dns_names([policy])} - served)
        if not missing or not policy.single:
            continue
        if projection.request.desired.single and policy.key in _wanted_keys(projection):
            if projection.request.assume and not own:
                continue
            rule = (
                f"is in no policy of topology {policy.owner} itself, so its DNS server does not "
                "know the name; list a policy with it in the topology, with the option dns"
            )
            raise Refused("egress", missing[0], rule)
        projection.builder.warnings.append(
            f"policy {policy.name} of the module netns_policy lets through to {missing[0]}, a name "
            f"that no policy of topology {policy.owner} lists any more, so its DNS server does not "
            "tell the addresses; list it there"
        )
    return tuple(dict.fromkeys(each for policy in own for each in policy.resolvers))


def _wanted_keys(projection: Projection) -> set[tuple[Any, ...]]:
    return {part.key for part in _list_wanted(projection)}


def list_unnamed_sets(projection: Projection, unwanted: Sequence[Resource]) -> list[Resource]:
    """The address sets of single modules that no policy names any more."""
    if not projection.request.desired.single:
        return []
    parts = remaining_parts(projection, unwanted)
    wanted = _list_wanted(projection)
    parts.update((part.key, part) for part in wanted)
    if not any(isinstance(part, AddressSet) and part.single for part in parts.values()):
        return []
    named = {
        *list_named_sets(part for part in parts.values() if isinstance(part, NetworkPolicy)),
        *(part.name for part in wanted if isinstance(part, AddressSet)),
    }
    return [
        part
        for part in parts.values()
        if isinstance(part, AddressSet) and part.single and part.name not in named
    ]


def warn_of_boot(projection: Projection, policies: Iterable[NetworkPolicy]) -> None:
    """Warn of policies that a boot ends, although it brings their topology back without them."""
    desired, lab = projection.request.desired, projection.request.lab
    names = sorted(policy.name for policy in policies if policy.single)
    wanted = desired.persistence.wanted if desired.persistence else None
    is_persistent = lab in projection.current.persistent_labs if wanted is None else wanted
    if names and is_persistent and desired.present:
        projection.builder.warnings.append(
            f"topology {lab} is persistent, but its policies of the module netns_policy do not "
            f"apply after a boot until their tasks run again: {', '.join(names)}; list them in the "
            "option policy of the topology to keep them"
        )


def warn_of_missing_sets(
    projection: Projection, policies: Iterable[NetworkPolicy], sets: Iterable[AddressSet]
) -> None:
    """Warn of policies with rules about an address set that the topology does not list any more.

    :param sets: those of the topology as they will be.
    """
    names = {each.name for each in sets}
    policies = [*policies]
    if names.issuperset(list_named_sets(policies)):
        return
    for policy in policies:
        for name in sorted({*list_named_sets([policy])} - names):
            projection.builder.warnings.append(
                f"policy {policy.name} of the module netns_policy has a rule about address set "
                f"{name}, which topology {policy.owner} does not list any more, so the rule is "
                "about no address; list the set in the topology or in the task of the policy"
            )
