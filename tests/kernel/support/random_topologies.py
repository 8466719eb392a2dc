# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random topologies, drawn by Hypothesis."""

from __future__ import annotations

import zlib
from typing import Any

from hypothesis import strategies as st

from support.random_processes import draw_processes
from support.tasks import Raw
from support.vlans import HAS_VLANS

NAMESPACES = ("n0", "n1", "n2", "n3")


PLACES = st.sampled_from((None, *NAMESPACES))


def _without_none(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value is not None}


def draw_vlans(draw: Any) -> dict[str, Any]:
    """The VLANs of a bridge port, or of a bridge itself: the untagged one, tagged ones, or none."""
    vlan = draw(st.sampled_from((None, 0, 1, 10, 20)))
    vlans = draw(st.sampled_from((None, [], ["10"], ["10-12", "20"], ["2", "4094"])))
    overlap = vlan in (10, 20) and vlans in (["10"], ["10-12", "20"])
    return _without_none({"vlan": vlan, "vlans": None if overlap else vlans})


def draw_filtering(draw: Any) -> dict[str, Any]:
    """The options of a bridge about VLANs, most often one that filters them."""
    if not draw(st.sampled_from((True, True, False))):
        return {}
    default = draw(st.sampled_from((None, None, 0, 20)))
    options = {"vlan_filtering": True, "vlan_default_pvid": default, **draw_vlans(draw)}
    return _without_none(options)


