# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for links that are no veth pairs and no bridges: found as they are wanted, made, or taken from the host."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from .._describe.links import say_kind, say_link, say_type
from .._describe.places import say_netns, say_owner, say_where
from .._model.addresses import family_of
from .._model.current_state import There
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_types import (
    NATURES,
    OPTIONS,
    TAKES_ALL,
    IpvlanOptions,
    LinkOptions,
    MacvlanOptions,
    TunOptions,
    VlanOptions,
    VxlanOptions,
    lay,
)
from .._model.links import Link, Place
from .._model.netns import REDIRECTS, Sysctl
from .link_changes import alter_link
from .link_defaults import newborn, with_defaults
from .phases import Phase
from .physical_links import check_connection, check_spared, take
from .projection import Draft

_BORN: Dict[str, Any] = {
    "ipvlan": IpvlanOptions(mode="l3", flags="bridge"),
    "macvlan": MacvlanOptions(mode="bridge"),
    "tun": TunOptions(mode="tap", multi_queue=False, vnet_hdr=False, pi=False, persist=True),
    "vlan": VlanOptions(protocol="802.1Q"),
    "vxlan": VxlanOptions(dstport=4789),
}
"""What is made without a word: the kernel's own choice, but for macvlan (vepa, which needs a switch that sends back) and vxlan (8472, of before RFC 7348)."""

_OF_ITS_PARENT = {"ipvlan": ("mode", "flags")}


def in_order(links: List[Link]) -> List[Link]:
    """Parents before what sits on them."""
    by_place = {link.place: link for link in links}
    ordered: List[Link] = []
    done: Set[Place] = set()

    def add(link: Link, above: List[Place]) -> None:
        if link.place in above:
            raise Refused("link", link.name, f"{say_link(link)} would sit on itself")
        parent = by_place.get(link.parent) if link.parent else None
        if parent is not None and parent.place not in done:
            add(parent, [*above, link.place])
        if link.place not in done:
            done.add(link.place)
            ordered.append(link)

    for link in links:
        add(link, [])
    return ordered


def plan_link(draft: Draft, wanted: Link) -> None:
    """One link."""
    draft.need_netns(wanted.netns, say_link(wanted))
    there = draft.links.get(wanted.place)
    if wanted.home is not None:
        there = take(draft, wanted, there)
        wanted = with_defaults(draft, wanted, there)
    elif there is None and wanted.kind is None:
        there = draft.need_link(
            "name", wanted.netns, wanted.name, "a task without type (which says what to make)"
        )
    elif there is None:
        wanted = with_defaults(draft, _complete(draft, wanted), None)
        there = _make(draft, wanted)
    else:
        _check_same(draft, wanted, there)
        if there.up and wanted.up is False:
            check_spared(draft, there, wanted)
        check_connection(draft, there, wanted)
        wanted = with_defaults(draft, wanted, there)
    _check_mtu(draft, wanted, there)
    alter_link(draft, wanted, there)
    if there.kind == "wireguard" and draft.links[wanted.place].up and not there.up:
        _own_up_to_redirects(draft, wanted.netns)
    if wanted.kind in _OF_ITS_PARENT:
        _spread(draft, draft.links[wanted.place])


def _own_up_to_redirects(draft: Draft, netns: Optional[str]) -> None:
    """Where a wireguard is raised the kernel sends no more redirects, by no link of that namespace (drivers/net/wireguard/device.c)."""
    key = (netns, REDIRECTS)
    if draft.there.sysctls.get(key) == "1":
        draft.step(Phase.UP, Sysctl(*key, "1"), Sysctl(*key, "0"), implied=True)


def check_links(draft: Draft, links: List[Link]) -> None:
    """What can be told only when all are planned."""
    for wanted in links:
        there = draft.links[wanted.place]
        parent = draft.links.get(there.parent) if there.parent else None
        if there.kind == "vlan" and wanted.up and parent is not None and not parent.up:
            raise Refused(
                "up", True, f"{say_link(there)} cannot be up while {say_link(parent)} is down"
            )
        for option in _OF_ITS_PARENT.get(there.kind or "", ()):
            value = getattr(wanted.options, option, None)
            if value not in (None, getattr(there.options, option)):
                raise Refused(
                    option,
                    value,
                    f"all that sit on one link have the same, and another there is to have {getattr(there.options, option)}",
                )


