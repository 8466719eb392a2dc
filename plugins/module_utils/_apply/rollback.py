# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes back what was done, newest first."""

from __future__ import annotations

from typing import Any, Dict, List, Protocol, Sequence, Tuple, cast

from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import Change, Resource
from .._model.current_state import CurrentState
from .._model.fast_replace import replace
from .._model.impairments import Impairment
from .._model.links import IPV6_SETTINGS, PORT_FLAGS, Link, Veth, default_arp, type_of
from .._model.netns import Netns, Resolver, StaleName, Sysctl
from .._model.routes import Route


class Applies(Protocol):
    """Who applies changes."""

    def apply(self, changes: Sequence[Change], journal: List[Change]) -> None: ...


def _bare(link: Link) -> Link:
    """A link as it is when it has just come, made or moved: all else has to be set again."""
    settings: Dict[str, Any] = dict.fromkeys(IPV6_SETTINGS)
    mtu = None if link.kind == "bridge" else link.mtu
    link_type = type_of(link)
    options = None if link_type is not None and link_type.configured_later else link.options
    born = replace(
        link,
        up=False,
        mtu=mtu,
        options=options,
        arp=default_arp(link),
        promisc=False,
        bridge="",
        vrf=None,
        link_local=None,
    )
    return replace(born, **PORT_FLAGS, **settings)


def _with_settings(link: Link) -> List[Change]:
    """From bare to what it was; what a link is told while it is down comes before it is raised."""
    bare, down = _bare(link), replace(link, up=False)
    return [
        Change(before, after) for before, after in ((bare, down), (down, link)) if before != after
    ]


def _lower(raised: Change, current: CurrentState) -> List[Change]:
    """Set down what was raised; with that the kernel drops the IPv6 addresses, which it had while it was down."""
    known = current.links.get(cast(Link, raised.before).ref)
    addresses = [
        address for address in (known.addresses if known else None) or () if ":" in address
    ]
    return [
        Change(raised.after, raised.before),
        *(
            Change(None, Address(known.netns, known.name, address))
            for address in addresses
            if known
        ),
    ]


def inverses(change: Change, current: CurrentState) -> List[Change]:
    """The changes that take one back, in their order; ``there`` is what was there before any."""
    back, gone = change.before, change.after
    if isinstance(back, Veth) and gone is None:
        return [
            Change(None, Veth(_bare(back.end), _bare(back.peer))),
            *_with_settings(back.end),
            *_with_settings(back.peer),
        ]
    if isinstance(back, Link) and (
        gone is None or (isinstance(gone, Link) and gone.ref != back.ref)
    ):
        return [Change(gone, _bare(back)), *_with_settings(back)]
    if isinstance(back, Link) and isinstance(gone, Link):
        return [
            *(_lower(change, current) if gone.up and back.up is False else [Change(gone, back)]),
            *_restore_mac(change, current),
        ]
    return [Change(gone, back)]


def _restore_mac(change: Change, current: CurrentState) -> List[Change]:
    """A bridge takes the MAC of its first port, and none when its last one goes; it had one."""
    back, gone = cast(Link, change.before), cast(Link, change.after)
    bridge = current.links.get((back.netns, gone.bridge or ""))
    if (
        gone.bridge == back.bridge
        or bridge is None
        or any(
            link.bridge == bridge.name and link.netns == bridge.netns
            for link in current.links.values()
        )
    ):
        return []
    bare = replace(bridge, addresses=None)
    return [Change(replace(bare, mac=None), bare)]


def _find_state(resource: Resource, current: CurrentState) -> object:
    """How a thing is, wherever it is observed."""
    if isinstance(resource, (Netns, StaleName)):
        return (resource.name in current.namespaces, current.unusable_names.get(resource.name))
    if isinstance(resource, Veth):
        return (current.links.get(resource.end.ref), current.links.get(resource.peer.ref))
    if isinstance(resource, Link):
        return current.links.get(resource.ref)
    if isinstance(resource, Address):
        link = current.links.get((resource.netns, resource.link))
        return resource.address in (link.addresses or ()) if link else False
    if isinstance(resource, Route):
        return [
            route for route in current.routes.get(resource.netns, ()) if route.key == resource.key
        ]
    if isinstance(resource, PortVlans):
        return current.vlans.get((resource.netns, resource.link))
    if isinstance(resource, Impairment):
        return current.impairments.get((resource.netns, resource.link))
    if isinstance(resource, Sysctl):
        return current.sysctls.get((resource.netns, resource.key_path))
    return (
        current.resolvers.get(resource.netns)
        if isinstance(resource, Resolver)
        else current.rulesets.get(resource.netns)
    )


def differs(change: Change, current: CurrentState, now: CurrentState) -> bool:
    """Whether what a change is about is not as it was. A change may be in doubt: then it was undone, and had not been done."""
    return _find_state(change.resource, current) != _find_state(change.resource, now)


def roll_back(
    host: Applies, journal: Sequence[Change], current: CurrentState
) -> List[Tuple[Change, str]]:
    """Bring back what was there; what failed of that, and why."""
    left = [one for change in reversed(journal) for one in inverses(change, current)]
    # The kernel drops routes with an address that goes, without a word: they come back when all addresses are as they were.
    left.sort(key=lambda change: isinstance(change.after, Route))
    stuck: List[Tuple[Change, str]] = []
    while left:
        undone: List[Change] = []
        try:
            host.apply(left, undone)
            return stuck
        except Exception as error:  # whatever it is, the rest has to be undone too
            # Changes are done in order, so the first that is not done is the one that failed.
            done = set(map(id, undone))
            left = [change for change in left if id(change) not in done]
            if left:
                stuck.append((left[0], str(error)))
                left = left[1:]
    return stuck
