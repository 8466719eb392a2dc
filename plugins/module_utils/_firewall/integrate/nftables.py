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
from ..._model.nat import Admitted, Isolated, Masquerade, NatThing, Obstacle
from ..comments import is_marked, read_device, write_device
from ..listing import Listing, ask_nft
from ..nftables.builder import IP, plain, ways_out
from ..nftables.table import NAME, Rule, read_rule

_FAMILIES = {"inet": (4, 6), "ip": (4,), "ip6": (6,)}
_OF_IPTABLES = re.compile(r"ip6? filter FORWARD")
_KNOWN = re.compile(r"\S+ (firewalld|redblue_netns) .*")
"""Chains of firewalld, which has a way of its own, and of us."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


class _Base(NamedTuple):
    """A base chain of the forward path: its place, its rules, and their handles."""

    place: str
    drops: bool
    rules: List[Tuple[int, Rule]]

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


def survey(listing: Listing) -> Tuple[Dict[str, List[str]], List[Obstacle]]:
    """Where each firewall can be told, and who drops what is forwarded."""
    posts: Dict[str, List[str]] = {}
    obstacles: List[Obstacle] = []
    for base in _bases(listing):
        if base.drops:
            family, table, chain = base.place.split()
            # Those of iptables are told by iptables, or not at all.
            told = None if _OF_IPTABLES.fullmatch(base.place) else base.firewall
            if told:
                posts.setdefault(told, []).append(f"nft:{base.place}")
            obstacles.append(Obstacle(family, f"{chain} of table {family} {table}", told))
    return posts, obstacles


def _render(things: Sequence[NatThing], place: str) -> List[Rule]:
    """What has to pass: the lab's own traffic, what it sends, and the answers to that; what is forwarded into it."""
    rules = []
    for one in things:
        if not isinstance(one, Admitted) or f"nft:{place}" not in one.posts:
            continue
        comment, came_by, leaves_by = (
            write_device(one),
            f'iifname "{one.interface}"',
            f'oifname "{one.interface}"',
        )
        insides = [
            thing.interface
            for thing in things
            if isinstance(thing, Isolated)
            and thing.owner == one.owner
            and thing.interface != one.interface
        ]
        ways: List[Tuple[str, ...]] = [
            (came_by, f'oifname "{name}"') for name in (one.interface, *insides)
        ]
        ways += [
            (came_by, "ct state established,related"),
            (leaves_by, "ct state established,related"),
            (leaves_by, "ct status dnat"),
        ]
        for thing in things:
            if (
                isinstance(thing, Masquerade)
                and thing.device == one.interface
                and thing.family in _FAMILIES[place.split()[0]]
            ):
                leaves = ways_out(thing)
                ways.append(
                    (
                        came_by,
                        f"{IP[thing.family]} saddr {plain(thing.source)}",
                        *([leaves] if leaves else []),
                    )
                )
        rules += [Rule((*way, "accept"), comment) for way in ways]
    return rules


def _ours(base: _Base) -> List[Tuple[int, Rule]]:
    return [(handle, rule) for handle, rule in base.rules if is_marked(rule.comment)]


def observe(netns: Optional[str], things: Sequence[NatThing], listing: Listing) -> List[Admitted]:
    """Who is let through where. A post of which not all rules stand does not count."""
    found: List[Admitted] = []
    for base in _bases(listing):
        ours = [rule for _handle, rule in _ours(base)]
        noted = dict.fromkeys(filter(None, (read_device(rule.comment) for rule in ours)))
        told = [
            Admitted(netns, device, base.firewall, (f"nft:{base.place}",), owner)
            for owner, device in noted
            if device is not None
        ]
        whole = _render([*things, *told], base.place) == ours
        found += (
            told
            if whole
            else [Admitted(netns, one.interface, one.firewall, (), one.owner) for one in told]
        )
    return found


def _places(things: Sequence[NatThing]) -> List[str]:
    return sorted(
        {
            post.partition(":")[2]
            for thing in things
            if isinstance(thing, Admitted)
            for post in thing.posts
            if post.startswith("nft:")
        }
    )


def _insertions(place: str, things: Sequence[NatThing]) -> List[str]:
    return [
        f'insert rule {place} {" ".join(rule.parts)} comment "{rule.comment}"'
        for rule in reversed(_render(things, place))
    ]


def replace_rules(before: Sequence[NatThing], after: Sequence[NatThing], listing: Listing) -> None:
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


def commands(before: Sequence[NatThing], after: Sequence[NatThing], prefix: str) -> Iterable[str]:
    """The same, as a person would type it into bash."""
    there, wanted = _places(before), _places(after)
    for place in sorted({*there, *wanted}):
        if place in there and _insertions(place, before) != _insertions(place, after):
            pattern = rf's/.* comment "{NAME.replace("_", ".")}.*# handle \([0-9]*\)$/delete rule {place} handle \1/p'
            yield f"{prefix}nft -a list chain {place} | sed -n '{pattern}' | {prefix}nft -f -"
        if place in wanted and _insertions(place, before) != _insertions(place, after):
            yield (
                f"{prefix}nft -f - <<'EOF'\n"
                + "".join(f"{line}\n" for line in _insertions(place, after))
                + "EOF"
            )
