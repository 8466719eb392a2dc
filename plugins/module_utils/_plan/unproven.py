# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may belong to a topology without a proof of it, and what of it cannot be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_typed_link
from .._describe.places import describe_netns
from .._model.link_alias import names_host_link
from .._model.netns import Netns
from .notices import LeftAlone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._model.current_state import CurrentState
    from .._model.resources import Resource

_NO_PROOF = "this collection has no record that it made it, and an alias alone proves nothing"
_REMEDY = "remove it by hand, or its alias"


def find_unproven(
    lab: str, current: CurrentState, orphans: Sequence[Resource]
) -> Iterator[LeftAlone]:
    """The namespaces and links that only their marks assign to a topology, and its lost links.

    Of a namespace that is to be removed nothing is reported.
    """
    removed = {resource.name for resource in orphans if isinstance(resource, Netns)}
    marked = [ref for ref, owner in current.unproven_marks.items() if owner == lab]
    namespaces = {ref[0] for ref in marked if ref[1] == "lo"}
    for ref in marked:
        if ref[1] == "lo":
            why = f"the alias of its lo names this topology, but {_NO_PROOF}; {_REMEDY}"
            yield LeftAlone(describe_netns(ref[0]), why)
        elif ref[0] not in removed | namespaces:
            alias = current.links[ref].alias
            why = f"its alias names this topology, but {_NO_PROOF}; {_REMEDY}"
            if names_host_link(alias):
                why = f"its alias is {alias!r}, but {_NO_PROOF}; return it to the host by hand"
            yield LeftAlone(describe_typed_link(current.links[ref]), why)
    for netns, link in current.lost_links:
        if link.owner == lab and link.saved is not None:
            why = f"was moved to {describe_netns(netns)} as {link.name}, and is not there any more"
            yield LeftAlone(f"interface {link.saved.name} of the host", why)
