# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for links: namespaces' interfaces, veth pairs, bridges and their ports, addresses."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import Any, Dict, List, Optional, Tuple

from ._draft import Draft, Phase, say_netns, say_where
from ._errors import Conflict, Refused
from ._model import INET6_SETTINGS, KERNEL_ROUTE, PORT_FLAGS, Address, BridgeOptions, Link, Network, Veth, network_of, replace
from ._wish import LEAST_MTU_OF_IPV6

_ALTERABLE = ("up", "mtu", "mac", "txqueuelen", "arp", "promisc", "bridge", *PORT_FLAGS, *INET6_SETTINGS, "link_local")
_MTU = 1500
"""What the kernel gives to an Ethernet link."""


def derive_mac(machine: str, netns: Optional[str], name: str) -> str:
    """A stable MAC of this link on this machine: locally administered, of one station (IEEE 802)."""
    digest = hashlib.sha256("\0".join((machine, netns or "", name)).encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (digest[0] & 0xFC | 0x02, *digest[1:6]))


def say_link(link: Link) -> str:
    """A link, in words."""
    return f"interface {link.name} {say_where(link.netns)}"


def say_kind(link: Link) -> str:
    """What a link is, in words."""
    return {"": "a physical interface", None: "an interface", "veth": "an end of a veth pair"}.get(link.kind, f"a {link.kind}")


def _has_inet6(draft: Draft, wanted: Link, there: Optional[Link]) -> bool:
    """Whether a link will have IPv6, and with it the settings of it: not with a small MTU."""
    if wanted.mtu is None and there is not None:
        return there.link_local is not None
    return draft.there.inet6 and (wanted.mtu is None or wanted.mtu >= LEAST_MTU_OF_IPV6)


def with_defaults(draft: Draft, wanted: Link, there: Optional[Link]) -> Link:
    """What a link of ours has where the user said nothing: on what is made, and on what this very lab made before."""
    if there is not None and not (draft.lab and there.owner == draft.lab):
        return wanted
    defaults: Dict[str, Any] = {"mac": derive_mac(draft.there.machine, wanted.netns, wanted.name), "bridge": ""}
    addresses = there.addresses if there is not None and wanted.addresses is None else wanted.addresses
    if there is None and wanted.kind == "veth":
        # The kernel would give each end one for every processor, which on a large machine is most of what a cable takes.
        defaults["queues"] = 1
    if wanted.bridge:
        defaults["addresses"] = ()
    if _has_inet6(draft, wanted, there):
        # Where IPv6 is not used: a thousand links, each announcing its address to all others, keep a host busy for ten seconds.
        defaults["link_local"] = not wanted.bridge and (not addresses or any(":" in address for address in addresses))
    if _has_inet6(draft, wanted, there) and not wanted.bridge:
        # A router advertisement on a lab's link must not give the host or a namespace a default route. And while its
        # link-local address waits for duplicates, which derived MACs rule out, a router answers nobody for 2 s.
        defaults["accept_ra"] = False
        if wanted.link_local or (wanted.link_local is None and defaults["link_local"]):
            defaults["accept_dad"] = False
    return replace(wanted, **{name: value for name, value in defaults.items() if getattr(wanted, name) is None})


def _newborn(draft: Draft, wanted: Link) -> Link:
    """A link as its creating message leaves it."""
    options, mtu = (wanted.options, None) if wanted.kind == "bridge" else (None, wanted.mtu)
    return Link(
        wanted.netns, wanted.name, wanted.kind, peer=wanted.peer, up=False, mtu=mtu, mac=wanted.mac, txqueuelen=wanted.txqueuelen, queues=wanted.queues,
        arp=True, promisc=False, bridge="", options=options, owner=draft.owner, link_local=_has_inet6(draft, wanted, None) or None, **PORT_FLAGS,
    )


