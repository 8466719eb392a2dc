# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Letting our traffic through the chains that somebody else filled with nft: rules of ours at their head, each with our mark.

No rule of theirs is touched: what we insert has handles of its own.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..._host.programs import find, run
from ..._model.errors import Failed
from ..._model.nat import BlockingChain, IntegratedFirewall, Isolation, Masquerade, NatResource
from ..comments import is_marked, read_device, write_device
from ..listing import Listing, ask_nft
from ..nftables.builder import IP, plain, ways_out
from ..nftables.table import NAME, NftRule, read_rule

_FAMILIES = {"inet": (4, 6), "ip": (4,), "ip6": (6,)}
_OF_IPTABLES = re.compile(r"ip6? filter FORWARD")
_KNOWN = re.compile(r"\S+ (firewalld|redblue_netns) .*")
"""Chains of firewalld, which has a way of its own, and of us."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


class _Base(NamedTuple):
    """A base chain of the forward path: its place, its rules, and their handles."""

    place: str
    drops: bool
    rules: List[Tuple[int, NftRule]]

    @property
    def firewall(self) -> str:
        # Docker's own backend nftables, since version 29; its chain drops where it was Docker that turned forwarding on.
        return "docker" if self.place.split()[1] == "docker-bridges" else "forward"


def _bases(listing: Listing) -> Iterator[_Base]:
    for chain in listing.chains:
        names = (chain["family"], chain["table"], chain["name"])
        place = " ".join(names)
        if (
            chain.get("hook") != "forward"
            or chain["family"] not in _FAMILIES
            or _KNOWN.fullmatch(place)
        ):
            continue
        if _OF_IPTABLES.fullmatch(place) and find("iptables-save") is not None:
            continue
        if not all(map(_PLAIN.fullmatch, names)):
            continue  # A name that nft itself could not be told.
        rules = [item["rule"] for item in ask_nft("list", "chain", *names) if "rule" in item]
        last = (
            [name for expression in rules[-1]["expr"] for name in expression if name != "counter"]
            if rules
            else []
        )
        drops = chain.get("policy") == "drop" or last in (["drop"], ["reject"])
        yield _Base(place, drops, [(rule["handle"], read_rule(rule)) for rule in rules])


def survey(listing: Listing) -> Tuple[Dict[str, List[str]], List[BlockingChain]]:
    """Where each firewall can be told, and who drops what is forwarded."""
    posts: Dict[str, List[str]] = {}
    obstacles: List[BlockingChain] = []
    for base in _bases(listing):
        if base.drops:
            family, table, chain = base.place.split()
            # Those of iptables are told by iptables, or not at all.
            told = None if _OF_IPTABLES.fullmatch(base.place) else base.firewall
            if told:
                posts.setdefault(told, []).append(f"nft:{base.place}")
            obstacles.append(BlockingChain(family, f"{chain} of table {family} {table}", told))
    return posts, obstacles


def _render(resources: Sequence[NatResource], place: str) -> List[NftRule]:
    """What has to pass: the lab's own traffic, what it sends, and the answers to that; what is forwarded into it."""
    rules = []
    for one in resources:
        if not isinstance(one, IntegratedFirewall) or f"nft:{place}" not in one.hook_points:
            continue
        comment, came_by, leaves_by = (
            write_device(one),
            f'iifname "{one.interface}"',
            f'oifname "{one.interface}"',
        )
        insides = [
            resource.interface
            for resource in resources
            if isinstance(resource, Isolation)
            and resource.owner == one.owner
            and resource.interface != one.interface
        ]
        ways: List[Tuple[str, ...]] = [
            (came_by, f'oifname "{name}"') for name in (one.interface, *insides)
        ]
        ways += [
            (came_by, "ct state established,related"),
            (leaves_by, "ct state established,related"),
            (leaves_by, "ct status dnat"),
        ]
        for resource in resources:
            if (
                isinstance(resource, Masquerade)
                and resource.device == one.interface
                and resource.family in _FAMILIES[place.split()[0]]
            ):
                leaves = ways_out(resource)
                ways.append(
                    (
                        came_by,
                        f"{IP[resource.family]} saddr {plain(resource.source)}",
                        *([leaves] if leaves else []),
                    )
                )
        rules += [NftRule((*way, "accept"), comment) for way in ways]
    return rules


def _ours(base: _Base) -> List[Tuple[int, NftRule]]:
    return [(handle, rule) for handle, rule in base.rules if is_marked(rule.comment)]


def observe(
    netns: Optional[str], resources: Sequence[NatResource], listing: Listing
) -> List[IntegratedFirewall]:
    """Who is let through where. A post of which not all rules stand does not count."""
    found: List[IntegratedFirewall] = []
    for base in _bases(listing):
        ours = [rule for _handle, rule in _ours(base)]
        noted = dict.fromkeys(filter(None, (read_device(rule.comment) for rule in ours)))
        told = [
            IntegratedFirewall(netns, device, base.firewall, (f"nft:{base.place}",), owner)
            for owner, device in noted
            if device is not None
        ]
        whole = _render([*resources, *told], base.place) == ours
        found += (
            told
            if whole
            else [
                IntegratedFirewall(netns, one.interface, one.firewall, (), one.owner)
                for one in told
            ]
        )
    return found


def _places(resources: Sequence[NatResource]) -> List[str]:
    return sorted(
        {
            post.partition(":")[2]
            for resource in resources
            if isinstance(resource, IntegratedFirewall)
            for post in resource.hook_points
            if post.startswith("nft:")
        }
    )


def _insertions(place: str, resources: Sequence[NatResource]) -> List[str]:
    return [
        f'insert rule {place} {" ".join(rule.parts)} comment "{rule.comment}"'
        for rule in reversed(_render(resources, place))
    ]


def replace_rules(
    before: Sequence[NatResource], after: Sequence[NatResource], listing: Listing
) -> None:
    """Make our rules what they shall be, whatever is there now, in one transaction."""
    del before
    lines: List[str] = []
    wanted = _places(after)
    for base in _bases(listing):
        lines += [f"delete rule {base.place} handle {handle}" for handle, _rule in _ours(base)]
        lines += _insertions(base.place, after) if base.place in wanted else []
    if lines:
        answer = run("nft", ["-f", "-"], "".join(f"{line}\n" for line in lines))
        if answer.code:
            raise Failed(f"nft refused the rules: {answer.complaint}")


def commands(
    before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
) -> Iterable[str]:
    """The same, as a person would type it into bash."""
    current, wanted = _places(before), _places(after)
    for place in sorted({*current, *wanted}):
        if place in current and _insertions(place, before) != _insertions(place, after):
            pattern = rf's/.* comment "{NAME.replace("_", ".")}.*# handle \([0-9]*\)$/delete rule {place} handle \1/p'
            yield f"{prefix}nft -a list chain {place} | sed -n '{pattern}' | {prefix}nft -f -"
        if place in wanted and _insertions(place, before) != _insertions(place, after):
            yield (
                f"{prefix}nft -f - <<'EOF'\n"
                + "".join(f"{line}\n" for line in _insertions(place, after))
                + "EOF"
            )
