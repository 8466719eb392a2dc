# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab in a few words, said in all words: names of namespaces become what the module topology takes. Pure."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from dataclasses import dataclass, field
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import family_of
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import (
    DNAT_SPEC,
    END_SPEC,
    ITEM_SPECS,
    MASQUERADE_SPEC,
    NETNS_ROUTE_SPEC,
    NETNS_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validators import (
    LINK_NAME_BYTES,
    check_gateway,
    check_interface_address,
    check_lab_name,
    check_link_name,
    check_netns_name,
    check_network,
)

Item = Dict[str, Any]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

# What a namespace's item may say, by where it goes: to the namespace, to its end of the cable, to the port at the bridge.
_OF_NETNS = tuple(key for key in NETNS_SPEC if key != "name")
_OF_PORT = tuple(key for key in END_SPEC if key in ("isolated", "hairpin", "learning", "spoofchk"))
# Without VLANs, for who is in another than the gateway has no way out.
_OF_END = tuple(
    key for key in END_SPEC if key not in ("name", "netns", "bridge", "vlan", "vlans", *_OF_PORT)
)
_OF_FORWARD = (*DNAT_SPEC, "namespace", "to_port")


@dataclass
class _Lab:
    """What several parts of the lab need to know."""

    networks: List[Network] = field(default_factory=list)
    gateways: Dict[int, str] = field(default_factory=dict)
    addresses: Dict[str, List[str]] = field(default_factory=dict)


def _listed(parameter: str, value: Any) -> List[Any]:
    """A list, or the one string that will do for it, or nothing."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Sequence):
        raise Refused(parameter, value, "is neither a list nor a string")
    return list(value)


def _text(parameter: str, value: Any) -> str:
    if value is None:
        raise Refused(parameter, value, "is required")
    if not isinstance(value, str):
        raise Refused(parameter, value, "is not a string; put it in quotes")
    return value


def _taken_from(parameter: str, item: Any, options: Sequence[str]) -> Item:
    """The options of a dictionary that are given; a null is an option left out."""
    if not isinstance(item, Mapping):
        raise Refused(parameter, item, "is not a dictionary")
    for key, value in item.items():
        if key not in options:
            raise Refused(
                f"{parameter}.{key}",
                value,
                f"there is no such option; there are {', '.join(sorted(options))}",
            )
    return {str(key): value for key, value in item.items() if value is not None}


def _read_networks(value: Any) -> List[Network]:
    networks: List[Network] = []
    for text in _listed("network", value):
        network = ipaddress.ip_network(check_network("network", _text("network", text)))
        if any(network.version == other.version for other in networks):
            raise Refused(
                "network",
                value,
                f"has two networks of IPv{network.version}; a lab has one of each family",
            )
        networks.append(network)
    if not networks:
        raise Refused("network", value, "names no network")
    return networks


def _read_gateways(value: Any, networks: Sequence[Network]) -> Dict[int, str]:
    gateways: Dict[int, str] = {}
    for given in _listed("gateway", value):
        text = check_gateway("gateway", _text("gateway", given))
        network = next((one for one in networks if ipaddress.ip_address(text) in one), None)
        if network is None:
            raise Refused(
                "gateway",
                text,
                f"lies in none of the lab's networks: {', '.join(map(str, networks))}",
            )
        if network.version in gateways:
            raise Refused(
                "gateway",
                text,
                f"is a second one for {network}; the first is {gateways[network.version]}",
            )
        check_interface_address("gateway", f"{text}/{network.prefixlen}")
        gateways[network.version] = text
    return gateways


def _read_namespaces(value: Any) -> List[Item]:
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence):
        raise Refused("namespaces", value, "is not a list")
    namespaces: List[Item] = []
    for index, given in enumerate(value):
        path = f"namespaces[{index}]"
        item: Item = (
            {"name": given}
            if isinstance(given, str)
            else _taken_from(path, given, ("name", "addresses", *_OF_NETNS, *_OF_END, *_OF_PORT))
        )
        name = check_netns_name(f"{path}.name", _text(f"{path}.name", item.get("name")))
        if any(other["name"] == name for other in namespaces):
            raise Refused(f"{path}.name", name, "stands in the list already")
        if "addresses" in item:
            item["addresses"] = [
                check_interface_address(
                    f"{path}.addresses[{number}]", _text(f"{path}.addresses[{number}]", text)
                )
                for number, text in enumerate(_listed(f"{path}.addresses", item["addresses"]))
            ]
        namespaces.append(item)
    return namespaces


def _count_addresses(namespaces: Sequence[Item], lab: _Lab) -> None:
    """Every namespace without addresses gets the next host of each network that nobody has."""
    taken: Set[str] = set(lab.gateways.values())
    for index, item in enumerate(namespaces):
        for number, text in enumerate(item.get("addresses", ())):
            address = text.split("/")[0]
            if address in taken:
                raise Refused(
                    f"namespaces[{index}].addresses[{number}]",
                    text,
                    "is taken already, by the gateway or another namespace",
                )
            taken.add(address)
    free: List[Tuple[Network, Iterator[Any]]] = [
        (network, (host for host in network.hosts() if str(host) not in taken))
        for network in lab.networks
    ]
    for item in namespaces:
        if "addresses" not in item:
            item["addresses"] = [
                f"{_next_host(network, hosts, item['name'])}/{network.prefixlen}"
                for network, hosts in free
            ]
        lab.addresses[item["name"]] = [text.split("/")[0] for text in item["addresses"]]


def _next_host(network: Network, hosts: Iterator[Any], name: str) -> str:
    host = next(hosts, None)
    if host is None:
        raise Refused("network", str(network), f"has no address left for namespace {name}")
    return str(host)


def _link_name(name: str, tail: str, taken: Set[str]) -> str:
    """``veth-NAME`` with a tail. What would be longer than the kernel takes keeps its first letters, and a digest tells it apart."""
    handle = LINK_NAME_BYTES - len("veth-" + tail)
    middle, attempt = name, 0
    while len(middle) > handle or f"veth-{middle}{tail}" in taken:
        digest = (
            base64.b32encode(hashlib.sha256(f"{attempt} {name}".encode()).digest()).decode().lower()
        )
        middle, attempt = name[: handle - 5] + digest[:5], attempt + 1
    taken.add(f"veth-{middle}{tail}")
    return f"veth-{middle}{tail}"


def _veth_pairs(namespaces: Sequence[Item], bridge: str, switch: Optional[str]) -> List[Item]:
    # A long name's stand-in gives way to the namespace that really bears it.
    short = [
        item["name"] for item in namespaces if len(f"veth-{item['name']}-br") <= LINK_NAME_BYTES
    ]
    ports = {name: f"veth-{name}-br" for name in short}
    taken = {bridge, *ports.values()}
    cables = []
    for item in namespaces:
        name = item["name"]
        port: Item = {
            "name": ports[name] if name in ports else _link_name(name, "-br", taken),
            "bridge": bridge,
        }
        if switch is not None:
            port["netns"] = switch
        if "mtu" in item:
            port["mtu"] = item["mtu"]
        port.update({key: item[key] for key in _OF_PORT if key in item})
        end = {
            "name": _link_name(name, "", set()),
            "netns": name,
            **{key: item[key] for key in _OF_END if key in item},
        }
        cables.append({**end, "peer": port})
    return cables


def _switch(lab: _Lab, bridge: str, switch: Optional[str]) -> Tuple[List[Item], List[Item]]:
    """The bridge, and the cable from there to the host if the bridge is not on the host itself."""
    addresses = [
        f"{lab.gateways[network.version]}/{network.prefixlen}"
        for network in lab.networks
        if network.version in lab.gateways
    ]
    if switch is None:
        return [{"name": bridge, "addresses": addresses}], []
    uplink = {
        "name": bridge,
        "addresses": addresses,
        "peer": {"name": f"{bridge[:10]}-host", "netns": switch, "bridge": bridge},
    }
    return [{"name": bridge, "netns": switch}], [uplink]


def _routes(value: Any, lab: _Lab) -> List[Item]:
    """Every route, in the namespace that it names or else in all; the gateway is the lab's where none is given."""
    routes = []
    for index, given in enumerate(_listed("routes", value)):
        path = f"routes[{index}]"
        item = (
            {"destination": given}
            if isinstance(given, str)
            else _taken_from(path, given, tuple(NETNS_ROUTE_SPEC))
        )
        destination = _text(f"{path}.destination", item.get("destination"))
        if "netns" in item and item["netns"] not in lab.addresses:
            raise Refused(
                f"{path}.netns",
                item["netns"],
                f"is none of the lab's namespaces: {', '.join(lab.addresses)}",
            )
        for netns in [item["netns"]] if "netns" in item else lab.addresses:
            if {"gateway", "device", "nexthops"} & set(item) or item.get(
                "type", "unicast"
            ) != "unicast":
                routes.append({**item, "netns": netns})
                continue
            gateways = [
                gateway
                for family, gateway in lab.gateways.items()
                if destination == "default" or family == family_of(destination)
            ]
            if not gateways:
                raise Refused(path, given, "needs a gateway, and the lab has none of its family")
            routes += [{**item, "netns": netns, "gateway": gateway} for gateway in gateways]
    return routes


def _masquerades(value: Any, lab: _Lab, out_interface: Optional[str]) -> List[Item]:
    if value is None or value is False:
        return []
    item = {} if value is True else _taken_from("masquerade", value, tuple(MASQUERADE_SPEC))
    if out_interface is not None:
        item.setdefault("out_interface", out_interface)
    item.setdefault(
        "source", [str(network) for network in lab.networks if network.version in lab.gateways]
    )
    return [item] if item["source"] else []


def _forwards(value: Any, lab: _Lab, in_interface: Optional[str]) -> List[Item]:
    forwards = []
    for index, given in enumerate(_listed("forwards", value)):
        path = f"forwards[{index}]"
        item = _taken_from(path, given, _OF_FORWARD)
        if ("namespace" in item) == ("to_destination" in item):
            raise Refused(path, given, "needs namespace or to_destination, and not both")
        if item.get("destination_port") is None:
            raise Refused(f"{path}.destination_port", None, "is required")
        if in_interface is not None:
            item.setdefault("in_interface", in_interface)
        if "to_destination" in item:
            if "to_port" in item:
                raise Refused(
                    f"{path}.to_port",
                    item["to_port"],
                    "goes with namespace; to_destination has its own port",
                )
            forwards.append(item)
            continue
        name = item.pop("namespace")
        if name not in lab.addresses:
            raise Refused(
                f"{path}.namespace",
                name,
                f"is none of the lab's namespaces: {', '.join(lab.addresses)}",
            )
        to_port = str(item.pop("to_port", item["destination_port"])).replace(":", "-")
        forwards += [
            {**item, "to_destination": _target(address, to_port)}
            for address in _targets(path, name, item, lab)
        ]
    return forwards


def _targets(path: str, name: str, item: Item, lab: _Lab) -> List[str]:
    """The namespace's first address of each family; of one alone where the limits of the forward say which."""
    limits = [
        *_listed(f"{path}.destination", item.get("destination")),
        *_listed(f"{path}.source", item.get("source")),
    ]
    families = {family_of(str(limit)) for limit in limits} or {4, 6}
    first = {family_of(address): address for address in reversed(lab.addresses[name])}
    found = [first[family] for family in sorted(first) if family in families]
    if not found:
        raise Refused(f"{path}.namespace", name, "has no address of the forward's family")
    return found


def _target(address: str, port: str) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _compose(
    namespaces: Any,
    name: Any,
    bridge: Any,
    network: Any,
    gateway: Any,
    routes: Any,
    masquerade: Any,
    forwards: Any,
    switch_netns: Any,
    out_interface: Any,
    in_interface: Any,
    backend: Any,
) -> Item:
    wanted = _read_namespaces(namespaces)
    networks = _read_networks(network)
    lab = _Lab(networks, _read_gateways(gateway, networks))
    _count_addresses(wanted, lab)
    bridge = check_link_name("bridge", _text("bridge", bridge))
    switch = None
    netns = [
        {"name": item["name"], **{key: item[key] for key in _OF_NETNS if key in item}}
        for item in wanted
    ]
    if switch_netns is not None:
        switch = check_netns_name("switch_netns", _text("switch_netns", switch_netns))
        if switch in lab.addresses:
            raise Refused(
                "switch_netns",
                switch,
                "is one of the lab's own namespaces; the switch has one to itself",
            )
        netns.insert(0, {"name": switch})
    bridges, uplinks = _switch(lab, bridge, switch)
    for parameter, value in (("out_interface", out_interface), ("in_interface", in_interface)):
        if value is not None:
            check_link_name(parameter, _text(parameter, value))
    return {
        "name": check_lab_name("name", _text("name", name)),
        "netns": netns,
        "linux_bridge": bridges,
        "veth": [*uplinks, *_veth_pairs(wanted, bridge, switch)],
        "netns_route": _routes(routes, lab),
        "masquerade": _masquerades(masquerade, lab, out_interface),
        "dnat": _forwards(forwards, lab, in_interface),
        "backend": _text("backend", backend),
    }


def bridge_lab(
    namespaces: Any,
    name: Any = "lab",
    bridge: Any = "v-net-0",
    network: Any = "192.168.15.0/24",
    gateway: Any = "192.168.15.5",
    routes: Any = ("default",),
    masquerade: Any = True,
    forwards: Any = (),
    switch_netns: Any = None,
    out_interface: Any = None,
    in_interface: Any = None,
    backend: Any = "auto",
    state: Any = "present",
) -> Item:
    """Namespaces around one bridge, as the module ``topology`` takes them."""
    try:
        if state == "absent":
            # To take a lab away its name is enough, and what it is made of may be wrong by now.
            return {
                "name": check_lab_name("name", _text("name", name)),
                **{kind: [] for kind in ITEM_SPECS},
                "backend": "auto",
            }
        if state != "present":
            raise Refused("state", state, "is not one of present, absent")
        return _compose(
            namespaces,
            name,
            bridge,
            network,
            gateway,
            routes,
            masquerade,
            forwards,
            switch_netns,
            out_interface,
            in_interface,
            backend,
        )
    except Refused as error:
        raise AnsibleFilterError(f"bridge_lab: {error}") from error


class FilterModule:
    """What Ansible asks a filter file for."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"bridge_lab": bridge_lab}
