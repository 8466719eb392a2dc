# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands on a host: as a topology that could be fed back, and in detail."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any, Dict, FrozenSet, List, Optional, Sequence, Set, Tuple

from . import _kinds, _machine, _model, _namespaces, _rules, _settings
from ._args import SUBSETS
from ._impairment import spell
from ._keys import derive_public
from ._plan_nat import OPENED
from ._rooms import Rooms, read_neighbours
from ._say_links import say_type
from ._say_nat import say_ports, say_target
from ._there import Process, Scope, There
from ._values import MOST_MTU
from ._vlans import spell_ranges

HOST = "host"

_NOT_SOMEBODYS = (_model.KERNEL_ROUTE, 9)
"""Routes that the kernel makes by itself: with an address, by a router advertisement."""


@dataclass
class Sight:
    """What could be seen, and why not all."""

    there: There
    neighbours: Dict[Optional[str], List[Any]] = field(default_factory=dict)
    processes: Dict[Optional[str], List[Process]] = field(default_factory=dict)
    sysctls: Dict[Optional[str], Dict[str, str]] = field(default_factory=dict)
    reasons: List[str] = field(default_factory=list)


_SYSCTLS = (
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/rp_filter",
    "net/ipv6/conf/all/forwarding",
    "net/ipv6/conf/all/disable_ipv6",
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
)


def look(host: Any, rooms: Rooms, netns: Optional[Sequence[str]], subset: Set[str]) -> Sight:
    """Look into these namespaces (None: the host and all)."""
    reasons = []
    names: Set[Optional[str]] = {None, *_namespaces.list_names()} if netns is None else set(netns)
    if not _machine.may_administer():
        reasons.append("without CAP_SYS_ADMIN namespaces cannot be entered, and without CAP_NET_ADMIN rules cannot be read")
        names &= {None}
    privileged = not reasons
    every = frozenset(names)
    scope = Scope(every, routes=every, nat=every if privileged else frozenset(), resolvers=frozenset(name for name in every if name), local_routes=True)
    sight = Sight(host.observe(scope), reasons=reasons)
    known = {None, *sight.there.namespaces, *sight.there.blocked}
    reasons += [f"there is no namespace {name}" for name in sorted(names - known, key=str)]
    seen = [None] if None in names else []
    for name in (*seen, *sorted(sight.there.namespaces)):
        room = rooms.of(name)
        if "neighbours" in subset:
            sight.neighbours[name] = read_neighbours(room)
        if "sysctls" in subset:
            with _namespaces.inside(room.descriptor):
                values = {key.replace("/", "."): _settings.read_sysctl(key) for key in _SYSCTLS}
            sight.sysctls[name] = {key: value for key, value in values.items() if value is not None}
    if "processes" in subset:
        found = _namespaces.find_processes({rooms.of(name).identity: name or "" for name in (*seen, *sight.there.namespaces)})
        sight.processes = {name or None: processes for name, processes in found.items()}
    return sight


