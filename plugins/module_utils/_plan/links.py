# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for links that are no veth pairs and no bridges: found as they are wanted, made, or taken from the host."""

from __future__ import annotations

from typing import Any, Iterator, List, Optional, Set, Tuple

from .._describe.links import describe_kind, describe_link
from .._describe.places import describe_location, describe_netns, describe_owner
from .._model.addresses import family_of
from .._model.current_state import CurrentState
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_options import (
    LinkOptions,
    TunOptions,
    VlanOptions,
    VxlanOptions,
    merge_options,
)
from .._model.link_types import EXCLUSIVE_TYPES, LINK_TYPES, NETNS_LINK_KINDS
from .._model.links import Link, LinkRef, type_name, type_of
from .._model.netns import SEND_REDIRECTS, Sysctl
from .link_changes import alter_link
from .link_defaults import link_as_created, with_defaults
from .phases import Phase
from .physical_links import check_connection, check_spared, plan_move_from_host
from .projection import Projection


def in_order(links: List[Link]) -> List[Link]:
    """Parents before what sits on them."""
    by_place = {link.ref: link for link in links}
    ordered: List[Link] = []
    done: Set[LinkRef] = set()

    def add(link: Link, above: List[LinkRef]) -> None:
        if link.ref in above:
            raise Refused("link", link.name, f"{describe_link(link)} would sit on itself")
        parent = by_place.get(link.parent) if link.parent else None
        if parent is not None and parent.ref not in done:
            add(parent, [*above, link.ref])
        if link.ref not in done:
            done.add(link.ref)
            ordered.append(link)

    for link in links:
        add(link, [])
    return ordered


def plan_link(projection: Projection, wanted: Link) -> None:
    """One link."""
    projection.need_netns(wanted.netns, describe_link(wanted))
    current = projection.links.get(wanted.ref)
    if wanted.saved is not None:
        current = plan_move_from_host(projection, wanted, current)
        wanted = with_defaults(projection, wanted, current)
    elif current is None and wanted.kind is None:
        current = projection.need_link(
            "name", wanted.netns, wanted.name, "a task without type (which says what to make)"
        )
    elif current is None:
        wanted = with_defaults(projection, _complete(projection, wanted), None)
        current = _make(projection, wanted)
    else:
        _check_same(projection, wanted, current)
        if current.up and wanted.up is False:
            check_spared(projection, current, wanted)
        check_connection(projection, current, wanted)
        wanted = with_defaults(projection, wanted, current)
    _check_mtu(projection, wanted, current)
    alter_link(projection, wanted, current)
    if current.kind == "wireguard" and projection.links[wanted.ref].up and not current.up:
        _plan_send_redirects(projection, wanted.netns)
    if wanted.kind in LINK_TYPES and LINK_TYPES[wanted.kind].shared:
        _change_siblings(projection, projection.links[wanted.ref])


def _plan_send_redirects(projection: Projection, netns: Optional[str]) -> None:
    """Where a wireguard is raised the kernel sends no more redirects, by no link of that namespace (drivers/net/wireguard/device.c)."""
    key = (netns, SEND_REDIRECTS)
    if projection.current.sysctls.get(key) == "1":
        projection.step(Phase.UP, Sysctl(*key, "1"), Sysctl(*key, "0"), implied=True)


def check_links(projection: Projection, links: List[Link]) -> None:
    """What can be told only when all are planned."""
    for wanted in links:
        current = projection.links[wanted.ref]
        parent = projection.links.get(current.parent) if current.parent else None
        if current.kind == "vlan" and wanted.up and parent is not None and not parent.up:
            raise Refused(
                "up",
                True,
                f"{describe_link(current)} cannot be up while {describe_link(parent)} is down",
            )
        current_type = type_of(current)
        for option in current_type.shared if current_type is not None else ():
            value = getattr(wanted.options, option, None)
            if value not in (None, getattr(current.options, option)):
                raise Refused(
                    option,
                    value,
                    f"all that sit on one link have the same, and another there is to have {getattr(current.options, option)}",
                )


def _complete(projection: Projection, wanted: Link) -> Link:
    """What is to be made, with all that making it takes."""
    kind = wanted.kind or ""
    link_type = LINK_TYPES[type_name(wanted)]
    if kind in projection.current.missing_features:
        raise Refused(
            "type",
            type_name(wanted),
            f"this kernel has no links of this type (module {link_type.module}), as {wanted.name} is to be",
        )
    if link_type.parent and (wanted.parent is None or not wanted.parent[1]):
        raise Refused(
            "link",
            None,
            f"is needed to make {wanted.name}, {describe_kind(wanted)}, which sits on another link",
        )
    for option in link_type.required:
        if getattr(wanted.options, option) is None:
            raise Refused(option, None, f"is needed to make {wanted.name}, {describe_kind(wanted)}")
    wanted = replace(wanted, parent=wanted.parent or ((None, "") if link_type.underlay else None))
    sibling = next(_siblings(projection, wanted), None)
    return replace(
        wanted,
        options=_with_default_options(
            wanted,
            sibling.options if sibling is not None and link_type.shared else None,
        ),
    )


