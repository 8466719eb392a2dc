# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for what is set on links that are there: the VLANs of ports, and impairments. It comes when the links are planned."""

from __future__ import annotations

from typing import Optional, Sequence, Set, Tuple

from .._describe.places import say_where
from .._model.bridge_vlans import PortVlans, resolve, spell_ranges
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.impairments import Impairment, complete, is_none, spell
from .._model.kernel_features import FEATURES
from .._model.link_types import BridgeOptions
from .._model.links import Link, Place, Veth
from .phases import Phase
from .projection import Draft

_MTU = 1500


def _moved_links(draft: Draft) -> Tuple[Set[Place], Set[Place]]:
    """Places that a link leaves, or where one comes to be; and besides, of ports that leave their bridge or come into one."""
    moved: Set[Place] = set()
    ported: Set[Place] = set()
    for _phase, change in draft.steps:
        before, after = change.before, change.after
        for thing in (before, after):
            if isinstance(thing, Veth) and None in (before, after):
                moved |= {thing.end.place, thing.peer.place}
        if isinstance(before, Link) and (
            not isinstance(after, Link) or after.place != before.place
        ):
            moved.add(before.place)
        elif (
            isinstance(before, Link)
            and isinstance(after, Link)
            and after.bridge not in (None, before.bridge)
        ):
            ported.add(before.place)
    return moved, moved | ported


def _check_support(draft: Draft, feature: str, parameter: str, value: object, link: str) -> None:
    if feature in draft.there.lacking:
        title, option, module = FEATURES[feature]
        reason = f"it was built without {option}" + (
            "" if module is None else f", or the module {module} is not installed"
        )
        raise Refused(parameter, value, f"this kernel has no {title}, which {link} needs: {reason}")


def plan_ends(
    draft: Draft,
    vlans: Sequence[PortVlans],
    impairments: Sequence[Impairment],
    bridges: Sequence[Link],
) -> None:
    """What is wanted on links, and what goes along with those that leave."""
    known_or_wanted = vlans or impairments or draft.there.vlans or draft.there.impairments
    moved, ported = _moved_links(draft) if known_or_wanted else (set(), set())
    for place, there in draft.there.impairments.items():
        if place in moved:
            # First of all, so that it is the last to come back when this is undone.
            draft.step(Phase.LEAVE, there, None, implied=True)
    for place, known in draft.there.vlans.items():
        if place in ported and draft.there.links[place].bridge:
            default = _default_vlans(draft, draft.there.links[place])[0]
            draft.step(Phase.LEAVE, known, PortVlans(*place, default, frozenset()), implied=True)
    for bridge in bridges:
        options = bridge.options
        if isinstance(options, BridgeOptions) and (
            options.vlan_filtering or options.vlan_default_pvid is not None
        ):
            name = "vlan_filtering" if options.vlan_filtering else "vlan_default_pvid"
            _check_support(draft, "bridge_vlan", name, getattr(options, name), bridge.name)
    for wanted in vlans:
        _plan_vlans(
            draft,
            wanted,
            None
            if (wanted.netns, wanted.link) in ported
            else draft.there.vlans.get((wanted.netns, wanted.link)),
        )
    for one in impairments:
        _plan_impairment(
            draft,
            one,
            None
            if (one.netns, one.link) in moved
            else draft.there.impairments.get((one.netns, one.link)),
        )


def _filtering(draft: Draft, port: Link) -> Optional[BridgeOptions]:
    """The options of a port's bridge; None for one that check mode takes for granted."""
    options = draft.links[(port.netns, port.bridge or "")].options
    return options if isinstance(options, BridgeOptions) else None


def _default_vlan(bridge: Optional[Link]) -> int:
    options = bridge.options if bridge is not None else None
    default = options.vlan_default_pvid if isinstance(options, BridgeOptions) else None
    return 1 if default is None else default


def _default_vlans(draft: Draft, port: Link) -> Tuple[int, int]:
    """The VLAN that the port's bridge gave to new ports, and the one that it will have given when the ports are planned."""
    place = (port.netns, port.bridge or "")
    new = _default_vlan(draft.links.get(place))
    return _default_vlan(draft.there.links[place]) if place in draft.there.links else new, new


def _meanwhile(draft: Draft, port: Link, there: PortVlans) -> PortVlans:
    """What a port has when its bridge has taken another default, which it passes on to those that have the old one (br_vlan.c)."""
    old, new = _default_vlans(draft, port)
    if (
        old == new
        or (old and there.vlan != old)
        or new in (there.tagged or ())
        or new in there.mixed
    ):
        return there
    return replace(
        there, vlan=new, mixed=there.mixed | ({there.vlan} if there.vlan and not old else set())
    )


def _plan_vlans(draft: Draft, wanted: PortVlans, there: Optional[PortVlans]) -> None:
    port = draft.links[(wanted.netns, wanted.link)]
    option, value = (
        ("vlan", wanted.vlan)
        if wanted.vlan is not None
        else ("vlans", spell_ranges(wanted.tagged or frozenset()))
    )
    _check_support(draft, "bridge_vlan", option, value, wanted.link)
    options = _filtering(draft, port)
    if options is not None and not options.vlan_filtering:
        bridge = f"bridge {port.bridge} {say_where(port.netns)}"
        raise Refused(
            option,
            value,
            f"{bridge} does not filter VLANs, so this would do nothing; set its vlan_filtering",
        )
    born = PortVlans(port.netns, port.name, _default_vlans(draft, port)[1], frozenset())
    before = born if there is None else _meanwhile(draft, port, there)
    after = resolve(before, wanted)
    if after != before:
        draft.step(Phase.VLAN, before, after)


def _plan_impairment(draft: Draft, wanted: Impairment, there: Optional[Impairment]) -> None:
    place = (wanted.netns, wanted.link)
    link = draft.links.get(place)
    if is_none(wanted):
        if there is not None:
            draft.step(Phase.IMPAIR, there, None)
        return
    foreign = draft.there.disciplines.get(place)
    if foreign is not None:
        where = "" if wanted.netns is None else f" -n {wanted.netns}"
        raise Conflict(
            "impairment",
            spell(wanted),
            f"{wanted.link} {say_where(wanted.netns)} has a queueing discipline of somebody else ({foreign}); "
            f"to have it go: tc{where} qdisc del dev {wanted.link} root",
        )
    after = complete(wanted, (link.mtu if link else None) or _MTU)
    _check_support(draft, after.kind, "impairment", spell(wanted), wanted.link)
    if after != there:
        draft.step(Phase.IMPAIR, there, after)
