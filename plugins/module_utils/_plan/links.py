# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the links that netns_link manages."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from .._describe.links import describe_kind, describe_link
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_types import LINK_TYPES
from .._model.links import Link, type_name, type_of
from .._model.netns import SEND_REDIRECTS, Sysctl
from .default_options import with_default_options
from .link_changes import change_link
from .link_defaults import link_as_created, with_defaults
from .link_effects import rename_link
from .link_ids import index_by_id, link_id
from .link_parents import change_siblings, check_mtu, check_parent, siblings
from .link_type_checks import check_unchangeable
from .phases import Phase
from .physical_links import plan_move_from_host

if TYPE_CHECKING:
    from .._model.link_options import LinkOptions
    from .projection import Projection


def plan_link(projection: Projection, wanted: Link) -> None:
    """Plan a link that is no bridge: it is created, changed, or brought from the host.

    :raises Refused: if it cannot be as it is wanted.
    """
    projection.need_netns(wanted.netns, describe_link(wanted))
    current = projection.links.get(wanted.ref)
    if wanted.saved is not None:
        current = plan_move_from_host(projection, wanted, current)
        wanted = with_defaults(projection, wanted, current)
    elif current is None and wanted.kind is None:
        hint = "" if wanted.netns is None else "; physical moves it from the host"
        what = f"a task without type (which says what to create{hint})"
        current = projection.need_link("name", wanted.netns, wanted.name, what)
    elif current is None:
        wanted = with_defaults(projection, _complete(projection, wanted), None)
        current = _create(projection, wanted)
    else:
        check_unchangeable(projection, wanted, current)
        wanted = with_defaults(projection, wanted, current)
    check_mtu(projection, wanted, current)
    change_link(projection, wanted, current)
    planned = projection.links[wanted.ref]
    if planned.kind == "wireguard" and planned.up and not current.up:
        _plan_send_redirects(projection, wanted.netns)
    if wanted.kind in LINK_TYPES and LINK_TYPES[wanted.kind].shared:
        change_siblings(projection, planned)


def check_links(projection: Projection, links: list[Link]) -> None:
    """Check the wanted links against their parents and siblings, once all links are planned.

    :raises Refused: if the kernel would not take one.
    """
    for wanted in links:
        planned = projection.links[wanted.ref]
        parent = projection.links.get(planned.parent) if planned.parent else None
        if planned.kind == "vlan" and wanted.up and parent is not None and not parent.up:
            raise Refused(
                "up",
                True,
                f"{describe_link(planned)} cannot be up while {describe_link(parent)} is down",
            )
        planned_type = type_of(planned)
        for option in planned_type.shared if planned_type is not None else ():
            value = getattr(wanted.options, option, None)
            if value not in (None, getattr(planned.options, option)):
                raise Refused(
                    option,
                    value,
                    f"all {planned.kind} links on one parent have the same {option}, and another "
                    f"one is to have {getattr(planned.options, option)}",
                )


def _plan_send_redirects(projection: Projection, netns: str | None) -> None:
    """Plan that no redirects are sent in a namespace in which a wireguard link is set up.

    Source: wg_open in drivers/net/wireguard/device.c.
    """
    if projection.sysctls.get((netns, SEND_REDIRECTS)) == "1":
        projection.replace(
            Sysctl(netns, SEND_REDIRECTS, "1"),
            Sysctl(netns, SEND_REDIRECTS, "0"),
            Phase.UP,
            implied=True,
        )


def _complete(projection: Projection, wanted: Link) -> Link:
    """A link that is created, with all options that its creation needs.

    :raises Refused: if a required one is missing, or the kernel lacks the type.
    """
    link_type = LINK_TYPES[type_name(wanted)]
    if link_type.kind in projection.current.missing_features:
        raise Refused(
            "type",
            type_name(wanted),
            f"this kernel has no links of this type (module {link_type.module}), which "
            f"{wanted.name} is to be",
        )
    if link_type.parent and (wanted.parent is None or not wanted.parent[1]):
        raise Refused(
            "link",
            None,
            f"is required to create {wanted.name}, {describe_kind(wanted)}, which needs a parent "
            "link",
        )
    for option in link_type.required:
        if getattr(wanted.options, option) is None:
            raise Refused(
                option, None, f"is required to create {wanted.name}, {describe_kind(wanted)}"
            )
    if wanted.parent is None and link_type.underlay:
        wanted = replace(wanted, parent=(None, ""))
    shared_options: LinkOptions | None = None
    if link_type.shared:
        sibling = next(siblings(projection, wanted), None)
        shared_options = sibling.options if sibling is not None else None
    return replace(wanted, options=with_default_options(wanted, shared_options))


def _create(projection: Projection, wanted: Link) -> Link:
    """Plan to create a link.

    :returns: the link as it will be.
    """
    if wanted.parent is not None:
        projection.need_netns(wanted.parent[0], describe_link(wanted))
        if wanted.parent[1]:
            check_parent(projection, wanted, wanted.parent)
        if wanted.kind == "vxlan":
            from .underlays import check_underlay

            check_underlay(projection, wanted)
        _check_id_is_free(projection, wanted)
    created = link_as_created(projection, wanted)
    phase = Phase.CHILD if created.parent else Phase.LINK
    origin = created.parent[0] if created.parent else created.netns
    if origin != created.netns and _is_name_taken(projection, origin, created.name):
        # It is created by a message in another namespace. Before Linux 6.13 the kernel looks for
        # its name there, and finds that link.
        other = replace(created, name=_temporary_name(created))
        projection.add(other, phase)
        rename_link(projection, projection.links[other.ref], created.ref, phase)
    else:
        projection.add(created, phase)
    return projection.links[created.ref]


def _is_name_taken(projection: Projection, netns: str | None, name: str) -> bool:
    """Whether a link has a name, or will have it, as an alternative name or otherwise."""
    ref = (netns, name)
    return ref in projection.links or ref in projection.current.altnames


def _temporary_name(link: Link) -> str:
    """A name that no other link has: of its place, by a hash."""
    digest = zlib.crc32(f"{link.netns}/{link.name}".encode())
    return f"rn-{digest:08x}"


def _check_id_is_free(projection: Projection, wanted: Link) -> None:
    wanted_id = link_id(wanted)
    if wanted_id is None:
        return
    existing = projection.once(index_by_id).setdefault(wanted_id, wanted)
    if existing is not wanted and existing.ref in projection.links:
        hint = ""
        if wanted.kind == "vxlan":
            from .underlays import explain_same_id

            hint = explain_same_id(wanted, existing)
        raise Conflict(
            "id",
            wanted_id[1],
            f"{describe_link(existing)} is the {wanted.kind} with this id already{hint}",
        )