def _check_port(draft: Draft, port: Link, there: Link, steal: bool) -> None:
    """Refuse to put into a bridge what must not be there."""
    master = draft.need_link("bridge", port.netns, port.bridge or "", say_link(port), kind="bridge")
    if master.kind != "bridge":
        raise Conflict("bridge", master.name, f"is {say_kind(master)} {say_where(master.netns)}, not a bridge; only a bridge takes {port.name} as a port")
    if there.kind == "bridge":
        raise Refused("bridge", master.name, f"{there.name} is a bridge itself, and a bridge cannot be a port of another")
    if there.name == "lo":
        raise Refused("bridge", master.name, "lo cannot be a port of a bridge")
    if there.bridge and there.owner is None and not steal:
        raise Conflict("bridge", master.name, f"{there.name} is a port of bridge {there.bridge} already; steal (of linux_bridge) would take it away from there")
    burdens = list(there.addresses or ()) if port.addresses is None else []
    for route in draft.routes.get(there.netns, ()):
        if there.name in (route.device, *(hop.device for hop in route.nexthops or ())) and route.destination in ("0.0.0.0/0", "::/0"):
            burdens.append("the default route")
    ssh_address = draft.there.ssh_server[0] if draft.there.ssh_server else None
    if any(text.split("/")[0] == ssh_address for text in there.addresses or ()):
        burdens.append("the SSH connection of this very task")
    if burdens:
        raise Refused("bridge", master.name, f"{there.name} carries {' and '.join(dict.fromkeys(burdens))}; as a port it would lose them")


def alter_link(draft: Draft, wanted: Link, there: Link, steal: bool = False) -> None:
    """Bring an existing (or just made) link to what is wanted."""
    changed = {name: getattr(wanted, name) for name in _ALTERABLE if getattr(wanted, name) not in (None, getattr(there, name))}
    if wanted.bridge not in (None, there.bridge):
        changed.update({flag: default if getattr(wanted, flag) is None else getattr(wanted, flag) for flag, default in PORT_FLAGS.items()})
        if wanted.link_local is None and there.owner is not None and there.link_local is bool(wanted.bridge):
            changed["link_local"] = not wanted.bridge
    elif not there.bridge:
        for flag in PORT_FLAGS:
            changed.pop(flag, None)
    if wanted.options is not None:
        news = {f.name: getattr(wanted.options, f.name) for f in fields(BridgeOptions) if getattr(wanted.options, f.name) is not None}
        options = replace(there.options or BridgeOptions(), **news)
        if options != (there.options or BridgeOptions()):
            changed["options"] = options
    if changed.get("bridge"):
        _check_port(draft, wanted, there, steal)
    if wanted.queues not in (None, there.queues):
        raise Conflict("queues", wanted.queues, f"{say_link(there)} has {there.queues}, and a cable keeps what it was made with; delete it first")
    if there.kind in ("", None) and there.name != "lo" and changed.get("mac"):
        raise Refused("mac", wanted.mac, f"{there.name} is a physical interface, which keeps its own")
    goes_up = changed.pop("up", None) if changed.get("up") else None
    if changed.get("up") is False:
        draft.shed(there, Phase.ALTER, family=6)
        there = replace(there, addresses=tuple(a for a in there.addresses or () if ":" not in a))
    bare = replace(there, addresses=None)
    if changed:
        altered = replace(bare, **changed)
        draft.step(Phase.ALTER, bare, altered)
        bare = altered
    if goes_up:
        # A port has no address that must be there first (but its VLANs), and a bridge is quieter when it is raised last.
        draft.step(Phase.ALTER if bare.bridge and bare.place not in draft.with_vlans else Phase.UP, bare, replace(bare, up=True))
        bare = replace(bare, up=True)
    draft.links[there.place] = replace(bare, addresses=_plan_addresses(draft, wanted, there))


def _uprooted(has: Tuple[str, ...], wanted: Tuple[str, ...]) -> List[str]:
    """IPv4 addresses that go because the first of their network goes, on which the kernel hangs the others (promote_secondaries 0)."""
    first: Dict[Network, str] = {}
    for address in has:
        if ":" not in address:
            first.setdefault(network_of(address), address)
    lost = {network for network, address in first.items() if address not in wanted and any(network_of(one) == network for one in wanted)}
    return [address for address in has if ":" not in address and network_of(address) in lost]


