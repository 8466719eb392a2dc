# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random topologies with what other programs make: bridges of Open vSwitch, networks of CNI, and
the namespace of a process.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from support.attached import describe_inside
from support.cni import (
    FIREWALL,
    MAPPINGS,
    PORTMAP,
    TUNING,
    call_plugins,
    list_files,
    network,
    require_plugins,
)
from support.faults import without_unstable_numbers
from support.ovs import dump, open_vswitch
from support.private_host import private_host
from support.random_topologies import NAMESPACES, PLACES, RandomTopology
from support.shell import sh
from support.snapshot import take_snapshot
from support.tasks import Raw

ATTACHED = NAMESPACES[-1]
"""The name of the namespace of a process."""
_RANDOM_NAME = re.compile(r"\bveth[0-9a-f]{8}\b")
_MAC = re.compile(r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b")
_WITH_RANDOM_MAC = re.compile(r"\b(vethX|eth[01]|cni0|ovs-netdev|br0)\b")
"""Links to which plugins and Open vSwitch give MAC addresses."""


def _pods(name: str, number: int, *plugins: Raw, **options: Any) -> Raw:
    """A network with one address of each family for each namespace."""
    ranges = [
        [{"subnet": f"10.{number}.0.0/24", "rangeStart": "{4}", "rangeEnd": "{4}"}],
        [{"subnet": f"fd00:{number}::/64", "rangeStart": "{6}", "rangeEnd": "{6}"}],
    ]
    first = {**options, "ipam": {"type": "host-local", "ranges": ranges}}
    return network(first, *plugins, name=name)


_GATEWAY: Raw = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True}
_NETWORKS: dict[str, Raw] = {
    "pods": _pods("pods", 22, PORTMAP, FIREWALL, **_GATEWAY),
    "tuned": _pods("tuned", 22, TUNING, **_GATEWAY),
    "pairs": _pods("pairs", 23, type="ptp", ipMasq=True),
    "own": _pods("own", 24, type="bridge", bridge="br0"),
    "over": _pods("over", 25, type="macvlan", master="br0"),
}


def _fill(value: Any, number: int, host: int) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, number, host) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, number, host) for item in value]
    forms = {"{4}": f"10.{number}.0.{host}", "{6}": f"fd00:{number}::{host}"}
    return forms.get(value, value) if isinstance(value, str) else value


def network_for(name: str, host: int) -> Raw:
    """A network whose IPAM gives this number to the next namespace."""
    template = _NETWORKS[name]
    subnet = template["plugins"][0]["ipam"]["ranges"][0][0]["subnet"]
    filled: Raw = _fill(template, int(subnet.split(".")[1]), host)
    return filled


_AS_NEW: Raw = {"fail_mode": "standalone", "protocols": [], "mirrors": [], "mtu": 1500}
"""What a bridge keeps if it is not given."""


class _RandomAttachments(RandomTopology):
    def __init__(self, draw: Any) -> None:
        super().__init__(draw)
        self.raw.update(ovs_bridge=[], cni=[])

    def ovs_bridge(self, number: int, count: int) -> None:
        """Add a bridge of Open vSwitch, perhaps with a cable to the next one."""
        item: Raw = {"name": f"o{number}", "datapath_type": "netdev", **_AS_NEW}
        item["addresses"] = self.addresses(30 + number, None)
        item.update(
            self.draw(
                st.sampled_from(
                    (
                        {},
                        {"fail_mode": "secure"},
                        {"protocols": ["OpenFlow13", "OpenFlow14"], "mtu": 1400},
                        {"mirrors": [{"name": "m", "all": True, "output_vlan": 99}]},
                        {"up": False},
                    )
                )
            )
        )
        ports: list[Raw] = []
        if count == 2:
            other = 1 - number
            ports += [{"name": f"to{other}", "type": "patch", "peer": f"to{number}"}]
        if self.draw(st.booleans()):
            kind = self.draw(st.sampled_from(("vxlan", "geneve")))
            tunnel = {"name": f"{kind}{number}", "type": kind, "remote_ip": "192.0.2.9"}
            ports += [{**tunnel, "vni": str(number), "vlan": self.draw(st.sampled_from((5, 6)))}]
        self.raw["ovs_bridge"].append({**item, "ports": ports})

    def ovs_port(self, number: int) -> None:
        """Add a veth pair from a namespace to a bridge of Open vSwitch."""
        bridge = self.draw(st.sampled_from(self.raw["ovs_bridge"]))["name"]
        place = self.draw(PLACES)
        vlan = self.draw(st.sampled_from(({}, {"vlan": 10}, {"vlans": ["10-12"]})))
        end = {"name": f"s{number}-a", "addresses": self.addresses(30 + int(bridge[1:]), place)}
        if place is not None:
            end["netns"] = place
        # A port keeps the VLANs that are not given, so those are part of the name.
        variant = "".join(vlan.get("vlans", [str(vlan.get("vlan", ""))]))
        peer = {"name": f"s{number}-b{variant}", "bridge": bridge, **vlan}
        self.raw["veth"].append({**end, "peer": peer})

    def attachment(self, member: str) -> None:
        """Attach a namespace to a network of CNI."""
        ifname = self.draw(st.sampled_from(("eth0", "eth1")))
        names = [name for name in _NETWORKS if name not in ("own", "over") or self._has_own()]
        name = self.draw(st.sampled_from(names))
        host = 10 + NAMESPACES.index(member)
        item: Raw = {"netns": member, "ifname": ifname, "network": network_for(name, host)}
        tuning = {"net.ipv4.conf.eth0.arp_filter": "1"}
        for plugin in item["network"]["plugins"]:
            if plugin["type"] == "tuning":
                plugin["sysctl"] = {key.replace("eth0", ifname): tuning[key] for key in tuning}
        if name == "pods" and self.draw(st.booleans()):
            mapping = {**MAPPINGS["portMappings"][0], "hostPort": 8100 + host}
            item["capabilities"] = {"portMappings": [mapping]}
        self.raw["cni"].append(item)

    def _has_own(self) -> bool:
        return any(bridge["name"] == "br0" for bridge in self.raw["linux_bridge"])


