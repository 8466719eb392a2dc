# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes back what was done, newest first."""

from __future__ import annotations

from typing import Any, Dict, List, Protocol, Sequence, Tuple, cast

from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import Change, Thing
from .._model.current_state import There
from .._model.fast_replace import replace
from .._model.impairments import Impairment
from .._model.links import INET6_SETTINGS, PORT_FLAGS, Link, Veth, born_arp
from .._model.netns import Netns, Resolver, Stale, Sysctl
from .._model.routes import Route


class Applies(Protocol):
    """Who applies changes."""

    def apply(self, changes: Sequence[Change], journal: List[Change]) -> None: ...


def _bare(link: Link) -> Link:
    """A link as it is when it has just come, made or moved: all else has to be set again."""
    settings: Dict[str, Any] = dict.fromkeys(INET6_SETTINGS)
    mtu = None if link.kind == "bridge" else link.mtu
    options = None if link.kind == "wireguard" else link.options
    born = replace(
        link,
        up=False,
        mtu=mtu,
        options=options,
        arp=born_arp(link),
        promisc=False,
        bridge="",
        vrf=None,
        link_local=None,
    )
    return replace(born, **PORT_FLAGS, **settings)


def _dress(link: Link) -> List[Change]:
    """From bare to what it was; what a link is told while it is down comes before it is raised."""
    bare, down = _bare(link), replace(link, up=False)
    return [
        Change(before, after) for before, after in ((bare, down), (down, link)) if before != after
    ]


def _lower(raised: Change, there: There) -> List[Change]:
    """Set down what was raised; with that the kernel drops the IPv6 addresses, which it had while it was down."""
    known = there.links.get(cast(Link, raised.before).place)
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


def inverses(change: Change, there: There) -> List[Change]:
    """The changes that take one back, in their order; ``there`` is what was there before any."""
    back, gone = change.before, change.after
    if isinstance(back, Veth) and gone is None:
        return [
            Change(None, Veth(_bare(back.end), _bare(back.peer))),
            *_dress(back.end),
            *_dress(back.peer),
        ]
    if isinstance(back, Link) and (
        gone is None or (isinstance(gone, Link) and gone.place != back.place)
    ):
        return [Change(gone, _bare(back)), *_dress(back)]
    if isinstance(back, Link) and isinstance(gone, Link):
        return [
            *(_lower(change, there) if gone.up and back.up is False else [Change(gone, back)]),
            *_restore_mac(change, there),
        ]
    return [Change(gone, back)]


def _restore_mac(change: Change, there: There) -> List[Change]:
    """A bridge takes the MAC of its first port, and none when its last one goes; it had one."""
    back, gone = cast(Link, change.before), cast(Link, change.after)
    bridge = there.links.get((back.netns, gone.bridge or ""))
    if (
        gone.bridge == back.bridge
        or bridge is None
        or any(
            link.bridge == bridge.name and link.netns == bridge.netns
            for link in there.links.values()
        )
    ):
        return []
    bare = replace(bridge, addresses=None)
    return [Change(replace(bare, mac=None), bare)]


def _state(thing: Thing, there: There) -> object:
    """How a thing is, wherever it is observed."""
    if isinstance(thing, (Netns, Stale)):
        return (thing.name in there.namespaces, there.blocked.get(thing.name))
    if isinstance(thing, Veth):
        return (there.links.get(thing.end.place), there.links.get(thing.peer.place))
    if isinstance(thing, Link):
        return there.links.get(thing.place)
    if isinstance(thing, Address):
        link = there.links.get((thing.netns, thing.link))
        return thing.address in (link.addresses or ()) if link else False
    if isinstance(thing, Route):
        return [route for route in there.routes.get(thing.netns, ()) if route.key == thing.key]
    if isinstance(thing, PortVlans):
        return there.vlans.get((thing.netns, thing.link))
    if isinstance(thing, Impairment):
        return there.impairments.get((thing.netns, thing.link))
    if isinstance(thing, Sysctl):
        return there.sysctls.get((thing.netns, thing.key_path))
    return (
        there.resolvers.get(thing.netns)
        if isinstance(thing, Resolver)
        else there.nat.get(thing.netns)
    )


def differs(change: Change, there: There, now: There) -> bool:
    """Whether what a change is about is not as it was. A change may be in doubt: then it was undone, and had not been done."""
    return _state(change.thing, there) != _state(change.thing, now)


def undo(host: Applies, journal: Sequence[Change], there: There) -> List[Tuple[Change, str]]:
    """Bring back what was there; what failed of that, and why."""
    left = [one for change in reversed(journal) for one in inverses(change, there)]
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
