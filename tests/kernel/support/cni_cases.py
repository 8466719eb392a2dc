# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plugins of CNI do that a caller can see: a task each, and what commands show then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from support.cni import BRIDGE, IPAM, network
from support.tasks import Raw

MAC = "02:00:00:00:00:77"
_INSIDE = "ip -n blue -d link show eth0"
_MACVLAN: Raw = {"type": "macvlan", "master": "uplink"}
_PTP: Raw = {"type": "ptp", "ipam": IPAM}
_BARE: Raw = {"type": "bridge", "bridge": "cni0"}
_RATES: Raw = {
    "ingressRate": 8_000_000,
    "ingressBurst": 800_000,
    "egressRate": 16_000_000,
    "egressBurst": 800_000,
}
_RESULT = "cat /var/lib/cni/results/dbnet-redblue-blue-eth0"
_DNS: Raw = {"nameservers": ["192.0.2.53"], "search": ["example.org"]}
_ALL_QUEUES = (
    "tc qdisc show; for queue in $(tc qdisc show | grep -o 'dev bwp[0-9a-f]*' | "
    "cut -d' ' -f2 | sort -u); do tc qdisc show dev $queue; done"
)


@dataclass(frozen=True)
class Case:
    """Options of ``netns_cni`` beside the network's plugins, and patterns in what commands say."""

    plugins: list[Raw]
    seen: dict[str, list[str]]
    options: Raw = field(default_factory=dict)
    before: str = ":"

    @property
    def task(self) -> Raw:
        return {"netns": "blue", "network": network(*self.plugins), **self.options}


def _ranges(*subnets: list[str]) -> Raw:
    return {"type": "host-local", "ranges": [[{"subnet": each} for each in row] for row in subnets]}


def _with_args(plugin: Raw, **args: Any) -> Raw:
    return {**plugin, "args": {"cni": args}}


def _tuned(**tuning: Any) -> list[Raw]:
    return [BRIDGE, {"type": "tuning", **tuning}]


