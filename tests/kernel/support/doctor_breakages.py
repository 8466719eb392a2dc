# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Breakages of the lab beside a LAN: how to break it, which packets are lost, the first finding."""

from __future__ import annotations

from typing import NamedTuple

from support.pings import BLUE_TO_RED, OUTSIDE, RED_TO_BLUE

Pair = tuple[str | None, str]

HOST_TO_RED: Pair = (None, "192.168.15.1")
HOST_TO_BLUE: Pair = (None, "192.168.15.2")
RED_TO_BLUE6: Pair = ("red", "fd00:15::2")
BLUE_TO_RED6: Pair = ("blue", "fd00:15::1")

RED_MAC = "$(ip netns exec red cat /sys/class/net/veth-red/address)"
FLUSH = "\nip neigh flush all; for n in red blue; do ip -n $n neigh flush all; done"
"""What the kernels of the lab have learned is forgotten, as after a while without packets."""
NO_LEARNING = "ip link set v-net-0 type bridge ageing_time 0\n"
SINK = "ip link add sink type veth peer name drain; ip link set sink up; ip link set drain up\n"
REDIRECT = "protocol all u32 match u32 0 0 action mirred egress redirect dev sink"
ARP_TABLE = (
    "nft add table arp t; "
    "{0}nft 'add chain arp t c {{ type filter hook input priority 0; policy drop; }}'"
)


class Breakage(NamedTuple):
    """``script`` breaks the lab and ``lost`` no longer works.

    ``check`` and ``subject`` are those of the first finding; the subject may be longer.
    ``declared``: only the declaration tells that it is a fault. ``fixed``: whether packets pass
    after the fix of the first finding was run.
    """

    script: str
    lost: Pair
    check: str
    subject: str
    declared: bool = False
    fixed: bool = True


