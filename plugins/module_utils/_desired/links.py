# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns conforming parameters into wanted things. Pure: what a value means alone is decided here, what it means on this host by the plan."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, List, Optional, Sequence, Tuple

from . import _errors, _kinds, _model, _rules
from . import _values as check
from ._changes import Thing
from ._probe import Probe
from ._wish_ends import things_on

_BRIDGE_BOUNDS = {
    "priority": (0, 65535),
    "forward_delay": (2, 30),
    "hello_time": (1, 10),
    "max_age": (6, 40),
    "ageing_time": (0, 1000000),
    "vlan_default_pvid": (0, 4094),
}

LEAST_MTU_OF_IPV6 = 1280
_BARE, _LOOPBACK = _model.Link(None, ""), _model.Link(None, "lo", up=True)
"""To alter one takes half as long as to make one, and there are thousands."""
ROLLBACKS = ("error", "probe")

Params = Dict[str, Any]
Allowance = Tuple[str, Tuple[Any, ...]]


@dataclass(frozen=True)
class Wish:
    """What a task asks for.

    ``allowed`` holds what the user permits beyond the rules, as (option, key of the thing): ("force", ...), ("steal", ...).
    ``lab`` is set by a topology: the owner of what is made; ``open`` says that it is not isolated.
    ``integrate`` names the firewalls of others that shall let the traffic through.
    ``sweep`` removes, by its mark, what the lab made and does not want any more.
    ``probes`` are asked when all stands; ``rollback_on`` says of which failures what was done is undone.
    """

    present: Tuple[Thing, ...] = ()
    absent: Tuple[Thing, ...] = ()
    allowed: FrozenSet[Allowance] = frozenset()
    backend: str = "auto"
    lab: Optional[str] = None
    sweep: bool = False
    open: bool = False
    integrate: Tuple[str, ...] = ()
    probes: Tuple[Probe, ...] = ()
    rollback_on: FrozenSet[str] = frozenset(ROLLBACKS)


def checked_netns(params: Params, prefix: str) -> Optional[str]:
    """The namespace of an item; None is the host."""
    name = params.get("netns")
    return None if name is None else check.check_netns_name(f"{prefix}netns", name)


