# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From NAT things to our nftables table; _nft_things.py goes back. Pure.

What decides about a packet is looked up in hash maps, so that the 5,000th forward costs a connection what the first does.
A forward's own elements, and a masquerade's own rule, carry a note (_nat_rules.py); the things are read back from these.
Elements that follow from those bear no comment: all of it has to fit into one message to the kernel.
All else in the table follows from the things: whoever changes a part of it makes it differ from what they render.
"""

from __future__ import annotations

from typing import Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from ._errors import Refused
from ._model import MARK, family_of
from ._nat_rules import FAMILIES, LOOPBACK, TO_MANY, Entry, canonical, entries, mark_of, write_device
from ._nft_table import NUMBERS, Chain, Element, Key, Rule, Set, Table
from ._rules import KEPT_SETTINGS, Dnat, Isolated, Kept, Masquerade, NatThing, Opened

_CHAINS = {
    "prerouting": ("nat", "prerouting", -100, "accept"),
    "output": ("nat", "output", -100, "accept"),
    "postrouting": ("nat", "postrouting", 100, "accept"),
    "forward": ("filter", "forward", 0, "accept"),
    "spoofed": ("filter", "prerouting", -150, "accept"),
}
IP = {4: "ip", 6: "ip6"}
_PORT = ("inet_proto", "inet_service")
_PORT_WORDS = "meta l4proto . th dport"


def _types(family: int) -> Dict[str, Tuple[Key, Key]]:
    """The sets and maps of one family, by name: keys and data. ``to`` has the destination in its key, ``in`` the interface.

    What comes by an interface is not translated where ``own`` has it; by one that is ``closed``, only where ``let`` has it.
    The host's own connections ask the same maps as those of all others, but for the keys in ``outside``, and then ``host``.
    """
    address = "ipv4_addr" if family == 4 else "ipv6_addr"
    target = (address, "inet_service")
    return {
        f"forward{family}_in_to": (("ifname", address, *_PORT), target),
        f"forward{family}_to": ((address, *_PORT), target),
        f"forward{family}_in": (("ifname", *_PORT), target),
        f"forward{family}": (_PORT, target),
        f"own{family}_to": (("ifname", address, *_PORT), ()),
        f"own{family}": (("ifname", *_PORT), ()),
        f"closed{family}_to": (("ifname",), ()),
        f"closed{family}": (("ifname",), ()),
        f"let{family}_to": (("ifname", address, *_PORT), ()),
        f"let{family}": (("ifname", *_PORT), ()),
        f"outside{family}_to": ((address, *_PORT), ()),
        f"outside{family}": (_PORT, ()),
        f"host{family}_to": ((address, *_PORT), target),
        f"host{family}": (_PORT, target),
        f"hairpin{family}": (("ifname", "ifname", address, *_PORT), ()),
        f"self{family}": ((address, address, *_PORT), ()),
        f"opened{family}": (("ifname",), ()),
        f"bridged{family}": (("ifname", "ifname"), ()),
        f"networks{family}": ((address,), ()),
    }


_TYPES = {name: types for family in FAMILIES for name, types in _types(family).items()}
_NAMES: Tuple[Key, Key] = (("ifname",), ())
INSIDE, RECORDS = "isolated", {setting: f"kept_{setting}" for setting in KEPT_SETTINGS}
"""The interfaces of labs that are isolated, whosever they are; and those of which a setting is to be set back."""


class _Draft:
    """A table in the making."""

    def __init__(self) -> None:
        self.sets: Dict[str, Set] = {name: Set(*types, name.startswith("networks")) for name, types in _TYPES.items()}
        self.sets.update((name, Set(*_NAMES)) for name in (INSIDE, *RECORDS.values()))
        self.rules: Dict[str, List[Rule]] = {name: [] for name in _CHAINS}

    def put(self, name: str, key: Key, data: Key = (), comment: str = "") -> bool:
        """Add an element unless its key is taken; tells whether it was added."""
        element = Element(data, comment)
        return self.sets.setdefault(name, Set(*_NAMES)).elements.setdefault(key, element) is element

    def rule(self, chain: str, *parts: Optional[str], comment: str = MARK) -> None:
        self.rules[chain].append(Rule(tuple(part for part in parts if part), comment))

    def table(self) -> Table:
        return Table(
            {name: known for name, known in self.sets.items() if known.elements},
            {name: Chain(_CHAINS[name], rules) for name, rules in self.rules.items() if rules},
        )


def plain(network: str) -> str:
    """A network as nft lists it: that of one host without its length."""
    address, _slash, length = network.partition("/")
    return address if length == ("128" if ":" in address else "32") else network


def _to(address: str, port: Optional[int] = None) -> str:
    target = f"[{address}]" if port is not None and ":" in address else address
    return f"dnat {IP[family_of(address)]} to {target}" + ("" if port is None else f":{port}")


def _ports(dnat: Dnat) -> Iterator[Tuple[str, str]]:
    """The ports of a forward, each with the one it leads to."""
    shift = dnat.to_ports[0] - dnat.ports[0]
    return ((str(port), str(port + shift)) for port in range(dnat.ports[0], dnat.ports[1] + 1))


def _local(family: int) -> Tuple[str, str]:
    """To an address of this host, for what just passes by is not meant; and never to a loopback address."""
    return "fib daddr type local", f"{IP[family]} daddr != {plain(LOOPBACK[family])}"


def _render_sourced(draft: _Draft, entry: Entry) -> None:
    """A forward for some sources only: rules of its own."""
    dnat = entry.dnat
    family = dnat.family
    came_by = f'iifname "{entry.came_by}"' if entry.came_by else f'iifname != "{entry.not_by}"' if entry.not_by else None
    limits = [came_by, f"{IP[family]} saddr {plain(entry.source or '')}"]
    limits += [f"{IP[family]} daddr {dnat.destination}"] if dnat.destination else _local(family)
    if dnat.ports == dnat.to_ports:
        first, last = dnat.ports
        ports = str(first) if first == last else f"{first}-{last}"
        draft.rule("prerouting", *limits, f"{dnat.protocol} dport {ports}", _to(dnat.to_address), comment=entry.note)
        return
    for port, to_port in _ports(dnat):
        draft.rule("prerouting", *limits, f"{dnat.protocol} dport {port}", _to(dnat.to_address, int(to_port)), comment=entry.note)


def _render_mapped(draft: _Draft, entry: Entry) -> None:
    """A forward for everybody: map elements, one for each port."""
    dnat = entry.dnat
    family, number = dnat.family, NUMBERS[dnat.protocol]
    came_by, to = (entry.came_by,) if entry.came_by else (), (dnat.destination,) if dnat.destination else ()
    shape = ("_in" if came_by else "") + ("_to" if to else "")
    for port, to_port in _ports(dnat):
        added = draft.put(f"forward{family}{shape}", (*came_by, *to, number, port), (dnat.to_address, to_port), entry.note)
        if not added and entry.note:
            raise Refused("destination_port", port, f"is forwarded twice, the second time to {dnat.to_address}")
        if entry.not_by:
            draft.put(f"own{family}{shape}", (entry.not_by, *to, number, port))


def _render_beside(draft: _Draft, dnat: Dnat) -> None:
    """What a forward needs besides its ways in: for the host itself, and for the answers of a hairpin."""
    family, number = dnat.family, NUMBERS[dnat.protocol]
    to, shape = ((dnat.destination,), "_to") if dnat.destination else ((), "")
    for port, to_port in _ports(dnat):
        if dnat.source or dnat.in_interface:
            if dnat.from_host:
                draft.put(f"host{family}{shape}", (*to, number, port), (dnat.to_address, to_port))
        elif not dnat.from_host:
            draft.put(f"outside{family}{shape}", (*to, number, port))
        if dnat.hairpin and dnat.device:
            draft.put(f"hairpin{family}", (dnat.device, dnat.device, dnat.to_address, number, to_port))
            # A connection back to its own sender never has an interface of entry here when br_netfilter shows it.
            draft.put(f"self{family}", (dnat.to_address, dnat.to_address, number, to_port))


def _look_up(family: int, words: Sequence[str], name: str) -> str:
    return f"dnat {IP[family]} to {' . '.join((*words, _PORT_WORDS))} map @{name}"


def _guard_own(draft: _Draft, suffix: str, words: Sequence[str]) -> Iterator[Tuple[str, ...]]:
    """What keeps a forward from those in its target's own network: the matches of each rule that asks its map.

    Where most of a map is so guarded from one interface, that is closed and what it is let to is listed, for that is less.
    """
    own, closed, let = (draft.sets[f"{name}{suffix}"].elements for name in ("own", "closed", "let"))
    keys = draft.sets[f"forward{suffix}"].elements
    blocked: Dict[str, int] = {}
    for device, *_key in own:
        blocked[device] = blocked.get(device, 0) + 1
    for device in [device for device, count in blocked.items() if 2 * count > len(keys)]:
        draft.put(f"closed{suffix}", (device,))
        for key in keys:
            if own.pop((device, *key), None) is None:
                draft.put(f"let{suffix}", (device, *key))
    came_to = " . ".join(("iifname", *words, _PORT_WORDS))
    not_own = (f"{came_to} != @own{suffix}",) if own else ()
    yield (*((f"iifname != @closed{suffix}",) if closed else ()), *not_own)
    if let:
        yield (f"iifname @closed{suffix}", f"{came_to} @let{suffix}")


def _render_look_ups(draft: _Draft, family: int) -> None:
    """The rules that ask the maps, the more specific first."""
    ip = IP[family]
    for shape, words in (("_in_to", ("iifname", f"{ip} daddr")), ("_to", (f"{ip} daddr",)), ("_in", ("iifname",)), ("", ())):
        name = f"forward{family}{shape}"
        if draft.sets[name].elements:
            limits = () if "_to" in shape else _local(family)
            for guards in [()] if "_in" in shape else _guard_own(draft, f"{family}{shape}", words):
                draft.rule("prerouting", *limits, *guards, _look_up(family, words, name))
    for shape, words in (("_to", (f"{ip} daddr",)), ("", ())):
        outside = f"outside{family}{shape}"
        guarded = f"{' . '.join((*words, _PORT_WORDS))} != @{outside}" if draft.sets[outside].elements else None
        if len(draft.sets[outside].elements) < len(draft.sets[f"forward{family}{shape}"].elements):
            draft.rule("output", *_local(family), guarded, _look_up(family, words, f"forward{family}{shape}"))
        else:
            draft.sets[outside].elements.clear()  # Of these the host takes none.
        if draft.sets[f"host{family}{shape}"].elements:
            draft.rule("output", *_local(family), _look_up(family, words, f"host{family}{shape}"))
    for name, words in (("hairpin", ("iifname", "oifname")), ("self", (f"{ip} saddr",))):
        if draft.sets[f"{name}{family}"].elements:
            draft.rule("postrouting", "ct status dnat", f"{' . '.join((*words, f'{ip} daddr', _PORT_WORDS))} @{name}{family}", "masquerade")


def ways_out(thing: Masquerade) -> Optional[str]:
    """The interfaces by which a source network leaves."""
    if thing.out_interface:
        return f'oifname "{thing.out_interface}"'
    return f'oifname != "{thing.device}"' if thing.device else None


def _render_masquerade(draft: _Draft, thing: Masquerade) -> None:
    family, ip = thing.family, IP[thing.family]
    kept = (thing.source, *TO_MANY[family], *thing.destination_except)
    draft.rule(
        "postrouting", f"{ip} saddr {plain(thing.source)}", *(f"{ip} daddr != {plain(network)}" for network in kept), ways_out(thing),
        f"snat {ip} to {thing.to_source}" if thing.to_source else "masquerade", comment=write_device(thing),
    )


def _specific_first(things: Iterable[NatThing]) -> List[Masquerade]:
    rules = [thing for thing in things if isinstance(thing, Masquerade)]
    return sorted(rules, key=lambda thing: (-int(thing.source.partition("/")[2]), thing.out_interface is None))


def _members_of(things: Iterable[Isolated]) -> Dict[str, List[str]]:
    """The isolated interfaces by their lab, in the order of its name."""
    found: Dict[str, List[str]] = {}
    for thing in things:
        found.setdefault(thing.owner or "", []).append(thing.interface)
    return dict(sorted(found.items()))


def _render_isolation(draft: _Draft, isolated: Sequence[Isolated]) -> None:
    """Who belongs to which lab. What has a lab's address as its source and does not come by its interface is dropped at once."""
    for thing in isolated:
        draft.put(INSIDE, (thing.interface,), (), mark_of(thing))
        for network in thing.networks:
            draft.put(f"networks{family_of(network)}", (plain(network),), (), write_device(thing))
    for family in FAMILIES:
        if draft.sets[f"networks{family}"].elements:
            draft.rule("spoofed", f"{IP[family]} saddr @networks{family}", "fib saddr . iif oif missing", "drop")
    for owner, names in _members_of(isolated).items():
        for name in names:
            draft.put(f"lab-{owner}", (name,))
        # Among its own interfaces, which is also how br_netfilter shows what a bridge carries among its ports.
        draft.rule("forward", f"iifname @lab-{owner}", f"oifname @lab-{owner}", "accept")
    if isolated:
        draft.rule("forward", f"oifname @{INSIDE}", "drop")


