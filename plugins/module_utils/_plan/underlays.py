# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the packets of a new vxlan travel: ``link_netns``, which is the host if it is left out.

A vxlan works only there. So one whose addresses are those of its own namespace is a mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .._describe.links import describe_link
from .._describe.places import describe_location, describe_netns
from .._model.addresses import address_of, network_of
from .._model.errors import Refused
from .._model.link_options import VxlanOptions

if TYPE_CHECKING:
    from .._model.links import Link
    from .projection import Projection

_Addresses = dict[Optional[str], set[str]]


def check_underlay(projection: Projection, wanted: Link) -> None:
    """Check that the packets of a new vxlan leave from where its local address is.

    A warning tells of a remote address that only its own namespace has a network with.

    :raises Refused: if the local address is in its own namespace, and not where packets leave.
    """
    options = wanted.options
    underlay = wanted.parent[0] if wanted.parent else None
    if not isinstance(options, VxlanOptions) or underlay == wanted.netns:
        return
    addresses = projection.once(_list_addresses)
    inside, outside = addresses.get(wanted.netns, set()), addresses.get(underlay, set())
    leave = f"the packets of {describe_link(wanted)} leave from {describe_netns(underlay)}"
    if options.local is not None:
        if options.local in _hosts(inside) - _hosts(outside):
            rule = f"is an address of {describe_netns(wanted.netns)}, and {leave}; {_hint(wanted)}"
            raise Refused("local", options.local, rule)
    elif options.remote is not None and not address_of(options.remote).is_multicast:
        remote = address_of(options.remote)
        is_near = [any(remote in network_of(text) for text in group) for group in (inside, outside)]
        if is_near == [True, False]:
            projection.builder.warnings.append(
                f"remote {options.remote} is in a network of {describe_netns(wanted.netns)}, and "
                f"{leave}; {_hint(wanted)} if that was meant"
            )


def explain_same_id(wanted: Link, existing: Link) -> str:
    """What to do about two links with one id, to be added to the rule."""
    if wanted.netns == existing.netns or wanted.parent is None or wanted.parent[1]:
        return ""
    where = describe_location(wanted.parent[0])
    return f", and the packets of both travel {where}; {_hint(wanted)} if they are to travel there"


def _hint(wanted: Link) -> str:
    return f"set link_netns: {wanted.netns}" if wanted.netns else "leave link_netns out"


def _hosts(addresses: set[str]) -> set[str]:
    return {text.partition("/")[0] for text in addresses}


def _list_addresses(projection: Projection) -> _Addresses:
    """The addresses that each namespace has, or that the task wants."""
    found: _Addresses = {}
    for link in (*projection.current.links.values(), *projection.request.links):
        found.setdefault(link.netns, set()).update(link.addresses or ())
    return found
