# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab for policies, all flows in it at once, and which of them the policies let through."""

from __future__ import annotations

import ipaddress
import random
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

Raw = dict[str, Any]
MEMBERS = {
    "red": {4: "10.15.0.1", 6: "fd00:15::1"},
    "blue": {4: "10.15.0.2", 6: "fd00:15::2"},
    "green": {4: "10.15.0.3", 6: "fd00:15::3"},
    "far": {4: "10.17.0.1", 6: "fd00:17::1"},
}
HOST = {4: "10.15.0.254", 6: "fd00:15::fe"}
LAN = {4: "192.0.2.99", 6: "fd00:2::99"}
PLACES = {**MEMBERS, "host": HOST, "lan": LAN}
PORTS = (1080, 1090)
PROTOCOLS = ("tcp", "udp")


def _cables(place: Raw) -> list[Raw]:
    """The veth pairs; ``place`` is where the bridge is."""
    cables: list[Raw] = [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"{addresses[4]}/24", f"{addresses[6]}/64"],
            "peer": {"name": f"p-{name}", "bridge": "br15", **place},
        }
        for name, addresses in MEMBERS.items()
        if name != "far"
    ]
    cables.append(
        {
            "name": "eth0",
            "netns": "far",
            "addresses": ["10.17.0.1/24", "fd00:17::1/64"],
            "peer": {"name": "p-far", "addresses": ["10.17.0.254/24", "fd00:17::fe/64"]},
        }
    )
    return cables


def policy_lab(switch: bool = False, **more: Any) -> Raw:
    """Three members on a bridge, on the host or in a namespace, and one on a cable of its own."""
    place = {"netns": "switch"} if switch else {}
    gates = [f"{HOST[4]}/24", f"{HOST[6]}/64"]
    cables = _cables(place)
    bridge: Raw = {"name": "br15", **place}
    if switch:
        cables.append(
            {"name": "gate", "addresses": gates, "peer": {"name": "up", "bridge": "br15", **place}}
        )
    else:
        bridge["addresses"] = gates
    return {
        "name": "lab",
        "netns": [{"name": name} for name in (*MEMBERS, *(["switch"] if switch else []))],
        "linux_bridge": [bridge],
        "veth": cables,
        "netns_route": [
            {"netns": name, "destination": "default", "gateway": gate}
            for name in MEMBERS
            for gate in (("10.17.0.254", "fd00:17::fe") if name == "far" else HOST.values())
        ],
        "masquerade": [{"source": ["10.15.0.0/24", "fd00:15::/64"]}],
        "purge": True,
        **more,
    }


def other_lab(**more: Any) -> Raw:
    """Another topology, with one member on a cable."""
    ends = {"name": "eth0", "netns": "app", "addresses": ["10.18.0.1/24", "fd00:18::1/64"]}
    peer = {"name": "to-app", "addresses": ["10.18.0.254/24", "fd00:18::fe/64"]}
    return {"name": "other", "netns": [{"name": "app"}], "veth": [{**ends, "peer": peer}], **more}


class Flow(NamedTuple):
    """A packet that begins a flow; ``port`` is 0 of an echo request."""

    source: str
    target: str
    family: int
    protocol: str
    port: int


def all_flows() -> list[Flow]:
    """Every flow that the lab lets through without policies."""
    pairs = [(source, target) for source in MEMBERS for target in PLACES if source != target]
    pairs = [(source, target) for source, target in pairs if (source, target) != ("far", "lan")]
    pairs += [("host", target) for target in MEMBERS]
    return [
        Flow(source, target, family, protocol, port)
        for source, target in pairs
        for family in (4, 6)
        for protocol, port in (
            *((protocol, port) for protocol in PROTOCOLS for port in PORTS),
            ("icmp", 0),
        )
    ]


def is_in_ranges(port: int, texts: list[str]) -> bool:
    """Whether a port is in one of these ranges, such as 80 or 80-90."""
    ranges = [[int(end) for end in text.split("-")] for text in texts]
    return any(ports[0] <= port <= ports[-1] for ports in ranges)


def _is_peer(peer: Raw, name: str, address: str, sets: dict[str, list[str]]) -> bool:
    [(kind, value)] = peer.items()
    networks: list[str] = []
    if kind == "netns":
        return name in MEMBERS and fnmatchcase(name, value)
    if kind == "host":
        return name == "host"
    if kind == "lab":
        return name in MEMBERS or name == "host"
    networks = [value] if kind == "network" else sets[value]
    number = ipaddress.ip_address(address)
    return any(number in ipaddress.ip_network(network) for network in networks)


def _meets(entry: Raw, side: str, other: str, flow: Flow, sets: dict[str, list[str]]) -> bool:
    protocol = entry.get("protocol", "any")
    own = "icmpv6" if flow.protocol == "icmp" and flow.family == 6 else flow.protocol
    if protocol not in ("any", own):
        return False
    ports = entry.get("ports")
    if ports and not is_in_ranges(flow.port, ports):
        return False
    peers = entry.get(side)
    address = PLACES[other][flow.family]
    return peers is None or any(_is_peer(peer, other, address, sets) for peer in peers)