def unique(parameter: str, values: Sequence[str]) -> Tuple[str, ...]:
    """These values, none of them twice."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise _errors.Refused(f"{parameter}[{index}]", value, f"stands at {parameter}[{values.index(value)}] already")
    return tuple(values)


def checked_addresses(params: Params, prefix: str) -> Optional[Tuple[str, ...]]:
    """The addresses of a link, if they are given."""
    given = params.get("addresses")
    if given is None:
        return None
    return unique(f"{prefix}addresses", [check.check_interface_address(f"{prefix}addresses[{i}]", text) for i, text in enumerate(given)])


def netns_things(params: Params, prefix: str = "") -> List[Thing]:
    """A namespace, its loopback, its sysctls and its resolver."""
    name = check.check_netns_name(f"{prefix}name", params["name"])
    if name == "host" and params["state"] == "present":
        raise _errors.Refused(f"{prefix}name", name, "is what results and pictures call the host itself")
    things: List[Thing] = [_model.Netns(name), _model.replace(_LOOPBACK, netns=name)]
    for key, value in (params["sysctls"] or {}).items():
        path, text = check.check_sysctl(f"{prefix}sysctls", key, value)
        things.append(_model.Sysctl(name, path, text))
    if params["nameservers"] is not None or params["search"] is not None:
        servers = [check.check_address(f"{prefix}nameservers[{i}]", text) for i, text in enumerate(params["nameservers"] or ())]
        search = [check.check_search_domain(f"{prefix}search[{i}]", text) for i, text in enumerate(params["search"] or ())]
        things.append(_model.Resolver(name, tuple(servers), tuple(search)))
    return things


def _link_of(params: Params, kind: Optional[str], prefix: str) -> _model.Link:
    mac, vrf = params["mac"], params["vrf"]
    link = _model.replace(
        _BARE,
        netns=checked_netns(params, prefix),
        name=check.check_link_name(f"{prefix}name", params["name"]),
        kind=kind,
        up=params["up"],
        mtu=check.check_mtu(f"{prefix}mtu", params["mtu"]),
        mac=None if mac is None else check.check_mac(f"{prefix}mac", mac),
        promisc=params["promisc"],
        vrf=None if vrf is None else check.check_link_name(f"{prefix}vrf", vrf),
        link_local=params["link_local"],
        addresses=checked_addresses(params, prefix),
    )
    if link.mtu is not None and link.mtu < LEAST_MTU_OF_IPV6 and any(":" in text for text in link.addresses or ()):
        raise _errors.Refused(f"{prefix}mtu", link.mtu, f"is too small for the IPv6 addresses: IPv6 needs {LEAST_MTU_OF_IPV6} (RFC 8200)")
    return link


def port_of(params: Params, kind: Optional[str], prefix: str) -> _model.Link:
    """A link that may be a port of a bridge."""
    link = _link_of(params, kind, prefix)
    bridge = params["bridge"]
    if bridge is not None:
        check.check_link_name(f"{prefix}bridge", bridge)
        if link.addresses:
            raise _errors.Refused(f"{prefix}addresses", list(link.addresses), f"a port of a bridge carries no addresses; give them to {bridge}")
        if link.vrf is not None:
            raise _errors.Refused(f"{prefix}vrf", link.vrf, f"a port of a bridge is in no vrf; put {bridge} into it")
    port_flags = {flag: params[flag] for flag in _model.PORT_FLAGS}
    for flag, value in port_flags.items():
        if value is not None and bridge is None:
            raise _errors.Refused(f"{prefix}{flag}", value, "is a bridge port's; it needs bridge")
    queue = check.check_range(f"{prefix}txqueuelen", params["txqueuelen"], 0, 2**31 - 1)
    return _model.replace(link, bridge=bridge, txqueuelen=queue, arp=params["arp"], **port_flags)


def _end_of(params: Params, prefix: str) -> _model.Link:
    link = port_of(params, "veth", prefix)
    queues = check.check_range(f"{prefix}queues", params["queues"], 1, 4096)
    if params["spoofchk"] is not None and link.bridge is None:
        raise _errors.Refused(f"{prefix}spoofchk", params["spoofchk"], "is a bridge port's; it needs bridge")
    return link if queues is None else _model.replace(link, queues=queues)


def veth_things(params: Params, prefix: str = "") -> List[Thing]:
    """A pair of links."""
    if params["peer"] is None:
        raise _errors.Refused(f"{prefix}peer", None, "is required: a veth pair has two ends")
    end, peer = _end_of(params, prefix), _end_of(params["peer"], f"{prefix}peer.")
    if end.place == peer.place:
        raise _errors.Refused(f"{prefix}peer.name", peer.name, "both ends cannot have one name in one namespace")
    given = ((end, peer, params["spoofchk"]), (peer, end, params["peer"]["spoofchk"]))
    guards = [_rules.Guarded(link.netns, link.name, other=other.place, on=on) for link, other, on in given if on is not None]
    on_ends = [*things_on(end, params, prefix), *things_on(peer, params["peer"], f"{prefix}peer.")]
    return [_model.Veth(_model.replace(end, peer=peer.place), _model.replace(peer, peer=end.place)), *guards, *on_ends]


def linux_bridge_things(params: Params, prefix: str = "") -> List[Thing]:
    """A bridge. Bounds as the kernel has them (net/bridge/br_private.h, IEEE 802.1D)."""
    link = _link_of(params, "bridge", prefix)
    for option, (least, most) in _BRIDGE_BOUNDS.items():
        check.check_range(f"{prefix}{option}", params[option], least, most)
    options = _kinds.BridgeOptions(**{name: params[name] for name in _kinds.BridgeOptions.__dataclass_fields__})
    ports = params["ports"]
    if ports is not None:
        ports = unique(f"{prefix}ports", [check.check_link_name(f"{prefix}ports[{i}]", name) for i, name in enumerate(ports)])
    return [_model.replace(link, options=options, ports=ports)]


def _checked_nexthops(params: Params, prefix: str) -> Optional[Tuple[_model.Nexthop, ...]]:
    given = params["nexthops"]
    if given is None:
        return None
    hops = []
    for index, hop in enumerate(given):
        path = f"{prefix}nexthops[{index}]"
        if hop["gateway"] is None and hop["device"] is None:
            raise _errors.Refused(path, hop, "needs a gateway or a device")
        check.check_range(f"{path}.weight", hop["weight"], 1, 256)
        gateway = None if hop["gateway"] is None else check.check_gateway(f"{path}.gateway", hop["gateway"])
        device = None if hop["device"] is None else check.check_link_name(f"{path}.device", hop["device"])
        hops.append(_model.Nexthop(gateway, device, hop["weight"], hop["onlink"]))
        if any((one.gateway, one.device) == (gateway, device) for one in hops[:-1]):
            raise _errors.Refused(path, gateway or device, "stands in nexthops already; weight says how much of the traffic goes there")
    if len(hops) < 2:
        raise _errors.Refused(f"{prefix}nexthops", given, "several next hops are two at least; use gateway and device for one")
    return tuple(sorted(hops, key=lambda hop: (hop.gateway or "", hop.device or "")))


def _check_route_shape(params: Params, prefix: str) -> None:
    if params["type"] != "unicast":
        for option in ("gateway", "device", "nexthops", "onlink"):
            if params[option] is not None:
                raise _errors.Refused(f"{prefix}{option}", params[option], f"a route of type {params['type']} leads nowhere and takes no {option}")
    elif params["state"] == "present" and params["gateway"] is None and params["device"] is None and params["nexthops"] is None:
        raise _errors.Refused(f"{prefix}gateway", None, "a unicast route needs gateway, device or nexthops")
    if params["nexthops"] is not None and (params["gateway"] is not None or params["device"] is not None):
        raise _errors.Refused(f"{prefix}nexthops", params["nexthops"], "excludes gateway and device")
    if params["onlink"] and params["device"] is None:
        raise _errors.Refused(f"{prefix}onlink", True, "needs device: nothing else tells on which link the gateway is")
    if params["scope"] in ("link", "host") and (params["gateway"] is not None or params["nexthops"] is not None):
        raise _errors.Refused(f"{prefix}scope", params["scope"], "is for destinations on the link itself; a route by a gateway has scope global or site")


def netns_route_things(params: Params, prefix: str = "") -> List[Thing]:
    """A route. The family is the destination's; ``default`` takes it from the gateway or the source."""
    params = {"state": "present", **params}
    _check_route_shape(params, prefix)
    hops = _checked_nexthops(params, prefix)
    gateway = None if params["gateway"] is None else check.check_gateway(f"{prefix}gateway", params["gateway"])
    source = None if params["source"] is None else check.check_address(f"{prefix}source", params["source"])
    hints = [text for text in (gateway, source, *(hop.gateway for hop in hops or ())) if text]
    family = _model.family_of(hints[0]) if hints else 4
    destination = check.check_destination(f"{prefix}destination", params["destination"], family)
    if any(_model.family_of(hint) != _model.family_of(destination) for hint in hints):
        raise _errors.Refused(f"{prefix}destination", params["destination"], f"is IPv{_model.family_of(destination)}, but gateway or source is not")
    if _model.family_of(destination) == 6 and params["scope"] not in (None, "global"):
        raise _errors.Refused(f"{prefix}scope", params["scope"], "routes of IPv6 have no scope but global")
    check.check_range(f"{prefix}table", params["table"], 1, 2**32 - 1)
    metric = check.check_range(f"{prefix}metric", params["metric"], 0, 2**32 - 1)
    if not metric:
        metric = 1024 if _model.family_of(destination) == 6 else 0
    return [_model.Route(
        netns=checked_netns(params, prefix), destination=destination, table=params["table"], metric=metric, type=params["type"], gateway=gateway,
        device=None if params["device"] is None else check.check_link_name(f"{prefix}device", params["device"]),
        source=source, scope=params["scope"], onlink=params["onlink"], mtu=check.check_mtu(f"{prefix}mtu", params["mtu"]), nexthops=hops,
    )]


