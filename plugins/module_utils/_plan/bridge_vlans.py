# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for what is set on links that are there: the VLANs of ports, and impairments. It comes when the links are planned."""

from __future__ import annotations

from typing import Optional, Sequence, Set, Tuple

from .._describe.places import describe_location
from .._model.bridge_vlans import PortVlans, format_ranges, merge_vlans
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.impairments import Impairment, format_options, is_unimpaired, with_tbf_sizes
from .._model.kernel_features import FEATURES
from .._model.link_options import BridgeOptions
from .._model.links import Link, LinkRef, Veth
from .phases import Phase
from .projection import Projection

_MTU = 1500


def _moved_links(projection: Projection) -> Tuple[Set[LinkRef], Set[LinkRef]]:
    """Places that a link leaves, or where one comes to be; and besides, of ports that leave their bridge or come into one."""
    moved: Set[LinkRef] = set()
    ported: Set[LinkRef] = set()
    for _phase, change in projection.steps:
        before, after = change.before, change.after
        for resource in (before, after):
            if isinstance(resource, Veth) and None in (before, after):
                moved |= {resource.end.ref, resource.peer.ref}
        if isinstance(before, Link) and (not isinstance(after, Link) or after.ref != before.ref):
            moved.add(before.ref)
        elif (
            isinstance(before, Link)
            and isinstance(after, Link)
            and after.bridge not in (None, before.bridge)
        ):
            ported.add(before.ref)
    return moved, moved | ported


def _check_support(
    projection: Projection, feature: str, parameter: str, value: object, link: str
) -> None:
    if feature in projection.current.missing_features:
        title, option, module = FEATURES[feature]
        reason = f"it was built without {option}" + (
            "" if module is None else f", or the module {module} is not installed"
        )
        raise Refused(parameter, value, f"this kernel has no {title}, which {link} needs: {reason}")


def plan_link_settings(
    projection: Projection,
    vlans: Sequence[PortVlans],
    impairments: Sequence[Impairment],
    bridges: Sequence[Link],
) -> None:
    """What is wanted on links, and what goes along with those that leave."""
    known_or_wanted = (
        vlans or impairments or projection.current.vlans or projection.current.impairments
    )
    moved, ported = _moved_links(projection) if known_or_wanted else (set(), set())
    for place, current in projection.current.impairments.items():
        if place in moved:
            # First of all, so that it is the last to come back when this is undone.
            projection.step(Phase.LEAVE, current, None, implied=True)
    for place, known in projection.current.vlans.items():
        if place in ported and projection.current.links[place].bridge:
            default = _default_vlans(projection, projection.current.links[place])[0]
            projection.step(
                Phase.LEAVE, known, PortVlans(*place, default, frozenset()), implied=True
            )
    for bridge in bridges:
        options = bridge.options
        if isinstance(options, BridgeOptions) and (
            options.vlan_filtering or options.vlan_default_pvid is not None
        ):
            name = "vlan_filtering" if options.vlan_filtering else "vlan_default_pvid"
            _check_support(projection, "bridge_vlan", name, getattr(options, name), bridge.name)
    for wanted in vlans:
        _plan_vlans(
            projection,
            wanted,
            None
            if (wanted.netns, wanted.link) in ported
            else projection.current.vlans.get((wanted.netns, wanted.link)),
        )
    for one in impairments:
        _plan_impairment(
            projection,
            one,
            None
            if (one.netns, one.link) in moved
            else projection.current.impairments.get((one.netns, one.link)),
        )


def _filtering(projection: Projection, port: Link) -> Optional[BridgeOptions]:
    """The options of a port's bridge; None for one that check mode takes for granted."""
    options = projection.links[(port.netns, port.bridge or "")].options
    return options if isinstance(options, BridgeOptions) else None


def _default_vlan(bridge: Optional[Link]) -> int:
    options = bridge.options if bridge is not None else None
    default = options.vlan_default_pvid if isinstance(options, BridgeOptions) else None
    return 1 if default is None else default


def _default_vlans(projection: Projection, port: Link) -> Tuple[int, int]:
    """The VLAN that the port's bridge gave to new ports, and the one that it will have given when the ports are planned."""
    place = (port.netns, port.bridge or "")
    new = _default_vlan(projection.links.get(place))
    return _default_vlan(
        projection.current.links[place]
    ) if place in projection.current.links else new, new


def _between(projection: Projection, port: Link, current: PortVlans) -> PortVlans:
    """What a port has when its bridge has taken another default, which it passes on to those that have the old one (br_vlan.c)."""
    old, new = _default_vlans(projection, port)
    if (
        old == new
        or (old and current.vlan != old)
        or new in (current.tagged or ())
        or new in current.mixed
    ):
        return current
    return replace(
        current,
        vlan=new,
        mixed=current.mixed | ({current.vlan} if current.vlan and not old else set()),
    )


def _plan_vlans(projection: Projection, wanted: PortVlans, current: Optional[PortVlans]) -> None:
    port = projection.links[(wanted.netns, wanted.link)]
    option, value = (
        ("vlan", wanted.vlan)
        if wanted.vlan is not None
        else ("vlans", format_ranges(wanted.tagged or frozenset()))
    )
    _check_support(projection, "bridge_vlan", option, value, wanted.link)
    options = _filtering(projection, port)
    if options is not None and not options.vlan_filtering:
        bridge = f"bridge {port.bridge} {describe_location(port.netns)}"
        raise Refused(
            option,
            value,
            f"{bridge} does not filter VLANs, so this would do nothing; set its vlan_filtering",
        )
    born = PortVlans(port.netns, port.name, _default_vlans(projection, port)[1], frozenset())
    before = born if current is None else _between(projection, port, current)
    after = merge_vlans(before, wanted)
    if after != before:
        projection.step(Phase.VLAN, before, after)


def _plan_impairment(
    projection: Projection, wanted: Impairment, current: Optional[Impairment]
) -> None:
    place = (wanted.netns, wanted.link)
    link = projection.links.get(place)
    if is_unimpaired(wanted):
        if current is not None:
            projection.step(Phase.IMPAIR, current, None)
        return
    foreign = projection.current.foreign_qdiscs.get(place)
    if foreign is not None:
        where = "" if wanted.netns is None else f" -n {wanted.netns}"
        raise Conflict(
            "impairment",
            format_options(wanted),
            f"{wanted.link} {describe_location(wanted.netns)} has a queueing discipline of somebody else ({foreign}); "
            f"to have it go: tc{where} qdisc del dev {wanted.link} root",
        )
    after = with_tbf_sizes(wanted, (link.mtu if link else None) or _MTU)
    _check_support(projection, after.kind, "impairment", format_options(wanted), wanted.link)
    if after != current:
        projection.step(Phase.IMPAIR, current, after)