def _plan_addresses(draft: Draft, wanted: Link, there: Link) -> Tuple[str, ...]:
    has = there.addresses or ()
    if wanted.addresses is None:
        return has
    # New ones come before old ones go, but for those that would go along: they go first, and what is wanted comes back.
    uprooted = _uprooted(has, wanted.addresses)
    for address in reversed(uprooted):
        draft.step(Phase.ADDRESS, Address(there.netns, there.name, address), None)
    four = {address for address in has if ":" not in address}
    if four and four == set(uprooted):
        for route in draft.drop_routes(there, Phase.ADDRESS, family=4):
            draft.restore_route(route)
    elif four and all(":" in address for address in wanted.addresses):
        draft.drop_routes(there, Phase.REMOVE_ADDRESS, family=4)
    has = tuple(address for address in has if address not in uprooted)
    for address in wanted.addresses:
        if address not in has:
            draft.added.append((there.place, address))
            draft.step(Phase.ADDRESS, None, Address(there.netns, there.name, address))
    late = tuple(address for address in reversed(has) if address not in wanted.addresses)
    if late:
        draft.leaving.append(replace(there, addresses=late))
        for address in late:
            draft.step(Phase.REMOVE_ADDRESS, Address(there.netns, there.name, address), None)
    return wanted.addresses


def check_overlaps(draft: Draft) -> None:
    """What was added, against all that there will be."""
    for place, address in draft.added:
        link = draft.links.get(place)
        if link is not None:
            _check_overlap(draft, link, address)


def _check_overlap(draft: Draft, link: Link, address: str) -> None:
    """A network that is reached by two ways of one namespace is reached by one of them only."""
    network = network_of(address)
    for other in draft.links_in(link.netns):
        for text in other.addresses or ():
            if other.name != link.name and network.overlaps(network_of(text)):
                raise Conflict("addresses", address, f"overlaps {network_of(text)} on {other.name} {say_where(link.netns)}")
    for route in draft.routes.get(link.netns, ()):
        far = network_of(route.destination)
        by_another = route.protocol != KERNEL_ROUTE and route.type == "unicast" and route.device not in (None, link.name)
        if by_another and far.prefixlen and far.version == network.version and network.overlaps(far):
            raise Conflict("addresses", address, f"overlaps the route to {far} by {route.device} {say_where(link.netns)}")


def plan_bridge(draft: Draft, wanted: Link) -> None:
    """A bridge itself; its ports come when all links are there."""
    draft.need_netns(wanted.netns, f"bridge {wanted.name}")
    there = draft.links.get(wanted.place)
    wanted = with_defaults(draft, wanted, there)
    if there is None:
        there = _newborn(draft, wanted)
        draft.step(Phase.LINK, None, there)
    elif there.kind != "bridge":
        raise Conflict("name", wanted.name, f"{say_netns(wanted.netns)} has {say_kind(there)} of this name, not a bridge")
    alter_link(draft, replace(wanted, ports=None), there)


def plan_bridge_mtu(draft: Draft, wanted: Link) -> None:
    """A bridge takes the least MTU of its ports as they come, until it is told one after them."""
    there = draft.links[wanted.place]
    gained = [
        change.after for _phase, change in draft.steps
        if isinstance(change.before, Link) and isinstance(change.after, Link) and change.after.bridge == wanted.name != change.before.bridge
    ]
    if wanted.mtu is not None and any(port.netns == wanted.netns and (port.mtu or _MTU) < wanted.mtu for port in gained):
        draft.step(Phase.MTU, replace(there, mtu=None, addresses=None), replace(there, mtu=wanted.mtu, addresses=None))


def plan_ports(draft: Draft, wanted: Link, claimed: Dict[str, str]) -> None:
    """Exactly these ports; those that a veth of the same wish puts into the bridge count as named."""
    steal = draft.permits("steal", wanted)
    for name in wanted.ports or ():
        if name == "lo":
            raise Refused("ports", name, "lo cannot be a port of a bridge")
        port = draft.need_link("ports", wanted.netns, name, f"bridge {wanted.name}")
        if port.bridge and port.bridge != wanted.name and not steal:
            raise Conflict("ports", name, f"is a port of bridge {port.bridge} already; steal would take it away from there")
        alter_link(draft, Link(wanted.netns, name, bridge=wanted.name), port, steal)
    for port in draft.links_in(wanted.netns):
        if port.bridge == wanted.name and port.name not in (wanted.ports or ()) and claimed.get(port.name) != wanted.name:
            alter_link(draft, Link(wanted.netns, port.name, bridge=""), port)