def masquerade_things(params: Params, prefix: str = "") -> List[Thing]:
    """One thing for each source network."""
    out = params["out_interface"]
    sources = unique(f"{prefix}source", [check.check_senders(f"{prefix}source[{i}]", text) for i, text in enumerate(params["source"])])
    given = params["destination_except"] or ()
    excepted = unique(f"{prefix}destination_except", [check.check_network(f"{prefix}destination_except[{i}]", text) for i, text in enumerate(given)])
    for index, text in enumerate(excepted):
        if sources and all(_model.family_of(text) != _model.family_of(source) for source in sources):
            raise _errors.Refused(f"{prefix}destination_except[{index}]", text, f"is of no family of source ({', '.join(sources)})")
    to_source = None if params["to_source"] is None else check.check_gateway(f"{prefix}to_source", params["to_source"])
    if not sources:
        raise _errors.Refused(f"{prefix}source", [], "names no network")
    things: List[Thing] = []
    for index, source in enumerate(sources):
        if ipaddress.ip_network(source).prefixlen == 0:
            raise _errors.Refused(f"{prefix}source[{index}]", source, "is everybody; name the networks that shall leave through this host")
        if to_source is not None and _model.family_of(to_source) != _model.family_of(source):
            raise _errors.Refused(f"{prefix}to_source", to_source, f"is not of the family of {source}")
        things.append(_rules.Masquerade(
            netns=checked_netns(params, prefix), source=source, out_interface=None if out is None else check.check_link_name(f"{prefix}out_interface", out),
            destination_except=tuple(sorted(net for net in excepted if _model.family_of(net) == _model.family_of(source))), to_source=to_source,
        ))
    return things


