# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of rules of this collection that no longer fit the host, and drop packets of the lab.

They were right when the task ran. The interfaces, routes or kernel parameters that they follow from
were changed since. So the isolations of each topology are planned again for the host as it is now.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.nat import describe_nat
from ..._describe.places import describe_location
from ..._firewall.firewall import Firewall
from ..._model.addresses import family_of, network_of
from ..._model.desired_state import DesiredState
from ..._model.errors import Refused
from ..._model.forwarding import REVERSE_PATH, reverse_path_key
from ..._model.nat import Dnat, Isolation, Masquerade, Ruleset
from ..._model.netns import Sysctl
from ..._plan.plan import plan
from ..._render.commands import render_commands
from ..commands import ip_command, sysctl_command
from ..findings import ERROR, WARNING, Finding, format_ref, netns_traffic
from ..resources.nat import show_rules_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.changes import Change
    from ..._model.links import Link
    from ..._model.resources import NatResource
    from ..facts.host_facts import HostFacts

_MAX_LINES = 100
"""Commands of more lines are not shown; the task is to be run again instead."""


def _sound_rulesets(facts: HostFacts) -> Iterator[tuple[str | None, Ruleset]]:
    """The rule sets that nobody changed; others have a finding of their own."""
    for netns, ruleset in facts.current.rulesets.items():
        if ruleset.backend and not ruleset.damaged:
            yield netns, ruleset


def _again(owner: str | None) -> str:
    return f"run module topology again for {owner}" if owner else "run the task again"


def _commands(facts: HostFacts, change: Change, owner: str | None) -> str:
    """The commands that make a change, with the task that does the same as a comment."""
    commands = "\n".join(
        render_commands((change,), facts.current, Firewall().render_commands)
    ).splitlines()
    if len(commands) > _MAX_LINES:
        return _again(owner)
    return "\n".join((*commands, f"# or {_again(owner)}"))


def check_isolations(facts: HostFacts) -> Iterator[Finding]:
    """Isolations for which the next run would write other rules or kernel parameters."""
    for netns, ruleset in _sound_rulesets(facts):
        by_owner: dict[str, list[Isolation]] = {}
        for resource in ruleset.resources:
            if isinstance(resource, Isolation) and resource.owner:
                by_owner.setdefault(resource.owner, []).append(resource)
        for owner, isolations in by_owner.items():
            yield from _check_lab(facts, ruleset, owner, isolations)
        yield from _check_interfaces(facts, netns, ruleset)


def _check_lab(
    facts: HostFacts, ruleset: Ruleset, owner: str, isolations: list[Isolation]
) -> Iterator[Finding]:
    desired = DesiredState(present=tuple(isolations), lab=owner, backend=ruleset.backend)
    try:
        changes = plan(desired, facts.current).changes
    except Refused:
        return
    for change in changes:
        before, after = change.before, change.after
        if isinstance(before, Isolation) and isinstance(after, Isolation):
            yield from _check_joined(facts, before, change)
            yield from _check_routed(facts, ruleset.backend, before, change)
        elif isinstance(after, Sysctl):
            yield from _check_reverse_path(facts, isolations, change)


def _receives(facts: HostFacts, link: Link, isolation: Isolation) -> bool:
    """Whether the host receives IP packets of a lab by a link on its Ethernet segment.

    It does if the link has an address, or if br_netfilter shows what a bridge passes.
    """
    if link.addresses:
        return True
    families = {family_of(network) for network in isolation.networks}
    return link.kind == "bridge" and any(
        facts.has_br_netfilter(isolation.netns, family) for family in families
    )


def _check_joined(facts: HostFacts, isolation: Isolation, change: Change) -> Iterator[Finding]:
    """Links on the lab's Ethernet segment that joined it after the rules were written."""
    after = change.after
    joined = {*after.joined} - {*isolation.joined} if isinstance(after, Isolation) else set()
    for name in sorted(joined):
        link = facts.current.links[isolation.netns, name]
        if not _receives(facts, link, isolation):
            continue
        networks = " and ".join(isolation.networks)
        where = describe_location(isolation.netns)
        yield Finding(
            "isolation_outdated",
            ERROR,
            format_ref(link.ref),
            f"the rules that isolate {isolation.interface} {where} drop packets from {networks} "
            f"that {name} receives: {name} joined the Ethernet segment of {isolation.interface} "
            "after they were written",
            show_rules_command(isolation.netns, facts.current.rulesets[isolation.netns].backend)
            + f": no exception for {name}",
            _commands(facts, change, isolation.owner),
            affects=netns_traffic(isolation.netns, map(family_of, isolation.networks)),
        )


