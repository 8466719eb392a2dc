# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Suggests the right option for a name from ip, Docker, containerlab, netplan or other modules.

Only the error of an unsupported option loads this file.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_SAME: dict[tuple[str, ...], tuple[str, ...]] = {
    ("address", "addr", "ip", "ips", "ipaddr", "ip_address", "cidr", "ipv4", "ipv6", "ip4", "ip6"):
        ("addresses", "to_destination", "to", "gateway", "source"),
    ("ipv4_address", "ipv6_address", "inet", "inet6", "ip_addresses"): ("addresses",),
    ("dest", "dst", "prefix", "network", "subnet"):
        ("destination", "to_destination", "to", "source", "addresses"),
    ("target", "to"): ("to_destination", "destination", "to"),
    ("destination",): ("to",),
    ("via", "gw", "gateway4", "gateway6", "nexthop", "next_hop", "router"): ("gateway",),
    ("nexthop_list", "multipath"): ("nexthops",),
    ("dev", "iface", "interface", "ifname", "device", "nic"):
        ("device", "link", "out_interface", "in_interface", "interface", "name"),
    ("parent", "lower", "lowerdev", "phys_dev", "parent_device", "raw_device"): ("link", "bridge"),
    ("master", "br", "switch", "ovs_bridge"): ("bridge",),
    ("interfaces", "members", "slaves", "bridge_ports", "links"): ("ports", "veth"),
    ("out", "oif", "outgoing", "outgoing_interface", "out_iface", "o"): ("out_interface",),
    ("in", "iif", "incoming", "incoming_interface", "in_iface", "i"): ("in_interface",),
    ("dport", "port", "ports", "host_port", "publish", "published", "listen_port", "sport"):
        ("destination_port", "port"),
    ("to_port", "to_ports", "toports", "container_port", "target_port", "to_address", "toaddr"):
        ("to_destination",),
    ("namespace", "ns", "net_namespace", "network_namespace", "nsname", "netns_name"):
        ("netns", "name"),
    ("namespaces", "nodes", "containers", "services"): ("netns",),
    ("hosts_file", "etc_hosts", "hosts"): ("hosts", "netns"),
    ("latency", "lag"): ("delay",),
    ("bandwidth", "speed"): ("rate", "impairment"),
    ("packet_loss",): ("loss", "impairment"),
    ("veths", "cables", "pairs"): ("veth",),
    ("bridges", "bridge", "switches", "networks"): ("linux_bridge",),
    ("routes", "route"): ("netns_route",),
    ("nat", "snat", "masquerading", "postrouting"): ("masquerade",),
    ("forwards", "port_forwards", "port_forwarding", "portmap", "publish_ports"): ("dnat",),
    ("macaddress", "mac_address", "hwaddr", "lladdr", "ether"): ("mac",),
    ("nameserver", "dns", "dns_servers", "resolver", "resolvers"): ("nameservers",),
    ("sysctl", "kernel_parameters", "sysctl_set"): ("sysctls",),
    ("search_domains", "domain", "domains", "dns_search", "searches"): ("search",),
    ("kind", "link_type", "driver"): ("type",),
    ("vlan_id", "vid", "vni", "tag", "vxlan_id"): ("id", "vlan"),
    ("pvid", "access_vlan", "untagged"): ("vlan",),
    ("trunk", "trunks", "tagged", "allowed_vlans"): ("vlans",),
    ("src", "from", "source_address", "saddr", "source_ip"): ("source", "netns"),
    ("daddr", "destination_address", "host_ip"): ("destination", "to_destination"),
    ("snat_to", "to_src", "nat_ip"): ("to_source",),
    ("exclude", "except", "destination_not"): ("destination_except",),
    ("proto", "ip_protocol"): ("protocol",),
    ("prio", "preference", "cost", "distance"): ("metric", "priority"),
    ("peer_name", "peername", "peer_netns", "peer_addresses", "peer_address"): ("peer",),
    ("netem", "impairments", "delay", "loss", "rate", "qdisc", "tc"): ("impairment",),
    ("promiscuous",): ("promisc",),
    ("enabled", "admin_up", "admin_state", "link_state"): ("up",),
    ("txqlen", "tx_queue_len"): ("txqueuelen",),
    ("subset", "gather", "subsets"): ("gather_subset",),
    ("file", "path", "template"): ("src",),
    ("tests", "checks", "probe"): ("probes",),
    ("prune", "cleanup"): ("purge",),
    ("lab", "lab_name"): ("name", "topology"),
    ("url", "address_to"): ("to",),
    ("firewall", "firewall_backend"): ("backend",),
}  # fmt: skip
_CANDIDATES = {name: options for names, options in _SAME.items() for name in names}

