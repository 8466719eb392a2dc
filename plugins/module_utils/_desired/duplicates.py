# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that nothing is declared twice in a topology that can be there only once.

Two links may have the same address, or the same MAC address, where they cannot meet: on different
Ethernet segments. On one segment it is a mistake, unless the user says that it is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.bridge_vlans import PortVlans
from .._model.desired_state import ALLOW_OVERLAP
from .._model.errors import Refused
from .._model.fast_typing import NamedTuple
from .._model.routes import Route
from .._model.segments import VlanSegments
from .lab_interfaces import links_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .._model.desired_state import Allowance
    from .._model.links import Link, LinkRef
    from .._model.resources import Resource

Entry = tuple[str, "Resource"]
"""A resource and the path of the item that declares it."""
_HOST_LENGTHS = ("/32", "/128")


class _Place(NamedTuple):
    """Where an address or a MAC address is declared."""

    path: str
    value: str
    link: Link
    link_path: str


class _UniqueValues:
    """Values that may occur once in a topology, and where each occurs."""

    def __init__(self) -> None:
        self._paths: dict[Any, str] = {}

    def add(self, key: Any, path: str, value: str, noun: str) -> None:
        """Add a value.

        :raises Refused: it was added before; both paths are named.
        """
        if key in self._paths:
            raise Refused(path, value, f"{noun} is already declared at {self._paths[key]}")
        self._paths[key] = path

    def add_resource(self, path: str, resource: Resource) -> None:
        """Add what identifies a resource.

        :raises Refused: it was added before.
        """
        key = resource.key
        if isinstance(resource, Route) and key in self._paths:
            rule = (
                f"a route to it with this table and metric is already declared at "
                f"{self._paths[key]}; set another metric, or list the gateways of both as nexthops "
                "of one route"
            )
            raise Refused(f"{path}.destination", resource.destination, rule)
        value = _describe_identity(resource) if key in self._paths else ""
        self.add(key, path, value, "the same resource")


def check_duplicates(
    entries: list[Entry], allowed: Collection[Allowance]
) -> list[tuple[str, Link]]:
    """Refuse resources and names that occur twice, and addresses that do on one segment.

    :param allowed: what the items permit.
    :returns: the links, each with its path.
    """
    values = _UniqueValues()
    links: list[tuple[str, Link]] = []
    macs: dict[str, list[_Place]] = {}
    addresses: dict[str, list[_Place]] = {}
    for path, resource in entries:
        found = links_of(resource)
        if not found:
            values.add_resource(path, resource)
        for end, link in found:
            links.append((f"{path}{end}", link))
            _check_name(values, f"{path}{end}", link)
            _collect(macs, addresses, f"{path}{end}", link)
    repeated = [
        (noun, places)
        for noun, found in (("MAC address", macs), ("address", addresses))
        for places in found.values()
        if len(places) > 1
    ]
    if repeated:
        segments = _segments(resource for _path, resource in entries)
        free = {key for option, key in allowed if option == ALLOW_OVERLAP}
        for noun, places in repeated:
            _check_places(noun, places, segments, free)
    return links


def _check_name(values: _UniqueValues, path: str, link: Link) -> None:
    noun = "an interface of this name in this namespace"
    values.add(("name", link.ref), f"{path}.name", link.name, noun)
    if link.saved is not None:
        device = link.saved.name or link.name
        values.add(("device", device), f"{path}.device", device, "this interface of the host")


def _collect(
    macs: dict[str, list[_Place]], addresses: dict[str, list[_Place]], path: str, link: Link
) -> None:
    # A bridge may have the MAC address of a port: without a given one it takes one of these.
    if link.mac is not None and link.kind != "bridge":
        macs.setdefault(link.mac, []).append(_Place(f"{path}.mac", link.mac, link, path))
    for index, text in enumerate(link.addresses or ()):
        place = _Place(f"{path}.addresses[{index}]", text, link, path)
        addresses.setdefault(text.partition("/")[0], []).append(place)


def _describe_identity(resource: Resource) -> str:
    return " ".join(str(part) for part in resource.key[1:] if part not in (None, ()))


def _segments(resources: Iterable[Resource]) -> VlanSegments:
    links: dict[LinkRef, Link] = {}
    vlans: dict[LinkRef, PortVlans] = {}
    for resource in resources:
        links.update((link.ref, link) for _end, link in links_of(resource))
        if isinstance(resource, PortVlans):
            vlans[resource.netns, resource.link] = resource
    return VlanSegments(links, vlans)


def _check_places(
    noun: str, places: list[_Place], segments: VlanSegments, free: Collection[tuple[Any, ...]]
) -> None:
    """Check the places of one value, in the order of the task."""
    on_segment: dict[Any, _Place] = {}
    in_netns: dict[Any, _Place] = {}
    for place in places:
        link = place.link
        if link.key in free:
            continue
        segment = segments.segment_of(link)
        routing = (link.netns, link.vrf)
        other = None
        # Several links of a namespace may have the address of a single host: no route leads to it.
        if noun == "address" and not _is_same_host(in_netns.get(routing), place):
            other = in_netns.get(routing)
        if other is not None:
            rule = f"this {noun} is already declared at {other.path}, in the same namespace"
            _refuse(place, rule)
        other = on_segment.get(segment)
        if other is not None and not (noun == "address" and _is_same_host(other, place)):
            rule = f"this {noun} is already declared at {other.path}, on the same Ethernet segment"
            _refuse(place, rule)
        on_segment.setdefault(segment, place)
        in_netns.setdefault(routing, place)


def _is_same_host(other: _Place | None, place: _Place) -> bool:
    """Whether both have the address of a single host in one namespace."""
    return (
        other is not None
        and other.link.netns == place.link.netns
        and place.value.endswith(_HOST_LENGTHS)
        and other.value == place.value
    )


def _refuse(place: _Place, rule: str) -> None:
    hint = f"set {ALLOW_OVERLAP}: true at {place.link_path} if that is intended"
    raise Refused(place.path, place.value, f"{rule}; {hint}")
