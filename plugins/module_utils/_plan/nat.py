# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for NAT and for the forwarding that it needs: opened for exactly these interfaces, and closed again."""

from __future__ import annotations

import ipaddress
from typing import Dict, List, Optional, Tuple, cast

from .._describe.nat import say_nat, say_ports
from .._describe.places import say_where
from .._describe.programs import say_missing
from .._model.addresses import network_of
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.links import Place
from .._model.nat import (
    RULES,
    Admitted,
    Dnat,
    Guarded,
    Masquerade,
    NatBackend,
    NatThing,
    Rule,
    Ruleset,
)
from .forwarding import plan_forwarding
from .nat_checks import check_claims, check_interfaces, check_listeners, check_overlaps, check_ssh
from .nat_interfaces import complete
from .phases import Phase
from .projection import Draft


def _connected(draft: Draft, netns: Optional[str]) -> List[Tuple[str, str]]:
    """(network, device) of what can be reached from a namespace without being sent to everybody: no default routes."""
    found = []
    for link in draft.links_in(netns):
        for address in link.addresses or ():
            found.append((str(network_of(address)), link.name))
    for route in draft.routes.get(netns, ()):
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


def _admit(draft: Draft, netns: Optional[str], things: List[NatThing]) -> List[NatThing]:
    """The things, and what others shall let through for them: a topology lists its interfaces, a single rule has the one it is for."""
    posts = draft.there.posts.get(netns, {})
    wanted = list(things)
    if draft.lab is None:
        devices = dict.fromkeys(
            thing.device
            for thing in things
            if isinstance(thing, (Masquerade, Dnat)) and thing.device
        )
        wanted += [
            Admitted(netns, device, firewall) for device in devices for firewall in draft.integrate
        ]
    # Who is not here cannot be told; and need not.
    found = [
        replace(thing, posts=posts.get(thing.firewall, ()))
        if isinstance(thing, Admitted)
        else thing
        for thing in wanted
    ]
    return [thing for thing in found if not isinstance(thing, Admitted) or thing.posts]


def _guard(draft: Draft, wanted: Guarded) -> Guarded:
    """With the address of the port's other end."""
    if not draft.there.nft:
        raise Refused("spoofchk", True, say_missing("nft"))
    other = draft.links[cast(Place, wanted.other)]
    return replace(wanted, mac=other.mac or "", other=None)


def _forget_admitted(rules: Dict[Tuple[object, ...], NatThing]) -> None:
    """What others let through for single rules goes with the last of these."""
    served = {thing.device for thing in rules.values() if isinstance(thing, (Masquerade, Dnat))}
    for key, thing in list(rules.items()):
        if isinstance(thing, Admitted) and not thing.owner and thing.interface not in served:
            del rules[key]


def _check_owner(draft: Draft, thing: NatThing, old: NatThing) -> None:
    """Refuse to alter what another topology has set."""
    if (
        draft.lab is None
        or not isinstance(thing, (Masquerade, Dnat))
        or not isinstance(old, (Masquerade, Dnat))
    ):
        return
    if old.owner not in ("", draft.lab) and replace(thing, owner=old.owner) != old:
        parameter, value = (
            ("source", thing.source)
            if isinstance(thing, Masquerade)
            else ("destination_port", say_ports(thing.ports))
        )
        raise Conflict(
            parameter, value, f"topology {old.owner} has a {say_nat(old)} {say_where(old.netns)}"
        )


def plan_nat(
    draft: Draft, netns: Optional[str], present: List[NatThing], absent: List[NatThing]
) -> None:
    """All rules of one namespace: they are replaced in one transaction."""
    for wanted in present:
        draft.need_netns(netns, say_nat(wanted))
        check_interfaces(draft, wanted)
        check_ssh(draft, wanted)
    ruleset = draft.there.nat.get(netns) or Ruleset(draft.there.backends.get(netns, "nftables"))
    before = {thing.key: thing for thing in ruleset.things}
    unwanted = {thing.key for thing in absent}
    rules: Dict[Tuple[object, ...], NatThing] = {
        key: thing
        for key, thing in before.items()
        if key not in unwanted and isinstance(thing, RULES)
    }
    for thing in _admit(draft, netns, complete(present, _connected(draft, netns))):
        old = before.get(thing.key)
        if isinstance(thing, Guarded):
            if not thing.on:
                rules.pop(thing.key, None)
                continue
            thing = _guard(draft, thing)
        if old is None:
            check_listeners(draft, thing)
            check_claims(draft, thing)
        else:
            _check_owner(draft, thing, old)
        rules[thing.key] = replace(
            cast(Rule, thing), owner=cast(Rule, old).owner if old is not None else draft.owner
        )
    _forget_admitted(rules)
    if present:
        check_overlaps(rules.values())
    after = {
        thing.key: thing
        for thing in (*rules.values(), *plan_forwarding(draft, netns, before, rules.values()))
    }
    backend = draft.there.backends.get(netns, ruleset.backend)
    if (
        rules
        and ruleset.backend
        and before
        and (backend != ruleset.backend or ruleset.damaged)
        and (present or absent)
    ):
        draft.step(
            Phase.NAT,
            NatBackend(netns, ruleset.backend, ruleset.damaged),
            NatBackend(netns, backend),
        )
    for key, thing in before.items():
        if key not in after:
            draft.step(Phase.NAT, thing, None)
    for key, thing in after.items():
        if key not in before:
            draft.step(Phase.NAT, None, thing)
        elif before[key] != thing:
            draft.step(Phase.NAT, before[key], thing)
