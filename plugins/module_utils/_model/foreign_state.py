# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run is going to change of others, as it was before: all that a killed run may owe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fast_dataclass import dataclass, field
from .link_options import BridgeOptions
from .links import Link, LinkRef, SavedSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .addresses import Address
    from .netns import Sysctl
    from .raw_state import RawState

_ATTRIBUTES = (
    "kind up mtu mac txqueuelen arp promisc bridge vrf isolated hairpin learning accept_ra "
    "accept_dad link_local owner alias"
).split()


@dataclass(frozen=True)
class ForeignLink:
    """A link of others before a run, which may then be at one of ``places`` instead of its own."""

    link: Link
    ifindex: int
    places: tuple[LinkRef, ...] = ()


@dataclass
class ForeignState:
    """What a run is going to change of others.

    ``namespaces`` identifies the namespaces in which that is: another one may get the same name.
    ``addresses`` are those that the run adds to links of others.
    """

    links: list[ForeignLink] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    sysctls: list[Sysctl] = field(default_factory=list)
    raw: list[RawState] = field(default_factory=list)
    namespaces: dict[str, tuple[int, int]] = field(default_factory=dict)

    def list_namespaces(self) -> set[str]:
        """The namespaces, besides the host, in which something may have to be restored."""
        found = {foreign.link.netns for foreign in self.links}
        found |= {sysctl.netns for sysctl in self.sysctls}
        found |= {raw.netns for raw in self.raw}
        return {netns for netns in found if netns is not None}

    def __bool__(self) -> bool:
        return bool(self.links or self.addresses or self.sysctls or self.raw)


def encode_link(foreign: ForeignLink) -> dict[str, Any]:
    """A link as JSON can hold it. Of options of a type, only those of bridges can change."""
    link = foreign.link
    return {
        "netns": link.netns,
        "name": link.name,
        "peer": link.peer,
        "ifindex": foreign.ifindex,
        "places": [list(place) for place in foreign.places],
        "attributes": {name: getattr(link, name) for name in _ATTRIBUTES},
        "saved": vars(link.saved) if link.saved else None,
        "options": vars(link.options) if isinstance(link.options, BridgeOptions) else None,
    }


def decode_link(data: Mapping[str, Any]) -> ForeignLink:
    """The link that ``encode_link`` returned.

    :raises ValueError: it is none, as with the other errors that a lookup raises.
    """
    attributes = data["attributes"]
    if attributes.keys() != set(_ATTRIBUTES):
        raise ValueError(f"unknown attributes: {sorted(attributes)}")
    types = (bool, int, str, type(None))
    if not isinstance(data["name"], str) or not isinstance(data["ifindex"], int):
        raise ValueError("a link has a name and an index")
    if not all(isinstance(value, types) for value in (data["netns"], *attributes.values())):
        raise ValueError("an attribute is a text, a number or a truth value")
    saved, options, peer = data["saved"], data["options"], data["peer"]
    if saved is not None:
        saved = SavedSettings(**{**saved, "addresses": tuple(saved["addresses"])})
    link = Link(
        data["netns"],
        data["name"],
        **attributes,
        peer=None if peer is None else (peer[0], peer[1]),
        saved=saved,
        options=None if options is None else BridgeOptions(**options),
    )
    return ForeignLink(
        link, data["ifindex"], tuple((netns, name) for netns, name in data["places"])
    )