def _find_strays(draft: Draft, wanted: Veth) -> Optional[Tuple[Link, Link]]:
    """The two ends of this very pair, by both names: one where it is wanted and the other anywhere, or both on the host."""
    host = ((None, wanted.end.name), (None, wanted.peer.name))
    for link, other in ((wanted.end, wanted.peer), (wanted.peer, wanted.end)):
        here = draft.links.get(link.place)
        if here is not None and here.kind == "veth" and here.peer and here.peer[1] == other.name:
            there = draft.links.get(here.peer)
            if there is not None:
                return (here, there) if link is wanted.end else (there, here)
    here = draft.links.get(host[0])
    return (here, draft.links[host[1]]) if here is not None and here.kind == "veth" and here.peer == host[1] else None


def _check_vacant(draft: Draft, wanted: Link) -> None:
    occupant = draft.links.get(wanted.place)
    if occupant is None:
        return
    what = say_kind(occupant)
    if occupant.kind == "veth":
        what = f"an end of another veth pair (its peer: {occupant.peer[1] if occupant.peer else 'out of sight'})"
    raise Conflict("name", wanted.name, f"{say_netns(wanted.netns)} has {what} of this name")


def plan_veth(draft: Draft, wanted: Veth) -> None:
    """A pair: made whole, found, or an end of it moved to where it is wanted."""
    for link in (wanted.end, wanted.peer):
        draft.need_netns(link.netns, f"veth {wanted.end.name}")
    end, peer = draft.links.get(wanted.end.place), draft.links.get(wanted.peer.place)
    if end is not None and peer is not None and end.kind == "veth" and end.peer == peer.place:
        pairs = [(wanted.end, end), (wanted.peer, peer)]
    else:
        strays = _find_strays(draft, wanted)
        pairs = _move_ends(draft, wanted, strays) if strays else _make_pair(draft, wanted)
    for link, there in pairs:
        alter_link(draft, with_defaults(draft, link, there), there)


def _make_pair(draft: Draft, wanted: Veth) -> List[Tuple[Link, Link]]:
    for link in (wanted.end, wanted.peer):
        _check_vacant(draft, link)
    pairs = []
    for link in (wanted.end, wanted.peer):
        whole = with_defaults(draft, link, None)
        pairs.append((whole, _newborn(draft, whole)))
    draft.step(Phase.LINK, None, Veth(pairs[0][1], pairs[1][1]))
    return pairs


def _move_ends(draft: Draft, wanted: Veth, strays: Tuple[Link, Link]) -> List[Tuple[Link, Link]]:
    pairs = []
    for link, there in zip((wanted.end, wanted.peer), strays):
        moved = there
        if there.place != link.place:
            _check_vacant(draft, link)
            draft.shed(there, Phase.MOVE)
            del draft.links[there.place]
            bare = replace(there, addresses=None)
            # Its kernel parameters are those of the namespace it comes to.
            moved = replace(bare, netns=link.netns, up=False, bridge="", peer=link.peer, accept_ra=None, accept_dad=None, link_local=True, **PORT_FLAGS)
            draft.step(Phase.MOVE, bare, moved)
            moved = replace(moved, addresses=())
        pairs.append((link, moved))
    return pairs


def plan_no_link(draft: Draft, unwanted: Link, phase: Phase = Phase.REMOVE_LINK) -> None:
    """A link that shall not be there."""
    there = draft.links.get(unwanted.place)
    if there is None:
        return
    if unwanted.kind is not None and there.kind != unwanted.kind:
        raise Conflict("name", unwanted.name, f"{say_netns(unwanted.netns)} has {say_kind(there)} of this name, which is not what shall go")
    draft.remove_link(there, phase)


def plan_no_veth(draft: Draft, unwanted: Veth, phase: Phase = Phase.REMOVE_LINK) -> None:
    """A pair that shall not be there: gone as soon as either end is."""
    for link, other in ((unwanted.end, unwanted.peer), (unwanted.peer, unwanted.end)):
        there = draft.links.get(link.place)
        if there is not None and (link is unwanted.end or (there.peer and there.peer[1] == other.name)):
            plan_no_link(draft, link, phase)
            return