def is_allowed(lab: Raw, flow: Flow) -> bool:
    """Whether the policies of a lab let a flow through, as the documentation says."""
    sets = {each["name"]: each["addresses"] for each in lab.get("address_sets", ())}
    for direction, subject, other, side in (
        ("egress", flow.source, flow.target, "to"),
        ("ingress", flow.target, flow.source, "from"),
    ):
        entries = [
            policy[direction]
            for policy in lab.get("policy", ())
            if policy.get(direction) is not None
            and subject in MEMBERS
            and any(fnmatchcase(subject, text) for text in policy.get("netns", ["*"]))
        ]
        meeting = [
            entry.get("action", "allow")
            for each in entries
            for entry in each
            if _meets(entry, side, other, flow, sets)
        ]
        if entries and (not meeting or set(meeting) != {"allow"}):
            return False
    return True


def _call_place(place: str, address: str, names: set[str]) -> str:
    """What the result ``policy_matrix`` calls a place: the smallest network of one outside."""
    if place != "lan":
        return place
    number = ipaddress.ip_address(address)
    networks = [ipaddress.ip_network(name) for name in names if "/" in name]
    around = [network for network in networks if number in network]
    return str(max(around, key=lambda network: network.prefixlen)) if around else "elsewhere"


def find_in_matrix(matrix: list[Raw], flow: Flow) -> tuple[bool, list[str]]:
    """Whether the result ``policy_matrix`` lets a flow through, and the policies that decide."""
    rows = [row for row in matrix if row["family"] == flow.family]
    for row in rows:
        ends = (("from", flow.source), ("to", flow.target))
        names = {name for each in rows for key, _place in ends for name in each[key]}
        if not all(
            _call_place(place, PLACES[place][flow.family], names) in row[key] for key, place in ends
        ):
            continue
        own = "icmpv6" if flow.protocol == "icmp" and flow.family == 6 else flow.protocol
        listed = [(True, each) for each in row["allowed"]]
        listed += [(False, each) for each in row["refused"]]
        for protocol in (own, "any"):
            for is_let_through, each in listed:
                if each["protocol"] == protocol and (
                    not each["ports"] or is_in_ranges(flow.port, each["ports"])
                ):
                    return is_let_through, each["policies"]
    return True, []


def may_leave(reaches: list[Raw], flow: Flow) -> bool:
    """Whether the result ``reaches`` lists a flow out of the host."""
    number = ipaddress.ip_address(PLACES[flow.target][flow.family])
    own = "icmpv6" if flow.protocol == "icmp" and flow.family == 6 else flow.protocol
    return any(
        flow.source in each["netns"]
        and each["protocol"] in (None, own)
        and any(number in ipaddress.ip_network(text) for text in each["destination"])
        and (not each["ports"] or is_in_ranges(flow.port, each["ports"]))
        for each in reaches
    )


def _draw_peer(draw: random.Random) -> Raw:
    kind = draw.choice(["netns", "netns", "host", "network", "address_set", "lab"])
    values = {
        "netns": draw.choice([*MEMBERS, "*r*"]),
        "host": True,
        "network": draw.choice(["10.15.0.0/24", "fd00:17::/64", "0.0.0.0/0", "::/0"]),
        "address_set": draw.choice(["one", "two"]),
        "lab": "lab",
    }
    return {kind: values[kind]}


def _draw_entry(draw: random.Random, side: str) -> Raw:
    made: Raw = {"protocol": draw.choice(["any", "tcp", "udp", "icmp", "icmpv6"])}
    if draw.random() < 0.8:
        made[side] = [_draw_peer(draw) for _each in range(draw.randint(1, 2))]
    if made["protocol"] in PROTOCOLS and draw.random() < 0.6:
        made["ports"] = [draw.choice(["1080", "1090", "1-1085", "1080-1090"])]
    if draw.random() < 0.2:
        made["action"] = draw.choice(["drop", "reject"])
    return made


def random_policies(number: int) -> Raw:
    """Address sets and policies, drawn from a number."""
    draw = random.Random(number)
    policies = []
    for index in range(draw.randint(1, 4)):
        policy: Raw = {"name": f"p{index}", "refuse": draw.choice(["reject", "drop"])}
        if draw.random() < 0.8:
            policy["netns"] = draw.sample([*MEMBERS, "*e*"], draw.randint(1, 2))
        sides = {"ingress": "from", "egress": "to"}
        for direction in draw.choice([["ingress"], ["egress"], ["ingress", "egress"]]):
            entries = [_draw_entry(draw, sides[direction]) for _each in range(draw.randint(0, 3))]
            policy[direction] = entries
        policies.append(policy)
    sets = [
        {"name": "one", "addresses": ["10.15.0.2/32", "fd00:15::2/128", "192.0.2.0/24"]},
        {"name": "two", "addresses": draw.sample(["10.15.0.0/30", "10.17.0.0/24", "fd00::/16"], 2)},
    ]
    return {"address_sets": sets, "policy": policies}
