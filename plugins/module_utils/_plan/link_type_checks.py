# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a wanted link against the link that has its name: what the kernel does not change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_kind, describe_link
from .._describe.places import describe_location, describe_netns
from .._model.addresses import family_of
from .._model.errors import Conflict
from .._model.link_options import TunOptions, VxlanOptions
from .._model.links import Link, type_name, type_of

if TYPE_CHECKING:
    from .projection import Projection


def check_unchangeable(projection: Projection, wanted: Link, current: Link) -> None:
    """Check that a link can become what is wanted.

    :raises Conflict: if it is of another type, or would need an attribute that a link keeps.
    """
    _check_type(projection, wanted, current)
    _check_parent(projection, wanted, current)
    _check_immutable_options(wanted, current)
    mode = getattr(wanted.options, "mode", None)
    current_mode = getattr(current.options, "mode", None)
    if (
        current.kind == "macvlan"
        and mode not in (None, current_mode)
        and "passthru" in (mode, current_mode)
    ):
        raise Conflict(
            "mode",
            mode,
            f"{describe_link(current)} has {current_mode}, and mode passthru cannot be set or "
            "left; delete it first",
        )
    if isinstance(wanted.options, VxlanOptions) and isinstance(current.options, VxlanOptions):
        _check_family(wanted, wanted.options, current.options)


def _check_type(projection: Projection, wanted: Link, current: Link) -> None:
    is_tun = isinstance(current.options, TunOptions)
    if wanted.kind not in (None, current.kind) or (
        is_tun and type_name(wanted) not in (type_name(current), "physical")
    ):
        rule = (
            f"{describe_netns(wanted.netns)} has {describe_kind(current)} of this name, not "
            f"{describe_kind(wanted)}{projection.purge_hint(current)}"
        )
        raise Conflict("name", wanted.name, rule)
    if isinstance(current.options, TunOptions) and wanted.kind and not current.options.persist:
        rule = (
            f"{describe_location(wanted.netns)} a process created {describe_kind(current)} of "
            "this name, which is deleted when that process ends"
        )
        raise Conflict("name", wanted.name, rule)


def _check_parent(projection: Projection, wanted: Link, current: Link) -> None:
    if wanted.parent is None or current.parent == wanted.parent:
        return
    netns, name = wanted.parent
    if not name and current.parent is not None and current.parent[0] == netns:
        return
    is_hidden = current.kind == "wireguard" and current.parent is None
    if is_hidden and current.ref not in projection.current.lost_underlays:
        projection.builder.warnings.append(
            f"{describe_link(current)} was not created by this collection, or by a release that "
            "did not record where, and the kernel does not tell in which namespace the packets of "
            f"the tunnel travel; delete it first if that is not {describe_netns(netns)}"
        )
        return
    if is_hidden:
        is_on = "was created in a namespace that is not there any more, or has lost its name"
    elif current.parent is None:
        is_on = "has a parent that is not visible from here"
    else:
        is_on = (
            f"has the parent {current.parent[1] or 'none'} {describe_location(current.parent[0])}"
        )
    raise Conflict(
        "link" if name else "link_netns",
        name or netns,
        f"{describe_link(current)} {is_on}, which cannot be changed; delete it first",
    )


def _check_immutable_options(wanted: Link, current: Link) -> None:
    current_type = type_of(current)
    for option in current_type.immutable if current_type is not None else ():
        value = getattr(wanted.options, option, None)
        current_value = getattr(current.options, option, None)
        if value not in (None, current_value):
            rule = "which cannot be changed; delete it first"
            has = "none" if current_value is None else current_value
            raise Conflict(option, value, f"{describe_link(current)} has {has}, {rule}")


def _check_family(wanted: Link, options: VxlanOptions, current: VxlanOptions) -> None:
    """A vxlan keeps the address family with which it was created, IPv4 without addresses.

    Source: vxlan_config_validate in drivers/net/vxlan.
    """
    family = family_of(current.remote or current.local or "")
    for option in ("remote", "local"):
        address = getattr(options, option)
        if address and family_of(address) != family:
            raise Conflict(
                option,
                address,
                f"{describe_link(wanted)} tunnels over IPv{family}, which cannot be changed; "
                "delete it first",
            )
