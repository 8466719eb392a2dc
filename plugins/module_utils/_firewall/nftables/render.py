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

from ..._model.addresses import family_of
from ..._model.errors import Refused
from ..._model.nat import Dnat, Masquerade, NatResource, SavedSysctl
from ..._model.ownership import MARK
from ..._model.rulesets import sort_rules
from ..comments import write_device
from ..dnat import FAMILIES, LOOPBACK, TO_MANY, Entry, entries
from .builder import IP, PORT_WORDS, RECORDS, TableBuilder, plain, ways_out
from .forward_chain import render_forward_chain, specific_first
from .table import NUMBERS, Table


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


def _render_sourced(builder: TableBuilder, entry: Entry) -> None:
    """A forward for some sources only: rules of its own."""
    dnat = entry.dnat
    family = dnat.family
    came_by = (
        f'iifname "{entry.came_by}"'
        if entry.came_by
        else f'iifname != "{entry.not_by}"'
        if entry.not_by
        else None
    )
    limits = [came_by, f"{IP[family]} saddr {plain(entry.source or '')}"]
    limits += [f"{IP[family]} daddr {dnat.destination}"] if dnat.destination else _local(family)
    if dnat.ports == dnat.to_ports:
        first, last = dnat.ports
        ports = str(first) if first == last else f"{first}-{last}"
        builder.rule(
            "prerouting",
            *limits,
            f"{dnat.protocol} dport {ports}",
            _to(dnat.to_address),
            comment=entry.note,
        )
        return
    for port, to_port in _ports(dnat):
        builder.rule(
            "prerouting",
            *limits,
            f"{dnat.protocol} dport {port}",
            _to(dnat.to_address, int(to_port)),
            comment=entry.note,
        )


def _render_mapped(builder: TableBuilder, entry: Entry) -> None:
    """A forward for everybody: map elements, one for each port."""
    dnat = entry.dnat
    family, number = dnat.family, NUMBERS[dnat.protocol]
    came_by, to = (
        (entry.came_by,) if entry.came_by else (),
        (dnat.destination,) if dnat.destination else (),
    )
    shape = ("_in" if came_by else "") + ("_to" if to else "")
    for port, to_port in _ports(dnat):
        added = builder.put(
            f"forward{family}{shape}",
            (*came_by, *to, number, port),
            (dnat.to_address, to_port),
            entry.note,
        )
        if not added and entry.note:
            raise Refused(
                "destination_port",
                port,
                f"is forwarded twice, the second time to {dnat.to_address}",
            )
        if entry.not_by:
            builder.put(f"own{family}{shape}", (entry.not_by, *to, number, port))


def _render_beside(builder: TableBuilder, dnat: Dnat) -> None:
    """What a forward needs besides its ways in: for the host itself, and for the answers of a hairpin."""
    family, number = dnat.family, NUMBERS[dnat.protocol]
    to, shape = ((dnat.destination,), "_to") if dnat.destination else ((), "")
    for port, to_port in _ports(dnat):
        if dnat.source or dnat.in_interface:
            if dnat.from_host:
                builder.put(f"host{family}{shape}", (*to, number, port), (dnat.to_address, to_port))
        elif not dnat.from_host:
            builder.put(f"outside{family}{shape}", (*to, number, port))
        if dnat.hairpin and dnat.device:
            builder.put(
                f"hairpin{family}", (dnat.device, dnat.device, dnat.to_address, number, to_port)
            )
            # A connection back to its own sender never has an interface of entry here when br_netfilter shows it.
            builder.put(f"self{family}", (dnat.to_address, dnat.to_address, number, to_port))


def _look_up(family: int, words: Sequence[str], name: str) -> str:
    return f"dnat {IP[family]} to {' . '.join((*words, PORT_WORDS))} map @{name}"


def _guard_own(
    builder: TableBuilder, suffix: str, words: Sequence[str]
) -> Iterator[Tuple[str, ...]]:
    """What keeps a forward from those in its target's own network: the matches of each rule that asks its map.

    Where most of a map is so guarded from one interface, that is closed and what it is let to is listed, for that is less.
    """
    own, closed, let = (
        builder.sets[f"{name}{suffix}"].elements for name in ("own", "closed", "let")
    )
    keys = builder.sets[f"forward{suffix}"].elements
    blocked: Dict[str, int] = {}
    for device, *_key in own:
        blocked[device] = blocked.get(device, 0) + 1
    for device in [device for device, count in blocked.items() if 2 * count > len(keys)]:
        builder.put(f"closed{suffix}", (device,))
        for key in keys:
            if own.pop((device, *key), None) is None:
                builder.put(f"let{suffix}", (device, *key))
    came_to = " . ".join(("iifname", *words, PORT_WORDS))
    not_own = (f"{came_to} != @own{suffix}",) if own else ()
    yield (*((f"iifname != @closed{suffix}",) if closed else ()), *not_own)
    if let:
        yield (f"iifname @closed{suffix}", f"{came_to} @let{suffix}")