class RandomTopology:
    """A topology under construction. Each segment (a bridge or a veth pair) has a network of
    each family.
    """

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.raw: Raw = {
            kind: []
            for kind in ("linux_bridge", "veth", "netns_link", "netns_route", "masquerade", "dnat")
        }
        self.raw.update(name="lab", netns=[{"name": name} for name in NAMESPACES])
        self.taken: dict[tuple[int, str | None], int] = {}
        self.routed: set[tuple[str | None, int]] = set()

    def addresses(self, segment: int, place: str | None) -> list[str]:
        """Addresses for a link: at most one link of a namespace in a segment has some."""
        if (segment, place) in self.taken or not self.draw(st.booleans()):
            return []
        host = 1 + sum(1 for where in self.taken if where[0] == segment)
        self.taken[(segment, place)] = host
        both = [f"10.9.{segment}.{host}/24", f"fd00:9:{segment}::{host}/64"]
        return both[: self.draw(st.integers(1, 2))]

    def bridge(self, segment: int) -> None:
        place = self.draw(PLACES)
        self.raw["linux_bridge"].append(
            _without_none(
                {
                    "name": f"br{segment}",
                    "netns": place,
                    "addresses": self.addresses(segment, place),
                    "stp": self.draw(st.sampled_from((None, True, False))),
                    "mtu": self.draw(st.sampled_from((None, 1400))),
                    "ageing_time": self.draw(st.sampled_from((None, 100))),
                    **(draw_filtering(self.draw) if HAS_VLANS else {}),
                }
            )
        )

    def veth(self, number: int) -> None:
        bridges = self.raw["linux_bridge"]
        bridge = self.draw(st.sampled_from((None, *bridges))) if bridges else None
        segment = 50 + number if bridge is None else int(bridge["name"][2:])
        place = self.draw(PLACES)
        far = self.draw(PLACES) if bridge is None else bridge.get("netns")
        end = {
            "name": f"c{number}-a",
            "netns": place,
            "addresses": self.addresses(segment, place),
            "mtu": self.draw(st.sampled_from((None, 1300))),
        }
        peer: dict[str, Any] = {"name": f"c{number}-b", "netns": far}
        if bridge is None:
            peer["addresses"] = self.addresses(segment, far)
            peer["up"] = self.draw(st.sampled_from((None, None, False)))
        else:
            peer.update(
                bridge=bridge["name"],
                isolated=self.draw(st.sampled_from((None, True))),
                spoofchk=self.draw(st.sampled_from((None, None, True))),
                **(draw_vlans(self.draw) if "vlan_filtering" in bridge else {}),
            )
        self.raw["veth"].append({**_without_none(end), "peer": _without_none(peer)})

    def link(self, number: int) -> None:
        """Add a link of another type: macvlan, vxlan, tap (perhaps a bridge port), or
        addresses of a loopback.
        """
        kind = self.draw(st.sampled_from(("macvlan", "vxlan", "tap", "lo")))
        place = self.draw(st.sampled_from(NAMESPACES))
        if kind == "lo":
            self._add_loopback(number, place)
            return
        item: dict[str, Any] = {"name": f"l{number}", "netns": place, "type": kind}
        item.update(self._draw_options(kind, number))
        # The options that cannot be changed are part of the name: another link of the same name
        # would be refused.
        fixed = ("type", "link", "link_netns", "id", "user", "multi_queue")
        text = " ".join(str(item.get(option)) for option in fixed)
        item["name"] = f"l{number}-{zlib.crc32(text.encode()) % 10000}"
        if "bridge" not in item:
            item["addresses"] = self.addresses(100 + number, place)
        self.raw["netns_link"].append(_without_none(item))

    def _add_loopback(self, number: int, place: str) -> None:
        links = self.raw["netns_link"]
        if not any(link["name"] == "lo" and link["netns"] == place for link in links):
            addresses = [f"10.99.{number}.1/32", f"fd00:99:{number}::1/128"]
            links.append({"name": "lo", "netns": place, "addresses": addresses})

    def _draw_options(self, kind: str, number: int) -> dict[str, Any]:
        ends = [*self.raw["veth"], *(veth["peer"] for veth in self.raw["veth"])]
        parents = [end for end in [*self.raw["linux_bridge"], *ends] if "bridge" not in end]
        bridges = [bridge for bridge in self.raw["linux_bridge"] if kind == "tap"]
        if kind == "macvlan" and parents:
            parent = self.draw(st.sampled_from(parents))
            # Not passthru: the kernel would set that down with its parent, whatever the MTU.
            return {
                "link": parent["name"],
                "link_netns": parent.get("netns"),
                "mode": self.draw(st.sampled_from((None, "private", "vepa"))),
            }
        if kind == "vxlan":
            return {
                "id": number,
                "remote": "192.0.2.9",
                "link_netns": self.draw(PLACES),
                "vxlan_learning": self.draw(st.sampled_from((None, False))),
            }
        if bridges and self.draw(st.booleans()):
            bridge = self.draw(st.sampled_from(bridges))
            return {
                "netns": bridge.get("netns"),
                "bridge": bridge["name"],
                "isolated": self.draw(st.sampled_from((None, True))),
                **(draw_vlans(self.draw) if "vlan_filtering" in bridge else {}),
            }
        return {"type": "tap", "user": 1000, "multi_queue": self.draw(st.booleans())}

    def legs(self) -> list[tuple[dict[str, Any], str]]:
        ends = [
            *self.raw["linux_bridge"],
            *self.raw["veth"],
            *(veth["peer"] for veth in self.raw["veth"]),
        ]
        return [
            (end, address)
            for end in ends
            if end.get("up", True)
            for address in end.get("addresses", ())
        ]

    def route(self, leg: tuple[dict[str, Any], str], number: int) -> None:
        end, address = leg
        family = 6 if ":" in address else 4
        kind = self.draw(st.sampled_from(("default", "blackhole", "via")))
        place = end.get("netns")
        beyond = address.split("/")[0].rsplit(":" if family == 6 else ".", 1)[0] + (
            ":99" if family == 6 else ".99"
        )
        if kind == "default" and (place, family) not in self.routed:
            self.routed.add((place, family))
            route: Raw = {"destination": "default", "gateway": beyond}
        elif kind == "blackhole":
            route = {
                "destination": f"fd00:a:{number}::/64" if family == 6 else f"10.200.{number}.0/24",
                "type": "blackhole",
            }
        else:
            route = {
                "destination": f"fd00:b:{number}::/64" if family == 6 else f"10.201.{number}.0/24",
                "gateway": beyond,
                "metric": 7,
            }
        self.raw["netns_route"].append(_without_none({"netns": place, **route}))

    def rules(self, leg: tuple[dict[str, Any], str], number: int) -> None:
        end, address = leg
        bare = address.split("/")[0]
        network = f"{bare[:-1]}/64" if ":" in bare else bare.rsplit(".", 1)[0] + ".0/24"
        sources = {(item.get("netns"), item["source"]) for item in self.raw["masquerade"]}
        if (end.get("netns"), network) not in sources:
            translate = self.draw(st.sampled_from((None, True, False)))
            rule = {"netns": end.get("netns"), "source": network, "translate": translate}
            self.raw["masquerade"].append(_without_none(rule))
        target = f"[{bare[:-1]}9]:80" if ":" in bare else bare.rsplit(".", 1)[0] + ".90:80"
        forward = {
            "destination_port": 8000 + number,
            "to_destination": target,
            "hairpin": self.draw(st.booleans()),
        }
        self.raw["dnat"].append(_without_none({"netns": end.get("netns"), **forward}))

    def _enforceable(self) -> list[str]:
        """The namespaces all of whose links are cables to the host."""
        inside: dict[str, list[bool]] = {}
        for cable in self.raw["veth"]:
            for end, other in ((cable, cable["peer"]), (cable["peer"], cable)):
                if end.get("netns"):
                    is_cable = not other.get("netns") and "bridge" not in {**end, **other}
                    inside.setdefault(end["netns"], []).append(is_cable)
        for link in self.raw["netns_link"]:
            inside.setdefault(link.get("netns") or "", []).append(link["name"] == "lo")
        return sorted(name for name, cables in inside.items() if name and all(cables))

    def policies(self) -> Raw:
        """Policies for members outside of which they can be enforced."""
        members = self._enforceable()
        if not members or not self.draw(st.booleans()):
            return {}
        peer = self.draw(st.sampled_from(({"netns": members[0]}, {"address_set": "set"})))
        rule = {"protocol": "tcp", "ports": ["80", "8000-8010"]}
        policy = {
            "name": f"p{self.draw(st.integers(1, 2))}",
            "netns": [self.draw(st.sampled_from(members))],
            "refuse": self.draw(st.sampled_from(("drop", "reject"))),
            "ingress": self.draw(st.sampled_from(([], [{"from": [peer]}], [rule]))),
            "egress": self.draw(st.sampled_from((None, [{"to": [peer, {"host": True}], **rule}]))),
        }
        network = self.draw(st.sampled_from(("10.0.0.0/8", "fd00::/16")))
        sets = [{"name": "set", "addresses": [network, "192.0.2.9/32"]}]
        return {"isolate": True, "policy": [_without_none(policy)], "address_sets": sets}


