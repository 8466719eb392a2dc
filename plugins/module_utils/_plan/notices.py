# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan says besides its steps: warnings, and resources that are left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Tuple

from .._describe.links import describe_link
from .._describe.places import describe_location
from .._describe.resources import describe_resource
from .._model.changes import Change, Resource
from .._model.current_state import CurrentState
from .._model.desired_state import DesiredState
from .._model.links import Veth
from .._model.nat import Dnat, Isolation, Masquerade, SpoofCheck
from .._model.netns import StaleName
from .purge import routes_of_lab, wanted_keys


@dataclass(frozen=True)
class LeftAlone:
    """Something of a lab that was not touched, and why."""

    what: str
    why: str


def find_left_alone(
    desired: DesiredState, current: CurrentState, swept: List[Resource]
) -> Iterator[LeftAlone]:
    """What of a lab stays although it is not wanted. An isolation or a guard is no thing of its own: it goes with its interface."""
    if desired.lab is None:
        return
    if not desired.purge:
        yield from (
            LeftAlone(text, "not listed any more; purge would remove it")
            for text in describe_purged(swept)
        )
        return
    wanted, others = (
        wanted_keys(desired.present),
        sorted(current.labs_with_same_route_protocol(desired.lab)),
    )
    for route in routes_of_lab(desired.lab, current)[1]:
        if route.key not in wanted:
            yield LeftAlone(
                describe_resource(route),
                f"may be of topology {others[0]}, whose routes bear the same number; a task of its own would remove it",
            )


def describe_purged(swept: List[Resource]) -> Tuple[str, ...]:
    return tuple(
        describe_resource(resource)
        for resource in swept
        if not isinstance(resource, (SpoofCheck, Isolation))
    )


def compose_warnings(
    desired: DesiredState, current: CurrentState, changes: Tuple[Change, ...]
) -> List[str]:
    stale = [change.before.name for change in changes if isinstance(change.before, StaleName)]
    warnings = [f"/run/netns/{name} was a file that a crash had left behind" for name in stale]
    warnings += [
        f"{describe_link(link)} was left unfinished by a run that had been killed"
        for link in current.links.values()
        if link.half_made
    ]
    warnings += _describe_blocking_chains(desired, current)
    if desired.lab and not desired.present and not changes:
        owners = current.owners()
        warnings.append(
            f"there is nothing of a topology {desired.lab} here; there is of: {', '.join(sorted(owners)) or 'none'}"
        )
    return warnings


def _has_switch(desired: DesiredState) -> bool:
    """Whether a bridge on the host is to carry packets from one of its ports to another."""
    ends = [
        end
        for resource in desired.present
        if isinstance(resource, Veth)
        for end in (resource.end, resource.peer)
        if end.netns is None and end.bridge
    ]
    return len({end.bridge for end in ends}) < len(ends)


def _describe_blocking_chains(desired: DesiredState, current: CurrentState) -> Iterator[str]:
    """An accept ends only its own chain: what another's chain drops stays dropped."""
    for netns, obstacles in current.blocking_chains.items():
        families = {
            resource.family
            for resource in desired.present
            if isinstance(resource, (Masquerade, Dnat)) and resource.netns == netns
        }
        if netns is None and _has_switch(desired):
            families |= current.br_netfilter_families
        for family, chain, firewall in obstacles:
            if (
                firewall in desired.integrate
                or not families & {"inet": {4, 6}, "ip": {4}, "ip6": {6}}[family]
            ):
                continue
            what = f"{describe_location(netns)} the chain {chain}, which is somebody else's, drops what is forwarded, and no rule of ours can accept it"
            if firewall is None:
                yield f"{what}: let that chain accept what is masqueraded and forwarded here"
            else:
                yield f"{what}; integrate: {firewall} has it let this traffic through (what stays within the lab needs none of it with a switch in a namespace)"