def _with_default_options(
    wanted: Link, alike: Optional[LinkOptions] = None
) -> Optional[LinkOptions]:
    """Its options with those that it has without a word, or that all who sit there have."""
    link_type = LINK_TYPES[type_name(wanted)]
    defaults = alike or link_type.defaults
    if defaults is None:
        return wanted.options
    return merge_options(wanted.options or type(defaults)(), defaults)


def _make(projection: Projection, wanted: Link) -> Link:
    if wanted.parent is not None:
        projection.need_netns(wanted.parent[0], describe_link(wanted))
        if wanted.parent[1]:
            _check_parent(projection, wanted, *wanted.parent)
        _check_link_id(projection, wanted)
    made = link_as_created(projection, wanted)
    projection.step(Phase.CHILD if made.parent else Phase.LINK, None, made)
    projection.links[made.ref] = replace(made, addresses=())
    return projection.links[made.ref]


def _siblings(projection: Projection, link: Link) -> Iterator[Link]:
    """What else sits on its link."""
    if link.parent and link.parent[1]:
        yield from (one for one in projection.links.on(link.parent) if one.ref != link.ref)


def _check_parent(projection: Projection, wanted: Link, netns: Optional[str], name: str) -> None:
    """Refuse to set a link on what does not carry it."""
    if (netns, name) not in projection.links and not projection.assume:
        elsewhere = next((place[0] for place in projection.links if place[1] == name), None)
        hint = (
            f"; there is one in namespace {elsewhere}, which link_netns would say"
            if elsewhere
            else ""
        )
        raise Refused(
            "link",
            name,
            f"there is no such interface {describe_location(netns)}, on which {wanted.name} could sit{hint}",
        )
    parent = projection.need_link("link", netns, name, describe_link(wanted))
    if wanted.kind not in EXCLUSIVE_TYPES:
        return
    if parent.kind == wanted.kind:
        raise Refused(
            "link",
            name,
            f"is {describe_kind(parent)} itself, and the kernel sets one of these on no other; name the link on which that sits",
        )
    if parent.bridge:
        raise Refused(
            "link",
            name,
            f"is a port of bridge {parent.bridge}, which is given all that comes in; name the bridge",
        )
    # Of those that sit there any one tells: they are all of one kind, and one with mode passthru is alone.
    sibling = next(
        (one for one in _siblings(projection, wanted) if one.kind in EXCLUSIVE_TYPES), None
    )
    if sibling is not None and sibling.kind != wanted.kind:
        raise Conflict(
            "link",
            name,
            f"carries {describe_kind(sibling)}, {describe_link(sibling)}, and one link carries only one of the two kinds",
        )
    modes = [getattr(link.options, "mode", None) for link in (wanted, sibling) if link is not None]
    if len(modes) == 2 and "passthru" in modes:
        rule = f"{describe_link(sibling or wanted)} sits on the same link with mode {modes[1]}, and passthru takes a link for itself"
        raise Conflict("mode", modes[0], rule)


def _link_id(link: Link) -> Optional[Tuple[Any, ...]]:
    """What tells a VLAN from others on its link, and a vxlan from others of its namespace."""
    options = link.options
    if isinstance(options, VlanOptions):
        return (link.parent, options.id, options.protocol)
    return (
        (link.parent[0] if link.parent else None, options.id, options.dstport)
        if isinstance(options, VxlanOptions)
        else None
    )


def find_ids_in_use(current: CurrentState, wanted: List[Link]) -> Iterator[Link]:
    """What has the number, the port, or the link for itself, that one which is to be made shall have."""
    new = [
        link for link in wanted if link.kind in NETNS_LINK_KINDS and link.ref not in current.links
    ]
    numbers = {
        _link_id(
            replace(link, parent=link.parent or (None, ""), options=_with_default_options(link))
        )
        for link in new
    }
    grounds = {link.parent for link in new if link.kind in EXCLUSIVE_TYPES} | {
        link.ref for link in wanted if link.bridge
    }
    listens = any(link.kind == "wireguard" for link in wanted)
    for link in current.links.values():
        number = _link_id(link)
        if (
            number is not None
            and number in numbers
            or link.kind in EXCLUSIVE_TYPES
            and link.parent in grounds
            or listens
            and link.kind == "wireguard"
        ):
            yield link


