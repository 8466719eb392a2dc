# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of our nftables table that look up a port forwarding in its maps. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..resources import LOOPBACK
from .builder import IP, PORT_KEY, TableBuilder, shorten_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def local_destination(family: int) -> tuple[str, str]:
    """Match packets to an address of this host, except loopback addresses.

    Traffic that only passes through the host is not redirected.
    """
    return "fib daddr type local", f"{IP[family]} daddr != {shorten_network(LOOPBACK[family])}"


def add_lookups(builder: TableBuilder, family: int) -> None:
    """Add the rules that look up the maps of one family, the most specific key first.

    The elements must have been added before: a map without elements has no rule.
    """
    _add_prerouting_lookups(builder, family)
    for suffix, fields in (("_to", (f"{IP[family]} daddr",)), ("", ())):
        _add_output_lookups(builder, family, suffix, fields)
    _add_hairpin_lookups(builder, family)


def _key(fields: Sequence[str]) -> str:
    return " . ".join((*fields, PORT_KEY))


def _dnat_by(family: int, fields: Sequence[str], name: str) -> str:
    return f"dnat {IP[family]} to {_key(fields)} map @{name}"


def _add_prerouting_lookups(builder: TableBuilder, family: int) -> None:
    address = f"{IP[family]} daddr"
    for suffix, fields in (
        ("_in_to", ("iifname", address)),
        ("_to", (address,)),
        ("_in", ("iifname",)),
        ("", ()),
    ):
        name = f"forward{family}{suffix}"
        if not builder.sets[name].elements:
            continue
        destination = () if "_to" in suffix else local_destination(family)
        # With an incoming interface in the key, connections from elsewhere are not found anyway.
        exceptions: Sequence[tuple[str, ...]] = [()]
        if "_in" not in suffix:
            exceptions = list(_except_own_network(builder, f"{family}{suffix}", fields))
        for matches in exceptions:
            lookup = _dnat_by(family, fields, name)
            builder.add_rule("prerouting", *destination, *matches, lookup)


def _except_own_network(
    builder: TableBuilder, suffix: str, fields: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """Return the matches of each rule that looks up a map.

    They exclude connections from the target's own network. An interface from which most of a map is
    excluded is put into ``closed``, and what it may use into ``let``: that takes fewer elements.
    """
    own, closed, let = (
        builder.sets[f"{name}{suffix}"].elements for name in ("own", "closed", "let")
    )
    keys = builder.sets[f"forward{suffix}"].elements
    excluded_keys: dict[str, int] = {}
    for device, *_key_fields in own:
        excluded_keys[device] = excluded_keys.get(device, 0) + 1
    for device, count in excluded_keys.items():
        if 2 * count <= len(keys):
            continue
        builder.add_element(f"closed{suffix}", (device,))
        for key in keys:
            if own.pop((device, *key), None) is None:
                builder.add_element(f"let{suffix}", (device, *key))
    key_text = _key(("iifname", *fields))
    not_closed = (f"iifname != @closed{suffix}",) if closed else ()
    not_own = (f"{key_text} != @own{suffix}",) if own else ()
    yield (*not_closed, *not_own)
    if let:
        yield (f"iifname @closed{suffix}", f"{key_text} @let{suffix}")


def _add_output_lookups(
    builder: TableBuilder, family: int, suffix: str, fields: Sequence[str]
) -> None:
    """Add the rules for the host's own connections."""
    outside_name, forward_name, host_name = (
        f"{name}{family}{suffix}" for name in ("outside", "forward", "host")
    )
    local = local_destination(family)
    outside = builder.sets[outside_name].elements
    if len(outside) < len(builder.sets[forward_name].elements):
        not_outside = f"{_key(fields)} != @{outside_name}" if outside else None
        builder.add_rule("output", *local, not_outside, _dnat_by(family, fields, forward_name))
    else:
        # The host uses none of the forwardings in this map, so no rule needs the set.
        outside.clear()
    if builder.sets[host_name].elements:
        builder.add_rule("output", *local, _dnat_by(family, fields, host_name))


def _add_hairpin_lookups(builder: TableBuilder, family: int) -> None:
    """Masquerade redirected connections to targets that would reply to the client directly."""
    ip = IP[family]
    for name, fields in (("hairpin", ("iifname", "oifname")), ("self", (f"{ip} saddr",))):
        if builder.sets[f"{name}{family}"].elements:
            match = f"{_key((*fields, f'{ip} daddr'))} @{name}{family}"
            builder.add_rule("postrouting", "ct status dnat", match, "masquerade")
