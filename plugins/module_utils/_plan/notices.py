# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan says besides its steps: warnings, and resources that are left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Tuple

from .._describe.links import say_link
from .._describe.places import say_where
from .._describe.resources import say_thing
from .._model.changes import Change, Thing
from .._model.current_state import There
from .._model.desired_state import Wish
from .._model.links import Veth
from .._model.nat import Dnat, Guarded, Isolated, Masquerade
from .._model.netns import Stale
from .purge import routes_of_lab, wanted_keys


@dataclass(frozen=True)
class LeftAlone:
    """Something of a lab that was not touched, and why."""

    what: str
    why: str


def leave_alone(wish: Wish, there: There, swept: List[Thing]) -> Iterator[LeftAlone]:
    """What of a lab stays although it is not wanted. An isolation or a guard is no thing of its own: it goes with its interface."""
    if wish.lab is None:
        return
    if not wish.sweep:
        yield from (
            LeftAlone(text, "not listed any more; purge would remove it")
            for text in say_swept(swept)
        )
        return
    wanted, others = wanted_keys(wish.present), sorted(there.share_number(wish.lab))
    for route in routes_of_lab(wish.lab, there)[1]:
        if route.key not in wanted:
            yield LeftAlone(
                say_thing(route),
                f"may be of topology {others[0]}, whose routes bear the same number; a task of its own would remove it",
            )


def say_swept(swept: List[Thing]) -> Tuple[str, ...]:
    return tuple(say_thing(thing) for thing in swept if not isinstance(thing, (Guarded, Isolated)))


def compose_warnings(wish: Wish, there: There, changes: Tuple[Change, ...]) -> List[str]:
    stale = [change.before.name for change in changes if isinstance(change.before, Stale)]
    warnings = [f"/run/netns/{name} was a file that a crash had left behind" for name in stale]
    warnings += [
        f"{say_link(link)} was left unfinished by a run that had been killed"
        for link in there.links.values()
        if link.unfinished
    ]
    warnings += _say_obstacles(wish, there)
    if wish.lab and not wish.present and not changes:
        owners = there.owners()
        warnings.append(
            f"there is nothing of a topology {wish.lab} here; there is of: {', '.join(sorted(owners)) or 'none'}"
        )
    return warnings


def _has_switch(wish: Wish) -> bool:
    """Whether a bridge on the host is to carry packets from one of its ports to another."""
    ends = [
        end
        for thing in wish.present
        if isinstance(thing, Veth)
        for end in (thing.end, thing.peer)
        if end.netns is None and end.bridge
    ]
    return len({end.bridge for end in ends}) < len(ends)


def _say_obstacles(wish: Wish, there: There) -> Iterator[str]:
    """An accept ends only its own chain: what another's chain drops stays dropped."""
    for netns, obstacles in there.obstacles.items():
        families = {
            thing.family
            for thing in wish.present
            if isinstance(thing, (Masquerade, Dnat)) and thing.netns == netns
        }
        if netns is None and _has_switch(wish):
            families |= there.bridges_filtered
        for family, chain, firewall in obstacles:
            if (
                firewall in wish.integrate
                or not families & {"inet": {4, 6}, "ip": {4}, "ip6": {6}}[family]
            ):
                continue
            what = f"{say_where(netns)} the chain {chain}, which is somebody else's, drops what is forwarded, and no rule of ours can accept it"
            if firewall is None:
                yield f"{what}: let that chain accept what is masqueraded and forwarded here"
            else:
                yield f"{what}; integrate: {firewall} has it let this traffic through (what stays within the lab needs none of it with a switch in a namespace)"