@st.composite
def attached_topologies(draw: Any) -> Raw:
    """Up to two bridges of Open vSwitch, a Linux bridge, five veth pairs, and three attachments."""
    drawing = _RandomAttachments(draw)
    if draw(st.booleans()):
        addresses = ["10.24.0.1/24", "fd00:24::1/64"]
        drawing.raw["linux_bridge"].append({"name": "br0", "addresses": addresses})
    count = draw(st.integers(0, 2))
    for number in range(count):
        drawing.ovs_bridge(number, count)
    for number in range(draw(st.integers(0, 3)) if count else 0):
        drawing.ovs_port(number)
    for number in range(draw(st.integers(0, 2))):
        drawing.veth(number)
    for member in draw(st.lists(st.sampled_from(NAMESPACES), unique=True, max_size=3)):
        drawing.attachment(member)
    legs = drawing.legs()
    for number, leg in enumerate(draw(st.lists(st.sampled_from(legs), max_size=2)) if legs else ()):
        drawing.route(leg, number)
        drawing.rules(leg, number)
    return {**drawing.raw, "isolate": draw(st.booleans()), "hosts": draw(st.booleans())}


def with_process(raw: Raw, pid: int) -> Raw:
    """A topology in which one namespace is that of a process."""
    members = [
        {**each, "attach": {"pid": pid}} if each["name"] == ATTACHED else each
        for each in raw["netns"]
    ]
    return {**raw, "netns": members}


@contextlib.contextmanager
def equipped_host() -> Iterator[None]:
    """A private host with Open vSwitch, on which plugins of CNI have left what they leave."""
    with private_host(), equipment():
        yield


@contextlib.contextmanager
def equipment() -> Iterator[None]:
    """Open vSwitch, and what plugins of CNI leave."""
    require_plugins()
    with open_vswitch():
        # Commands may remove the directory, which is a mount here.
        Path("/etc/netns/theirs").touch()
        sh("ip netns add once")
        for name in ("pods", "pairs"):
            task = {"netns": "once", "network": network_for(name, 99)}
            task["capabilities"] = MAPPINGS if name == "pods" else {}
            call_plugins("ADD", task)
            call_plugins("DEL", task)
        sh("ip netns del once")
        yield


def snapshot_with(pid: int) -> dict[str, object]:
    """The state of the host, of a process's namespace, and of the equipment."""
    inside = {f"process {place}": lines for place, lines in describe_inside(pid).items()}
    return add_equipment(without_unstable_numbers({**take_snapshot(), **inside}))


def add_equipment(state: dict[str, object]) -> dict[str, object]:
    """A state, with that of the switch and what CNI has on file.

    What programs choose at random is left out.
    """
    return {
        **{place: _without_random(lines) for place, lines in state.items()},
        "switch": dump(),
        "attachments": sorted(list_files()),
    }


def _without_random(lines: object) -> object:
    if isinstance(lines, dict):
        return {_RANDOM_NAME.sub("vethX", key): value for key, value in lines.items()}
    if not isinstance(lines, list):
        return lines
    named = [_RANDOM_NAME.sub("vethX", line) for line in lines]
    return sorted(
        _MAC.sub("MAC", line) if _WITH_RANDOM_MAC.search(line) else line for line in named
    )