_PORT = "ip -d link show master cni0"
_BRIDGES: dict[str, Case] = {
    "a bridge without addresses": Case(
        [_BARE],
        {
            _PORT: ["veth"],
            "ip -n blue -br link show eth0": ["UP"],
            "ip -n blue -br -4 addr show eth0 | wc -w": [r"\b[02]\b"],
        },
    ),
    "a bridge that exists": Case(
        [BRIDGE],
        {
            "ip -d link show cni0": [
                "address 02:00:00:00:00:99|02:00:00:00:00:99",
                "ageing_time 7700",
            ]
        },
        before="ip link add cni0 address 02:00:00:00:00:99 type bridge ageing_time 7700",
    ),
    "the default gateway": Case(
        [{**_BARE, "isDefaultGateway": True, "ipam": _ranges(["10.22.0.0/24"], ["fd00:22::/64"])}],
        {
            "ip -n blue route; ip -n blue -6 route": [
                "default via 10.22.0.1 dev eth0",
                "default via fd00:22::1 dev eth0",
            ],
            "ip addr show cni0": ["10.22.0.1/24", "fd00:22::1/64"],
        },
    ),
    "two networks of a family": Case(
        [{**_BARE, "isGateway": True, "ipam": _ranges(["fd00:22::/64"], ["fd00:23::/64"])}],
        {
            "ip -n blue addr show eth0": ["fd00:22::2/64", "fd00:23::2/64"],
            "ip addr show cni0": ["fd00:22::1/64", "fd00:23::1/64"],
        },
    ),
    "an address that is forced": Case(
        [{**BRIDGE, "forceAddress": True}],
        {"ip addr show cni0": ["10.22.0.1/24", "fd00:22::1/64"]},
        before="ip link add cni0 type bridge; ip addr add 10.22.0.7/24 dev cni0",
    ),
    "an MTU": Case(
        [{**BRIDGE, "mtu": 1300}],
        {_INSIDE: ["mtu 1300"], _PORT: ["mtu 1300"], "ip link show cni0": ["mtu 1300"]},
    ),
    "hairpin mode": Case([{**BRIDGE, "hairpinMode": True}], {_PORT: ["hairpin on"]}),
    "promiscuous mode": Case([{**BRIDGE, "promiscMode": True}], {"ip link show cni0": ["PROMISC"]}),
    "a MAC address of CNI_ARGS": Case(
        [BRIDGE], {_INSIDE: [MAC]}, {"args": {"IgnoreUnknown": "1", "MAC": MAC}}
    ),
    "a MAC address of args": Case([_with_args(BRIDGE, mac=MAC)], {_INSIDE: [MAC]}),
    "a MAC address of the runtime": Case(
        [{**BRIDGE, "capabilities": {"mac": True}}],
        {_INSIDE: [MAC]},
        {"capabilities": {"mac": MAC}},
    ),
    "masquerading": Case([BRIDGE], {"iptables-save; ip6tables-save": ["dbnet.*MASQUERADE"]}),
}
_PAIRS: dict[str, Case] = {
    "an MTU of a pair": Case(
        [{**_PTP, "mtu": 1300}],
        {_INSIDE: ["mtu 1300"], "ip link show type veth": ["mtu 1300"]},
    ),
    "routes of a pair": Case(
        [_PTP],
        {
            "ip -n blue route; ip -n blue -6 route": [
                "default via 10.22.0.1 dev eth0",
                "default via fd00:22::1 dev eth0",
            ],
            "ip route; ip -6 route": ["10.22.0.2 dev veth", "fd00:22::2 dev veth"],
        },
    ),
    "masquerading of a pair": Case(
        [{**_PTP, "ipMasq": True}], {"iptables-save": ["dbnet.*MASQUERADE"]}
    ),
    "name servers of a pair": Case(
        [{**_PTP, "dns": _DNS}], {_RESULT: ['"nameservers": *\\[ *"192.0.2.53"', "example.org"]}
    ),
}
_MACVLANS: dict[str, Case] = {
    **{
        f"macvlan in mode {mode}": Case(
            [{**_MACVLAN, "mode": mode, "ipam": IPAM}], {_INSIDE: [f"macvlan mode {mode}"]}
        )
        for mode in ("bridge", "private", "vepa", "passthru")
    },
    "macvlan with an MTU": Case([{**_MACVLAN, "mtu": 1300, "ipam": IPAM}], {_INSIDE: ["mtu 1300"]}),
    "macvlan without addresses": Case(
        [{**_MACVLAN, "ipam": {}}], {"ip -n blue -br link show eth0": ["UP"]}
    ),
    "macvlan of the default route": Case(
        [{"type": "macvlan", "ipam": IPAM}],
        {_INSIDE: ["macvlan mode bridge"]},
        before="ip addr add 192.0.2.2/24 dev uplink; ip route add default via 192.0.2.1",
    ),
    "macvlan with a MAC address of CNI_ARGS": Case(
        [{**_MACVLAN, "ipam": IPAM}], {_INSIDE: [MAC]}, {"args": {"IgnoreUnknown": "1", "MAC": MAC}}
    ),
    "macvlan with a MAC address of the runtime": Case(
        [{**_MACVLAN, "ipam": IPAM, "capabilities": {"mac": True}}],
        {_INSIDE: [MAC]},
        {"capabilities": {"mac": MAC}},
    ),
}
_TUNINGS: dict[str, Case] = {
    "tuning: promiscuous mode": Case(_tuned(promisc=True), {_INSIDE: ["PROMISC"]}),
    "tuning: all multicast": Case(_tuned(allmulti=True), {_INSIDE: ["ALLMULTI"]}),
    "tuning: a MAC address": Case(_tuned(mac=MAC), {_INSIDE: [MAC], _RESULT: [MAC]}),
    "tuning: of args": Case(
        _tuned(args={"cni": {"mtu": 1300, "promisc": True, "allmulti": True, "mac": MAC}}),
        {_INSIDE: ["mtu 1300", "PROMISC", "ALLMULTI", MAC]},
    ),
    "tuning: of CNI_ARGS": Case(
        _tuned(), {_INSIDE: [MAC]}, {"args": {"IgnoreUnknown": "1", "MAC": MAC}}
    ),
    "tuning: of the runtime": Case(
        _tuned(capabilities={"mac": True}), {_INSIDE: [MAC]}, {"capabilities": {"mac": MAC}}
    ),
    "tuning: a directory of its own": Case(
        _tuned(mtu=1300, dataDir="/run/netns/.tuning"),
        {"cat /run/netns/.tuning/*": ['"mtu": ?1500']},
        before="mkdir /run/netns/.tuning",
    ),
}
_OTHERS: dict[str, Case] = {
    "firewall: a chain of the administrator": Case(
        [BRIDGE, {"type": "firewall", "backend": "iptables", "iptablesAdminChainName": "OURS"}],
        {"iptables-save -t filter": ["-j OURS", "10.22.0.2/32 -j ACCEPT"]},
    ),
    "bandwidth of a bridge": Case(
        [BRIDGE, {"type": "bandwidth", **_RATES}], {_ALL_QUEUES: ["rate 8Mbit", "rate 16Mbit"]}
    ),
    "bandwidth of a pair, of the runtime": Case(
        [_PTP, {"type": "bandwidth", "capabilities": {"bandwidth": True}}],
        {_ALL_QUEUES: ["rate 8Mbit", "rate 16Mbit"]},
        {"capabilities": {"bandwidth": _RATES}},
    ),
    "bandwidth to a namespace alone": Case(
        [BRIDGE, {"type": "bandwidth", "ingressRate": 8_000_000, "ingressBurst": 800_000}],
        {_ALL_QUEUES: ["rate 8Mbit"], "ip -br link show type ifb | wc -l": ["^0$"]},
    ),
    "a device of the host": Case(
        [{"type": "host-device", "device": "switch", "ipam": IPAM}],
        {"ip -n blue -br addr show eth0": ["10.22.0.2/24", "fd00:22::2/64"]},
    ),
    "a device of this MAC address": Case(
        [{"type": "host-device", "hwaddr": "02:00:00:00:00:88"}],
        {_INSIDE: ["02:00:00:00:00:88"], "ip -br link show switch | wc -l": ["^0$"]},
        before="ip link set switch down; ip link set switch address 02:00:00:00:00:88 up",
    ),
}
CASES = {**_BRIDGES, **_PAIRS, **_MACVLANS, **_TUNINGS, **_OTHERS}
