# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for NAT and for the forwarding that it needs: opened for exactly these interfaces, and closed again."""

from __future__ import annotations

import ipaddress
from typing import Dict, FrozenSet, Iterable, List, Optional, Sequence, Set, Tuple, Union, cast

from . import _errors, _model, _rules
from ._changes import Change
from ._draft import Draft, Phase, say_where
from ._nat_checks import check_claims, check_interfaces, check_listeners, check_overlaps, check_ssh
from ._nat_rules import complete, rewrite
from ._programs import say_missing
from ._say_nat import say_nat, say_ports

OPEN, OPENED, CLOSED = "1", "2", "0"
"""Values of forwarding. To the kernel 2 is as good as 1, and it tells that we turned it on even where somebody has flushed our rules."""
_LEARNS, _LEARNS_FORWARDING = "1", "2"
"""Values of accept_ra: from router advertisements an interface takes its default route, unless it forwards; even then."""

Rule = Union[_rules.Masquerade, _rules.Dnat, _rules.Isolated, _rules.Admitted, _rules.Guarded]


def forwarding_key(family: int, interface: str) -> str:
    """The sysctl that lets packets which come in by an interface be forwarded; IPv6 knows only ``all``."""
    return f"net/ipv{family}/conf/{interface}/forwarding"


def _connected(draft: Draft, netns: Optional[str]) -> List[Tuple[str, str]]:
    """(network, device) of what can be reached from a namespace without being sent to everybody: no default routes."""
    found = []
    for link in draft.links_in(netns):
        for address in link.addresses or ():
            found.append((str(_model.network_of(address)), link.name))
    for route in draft.routes.get(netns, ()):
        if route.device and route.type in (None, "unicast") and route.destination not in ("0.0.0.0/0", "::/0"):
            found.append((route.destination, route.device))
        elif route.gateway and not route.device:
            # A route of this very plan: its device is where the gateway is.
            hosts = [name for network, name in found if ipaddress.ip_address(route.gateway) in _model.network_of(network)]
            found += [(route.destination, name) for name in hosts[:1] if route.destination not in ("0.0.0.0/0", "::/0")]
    return found


def _addressed(draft: Draft, netns: Optional[str]) -> FrozenSet[str]:
    """Interfaces with an IPv4 address: by these answers can come back when no way out is named."""
    return frozenset(link.name for link in draft.links_in(netns) if link.name != "lo" and any(":" not in text for text in link.addresses or ()))


def _forwarding_interfaces(thing: _rules.NatThing, addressed: FrozenSet[str]) -> FrozenSet[Tuple[int, str]]:
    """(family, interface) by which the traffic of one thing comes in, both ways."""
    if not isinstance(thing, (_rules.Masquerade, _rules.Dnat)):
        return frozenset()
    if thing.family == 6:
        return frozenset({(6, "all")})
    named = thing.out_interface if isinstance(thing, _rules.Masquerade) else thing.in_interface
    names = addressed if named is None else {named}
    return frozenset((4, name) for name in (*names, *([thing.device] if thing.device else ())))


def _ipv6_key(interface: str, setting: str) -> str:
    return f"net/ipv6/conf/{interface}/{setting}"


def _keep(draft: Draft, netns: Optional[str]) -> List[_rules.Kept]:
    """Before IPv6 forwarding is opened: what it would take along, recorded; and an uplink goes on to learn its default route.

    Whenever one interface begins to forward, the kernel drops the default routes that were learned by those of which accept_ra
    is not 2. So that is the first to be set, and the last to be set back.
    """
    kept = []
    names = sorted(link.name for link in draft.links_in(netns))
    forwarding = {name: draft.there.sysctls.get((netns, _ipv6_key(name, "forwarding"))) == OPEN for name in (*names, "default")}
    for name in names:
        link, key = draft.links[netns, name], _ipv6_key(name, "accept_ra")
        learns = link.accept_ra and draft.there.sysctls.get((netns, key)) == _LEARNS
        if learns and not forwarding[name] and not link.bridge and name != "lo":
            kept.append(_rules.Kept(netns, name, "accept_ra"))
            draft.step(Phase.OPEN_FORWARDING, _model.Sysctl(netns, key, _LEARNS), _model.Sysctl(netns, key, _LEARNS_FORWARDING))
    for name in [name for name, forwards in forwarding.items() if forwards]:
        kept.append(_rules.Kept(netns, name, "forwarding"))
        # The one switch for all takes it along when it is turned back: here, or when this is undone.
        own = _model.Sysctl(netns, _ipv6_key(name, "forwarding"), OPEN)
        draft.step(Phase.OPEN_FORWARDING, own, own, implied=True)
    return kept


