# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands on a host: as a topology that could be fed back, and in detail."""

from __future__ import annotations

import ipaddress
from typing import Any, Dict, FrozenSet, List, Optional, Sequence, Tuple

from .._describe.links import say_type
from .._describe.nat import say_ports, say_target
from .._model.bridge_vlans import spell_ranges
from .._model.current_state import There
from .._model.impairments import spell
from .._model.link_types import (
    NATURES,
    BridgeOptions,
    Peer,
    TunOptions,
    VxlanOptions,
    WireguardOptions,
)
from .._model.links import MOST_MTU, PORT_FLAGS, Link, Place
from .._model.nat import Admitted, Dnat, Guarded, Isolated, Masquerade, Ruleset
from .._model.routes import KERNEL_ROUTE, LOCAL_TABLE, Route

HOST = "host"

_NOT_SOMEBODYS = (KERNEL_ROUTE, 9)
"""Routes that the kernel makes by itself: with an address, by a router advertisement."""


def trim(item: Dict[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in item.items() if value is not None}


def _common(link: Link) -> Dict[str, Any]:
    return {
        "name": link.name,
        "netns": link.netns,
        "addresses": list(link.addresses or ()) or None,
        "up": link.up,
        "mtu": link.mtu,
        "mac": link.mac,
        "promisc": link.promisc,
        "link_local": link.link_local,
        "vrf": link.vrf or None,
    }


def _spell_vlans(link: Link, there: There) -> Dict[str, Any]:
    """Of a port whose bridge filters them."""
    bridge, vlans = there.links.get((link.netns, link.bridge or "")), there.vlans.get(link.place)
    if (
        vlans is None
        or bridge is None
        or not isinstance(bridge.options, BridgeOptions)
        or not bridge.options.vlan_filtering
    ):
        return {}
    return {"vlan": vlans.vlan, "vlans": spell_ranges(vlans.tagged or frozenset())}


def _port_item(link: Link, there: There) -> Dict[str, Any]:
    flags = {name: getattr(link, name) for name in PORT_FLAGS} if link.bridge else {}
    impairment = there.impairments.get(link.place)
    item = {
        **_common(link),
        "bridge": link.bridge or None,
        "txqueuelen": link.txqueuelen,
        "arp": link.arp,
        **flags,
    }
    item.update(
        _spell_vlans(link, there), impairment=None if impairment is None else spell(impairment)
    )
    return {**item, "addresses": None} if link.bridge else item


def _end_item(link: Link, guarded: FrozenSet[Place], there: There) -> Dict[str, Any]:
    guard = {"spoofchk": True} if link.bridge and link.place in guarded else {}
    return trim({**_port_item(link, there), "queues": link.queues, **guard})


def _bridge_item(link: Link, links: Sequence[Link]) -> Dict[str, Any]:
    ports = [port.name for port in links if port.netns == link.netns and port.bridge == link.name]
    options = vars(link.options or BridgeOptions())
    return trim({**_common(link), "ports": ports, **options})


def _link_item(link: Link, there: There) -> Optional[Dict[str, Any]]:
    """A link that is neither an end of a cable nor a bridge, if ``netns_link`` could have made it or taken it."""
    if link.name == "lo":
        return (
            trim({"name": "lo", "netns": link.netns, "addresses": list(link.addresses)})
            if link.netns and link.addresses
            else None
        )
    if isinstance(link.options, TunOptions) and not link.options.persist:
        return None
    if (link.kind == "" or link.home is not None) and link.netns is not None:
        device = link.home.name if link.home and link.home.name != link.name else None
        return trim({**_port_item(link, there), "type": "physical", "device": device})
    if link.kind not in NATURES or (NATURES[link.kind].parent and link.parent is None):
        return None
    mtu = link.mtu if link.mtu and link.mtu <= MOST_MTU else None
    mac = (
        link.mac
        if NATURES[link.kind].mac
        and say_type(link) != "tun"
        and getattr(link.options, "mode", None) != "passthru"
        else None
    )
    netns, parent = link.parent or (None, "")
    item = {
        **_port_item(link, there),
        "mtu": mtu,
        "mac": mac,
        "type": say_type(link),
        "link": parent or None,
        "link_netns": netns,
    }
    if link.kind in ("ipvlan", "wireguard"):
        item.update(dict.fromkeys(("arp",) if link.kind == "ipvlan" else ("link_local",)))
    return trim({**item, **_show_options(link)})


def _show_options(link: Link) -> Dict[str, Any]:
    """The options of its kind, as ``netns_link`` takes them; no secret is among them."""
    options = link.options
    if isinstance(options, TunOptions):
        told = {
            name: None if value is None else str(value) if name in ("user", "group") else value
            for name, value in vars(options).items()
        }
        return {**told, "mode": None, "persist": None}
    if isinstance(options, VxlanOptions):
        word = (
            "group"
            if options.remote and ipaddress.ip_address(options.remote).is_multicast
            else "remote"
        )
        return {
            **vars(options),
            "remote": None,
            word: options.remote,
            "learning": None,
            "vxlan_learning": options.learning,
        }
    if isinstance(options, WireguardOptions):
        return {
            "listen_port": options.listen_port,
            "fwmark": options.fwmark,
            "peers": [show_peer(peer) for peer in options.peers or ()],
        }
    return {} if options is None else dict(vars(options))


def show_peer(peer: Peer) -> Dict[str, Any]:
    return trim({**vars(peer), "allowed_ips": list(peer.allowed_ips or ()), "preshared_key": None})


def _route_item(route: Route) -> Dict[str, Any]:
    four = ":" not in route.destination
    default = route.destination in ("0.0.0.0/0", "::/0")
    hops = [
        trim(
            {
                "gateway": hop.gateway,
                "device": hop.device,
                "weight": hop.weight,
                "onlink": hop.onlink or None,
            }
        )
        for hop in route.nexthops or ()
    ]
    return trim(
        {
            "netns": route.netns,
            "destination": "default" if default and four else route.destination,
            "gateway": route.gateway,
            "device": route.device,
            "metric": route.metric,
            "table": route.table,
            "source": route.source,
            "scope": route.scope if four else None,
            "type": route.type,
            "onlink": route.onlink or None,
            "mtu": route.mtu,
            "nexthops": hops or None,
        }
    )


def rule_items(ruleset: Ruleset) -> Tuple[List[Dict[str, Any]], List[Dict[str, Any]]]:
    masquerades, dnats = [], []
    for thing in ruleset.things:
        if isinstance(thing, Masquerade):
            masquerades.append(
                trim(
                    {
                        "netns": thing.netns,
                        "source": [thing.source],
                        "out_interface": thing.out_interface,
                        "destination_except": list(thing.destination_except) or None,
                        "to_source": thing.to_source,
                    }
                )
            )
        elif isinstance(thing, Dnat):
            dnats.append(
                trim(
                    {
                        "netns": thing.netns,
                        "protocol": thing.protocol,
                        "destination_port": say_ports(thing.ports),
                        "to_destination": say_target(thing),
                        "in_interface": thing.in_interface,
                        "destination": thing.destination,
                        "source": list(thing.source) or None,
                        "hairpin": thing.hairpin,
                        "from_host": thing.from_host,
                    }
                )
            )
    return masquerades, dnats


def compose_topology(there: There) -> Dict[str, Any]:
    """What stands, in the options of ``topology``: fed back, it changes nothing."""
    links = list(there.links.values())
    owners = there.owners()
    name = owners.pop() if len(owners) == 1 else HOST
    rules = [thing for ruleset in there.nat.values() for thing in ruleset.things]
    topology: Dict[str, Any] = {
        "name": name,
        "isolate": any(isinstance(thing, Isolated) and thing.owner == name for thing in rules),
    }
    topology["integrate"] = sorted(
        {thing.firewall for thing in rules if isinstance(thing, Admitted) and thing.owner == name}
    )
    topology["netns"] = []
    for name in sorted(there.namespaces):
        resolver = there.resolvers.get(name)
        item: Dict[str, Any] = {"name": name}
        if resolver is not None and resolver.owner is not None:
            item.update(nameservers=list(resolver.nameservers), search=list(resolver.search))
        topology["netns"].append(item)
    topology["linux_bridge"] = [
        _bridge_item(link, links) for link in links if link.kind == "bridge"
    ]
    topology["veth"] = []
    guarded = frozenset(
        (thing.netns, thing.interface) for thing in rules if isinstance(thing, Guarded)
    )
    for link in links:
        peer = there.links.get(link.peer) if link.peer else None
        taken = any(
            end is not None and end.home is not None for end in (link, peer)
        )  # as a port, whatever is at its other end
        if (
            peer is not None
            and not taken
            and (link.netns or "", link.name) > (peer.netns or "", peer.name)
        ):
            topology["veth"].append(
                {**_end_item(link, guarded, there), "peer": _end_item(peer, guarded, there)}
            )
    topology["netns_link"] = [
        item for item in (_link_item(link, there) for link in links) if item is not None
    ]
    topology["netns_route"] = [
        _route_item(route)
        for routes in there.routes.values()
        for route in routes
        if route.protocol not in _NOT_SOMEBODYS
        and route.table != LOCAL_TABLE
        and route.type in ("unicast", "blackhole", "unreachable", "prohibit")
    ]
    pairs = [rule_items(ruleset) for ruleset in there.nat.values()]
    topology["masquerade"] = [item for masquerades, dnats in pairs for item in masquerades]
    topology["dnat"] = [item for masquerades, dnats in pairs for item in dnats]
    return topology