def _check_routed(
    facts: HostFacts, backend: str, isolation: Isolation, change: Change
) -> Iterator[Finding]:
    """Networks to which the host got a route by the lab's interface.

    The rules of nftables look up routes themselves; only the guard does not know the network.
    """
    after = change.after
    routed = {*after.routed} - {*isolation.routed} if isinstance(after, Isolation) else set()
    if not routed:
        return
    networks = ", ".join(sorted(routed))
    drops = backend == "iptables"
    effect = (
        "drop packets from there to the host"
        if drops
        else "do not guard it, should the packet filter be flushed"
    )
    yield Finding(
        "isolation_outdated",
        ERROR if drops else WARNING,
        format_ref((isolation.netns, isolation.interface)),
        f"{networks} is behind {isolation.interface} {describe_location(isolation.netns)}, and the "
        f"rules that isolate this interface {effect}",
        f"{ip_command(isolation.netns)} route show dev {quote(isolation.interface)}; "
        f"{ip_command(isolation.netns)} rule: no such network",
        _commands(facts, change, isolation.owner),
    )


def _check_reverse_path(
    facts: HostFacts, isolations: list[Isolation], change: Change
) -> Iterator[Finding]:
    """Kernel parameters without which the guard drops packets of the lab, or lets them through."""
    after = change.after
    for isolation in isolations:
        for setting in REVERSE_PATH:
            key = reverse_path_key(isolation.interface, setting)
            if not isinstance(after, Sysctl) or (after.netns, after.key_path) != (
                isolation.netns,
                key,
            ):
                continue
            drops = setting == "src_valid_mark" and not _is_set_for_all(facts, isolation, setting)
            effect = (
                "the policy routing rules that guard the lab drop the packets that the host should "
                "forward for it"
                if drops
                else "nothing would drop packets that the lab sends, should the packet filter be "
                "flushed"
            )
            yield Finding(
                "guard_outdated",
                ERROR if drops else WARNING,
                format_ref((isolation.netns, isolation.interface)),
                f"{setting} of {isolation.interface} {describe_location(isolation.netns)} is not "
                f"{after.value} any more: {effect}",
                f"{sysctl_command(isolation.netns, key)}: not {after.value}",
                sysctl_command(isolation.netns, key, after.value or ""),
                affects=netns_traffic(isolation.netns, (4,)) if drops else frozenset(),
            )


def _is_set_for_all(facts: HostFacts, isolation: Isolation, setting: str) -> bool:
    """Whether a parameter is on for all interfaces of a namespace."""
    value = facts.sysctls.get((isolation.netns, reverse_path_key("all", setting)), "0")
    return value != "0"


def _check_interfaces(facts: HostFacts, netns: str | None, ruleset: Ruleset) -> Iterator[Finding]:
    """Interfaces of a lab that rules name and that do not exist: renamed, or removed."""
    named: dict[str, NatResource] = {}
    for resource in ruleset.resources:
        if isinstance(resource, (Masquerade, Dnat)) and resource.device:
            named.setdefault(resource.device, resource)
    named.update(
        (resource.interface, resource)
        for resource in ruleset.resources
        if isinstance(resource, Isolation)
    )
    missing = {
        name: resource
        for name, resource in named.items()
        if (netns, name) not in facts.current.links
    }
    for name, resource in sorted(missing.items()):
        renamed = _find_renamed(facts, resource)
        hint = f"; {renamed.name} has its addresses" if renamed else ""
        yield Finding(
            "rule_link_missing",
            ERROR if renamed else WARNING,
            format_ref((netns, name)),
            f"there is no interface {name} {describe_location(netns)}, and rules of this "
            f"collection name it, as that of the {describe_nat(resource)}{hint}",
            f"{ip_command(netns)} link show dev {quote(name)}: does not exist",
            _rename_command(renamed, name) if renamed else _again(getattr(resource, "owner", "")),
            depends_on=frozenset({(netns, name)}),
        )


def _find_renamed(facts: HostFacts, resource: NatResource) -> Link | None:
    """The link that has the addresses of an isolated interface which does not exist any more."""
    if not isinstance(resource, Isolation):
        return None
    for link in facts.links_of(resource.netns):
        networks = {str(network_of(text)) for text in link.addresses or ()}
        if link.owner == resource.owner and networks & {*resource.networks}:
            return link
    return None


def _rename_command(link: Link, name: str) -> str:
    """Rename a link. Kernels before 6.2 want it down, where it loses its IPv6 addresses."""
    ip = ip_command(link.netns)
    rename = f"{ip} link set dev {quote(link.name)} name {quote(name)}"
    steps = [f"{ip} link set dev {quote(link.name)} down", rename]
    steps.append(f"{ip} link set dev {quote(name)} up")
    steps += [
        f"{ip} addr replace {text} dev {quote(name)} nodad"
        for text in link.addresses or ()
        if ":" in text
    ]
    return f"{rename} || {{ {'; '.join(steps)}; }}"