BREAKAGES: dict[str, Breakage] = {
    "a route to a neighbour by lo": Breakage(
        "ip -n red route add 192.168.15.2/32 dev lo", RED_TO_BLUE, "route_refuses", "red/"
    ),
    "a route of the host to a namespace by lo": Breakage(
        "ip route add 192.168.15.1/32 dev lo", HOST_TO_RED, "route_refuses", "192.168.15.1/32"
    ),
    "an IPv6 route to a neighbour by lo": Breakage(
        "ip -n red route add fd00:15::2/128 dev lo", RED_TO_BLUE6, "route_refuses", "red/"
    ),
    "a rule of the host to a table with a dead gateway": Breakage(
        "ip route add default via 192.0.2.77 dev eth0 table 100\n"
        "ip rule add pref 100 from 192.168.15.0/24 lookup 100",
        OUTSIDE,
        "gateway_silent",
        "192.0.2.77",
    ),
    "a rule for one namespace to a table with a dead gateway": Breakage(
        "ip route add default via 192.0.2.78 dev eth0 table 101\n"
        "ip rule add pref 100 from 192.168.15.1 iif v-net-0 lookup 101",
        OUTSIDE,
        "gateway_silent",
        "192.0.2.78",
    ),
    "an address of a single host": Breakage(
        "ip -n red addr del 192.168.15.1/24 dev veth-red\n"
        "ip -n red addr add 192.168.15.1/32 dev veth-red",
        BLUE_TO_RED,
        "no_route",
        "red/veth-red",
    ),
    "an IPv6 address of a single host": Breakage(
        "ip -n red addr del fd00:15::1/64 dev veth-red\n"
        "ip -n red addr add fd00:15::1/128 dev veth-red nodad",
        BLUE_TO_RED6,
        "no_route",
        "red/veth-red",
    ),
    "a forward to a namespace without a way back": Breakage(
        "ip -n blue route del default", ("blue", "192.0.2.99"), "forward_unanswered", "blue/"
    ),
    "the routes of a namespace": Breakage(
        "ip -n red route flush table main", BLUE_TO_RED, "no_route", "red/192.168.15"
    ),
    "the connected route of the host": Breakage(
        "ip route del 192.168.15.0/24 dev v-net-0",
        HOST_TO_RED,
        "route_diverts",
        "192.168.15.0/24",
    ),
    "a route of the host by another bridge": Breakage(
        "ip link add other type bridge; ip link set other up\n"
        "ip route add 192.168.15.1/32 dev other",
        HOST_TO_RED,
        "route_diverts",
        "192.168.15.1/32",
    ),
    "a rule that leads to another bridge": Breakage(
        "ip link add other type bridge; ip link set other up\n"
        "ip route add default dev other table 200; ip rule add pref 50 to 192.168.15.2 lookup 200",
        HOST_TO_BLUE,
        "route_diverts",
        "rule 50",
    ),
    "a default route without a gateway": Breakage(
        "ip -n red route replace default dev veth-red", OUTSIDE, "route_diverts", "red/0.0.0.0/0"
    ),
    "a blackhole in a table that a rule selects": Breakage(
        "ip route add blackhole default table 100; ip rule add pref 100 lookup 100",
        HOST_TO_RED,
        "route_refuses",
        "blackhole 0.0.0.0/0 table 100",
    ),
    "a rule that prohibits what arrives from the bridge": Breakage(
        "ip rule add pref 10 iif v-net-0 prohibit", OUTSIDE, "rule_refuses", "rule 10"
    ),
    "a rule that prohibits ping": Breakage(
        "ip -n red rule add pref 10 ipproto icmp prohibit", RED_TO_BLUE, "rule_refuses", "red/"
    ),
    "table local flushed": Breakage(
        "ip -n blue route flush table local", RED_TO_BLUE, "no_route", "blue/local 192.168.15.2"
    ),
    "an address of another in table local": Breakage(
        "ip -n blue route add local 192.168.15.1/32 dev lo",
        RED_TO_BLUE,
        "route_refuses",
        "blue/local 192.168.15.1/32",
    ),
    "forwarding of the uplink": Breakage(
        "sysctl -qw net.ipv4.conf.eth0.forwarding=0", OUTSIDE, "forwarding_off", "ipv4:eth0"
    ),
    "a strict reverse path filter": Breakage(
        "ip -n blue link add other type bridge; ip -n blue link set other up\n"
        "ip -n blue route add 192.168.15.5/32 dev other\n"
        "ip netns exec blue sysctl -qw net.ipv4.conf.veth-blue.rp_filter=1",
        HOST_TO_BLUE,
        "route_diverts",
        "blue/",
    ),
    "isolated ports": Breakage(
        "for p in red blue; do bridge link set dev veth-$p-br isolated on; done",
        RED_TO_BLUE,
        "port_restricted",
        "veth-",
        declared=True,
    ),
    "a port without broadcast": Breakage(
        "bridge link set dev veth-red-br bcast_flood off" + FLUSH,
        BLUE_TO_RED,
        "port_restricted",
        "veth-red-br",
    ),
    "a port without multicast": Breakage(
        "ip link set v-net-0 type bridge mcast_snooping 0\n"
        "bridge link set dev veth-red-br mcast_flood off" + FLUSH,
        BLUE_TO_RED6,
        "port_restricted",
        "veth-red-br",
    ),
    "a port that learns and floods nothing": Breakage(
        NO_LEARNING + "bridge link set dev veth-blue-br learning off flood off" + FLUSH,
        RED_TO_BLUE,
        "port_restricted",
        "veth-blue-br",
    ),
    "a locked port": Breakage(
        "bridge link set dev veth-red-br locked on; bridge fdb flush dev v-net-0 || true",
        RED_TO_BLUE,
        "port_restricted",
        "veth-red-br",
    ),
    "a static forwarding entry on another port": Breakage(
        f"bridge fdb replace {RED_MAC} dev veth-blue-br master static sticky",
        BLUE_TO_RED,
        "port_restricted",
        "veth-blue-br",
    ),
    "a redirection of what arrives at a port": Breakage(
        f"{SINK}tc qdisc add dev veth-red-br clsact\n"
        f"tc filter add dev veth-red-br ingress {REDIRECT}",
        RED_TO_BLUE,
        "link_filter",
        "veth-red-br",
    ),
    "a redirection of what leaves by a port": Breakage(
        f"{SINK}tc qdisc add dev veth-red-br clsact\n"
        f"tc filter add dev veth-red-br egress {REDIRECT}",
        BLUE_TO_RED,
        "link_filter",
        "veth-red-br",
    ),
    "a redirection before the classes of a queue": Breakage(
        f"{SINK}tc qdisc add dev veth-red-br root handle 1: htb default 10\n"
        "tc class add dev veth-red-br parent 1: classid 1:10 htb rate 1gbit\n"
        "tc filter add dev veth-red-br parent 1: protocol all pref 9 u32 match u32 0 0 flowid 1:10"
        f"\ntc filter add dev veth-red-br parent 1: pref 5 {REDIRECT}",
        BLUE_TO_RED,
        "link_filter",
        "veth-red-br",
    ),
    "a redirection in a class of a queue": Breakage(
        "ip netns exec red sh -ec '"
        "tc qdisc add dev veth-red root handle 7: htb default 10\n"
        "tc class add dev veth-red parent 7: classid 7:10 htb rate 1gbit\n"
        "tc class add dev veth-red parent 7:10 classid 7:11 htb rate 1gbit\n"
        "tc filter add dev veth-red parent 7: protocol all pref 9 u32 match u32 0 0 flowid 7:10\n"
        "ip link add drain type veth peer name sink; ip link set drain up; ip link set sink up\n"
        f"tc filter add dev veth-red parent 7:10 chain 0 pref 5 {REDIRECT}'",
        RED_TO_BLUE,
        "link_filter",
        "red/veth-red",
    ),
    "a queue that sends nothing": Breakage(
        "ip netns exec blue tc qdisc add dev veth-blue root pfifo limit 0",
        BLUE_TO_RED,
        "impaired",
        "blue/veth-blue",
    ),
    "a wrong neighbour without an end": Breakage(
        "ip -n red neigh replace 192.168.15.2 lladdr 02:00:00:00:00:99 dev veth-red nud noarp",
        RED_TO_BLUE,
        "neighbour_wrong",
        "red/192.168.15.2",
    ),
    "no requests for MAC addresses": Breakage(
        "ip netns exec red sysctl -qw net.ipv4.neigh.veth-red.mcast_solicit=0" + FLUSH,
        RED_TO_BLUE,
        "arp_off",
        "red/veth-red",
    ),
    "an ARP table in a namespace": Breakage(
        f"ip netns exec blue {ARP_TABLE.format('ip netns exec blue ')}" + FLUSH,
        RED_TO_BLUE,
        "filter_drop",
        "chain c of table arp t",
        fixed=False,
    ),
    "an ARP table of the host": Breakage(
        ARP_TABLE.format("") + FLUSH, HOST_TO_RED, "filter_drop", "arp t"
    ),
    "a policy that blocks what arrives": Breakage(
        "ip -n blue xfrm policy add dir in src 192.168.15.0/24 dst 192.168.15.2 action block",
        RED_TO_BLUE,
        "policy_blocks",
        "blue/",
    ),
    "a policy that blocks what is sent": Breakage(
        "ip -n red xfrm policy add dir out src 192.168.15.1 dst 192.168.15.2 action block",
        RED_TO_BLUE,
        "policy_blocks",
        "red/",
    ),
    "a policy that blocks what is forwarded": Breakage(
        "ip xfrm policy add dir fwd src 192.168.15.0/24 dst 192.0.2.0/24 action block",
        OUTSIDE,
        "policy_blocks",
        "Xfrm",
        fixed=False,
    ),
    "a TTL that ends on the host": Breakage(
        "ip netns exec red sysctl -qw net.ipv4.ip_default_ttl=1", OUTSIDE, "ttl_low", "red/"
    ),
    "a namespace that does not answer ping": Breakage(
        "ip netns exec blue sysctl -qw net.ipv4.icmp_echo_ignore_all=1",
        RED_TO_BLUE,
        "echo_ignored",
        "blue/",
    ),
    "a source NAT to an address of nobody": Breakage(
        "iptables-nft -t nat -I POSTROUTING -o eth0 -s 192.168.15.1 -j SNAT --to 192.0.2.77",
        OUTSIDE,
        "source_wrong",
        "192.0.2.77",
        fixed=False,
    ),
    "a rule about the length of packets": Breakage(
        "ip netns exec blue nft add table inet t\n"
        "ip netns exec blue nft 'add chain inet t c { type filter hook input priority 0; }'\n"
        "ip netns exec blue nft add rule inet t c meta length 84 drop",
        RED_TO_BLUE,
        "packets_filtered",
        "blue/chain c",
        fixed=False,
    ),
    "a MAC address that the peer does not have": Breakage(
        "ip -n red neigh replace 192.168.15.5 lladdr 02:00:00:00:00:98 dev veth-red nud noarp",
        OUTSIDE,
        "neighbour_wrong",
        "red/192.168.15.5",
    ),
}
