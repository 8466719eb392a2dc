# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the removal of links and veth pairs."""

from __future__ import annotations

from .._describe.links import say_kind, say_type
from .._describe.places import say_netns
from .._model.errors import Conflict
from .._model.link_types import NATURES
from .._model.links import Link, Veth
from .phases import Phase
from .physical_links import check_spared, find_stranded, give_back
from .projection import Draft


def plan_no_link(draft: Draft, unwanted: Link, phase: Phase = Phase.REMOVE_LINK) -> None:
    """A link that shall not be there: deleted, or given back if it came from the host."""
    there = draft.links.get(unwanted.place)
    if there is None and unwanted.home is not None:
        there = find_stranded(draft, unwanted)
    if there is None:
        return
    if (
        unwanted.kind is not None
        and there.kind != unwanted.kind
        or (unwanted.options and say_type(unwanted) != say_type(there))
    ):
        raise Conflict(
            "name",
            unwanted.name,
            f"{say_netns(unwanted.netns)} has {say_kind(there)} of this name, which is not what shall go",
        )
    if there.home is not None or unwanted.home is not None or there.kind == "":
        give_back(draft, there, phase)
        return
    if unwanted.kind is None and there.kind not in NATURES:
        module = {"bridge": "linux_bridge", "veth": "veth"}.get(there.kind or "")
        rule = f"; module {module} removes it" if module else ", which this module does not remove"
        raise Conflict("name", unwanted.name, f"is {say_kind(there)}{rule}")
    if draft.lab is None and there.kind in NATURES:
        check_spared(draft, there, unwanted)
    draft.remove_link(there, phase)


def plan_no_veth(draft: Draft, unwanted: Veth, phase: Phase = Phase.REMOVE_LINK) -> None:
    """A pair that shall not be there: gone as soon as either end is."""
    for link, other in ((unwanted.end, unwanted.peer), (unwanted.peer, unwanted.end)):
        there = draft.links.get(link.place)
        if there is not None and (
            link is unwanted.end or (there.peer and there.peer[1] == other.name)
        ):
            plan_no_link(draft, link, phase)
            return