def _render_look_ups(builder: TableBuilder, family: int) -> None:
    """The rules that ask the maps, the more specific first."""
    ip = IP[family]
    for shape, words in (
        ("_in_to", ("iifname", f"{ip} daddr")),
        ("_to", (f"{ip} daddr",)),
        ("_in", ("iifname",)),
        ("", ()),
    ):
        name = f"forward{family}{shape}"
        if builder.sets[name].elements:
            limits = () if "_to" in shape else _local(family)
            for guards in (
                [()] if "_in" in shape else _guard_own(builder, f"{family}{shape}", words)
            ):
                builder.rule("prerouting", *limits, *guards, _look_up(family, words, name))
    for shape, words in (("_to", (f"{ip} daddr",)), ("", ())):
        outside = f"outside{family}{shape}"
        guarded = (
            f"{' . '.join((*words, PORT_WORDS))} != @{outside}"
            if builder.sets[outside].elements
            else None
        )
        if len(builder.sets[outside].elements) < len(
            builder.sets[f"forward{family}{shape}"].elements
        ):
            builder.rule(
                "output",
                *_local(family),
                guarded,
                _look_up(family, words, f"forward{family}{shape}"),
            )
        else:
            builder.sets[outside].elements.clear()  # Of these the host takes none.
        if builder.sets[f"host{family}{shape}"].elements:
            builder.rule("output", *_local(family), _look_up(family, words, f"host{family}{shape}"))
    for name, words in (("hairpin", ("iifname", "oifname")), ("self", (f"{ip} saddr",))):
        if builder.sets[f"{name}{family}"].elements:
            builder.rule(
                "postrouting",
                "ct status dnat",
                f"{' . '.join((*words, f'{ip} daddr', PORT_WORDS))} @{name}{family}",
                "masquerade",
            )


def _render_masquerade(builder: TableBuilder, resource: Masquerade) -> None:
    family, ip = resource.family, IP[resource.family]
    kept = (resource.source, *TO_MANY[family], *resource.destination_except)
    builder.rule(
        "postrouting",
        f"{ip} saddr {plain(resource.source)}",
        *(f"{ip} daddr != {plain(network)}" for network in kept),
        ways_out(resource),
        f"snat {ip} to {resource.to_source}" if resource.to_source else "masquerade",
        comment=write_device(resource),
    )


remembered: List[Tuple[Tuple[NatResource, ...], Table]] = []
"""The last few tables, with what they were made from: a run asks for the same two again and again, and each takes a while where it is large."""
_REMEMBERED = 4


def recall(table: Table, netns: Optional[str]) -> Optional[Tuple[NatResource, ...]]:
    """The things of this namespace that were rendered to the same table lately."""
    return next(
        (
            resources
            for resources, known in remembered
            if resources and resources[0].netns == netns and known == table
        ),
        None,
    )


def render_nft(resources: Iterable[NatResource]) -> Table:
    """The table that does what the things say; the same for the same things in any order."""
    # Mostly it is the same tuple once more; to sort five thousand things takes longer than to look.
    ordered = next(
        (known for known, _table in remembered if known is resources), None
    ) or sort_rules(resources)
    for known, table in remembered:
        if known == ordered:
            return table
    remembered.append((ordered, _render(ordered)))
    del remembered[:-_REMEMBERED]
    return remembered[-1][1]


def _render(ordered: Sequence[NatResource]) -> Table:
    builder = TableBuilder()
    for entry in entries(ordered):
        (_render_sourced if entry.source else _render_mapped)(builder, entry)
    for resource in ordered:
        if isinstance(resource, Dnat):
            _render_beside(builder, resource)
    for family in FAMILIES:
        _render_look_ups(builder, family)
    for masquerade in specific_first(ordered):
        _render_masquerade(builder, masquerade)
    render_forward_chain(builder, ordered)
    for resource in ordered:
        if isinstance(resource, SavedSysctl):
            builder.put(RECORDS[resource.setting], (resource.interface,), (), MARK)
    return builder.table()