def _trim(item: Dict[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in item.items() if value is not None}


def _common(link: _model.Link) -> Dict[str, Any]:
    return {
        "name": link.name, "netns": link.netns, "addresses": list(link.addresses or ()) or None, "up": link.up,
        "mtu": link.mtu, "mac": link.mac, "promisc": link.promisc, "link_local": link.link_local, "vrf": link.vrf or None,
    }


def _spell_vlans(link: _model.Link, there: There) -> Dict[str, Any]:
    """Of a port whose bridge filters them."""
    bridge, vlans = there.links.get((link.netns, link.bridge or "")), there.vlans.get(link.place)
    if vlans is None or bridge is None or not isinstance(bridge.options, _kinds.BridgeOptions) or not bridge.options.vlan_filtering:
        return {}
    return {"vlan": vlans.vlan, "vlans": spell_ranges(vlans.tagged or frozenset())}


def _port_item(link: _model.Link, there: There) -> Dict[str, Any]:
    flags = {name: getattr(link, name) for name in _model.PORT_FLAGS} if link.bridge else {}
    impairment = there.impairments.get(link.place)
    item = {**_common(link), "bridge": link.bridge or None, "txqueuelen": link.txqueuelen, "arp": link.arp, **flags}
    item.update(_spell_vlans(link, there), impairment=None if impairment is None else spell(impairment))
    return {**item, "addresses": None} if link.bridge else item


def _end_item(link: _model.Link, guarded: FrozenSet[_model.Place], there: There) -> Dict[str, Any]:
    guard = {"spoofchk": True} if link.bridge and link.place in guarded else {}
    return _trim({**_port_item(link, there), "queues": link.queues, **guard})


def _bridge_item(link: _model.Link, links: Sequence[_model.Link]) -> Dict[str, Any]:
    ports = [port.name for port in links if port.netns == link.netns and port.bridge == link.name]
    options = vars(link.options or _kinds.BridgeOptions())
    return _trim({**_common(link), "ports": ports, **options})


def _link_item(link: _model.Link, there: There) -> Optional[Dict[str, Any]]:
    """A link that is neither an end of a cable nor a bridge, if ``netns_link`` could have made it or taken it."""
    if link.name == "lo":
        return _trim({"name": "lo", "netns": link.netns, "addresses": list(link.addresses)}) if link.netns and link.addresses else None
    if isinstance(link.options, _kinds.TunOptions) and not link.options.persist:
        return None
    if (link.kind == "" or link.home is not None) and link.netns is not None:
        device = link.home.name if link.home and link.home.name != link.name else None
        return _trim({**_port_item(link, there), "type": "physical", "device": device})
    if link.kind not in _kinds.NATURES or (_kinds.NATURES[link.kind].parent and link.parent is None):
        return None
    mtu = link.mtu if link.mtu and link.mtu <= MOST_MTU else None
    mac = link.mac if _kinds.NATURES[link.kind].mac and say_type(link) != "tun" and getattr(link.options, "mode", None) != "passthru" else None
    netns, parent = link.parent or (None, "")
    item = {**_port_item(link, there), "mtu": mtu, "mac": mac, "type": say_type(link), "link": parent or None, "link_netns": netns}
    if link.kind in ("ipvlan", "wireguard"):
        item.update(dict.fromkeys(("arp",) if link.kind == "ipvlan" else ("link_local",)))
    return _trim({**item, **_show_options(link)})


def _show_options(link: _model.Link) -> Dict[str, Any]:
    """The options of its kind, as ``netns_link`` takes them; no secret is among them."""
    options = link.options
    if isinstance(options, _kinds.TunOptions):
        told = {name: None if value is None else str(value) if name in ("user", "group") else value for name, value in vars(options).items()}
        return {**told, "mode": None, "persist": None}
    if isinstance(options, _kinds.VxlanOptions):
        word = "group" if options.remote and ipaddress.ip_address(options.remote).is_multicast else "remote"
        return {**vars(options), "remote": None, word: options.remote, "learning": None, "vxlan_learning": options.learning}
    if isinstance(options, _kinds.WireguardOptions):
        return {"listen_port": options.listen_port, "fwmark": options.fwmark, "peers": [_show_peer(peer) for peer in options.peers or ()]}
    return {} if options is None else dict(vars(options))


def _show_peer(peer: _kinds.Peer) -> Dict[str, Any]:
    return _trim({**vars(peer), "allowed_ips": list(peer.allowed_ips or ()), "preshared_key": None})


def _route_item(route: _model.Route) -> Dict[str, Any]:
    four = ":" not in route.destination
    default = route.destination in ("0.0.0.0/0", "::/0")
    hops = [_trim({"gateway": hop.gateway, "device": hop.device, "weight": hop.weight, "onlink": hop.onlink or None}) for hop in route.nexthops or ()]
    return _trim({
        "netns": route.netns, "destination": "default" if default and four else route.destination, "gateway": route.gateway, "device": route.device,
        "metric": route.metric, "table": route.table, "source": route.source, "scope": route.scope if four else None, "type": route.type,
        "onlink": route.onlink or None, "mtu": route.mtu, "nexthops": hops or None,
    })


def _rule_items(ruleset: _rules.Ruleset) -> Tuple[List[Dict[str, Any]], List[Dict[str, Any]]]:
    masquerades, dnats = [], []
    for thing in ruleset.things:
        if isinstance(thing, _rules.Masquerade):
            masquerades.append(_trim({
                "netns": thing.netns, "source": [thing.source], "out_interface": thing.out_interface,
                "destination_except": list(thing.destination_except) or None, "to_source": thing.to_source,
            }))
        elif isinstance(thing, _rules.Dnat):
            dnats.append(_trim({
                "netns": thing.netns, "protocol": thing.protocol, "destination_port": say_ports(thing.ports), "to_destination": say_target(thing),
                "in_interface": thing.in_interface, "destination": thing.destination, "source": list(thing.source) or None,
                "hairpin": thing.hairpin, "from_host": thing.from_host,
            }))
    return masquerades, dnats


def compose_topology(there: There) -> Dict[str, Any]:
    """What stands, in the options of ``topology``: fed back, it changes nothing."""
    links = list(there.links.values())
    owners = there.owners()
    name = owners.pop() if len(owners) == 1 else HOST
    rules = [thing for ruleset in there.nat.values() for thing in ruleset.things]
    topology: Dict[str, Any] = {"name": name, "isolate": any(isinstance(thing, _rules.Isolated) and thing.owner == name for thing in rules)}
    topology["integrate"] = sorted({thing.firewall for thing in rules if isinstance(thing, _rules.Admitted) and thing.owner == name})
    topology["netns"] = []
    for name in sorted(there.namespaces):
        resolver = there.resolvers.get(name)
        item: Dict[str, Any] = {"name": name}
        if resolver is not None and resolver.owner is not None:
            item.update(nameservers=list(resolver.nameservers), search=list(resolver.search))
        topology["netns"].append(item)
    topology["linux_bridge"] = [_bridge_item(link, links) for link in links if link.kind == "bridge"]
    topology["veth"] = []
    guarded = frozenset((thing.netns, thing.interface) for thing in rules if isinstance(thing, _rules.Guarded))
    for link in links:
        peer = there.links.get(link.peer) if link.peer else None
        taken = any(end is not None and end.home is not None for end in (link, peer))  # as a port, whatever is at its other end
        if peer is not None and not taken and (link.netns or "", link.name) > (peer.netns or "", peer.name):
            topology["veth"].append({**_end_item(link, guarded, there), "peer": _end_item(peer, guarded, there)})
    topology["netns_link"] = [item for item in (_link_item(link, there) for link in links) if item is not None]
    topology["netns_route"] = [
        _route_item(route) for routes in there.routes.values() for route in routes
        if route.protocol not in _NOT_SOMEBODYS and route.table != _model.LOCAL_TABLE and route.type in ("unicast", "blackhole", "unreachable", "prohibit")
    ]
    pairs = [_rule_items(ruleset) for ruleset in there.nat.values()]
    topology["masquerade"] = [item for masquerades, dnats in pairs for item in masquerades]
    topology["dnat"] = [item for masquerades, dnats in pairs for item in dnats]
    return topology


def _plain(thing: Any, but: Sequence[str] = ("netns",)) -> Dict[str, Any]:
    item = {}
    for key, value in vars(thing).items():
        if value is None or key in but:
            continue
        if isinstance(value, _kinds.WireguardOptions):
            public = derive_public(value.private_key) if value.private_key else None
            peers = [_show_peer(peer) for peer in value.peers or ()]
            value = _trim({"public_key": public, "listen_port": value.listen_port, "fwmark": value.fwmark, "peers": peers})
        elif key in ("options", "home"):
            value = _trim({name: list(one) if isinstance(one, tuple) else one for name, one in vars(value).items()})
        elif key in ("peer", "parent"):
            value = {"netns": value[0] or HOST, "name": value[1]}
        elif key == "nexthops":
            value = [_trim(vars(hop)) for hop in value]
        elif isinstance(value, tuple):
            value = list(value)
        item[key] = value
    return item


def compose_info(sight: Sight, subset: Set[str]) -> Dict[str, Any]:
    """What ``netns_info`` returns."""
    there = sight.there
    links: Dict[str, List[Dict[str, Any]]] = {}
    for link in there.links.values():
        links.setdefault(link.netns or HOST, []).append(_plain(link))
    parts: Dict[str, Any] = {
        "links": links,
        "routes": {name or HOST: [_plain(route) for route in routes] for name, routes in there.routes.items()},
        "neighbours": {name or HOST: [_plain(entry) for entry in entries] for name, entries in sight.neighbours.items()},
        "nat": {name or HOST: _compose_nat(ruleset) for name, ruleset in (*there.nat.items(), *_flushed(there))},
        "processes": {name or HOST: [_plain(process) for process in processes] for name, processes in sight.processes.items()},
        "sysctls": {name or HOST: values for name, values in sight.sysctls.items()},
    }
    return {
        "topology": compose_topology(there),
        **{name: parts[name] for name in SUBSETS if name in subset},
        "stale": sorted(name for name, what in there.blocked.items() if what == "stale"),
        "complete": not sight.reasons,
        "reasons": sight.reasons + [f"/run/netns/{name} is {what}" for name, what in sorted(there.blocked.items()) if what != "stale"],
    }


def _flushed(there: There) -> List[Tuple[Optional[str], _rules.Ruleset]]:
    """Where forwarding was opened by us, and no rule of ours is left that would say so."""
    opened = {netns for (netns, key), value in there.sysctls.items() if key.endswith("/forwarding") and value == OPENED}
    return [(netns, _rules.Ruleset("", damaged=True)) for netns in sorted(opened - there.nat.keys(), key=str)]


def _compose_nat(ruleset: _rules.Ruleset) -> Dict[str, Any]:
    masquerades, dnats = _rule_items(ruleset)
    return {"backend": ruleset.backend, "damaged": ruleset.damaged, "masquerade": masquerades, "dnat": dnats}