def dnat_things(params: Params, prefix: str = "") -> List[Thing]:
    """A port forward; to remove one, its identity is enough, and without a target the family is not known: both are meant."""
    if params["to_destination"] is None:
        if params.get("state", "present") == "present":
            raise _errors.Refused(f"{prefix}to_destination", None, "is required")
        hints = [text for text in (params["destination"], *(params["source"] or ())) if text]
        anywhere = [text for text in ("192.0.2.1", "2001:db8::1") if not hints or _model.family_of(text) == _model.family_of(hints[0])]
        return [thing for text in anywhere for thing in dnat_things({**params, "to_destination": text}, prefix)]
    ports = check.check_ports(f"{prefix}destination_port", params["destination_port"])
    address, to_ports = check.check_target(f"{prefix}to_destination", params["to_destination"], ports)
    destination = None if params["destination"] is None else check.check_gateway(f"{prefix}destination", params["destination"])
    sources = unique(f"{prefix}source", [check.check_senders(f"{prefix}source[{i}]", text) for i, text in enumerate(params["source"] or ())])
    for option, values in (("destination", [destination] if destination else []), ("source", list(sources))):
        for value in values:
            if _model.family_of(value) != _model.family_of(address):
                raise _errors.Refused(f"{prefix}{option}", value, f"is not of the family of {address}; forwards do not cross from IPv4 to IPv6")
    device = params["in_interface"]
    return [_rules.Dnat(
        netns=checked_netns(params, prefix), protocol=params["protocol"], ports=ports, to_address=address, to_ports=to_ports,
        in_interface=None if device is None else check.check_link_name(f"{prefix}in_interface", device), destination=destination,
        source=tuple(sorted(sources)), hairpin=params["hairpin"], from_host=params["from_host"],
    )]


def wish_for(params: Params, things: Sequence[Thing], allowed: Sequence[Allowance] = ()) -> Wish:
    """That these shall be there, or shall not."""
    backend = params.get("backend") or "auto"
    if params["state"] == "absent":
        return Wish(absent=tuple(things), allowed=frozenset(allowed), backend=backend)
    return Wish(present=tuple(things), allowed=frozenset(allowed), backend=backend, integrate=tuple(params.get("integrate") or ()))


def allowances(params: Params, things: Sequence[Thing]) -> List[Allowance]:
    """What options of one item permit beyond the rules, and for which thing. A metric that is given permits a second default route."""
    allowed = [(option, things[0].key) for option in ("force", "steal") if params.get(option)]
    return allowed + [("metric", things[0].key)] if params.get("metric") is not None else allowed


def wish_netns(params: Params) -> Wish:
    things = netns_things(params)
    if params["state"] == "absent":
        return wish_for(params, things[:1], allowances(params, things))
    return wish_for(params, things)


def wish_veth(params: Params) -> Wish:
    if params["state"] == "absent" and params["peer"] is None:
        return wish_for(params, [_model.Link(checked_netns(params, ""), check.check_link_name("name", params["name"]), kind="veth")])
    return wish_for(params, veth_things(params))


def wish_linux_bridge(params: Params) -> Wish:
    things = linux_bridge_things(params)
    return wish_for(params, things, allowances(params, things))


def wish_netns_route(params: Params) -> Wish:
    things = netns_route_things(params)
    return wish_for(params, things, allowances(params, things))


def wish_masquerade(params: Params) -> Wish:
    return wish_for(params, masquerade_things(params))


def wish_dnat(params: Params) -> Wish:
    things = dnat_things(params)
    return wish_for(params, things, allowances(params, things))