def _render_guard(draft: _Draft, things: Sequence[NatThing]) -> None:
    """Forwarding that we turned on is for our traffic only: the rest is dropped as if it were still off (an accept ends only this chain).

    So is, whoever turned it on, what goes into an isolated lab or comes from one.
    """
    opened = [thing for thing in things if isinstance(thing, Opened)]
    isolated = [thing for thing in things if isinstance(thing, Isolated)]
    if not opened and not isolated:
        return
    if any(isinstance(thing, (Masquerade, Dnat)) for thing in things):
        draft.rule("forward", "ct state established,related", "accept")
        # Translated means published, by us or by another on purpose, and the target is no longer what the sender wrote.
        draft.rule("forward", "ct status dnat", "accept")
    _render_isolation(draft, isolated)
    for thing in _specific_first(things):
        came_by = f'iifname "{thing.device}"' if thing.device else None
        draft.rule("forward", came_by, f"{IP[thing.family]} saddr {plain(thing.source)}", ways_out(thing), "accept", comment=mark_of(thing))
    if isolated:
        draft.rule("forward", f"iifname @{INSIDE}", "drop")
    for family in FAMILIES:
        _render_drops(draft, family, [thing.interface for thing in opened if thing.family == family])


def _render_drops(draft: _Draft, family: int, interfaces: Sequence[str]) -> None:
    version = f"meta nfproto ipv{family}"
    names = [name for name in interfaces if name != "all"]
    for name in names:
        draft.put(f"opened{family}", (name,), (), MARK)
        draft.put(f"bridged{family}", (name, name))
    if names:
        # br_netfilter shows us what a bridge carries among its own ports: as coming and going by the bridge. That is no forwarding.
        draft.rule("forward", version, 'meta iifkind "bridge"', f"iifname . oifname @bridged{family}", "accept")
        draft.rule("forward", version, f"iifname @opened{family}", "drop")
    if len(names) < len(interfaces):
        # The same for every bridge there is, for IPv6 opens all interfaces at once: what has its route by the bridge it came from
        # stays there, and what has no route by the bridge it leaves by was not routed to it.
        both = ('meta iifkind "bridge"', 'meta oifkind "bridge"')
        draft.rule("forward", version, *both, "fib daddr . iif oif exists", "accept")
        draft.rule("forward", version, *both, "fib daddr . oif type unreachable", "accept")
        draft.rule("forward", version, "drop")


