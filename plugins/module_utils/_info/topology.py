# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands on a host: as a topology that could be fed back, and in detail."""

from __future__ import annotations

import ipaddress
from typing import Any, Dict, FrozenSet, List, Optional, Sequence, Tuple

from .._describe.nat import describe_ports, describe_target
from .._model.bridge_vlans import format_ranges
from .._model.current_state import CurrentState
from .._model.impairments import format_options
from .._model.link_options import BridgeOptions, Peer, TunOptions, VxlanOptions, WireguardOptions
from .._model.link_types import NETNS_LINK_KINDS, OWN_MAC
from .._model.links import MAX_MTU, PORT_FLAGS, Link, LinkRef, type_name, type_of
from .._model.nat import Dnat, IntegratedFirewall, Isolation, Masquerade, Ruleset, SpoofCheck
from .._model.routes import KERNEL_ROUTE, LOCAL_TABLE, Route

HOST = "host"

_AUTOMATIC_PROTOCOLS = (KERNEL_ROUTE, 9)
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


def _format_vlans(link: Link, current: CurrentState) -> Dict[str, Any]:
    """Of a port whose bridge filters them."""
    bridge, vlans = current.links.get((link.netns, link.bridge or "")), current.vlans.get(link.ref)
    if (
        vlans is None
        or bridge is None
        or not isinstance(bridge.options, BridgeOptions)
        or not bridge.options.vlan_filtering
    ):
        return {}
    return {"vlan": vlans.vlan, "vlans": format_ranges(vlans.tagged or frozenset())}


def _port_item(link: Link, current: CurrentState) -> Dict[str, Any]:
    flags = {name: getattr(link, name) for name in PORT_FLAGS} if link.bridge else {}
    impairment = current.impairments.get(link.ref)
    item = {
        **_common(link),
        "bridge": link.bridge or None,
        "txqueuelen": link.txqueuelen,
        "arp": link.arp,
        **flags,
    }
    item.update(
        _format_vlans(link, current),
        impairment=None if impairment is None else format_options(impairment),
    )
    return {**item, "addresses": None} if link.bridge else item


def _end_item(link: Link, guarded: FrozenSet[LinkRef], current: CurrentState) -> Dict[str, Any]:
    guard = {"spoofchk": True} if link.bridge and link.ref in guarded else {}
    return trim({**_port_item(link, current), "queues": link.queues, **guard})


def _bridge_item(link: Link, links: Sequence[Link]) -> Dict[str, Any]:
    ports = [port.name for port in links if port.netns == link.netns and port.bridge == link.name]
    options = vars(link.options or BridgeOptions())
    return trim({**_common(link), "ports": ports, **options})


def _link_item(link: Link, current: CurrentState) -> Optional[Dict[str, Any]]:
    """A link that is neither an end of a cable nor a bridge, if ``netns_link`` could have made it or taken it."""
    if link.name == "lo":
        return (
            trim({"name": "lo", "netns": link.netns, "addresses": list(link.addresses)})
            if link.netns and link.addresses
            else None
        )
    if isinstance(link.options, TunOptions) and not link.options.persist:
        return None
    if (link.kind == "" or link.saved is not None) and link.netns is not None:
        device = link.saved.name if link.saved and link.saved.name != link.name else None
        return trim({**_port_item(link, current), "type": "physical", "device": device})
    link_type = type_of(link)
    if (
        link_type is None
        or link.kind not in NETNS_LINK_KINDS
        or (link_type.parent and link.parent is None)
    ):
        return None
    mtu = link.mtu if link.mtu and link.mtu <= MAX_MTU else None
    mac = (
        link.mac
        if link_type.mac == OWN_MAC and getattr(link.options, "mode", None) != "passthru"
        else None
    )
    netns, parent = link.parent or (None, "")
    item = {
        **_port_item(link, current),
        "mtu": mtu,
        "mac": mac,
        "type": type_name(link),
        "link": parent or None,
        "link_netns": netns,
    }
    if link_type.arp is None:
        item["arp"] = None
    if not link_type.link_local:
        item["link_local"] = None
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
    for resource in ruleset.resources:
        if isinstance(resource, Masquerade):
            masquerades.append(
                trim(
                    {
                        "netns": resource.netns,
                        "source": [resource.source],
                        "out_interface": resource.out_interface,
                        "destination_except": list(resource.destination_except) or None,
                        "to_source": resource.to_source,
                    }
                )
            )
        elif isinstance(resource, Dnat):
            dnats.append(
                trim(
                    {
                        "netns": resource.netns,
                        "protocol": resource.protocol,
                        "destination_port": describe_ports(resource.ports),
                        "to_destination": describe_target(resource),
                        "in_interface": resource.in_interface,
                        "destination": resource.destination,
                        "source": list(resource.source) or None,
                        "hairpin": resource.hairpin,
                        "from_host": resource.from_host,
                    }
                )
            )
    return masquerades, dnats


def compose_topology(current: CurrentState) -> Dict[str, Any]:
    """What stands, in the options of ``topology``: fed back, it changes nothing."""
    links = list(current.links.values())
    owners = current.owners()
    name = owners.pop() if len(owners) == 1 else HOST
    rules = [resource for ruleset in current.rulesets.values() for resource in ruleset.resources]
    topology: Dict[str, Any] = {
        "name": name,
        "isolate": any(
            isinstance(resource, Isolation) and resource.owner == name for resource in rules
        ),
    }
    topology["integrate"] = sorted(
        {
            resource.firewall
            for resource in rules
            if isinstance(resource, IntegratedFirewall) and resource.owner == name
        }
    )
    topology["netns"] = []
    for name in sorted(current.namespaces):
        resolver = current.resolvers.get(name)
        item: Dict[str, Any] = {"name": name}
        if resolver is not None and resolver.owner is not None:
            item.update(nameservers=list(resolver.nameservers), search=list(resolver.search))
        topology["netns"].append(item)
    topology["linux_bridge"] = [
        _bridge_item(link, links) for link in links if link.kind == "bridge"
    ]
    topology["veth"] = []
    guarded = frozenset(
        (resource.netns, resource.interface)
        for resource in rules
        if isinstance(resource, SpoofCheck)
    )
    for link in links:
        peer = current.links.get(link.peer) if link.peer else None
        taken = any(
            end is not None and end.saved is not None for end in (link, peer)
        )  # as a port, whatever is at its other end
        if (
            peer is not None
            and not taken
            and (link.netns or "", link.name) > (peer.netns or "", peer.name)
        ):
            topology["veth"].append(
                {**_end_item(link, guarded, current), "peer": _end_item(peer, guarded, current)}
            )
    topology["netns_link"] = [
        item for item in (_link_item(link, current) for link in links) if item is not None
    ]
    topology["netns_route"] = [
        _route_item(route)
        for routes in current.routes.values()
        for route in routes
        if route.protocol not in _AUTOMATIC_PROTOCOLS
        and route.table != LOCAL_TABLE
        and route.type in ("unicast", "blackhole", "unreachable", "prohibit")
    ]
    pairs = [rule_items(ruleset) for ruleset in current.rulesets.values()]
    topology["masquerade"] = [item for masquerades, dnats in pairs for item in masquerades]
    topology["dnat"] = [item for masquerades, dnats in pairs for item in dnats]
    return topology