def _complete(draft: Draft, wanted: Link) -> Link:
    """What is to be made, with all that making it takes."""
    kind = wanted.kind or ""
    nature = NATURES[kind]
    if kind in draft.there.lacking:
        raise Refused(
            "type",
            say_type(wanted),
            f"this kernel has no links of this type (module {nature.module}), as {wanted.name} is to be",
        )
    if nature.parent and (wanted.parent is None or not wanted.parent[1]):
        raise Refused(
            "link",
            None,
            f"is needed to make {wanted.name}, {say_kind(wanted)}, which sits on another link",
        )
    for option in nature.needed:
        if getattr(wanted.options, option) is None:
            raise Refused(option, None, f"is needed to make {wanted.name}, {say_kind(wanted)}")
    wanted = replace(wanted, parent=wanted.parent or ((None, "") if nature.underlay else None))
    sibling = next(_siblings(draft, wanted), None)
    return replace(
        wanted,
        options=_born(
            wanted,
            sibling.options if sibling is not None and kind == sibling.kind == "ipvlan" else None,
        ),
    )


def _born(wanted: Link, alike: Optional[LinkOptions] = None) -> Optional[LinkOptions]:
    """Its options with those that it has without a word, or that all who sit there have."""
    kind = wanted.kind or ""
    born = alike or _BORN.get(kind)
    return wanted.options if born is None else lay(wanted.options or OPTIONS[kind](), born)


def _make(draft: Draft, wanted: Link) -> Link:
    if wanted.parent is not None:
        draft.need_netns(wanted.parent[0], say_link(wanted))
        if wanted.parent[1]:
            _check_parent(draft, wanted, *wanted.parent)
        _check_number(draft, wanted)
    made = newborn(draft, wanted)
    draft.step(Phase.CHILD if made.parent else Phase.LINK, None, made)
    draft.links[made.place] = replace(made, addresses=())
    return draft.links[made.place]


def _siblings(draft: Draft, link: Link) -> Iterator[Link]:
    """What else sits on its link."""
    if link.parent and link.parent[1]:
        yield from (one for one in draft.links.on(link.parent) if one.place != link.place)


def _check_parent(draft: Draft, wanted: Link, netns: Optional[str], name: str) -> None:
    """Refuse to set a link on what does not carry it."""
    if (netns, name) not in draft.links and not draft.assume:
        elsewhere = next((place[0] for place in draft.links if place[1] == name), None)
        hint = (
            f"; there is one in namespace {elsewhere}, which link_netns would say"
            if elsewhere
            else ""
        )
        raise Refused(
            "link",
            name,
            f"there is no such interface {say_where(netns)}, on which {wanted.name} could sit{hint}",
        )
    parent = draft.need_link("link", netns, name, say_link(wanted))
    if wanted.kind not in TAKES_ALL:
        return
    if parent.kind == wanted.kind:
        raise Refused(
            "link",
            name,
            f"is {say_kind(parent)} itself, and the kernel sets one of these on no other; name the link on which that sits",
        )
    if parent.bridge:
        raise Refused(
            "link",
            name,
            f"is a port of bridge {parent.bridge}, which is given all that comes in; name the bridge",
        )
    # Of those that sit there any one tells: they are all of one kind, and one with mode passthru is alone.
    sibling = next((one for one in _siblings(draft, wanted) if one.kind in TAKES_ALL), None)
    if sibling is not None and sibling.kind != wanted.kind:
        raise Conflict(
            "link",
            name,
            f"carries {say_kind(sibling)}, {say_link(sibling)}, and one link carries only one of the two kinds",
        )
    modes = [getattr(link.options, "mode", None) for link in (wanted, sibling) if link is not None]
    if len(modes) == 2 and "passthru" in modes:
        rule = f"{say_link(sibling or wanted)} sits on the same link with mode {modes[1]}, and passthru takes a link for itself"
        raise Conflict("mode", modes[0], rule)


def _number(link: Link) -> Optional[Tuple[Any, ...]]:
    """What tells a VLAN from others on its link, and a vxlan from others of its namespace."""
    options = link.options
    if isinstance(options, VlanOptions):
        return (link.parent, options.id, options.protocol)
    return (
        (link.parent[0] if link.parent else None, options.id, options.dstport)
        if isinstance(options, VxlanOptions)
        else None
    )


def find_held(there: There, wanted: List[Link]) -> Iterator[Link]:
    """What has the number, the port, or the link for itself, that one which is to be made shall have."""
    new = [link for link in wanted if link.kind in NATURES and link.place not in there.links]
    numbers = {
        _number(replace(link, parent=link.parent or (None, ""), options=_born(link)))
        for link in new
    }
    grounds = {link.parent for link in new if link.kind in TAKES_ALL} | {
        link.place for link in wanted if link.bridge
    }
    listens = any(link.kind == "wireguard" for link in wanted)
    for link in there.links.values():
        number = _number(link)
        if (
            number is not None
            and number in numbers
            or link.kind in TAKES_ALL
            and link.parent in grounds
            or listens
            and link.kind == "wireguard"
        ):
            yield link