@st.composite
def topologies(draw: Any, with_processes: bool = True) -> Raw:
    """Up to four namespaces, two bridges, five veth pairs, three other links, three processes;
    addresses, routes and NAT of both families.
    """
    drawing = RandomTopology(draw)
    for segment in range(draw(st.integers(0, 2))):
        drawing.bridge(segment)
    for number in range(draw(st.integers(0, 5))):
        drawing.veth(number)
    for number in range(draw(st.integers(0, 3))):
        drawing.link(number)
    legs = drawing.legs()
    for number, leg in enumerate(draw(st.lists(st.sampled_from(legs), max_size=4)) if legs else ()):
        drawing.route(leg, number)
    for number, leg in enumerate(draw(st.lists(st.sampled_from(legs), max_size=2)) if legs else ()):
        drawing.rules(leg, number)
    return {
        **drawing.raw,
        "isolate": draw(st.booleans()),
        "hosts": draw(st.booleans()),
        "host_access": draw(st.sampled_from((["all"], ["none"], ["established"], ["53", "icmp"]))),
        **drawing.policies(),
        "processes": draw_processes(draw, (None, *NAMESPACES)) if with_processes else [],
    }


@st.composite
def vlan_topologies(draw: Any) -> Raw:
    """A bridge, of the host or of a namespace, and up to four ports, each with a namespace.

    It filters VLANs in most of them, on any kernel.
    """
    place = draw(st.sampled_from((None, "sw")))
    bridge = _without_none({"name": "br0", "netns": place, **draw_filtering(draw)})
    filters = "vlan_filtering" in bridge
    cables, links = [], []
    for name in NAMESPACES[: draw(st.integers(1, 4))]:
        vlans = draw_vlans(draw) if filters else {}
        port = _without_none({"name": f"{name}p", "netns": place, "bridge": "br0", **vlans})
        cables.append({"name": "eth0", "netns": name, "link_local": False, "peer": port})
    if draw(st.booleans()):
        parent = {"type": "vlan", "link": "br0", "link_netns": place, "id": 10}
        links.append({"name": "br0.10", "netns": place, **parent})
    return {
        "name": "lab",
        "netns": [{"name": name} for name in ("sw", *NAMESPACES)],
        "linux_bridge": [bridge],
        "veth": cables,
        "netns_link": [_without_none(link) for link in links],
    }