remembered: List[Tuple[Tuple[NatThing, ...], Table]] = []
"""The last few tables, with what they were made from: a run asks for the same two again and again, and each takes a while where it is large."""
_REMEMBERED = 4


def recall(table: Table, netns: Optional[str]) -> Optional[Tuple[NatThing, ...]]:
    """The things of this namespace that were rendered to the same table lately."""
    return next((things for things, known in remembered if things and things[0].netns == netns and known == table), None)


def render(things: Iterable[NatThing]) -> Table:
    """The table that does what the things say; the same for the same things in any order."""
    ordered = canonical(things)
    for known, table in remembered:
        if known == ordered:
            return table
    remembered.append((ordered, _render(ordered)))
    del remembered[:-_REMEMBERED]
    return remembered[-1][1]


def _render(ordered: Sequence[NatThing]) -> Table:
    draft = _Draft()
    for entry in entries(ordered):
        (_render_sourced if entry.source else _render_mapped)(draft, entry)
    for thing in ordered:
        if isinstance(thing, Dnat):
            _render_beside(draft, thing)
    for family in FAMILIES:
        _render_look_ups(draft, family)
    for masquerade in _specific_first(ordered):
        _render_masquerade(draft, masquerade)
    _render_guard(draft, ordered)
    for thing in ordered:
        if isinstance(thing, Kept):
            draft.put(RECORDS[thing.setting], (thing.interface,), (), MARK)
    return draft.table()