def _check_number(draft: Draft, wanted: Link) -> None:
    if draft.numbers is None:
        numbered = [(_number(link), link) for link in draft.links.values()]
        draft.numbers = {number: link for number, link in numbered if number is not None}
    number = _number(wanted)
    if number is None:
        return
    other = draft.numbers.setdefault(number, wanted)
    if other is not wanted and other.place in draft.links:
        raise Conflict("id", number[1], f"{say_link(other)} is this {wanted.kind} already")


def _check_same(draft: Draft, wanted: Link, there: Link) -> None:
    """Refuse what bears the name and is something else, or cannot become what is wanted."""
    if wanted.kind not in (None, there.kind) or (
        isinstance(there.options, TunOptions)
        and say_type(wanted) not in (say_type(there), "physical")
    ):
        rule = f"{say_netns(wanted.netns)} has {say_kind(there)} of this name, not {say_kind(wanted)}{draft.say_purge(there)}"
        raise Conflict("name", wanted.name, rule)
    if isinstance(there.options, TunOptions) and wanted.kind and not there.options.persist:
        rule = f"{say_where(wanted.netns)} a process has made {say_kind(there)} of this name, which ends with that process"
        raise Conflict("name", wanted.name, rule)
    if (
        wanted.parent is not None
        and there.parent != wanted.parent
        and (wanted.parent[1] or (there.parent or ("", ""))[0] != wanted.parent[0])
    ):
        name = "link" if wanted.parent[1] else "link_netns"
        is_on = (
            "sits on what cannot be seen from here"
            if there.parent is None
            else f"sits on {there.parent[1] or 'no link'} {say_where(there.parent[0])}"
        )
        raise Conflict(
            name,
            wanted.parent[1] or wanted.parent[0],
            f"{say_link(there)} {is_on}, for good; delete it first",
        )
    fixed = NATURES[there.kind].fixed if there.kind in NATURES else ()
    for option in fixed:
        value, has = getattr(wanted.options, option, None), getattr(there.options, option, None)
        if value not in (None, has):
            keeps = f"{say_kind(there)} keeps what it was made with; delete it first"
            raise Conflict(
                option,
                value,
                f"{say_link(there)} has {'none' if has is None else has}, and {keeps}",
            )
    modes = [getattr(link.options, "mode", None) for link in (wanted, there)]
    if there.kind == "macvlan" and modes[0] not in (None, modes[1]) and "passthru" in modes:
        raise Conflict(
            "mode",
            modes[0],
            f"{say_link(there)} has {modes[1]}, and passthru is for good; delete it first",
        )
    if isinstance(wanted.options, VxlanOptions) and isinstance(there.options, VxlanOptions):
        _check_family(wanted, wanted.options, there.options)


def _check_family(wanted: Link, options: VxlanOptions, there: VxlanOptions) -> None:
    """A vxlan keeps the family of the addresses between which it was made, IPv4 without any (vxlan_config_validate in drivers/net/vxlan)."""
    family = family_of(there.remote or there.local or "")
    for option in ("remote", "local"):
        address = getattr(options, option)
        if address and family_of(address) != family:
            raise Conflict(
                option,
                address,
                f"{say_link(wanted)} tunnels over IPv{family}, for good; delete it first",
            )


def _check_mtu(draft: Draft, wanted: Link, there: Link) -> None:
    """What sits on a link cannot have a larger MTU."""
    parent = (
        draft.links.get(there.parent)
        if there.parent and there.kind in NATURES and NATURES[there.kind].parent
        else None
    )
    if parent is not None and parent.mtu and (wanted.mtu or 0) > parent.mtu:
        raise Refused(
            "mtu",
            wanted.mtu,
            f"is more than that of {say_link(parent)}, on which {wanted.name} sits ({parent.mtu})",
        )


def _spread(draft: Draft, link: Link) -> None:
    """What the kernel keeps on the parent, all that sit there have."""
    for sibling in _siblings(draft, link):
        if sibling.options == link.options:
            return  # and so have all others
        if sibling.owner != draft.owner:
            along = f"{say_link(sibling)}, which is {say_owner(sibling)}, sits on the same link and would change along"
            raise Conflict("mode", getattr(link.options, "mode", None), along)
        draft.links[sibling.place] = replace(sibling, options=link.options)