def _check_link_id(projection: Projection, wanted: Link) -> None:
    if projection.link_ids is None:
        numbered = [(_link_id(link), link) for link in projection.links.values()]
        projection.link_ids = {number: link for number, link in numbered if number is not None}
    number = _link_id(wanted)
    if number is None:
        return
    other = projection.link_ids.setdefault(number, wanted)
    if other is not wanted and other.ref in projection.links:
        raise Conflict("id", number[1], f"{describe_link(other)} is this {wanted.kind} already")


def _check_same(projection: Projection, wanted: Link, current: Link) -> None:
    """Refuse what bears the name and is something else, or cannot become what is wanted."""
    if wanted.kind not in (None, current.kind) or (
        isinstance(current.options, TunOptions)
        and type_name(wanted) not in (type_name(current), "physical")
    ):
        rule = f"{describe_netns(wanted.netns)} has {describe_kind(current)} of this name, not {describe_kind(wanted)}{projection.describe_purge_hint(current)}"
        raise Conflict("name", wanted.name, rule)
    if isinstance(current.options, TunOptions) and wanted.kind and not current.options.persist:
        rule = f"{describe_location(wanted.netns)} a process has made {describe_kind(current)} of this name, which ends with that process"
        raise Conflict("name", wanted.name, rule)
    if (
        wanted.parent is not None
        and current.parent != wanted.parent
        and (wanted.parent[1] or (current.parent or ("", ""))[0] != wanted.parent[0])
    ):
        name = "link" if wanted.parent[1] else "link_netns"
        is_on = (
            "sits on what cannot be seen from here"
            if current.parent is None
            else f"sits on {current.parent[1] or 'no link'} {describe_location(current.parent[0])}"
        )
        raise Conflict(
            name,
            wanted.parent[1] or wanted.parent[0],
            f"{describe_link(current)} {is_on}, for good; delete it first",
        )
    current_type = type_of(current)
    for option in current_type.immutable if current_type is not None else ():
        value, has = getattr(wanted.options, option, None), getattr(current.options, option, None)
        if value not in (None, has):
            keeps = f"{describe_kind(current)} keeps what it was made with; delete it first"
            raise Conflict(
                option,
                value,
                f"{describe_link(current)} has {'none' if has is None else has}, and {keeps}",
            )
    modes = [getattr(link.options, "mode", None) for link in (wanted, current)]
    if current.kind == "macvlan" and modes[0] not in (None, modes[1]) and "passthru" in modes:
        raise Conflict(
            "mode",
            modes[0],
            f"{describe_link(current)} has {modes[1]}, and passthru is for good; delete it first",
        )
    if isinstance(wanted.options, VxlanOptions) and isinstance(current.options, VxlanOptions):
        _check_family(wanted, wanted.options, current.options)


def _check_family(wanted: Link, options: VxlanOptions, current: VxlanOptions) -> None:
    """A vxlan keeps the family of the addresses between which it was made, IPv4 without any (vxlan_config_validate in drivers/net/vxlan)."""
    family = family_of(current.remote or current.local or "")
    for option in ("remote", "local"):
        address = getattr(options, option)
        if address and family_of(address) != family:
            raise Conflict(
                option,
                address,
                f"{describe_link(wanted)} tunnels over IPv{family}, for good; delete it first",
            )


def _check_mtu(projection: Projection, wanted: Link, current: Link) -> None:
    """What sits on a link cannot have a larger MTU."""
    parent = (
        projection.links.get(current.parent)
        if current.parent and current.kind in LINK_TYPES and LINK_TYPES[current.kind].parent
        else None
    )
    if parent is not None and parent.mtu and (wanted.mtu or 0) > parent.mtu:
        raise Refused(
            "mtu",
            wanted.mtu,
            f"is more than that of {describe_link(parent)}, on which {wanted.name} sits ({parent.mtu})",
        )


def _change_siblings(projection: Projection, link: Link) -> None:
    """What the kernel keeps on the parent, all that sit there have."""
    for sibling in _siblings(projection, link):
        if sibling.options == link.options:
            return  # and so have all others
        if sibling.owner != projection.owner:
            along = f"{describe_link(sibling)}, which is {describe_owner(sibling)}, sits on the same link and would change along"
            raise Conflict("mode", getattr(link.options, "mode", None), along)
        projection.links[sibling.ref] = replace(sibling, options=link.options)