_BOND = (
    "bonds are not supported; put a macvlan or vlan on one that the host has (link: bond0), or "
    "have a route over several links (nexthops of netns_route)"
)
_ROUTE = "a route is set with netns_route, such as destination: default, gateway: 192.168.15.5"
_ELSEWHERE = {
    "addresses": "addresses are set on the ends of veth, on linux_bridge, or with netns_link",
    "parameters": "its entries are options themselves, beside name",
    "chain": "the chains and tables of the rules are not chosen; leave it out",
    "cmd": "run commands in a namespace with become_method: redblue.netns.netns",
    "dhcp4": "addresses are static; write addresses, such as [192.168.15.1/24]",
    "dhcp6": "addresses are static; write addresses, such as [fd00:15::1/64]",
    "gateway": _ROUTE,
    "image": "a namespace has no image; it shares the files of the host",
    "interfaces": "a link is moved into a namespace with netns_link, type: physical and netns",
    "isolate": "isolate is an option of topology",
    "links": "the links of a namespace are set with veth and netns_link",
    "endpoints": "write name, netns and peer: {name: eth0, netns: blue}",
    "nameservers": "nameservers is an option of netns",
    "topology": "netns, veth, linux_bridge and the others stand beside name",
    "persist": "persist is an option of topology",
    "netmask": "the length is part of the address, such as 192.168.15.1/24",
    "prefixlen": "the length is part of the address, such as 192.168.15.1/24",
    "veth": "a pair is set with the module veth",
    "bond": _BOND,
    "rules": "policy routing rules are not supported; keep networks apart with vrf, or run ip rule",
    "neighbours": "neighbour entries are not set; the kernel finds neighbours itself",
    "ethtool": "offloads and queues of hardware are not set; run ethtool",
    "tunnels": "a tunnel is an item of netns_link, type: wireguard or vxlan",
}  # fmt: skip
_ELSEWHERE_SAME = {
    "command": "cmd", "exec": "cmd", "shell": "cmd", "prefix_length": "prefixlen",
    "routes": "gateway", "via": "gateway", "gateway4": "gateway", "gateway6": "gateway",
    "gw": "gateway", "default_gateway": "gateway", "devices": "interfaces", "device": "interfaces",
    "address": "addresses", "ip": "addresses", "ips": "addresses", "ipv4_address": "addresses",
    "bonds": "bond", "team": "bond", "bonding": "bond", "tunnel": "tunnels",
    "routing_policy": "rules", "rule": "rules", "ip_rules": "rules", "neighbors": "neighbours",
    "neigh": "neighbours", "arp_entries": "neighbours", "static_arp": "neighbours",
    "gro": "ethtool", "gso": "ethtool", "tso": "ethtool", "offload": "ethtool",
    "table": "chain", "jump": "chain", "dhcp": "dhcp4", "addressing": "dhcp4", "mask": "netmask",
}  # fmt: skip


def suggest(name: str, options: Collection[str]) -> str:
    """Return which option, or what else, the name probably stands for; "" if nothing is known."""
    plain = name.lower().replace("-", "_")
    same = [option for option in (plain, *_CANDIDATES.get(plain, ())) if option in options]
    if plain == "from" and {"netns", "to"} <= {*options}:
        same = ["netns"]
    other = "" if same else _ELSEWHERE.get(_ELSEWHERE_SAME.get(plain, plain), "")
    if other:
        return f"{other}; "
    same = same or difflib.get_close_matches(plain, options, 1)
    return f"did you mean '{same[0]}'? " if same else ""


_TUNNEL = "this tunnel is not supported; use wireguard, or vxlan"
_ETHERNET_TUNNEL = "this tunnel is not supported; use vxlan"
_CHOICES = {
    "up": "write up: true",
    "started": "did you mean 'present'?",
    "running": "did you mean 'present'?",
    "down": "write up: false",
    "stopped": "write up: false",
    "deleted": "did you mean 'absent'?",
    "removed": "did you mean 'absent'?",
    "created": "did you mean 'present'?",
    "success": "did you mean 'reachable'?",
    "ok": "did you mean 'reachable'?",
    "fail": "did you mean 'unreachable'?",
    "failure": "did you mean 'unreachable'?",
    "blocked": "did you mean 'unreachable'?",
    "addresses": "did you mean 'links'?",
    "interfaces": "did you mean 'links'?",
    "firewall": "did you mean 'nat'?",
    "all": "a forward has one protocol; write one for each",
    "nft": "did you mean 'nftables'?",
    "iptables-nft": "did you mean 'iptables'?",
    "ping": "did you mean 'icmp'?",
    "both": "a probe or forward has one protocol; write one for each",
    "tcp/udp": "a forward has one protocol; write one for each",
    "bridge": "a bridge is set with linux_bridge",
    **dict.fromkeys(("bond", "team"), _BOND),
    **dict.fromkeys(("gretap", "ip6gretap", "geneve"), _ETHERNET_TUNNEL),
    **dict.fromkeys(
        ("gre", "ip6gre", "ipip", "sit", "ip6tnl", "ipip6", "6in4", "6to4", "xfrm", "vti", "l2tp"),
        _TUNNEL,
    ),
    "macvtap": "for a virtual machine, use a tap that is a port of a bridge",
    "veth": "a veth pair is set with the module veth",
    "wg": "did you mean 'wireguard'?",
    "eth": "did you mean 'physical'?",
    "ethernet": "did you mean 'physical'?",
}


def suggest_choice(path: str, value: object, choices: Collection[str]) -> str:
    """Return which choice, or what else, was probably meant, to be added to a rule."""
    text = str(value).lower()
    if text in _CHOICES and not path.endswith("mode"):
        return f"; {_CHOICES[text]}"
    similar = difflib.get_close_matches(text, choices, 1)
    return f"; did you mean '{similar[0]}'?" if similar else ""
