# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares the host with a declared topology: each change that would be made is a finding."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.links import describe_kind
from ..._describe.places import describe_location
from ..._firewall.firewall import Firewall
from ..._model.changes import Change, links_in
from ..._model.errors import Refused
from ..._model.links import Link, LinkRef
from ..._model.nat import NatBackend
from ..._model.netns import Netns
from ..._model.resources import NatRule
from ..._plan.plan import plan
from ..._render.actions import describe_change
from ..._render.commands import render_commands
from ..commands import ip_command
from ..findings import ERROR, WARNING, Finding, format_ref, netns_location, subject_of
from ..resources import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState
    from ..facts.host_facts import HostFacts

_HARMLESS = ("differs", "not_declared")
_MESSAGES: dict[str, str] = {
    "netns_missing": "namespace {} is missing",
    "netns_stale": "namespace {} is missing: its name is an empty file that a crash left behind",
    "link_missing": "the link {} is missing",
    "link_misplaced": "{} is not in the declared namespace",
    "bridge_missing": "bridge {} is missing",
    "loopback_down": "{} is down",
    "bridge_down": "bridge {} is down",
    "link_down": "{} is down",
    "port_missing": "{} is not a port of the declared bridge",
    "vrf_missing": "{} is not in the declared VRF",
    "arp_off": "ARP is off on {}",
    "address_missing": "the address {} is missing",
    "route_missing": "the route {} is missing, or differs from the declared one",
    "forwarding_off": "forwarding is off for {}",
    "nat_missing": "the {} is missing, or differs from the declared one",
    "nat_damaged": "another program changed the rules of {}",
    "process_missing": "the process {} does not run",
    "attachment_broken": "the attachment {} to a network of CNI is not there, or not sound",
    "differs": "{} differs from the declared state",
    "not_declared": "{} is not declared",
}


def _is_effect(change: Change, check: str, current: CurrentState) -> bool:
    """Whether a change of a link only follows from another change of the plan."""
    before, after = change.before, change.after
    if not (isinstance(before, Link) and isinstance(after, Link)):
        return False
    if before.saved != after.saved:
        return True  # saving the settings of a physical link before it is moved
    is_new = before.ref not in current.links
    return is_new and check != "link_misplaced"


def _compose_finding(
    change: Change, check: str, desired: DesiredState, current: CurrentState
) -> Finding:
    resource = change.resource
    subject = kinds.describe_subject(resource)
    harmless = check in _HARMLESS
    is_rule = isinstance(resource, (NatRule, NatBackend))
    shown = resource if change.before is None else change.before
    command = kinds.show_command(shown, current)
    return Finding(
        check,
        WARNING if harmless else ERROR,
        subject,
        _MESSAGES[check].format(subject),
        f"{command}; planned by module topology: {describe_change(change)}",
        "run module topology with the same options"
        if is_rule
        else "; ".join(render_commands((change,), current, Firewall().render_commands)),
        affects=frozenset() if harmless or is_rule else kinds.affected_locations(resource),
        depends_on=kinds.required_locations(resource, desired),
    )


def _check_names(desired: DesiredState, current: CurrentState) -> Iterator[Finding]:
    """Links that have the name of a declared link, and are of another type.

    The declared ports of a bridge are affected too.
    """
    links = links_in(desired.present)
    for link in links:
        holder = current.links.get(link.ref)
        if holder is None or link.kind in (None, holder.kind):
            continue
        ports = [p.ref for p in links if p.bridge == link.name and p.netns == link.netns]
        ip = ip_command(link.netns)
        yield Finding(
            "link_blocked",
            ERROR,
            subject_of(link),
            f"the name {link.name} {describe_location(link.netns)} is taken by "
            f"{describe_kind(holder)}; it is declared as type {link.kind}",
            f"{ip} -d link show dev {quote(link.name)}",
            f"{ip} link set dev {quote(link.name)} name {quote(link.name[:11] + '.old')}  "
            "# or declare another name, and run module topology again",
            affects=frozenset({link.ref, *ports}),
        )


def _find_base(link: Link, current: CurrentState) -> LinkRef | None:
    """The link without which a declared link cannot exist.

    That is the parent, or for a physical link that is still to be moved, the link of the host.
    """
    if link.parent and link.parent[1]:
        return link.parent
    if link.saved is None or link.ref in current.links:
        return None
    name = link.saved.name or link.name
    moved = any(
        other.saved is not None and other.saved.name == name for other in current.links.values()
    )
    return None if moved else (None, name)


def _check_bases(desired: DesiredState, current: CurrentState) -> Iterator[Finding]:
    """Undeclared links without which declared links cannot exist."""
    links = links_in(desired.present)
    known = {*current.links, *(link.ref for link in links)}
    for link in links:
        base = _find_base(link, current)
        if base is None or base in known:
            continue
        if link.parent:
            use, option = (
                f"{link.name} {describe_location(link.netns)} is declared on top of it",
                "link",
            )
        else:
            use, option = f"{subject_of(link)} is declared to be that link", "device"
        yield Finding(
            "link_missing",
            ERROR,
            format_ref(base),
            f"the link {format_ref(base)} is missing; {use}",
            f"{ip_command(base[0])} link show dev {quote(base[1])}: does not exist",
            f"restore that link, or change option {option}",
            affects=frozenset({base, link.ref}),
            depends_on=frozenset({netns_location(base[0])} if base[0] else ()),
        )


def _check_namespaces(desired: DesiredState, current: CurrentState) -> Iterator[Finding]:
    """Missing namespaces, found without a plan.

    The plan may be refused, because the veth ends in such a namespace cannot be read.
    """
    for resource in desired.present:
        if (
            isinstance(resource, Netns)
            and resource.attached is None
            and resource.name not in current.namespaces
            and resource.name not in current.unusable_names
        ):
            yield _compose_finding(Change(None, resource), "netns_missing", desired, current)


def _conflict(error: Refused, causes: list[Finding]) -> Finding:
    return Finding(
        "conflict",
        ERROR,
        error.parameter,
        f"the topology cannot be applied to this host: {error}",
        "module topology in check mode: refused",
        f"change option {error.parameter}, or provide what it needs",
        depends_on=frozenset(location for finding in causes for location in finding.affects),
    )


def check_drift(facts: HostFacts) -> Iterator[Finding]:
    """Differences from the declared topology; none if no topology was declared."""
    desired, current = facts.desired, facts.current
    if desired is None:
        return
    yield from _check_names(desired, current)
    missing_bases = list(_check_bases(desired, current))
    yield from missing_bases
    yield from _check_namespaces(desired, current)
    try:
        planned = plan(desired, current)
    except Refused as error:
        yield _conflict(error, missing_bases)
        return
    for change in planned.changes:
        if change.implied:
            continue
        for check in kinds.find_checks(change.resource, change):
            if not _is_effect(change, check, current):
                yield _compose_finding(change, check, desired, current)