def _let_go(draft: Draft, netns: Optional[str], kept: Iterable[_rules.Kept], closing: bool) -> None:
    """When IPv6 forwarding is not ours to hold open any more: what was recorded is set back. ``closing``: it is closed with that."""
    for thing in sorted(kept, key=lambda thing: thing.setting, reverse=True):
        key = _ipv6_key(thing.interface, thing.setting)
        value = draft.there.sysctls.get((netns, key))
        if thing.setting == "accept_ra" and value == _LEARNS_FORWARDING:
            draft.step(Phase.CLOSE_FORWARDING, _model.Sysctl(netns, key, value), _model.Sysctl(netns, key, _LEARNS))
        elif thing.setting == "forwarding" and value is not None and closing:
            draft.step(Phase.CLOSE_FORWARDING, _model.Sysctl(netns, key, value), _model.Sysctl(netns, key, OPEN))


def _opened(draft: Draft, netns: Optional[str]) -> Set[Tuple[int, str]]:
    """What bears our value: (family, interface)."""
    found = {(4, link.name) for link in draft.links_in(netns) if draft.there.sysctls.get((netns, forwarding_key(4, link.name))) == OPENED}
    return found | ({(6, "all")} if draft.there.sysctls.get((netns, forwarding_key(6, "all"))) == OPENED else set())


def _plan_forwarding(
    draft: Draft, netns: Optional[str], before: Dict[Tuple[object, ...], _rules.NatThing], rules: Iterable[_rules.NatThing]
) -> List[Union[_rules.Opened, _rules.Kept]]:
    """What must be recorded as opened by us, and as it was before; steps for the switches themselves."""
    needed: Set[Tuple[int, str]] = set()
    addressed = _addressed(draft, netns)
    for rule in rules:
        needed |= _forwarding_interfaces(rule, addressed)
    recorded = {(thing.family, thing.interface) for thing in before.values() if isinstance(thing, _rules.Opened)}
    # Of what is not noted any more, as much as this is about: all of it when nothing of ours is left.
    noted = {(family, interface) for family, interface in _opened(draft, netns) if (family, interface) in needed or not needed}
    recorded |= noted
    kept = {thing.key: thing for thing in before.values() if isinstance(thing, _rules.Kept)}
    opened: List[Union[_rules.Opened, _rules.Kept]] = []
    for family, interface in sorted(needed):
        key = forwarding_key(family, interface)
        inherited = forwarding_key(family, "default")
        value = draft.there.sysctls.get((netns, key), draft.there.sysctls.get((netns, inherited), CLOSED))
        closed = value in (CLOSED, None)
        if closed:
            if family == 6:
                kept.update((thing.key, thing) for thing in _keep(draft, netns))
            draft.step(Phase.OPEN_FORWARDING, _model.Sysctl(netns, key, value), _model.Sysctl(netns, key, OPENED))
        if closed or (family, interface) in recorded:
            opened.append(_rules.Opened(netns, family, interface))
    everybody = draft.there.sysctls.get((netns, forwarding_key(4, "all"))) == OPEN
    for family, interface in sorted(recorded - needed):
        key = forwarding_key(family, interface)
        gone = family == 4 and (netns, interface) not in draft.links
        value = draft.there.sysctls.get((netns, key))
        is_open = value in (OPEN, OPENED)
        if (gone or not (family == 4 and everybody)) and is_open:
            # The switch of a link that leaves goes with it, and comes back after it when this is undone.
            draft.step(Phase.LEAVE if gone else Phase.CLOSE_FORWARDING, _model.Sysctl(netns, key, value), _model.Sysctl(netns, key, CLOSED), implied=gone)
        if family == 6:
            _let_go(draft, netns, kept.values(), closing=is_open)
            kept.clear()
    return [*opened, *kept.values()]


def _admit(draft: Draft, netns: Optional[str], things: List[_rules.NatThing]) -> List[_rules.NatThing]:
    """The things, and what others shall let through for them: a topology lists its interfaces, a single rule has the one it is for."""
    posts = draft.there.posts.get(netns, {})
    wanted = list(things)
    if draft.lab is None:
        devices = dict.fromkeys(thing.device for thing in things if isinstance(thing, (_rules.Masquerade, _rules.Dnat)) and thing.device)
        wanted += [_rules.Admitted(netns, device, firewall) for device in devices for firewall in draft.integrate]
    # Who is not here cannot be told; and need not.
    found = [_model.replace(thing, posts=posts.get(thing.firewall, ())) if isinstance(thing, _rules.Admitted) else thing for thing in wanted]
    return [thing for thing in found if not isinstance(thing, _rules.Admitted) or thing.posts]


def _guard(draft: Draft, wanted: _rules.Guarded) -> _rules.Guarded:
    """With the address of the port's other end."""
    if not draft.there.nft:
        raise _errors.Refused("spoofchk", True, say_missing("nft"))
    other = draft.links[cast(_model.Place, wanted.other)]
    return _model.replace(wanted, mac=other.mac or "", other=None)


def _forget_admitted(rules: Dict[Tuple[object, ...], _rules.NatThing]) -> None:
    """What others let through for single rules goes with the last of these."""
    served = {thing.device for thing in rules.values() if isinstance(thing, (_rules.Masquerade, _rules.Dnat))}
    for key, thing in list(rules.items()):
        if isinstance(thing, _rules.Admitted) and not thing.owner and thing.interface not in served:
            del rules[key]


def _check_owner(draft: Draft, thing: _rules.NatThing, old: _rules.NatThing) -> None:
    """Refuse to alter what another topology has set."""
    if draft.lab is None or not isinstance(thing, (_rules.Masquerade, _rules.Dnat)) or not isinstance(old, (_rules.Masquerade, _rules.Dnat)):
        return
    if old.owner not in ("", draft.lab) and _model.replace(thing, owner=old.owner) != old:
        parameter, value = ("source", thing.source) if isinstance(thing, _rules.Masquerade) else ("destination_port", say_ports(thing.ports))
        raise _errors.Conflict(parameter, value, f"topology {old.owner} has a {say_nat(old)} {say_where(old.netns)}")


def plan_nat(draft: Draft, netns: Optional[str], present: List[_rules.NatThing], absent: List[_rules.NatThing]) -> None:
    """All rules of one namespace: they are replaced in one transaction."""
    for wanted in present:
        draft.need_netns(netns, say_nat(wanted))
        check_interfaces(draft, wanted)
        check_ssh(draft, wanted)
    ruleset = draft.there.nat.get(netns) or _rules.Ruleset(draft.there.backends.get(netns, "nftables"))
    before = {thing.key: thing for thing in ruleset.things}
    unwanted = {thing.key for thing in absent}
    rules: Dict[Tuple[object, ...], _rules.NatThing] = {
        key: thing for key, thing in before.items() if key not in unwanted and isinstance(thing, _rules.RULES)
    }
    for thing in _admit(draft, netns, complete(present, _connected(draft, netns))):
        old = before.get(thing.key)
        if isinstance(thing, _rules.Guarded):
            if not thing.on:
                rules.pop(thing.key, None)
                continue
            thing = _guard(draft, thing)
        if old is None:
            check_listeners(draft, thing)
            check_claims(draft, thing)
        else:
            _check_owner(draft, thing, old)
        rules[thing.key] = _model.replace(cast(Rule, thing), owner=cast(Rule, old).owner if old is not None else draft.owner)
    _forget_admitted(rules)
    if present:
        check_overlaps(rules.values())
    after = {thing.key: thing for thing in (*rules.values(), *_plan_forwarding(draft, netns, before, rules.values()))}
    backend = draft.there.backends.get(netns, ruleset.backend)
    if rules and ruleset.backend and before and (backend != ruleset.backend or ruleset.damaged) and (present or absent):
        draft.step(Phase.NAT, _rules.NatBackend(netns, ruleset.backend, ruleset.damaged), _rules.NatBackend(netns, backend))
    for key, thing in before.items():
        if key not in after:
            draft.step(Phase.NAT, thing, None)
    for key, thing in after.items():
        if key not in before:
            draft.step(Phase.NAT, None, thing)
        elif before[key] != thing:
            draft.step(Phase.NAT, before[key], thing)


def group_by_netns(changes: Sequence[Change]) -> List[Tuple[Optional[str], List[Change]]]:
    """Changes of rules, together for each namespace: what is replaced in one transaction."""
    groups: Dict[Optional[str], List[Change]] = {}
    for change in changes:
        groups.setdefault(cast(_rules.Opened, change.thing).netns, []).append(change)
    return list(groups.items())


def alter_ruleset(before: Optional[_rules.Ruleset], changes: Sequence[Change], backend: str) -> Optional[_rules.Ruleset]:
    """The rules of a namespace after these changes of them."""
    moved = [change.after.backend for change in changes if isinstance(change.after, _rules.NatBackend)]
    rules = [change for change in changes if not isinstance(change.thing, _rules.NatBackend)]
    kinds = (*_rules.RULES, _rules.Opened, _rules.Kept)
    add = [change.after for change in rules if isinstance(change.after, kinds)]
    remove = [change.before for change in rules if isinstance(change.before, kinds)]
    return rewrite(before, add, remove, moved[-1] if moved else before.backend if before and before.backend else backend)
