# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Breakages of the lab by rules that change packets, by ports and bridges, by sources and sizes."""

from __future__ import annotations

from support.doctor_breakages import FLUSH, HOST_TO_RED, RED_MAC, RED_TO_BLUE6, Breakage, Pair
from support.pings import BLUE_TO_RED, OUTSIDE, RED_TO_BLUE

OUTSIDE6: Pair = ("blue", "fd00:2::99")
_ADD_RED = "\nip -n red addr add 192.168.15.1/24 {} dev veth-red"
_NEW_RED = "ip -n red addr del 192.168.15.1/24 dev veth-red" + _ADD_RED
_PREROUTING = (
    "nft 'table ip t {{ chain c {{ type filter hook prerouting priority -300; "
    "iifname v-net-0 {}; }}; }}'"
)
_IN_BLUE = "ip netns exec blue "
_INPUT = (
    _IN_BLUE
    + "nft 'table inet t {{ {} chain c {{ type filter hook input priority 0; {} drop; }}; }}'"
)

MORE_BREAKAGES: dict[str, Breakage] = {
    "a port that is disabled": Breakage(
        "bridge link set dev veth-blue-br state 0", RED_TO_BLUE, "stp_blocking", "veth-blue-br"
    ),
    "a port that listens": Breakage(
        "bridge link set dev veth-red-br state listening",
        RED_TO_BLUE,
        "stp_blocking",
        "veth-red-br",
    ),
    "a port that spanning tree lets wait": Breakage(
        "ip link set v-net-0 type bridge stp_state 1 forward_delay 3000\n"
        "ip link set veth-red-br down; ip link set veth-red-br up",
        RED_TO_BLUE,
        "stp_blocking",
        "veth-red-br",
    ),
    "a port that left its bridge": Breakage(
        "ip link set veth-red-br nomaster", RED_TO_BLUE, "port_missing", "veth-red-br"
    ),
    "a port of another bridge": Breakage(
        "ip link add other type bridge; ip link set other up\nip link set veth-red-br master other",
        RED_TO_BLUE,
        "port_missing",
        "veth-red-br",
    ),
    "a forwarding entry that makes a MAC address the host's": Breakage(
        f"bridge fdb replace {RED_MAC} dev veth-blue-br master permanent",
        BLUE_TO_RED,
        "port_restricted",
        "veth-blue-br",
    ),
    "two equal MAC addresses": Breakage(
        f"ip -n blue link set veth-blue address {RED_MAC}" + FLUSH,
        RED_TO_BLUE,
        "mac_duplicate",
        "",
        fixed=False,
    ),
    "no ARP": Breakage(
        "ip -n red link set veth-red arp off; ip -n red neigh flush all",
        RED_TO_BLUE,
        "arp_off",
        "red/veth-red",
    ),
    "an MTU too small for IPv6": Breakage(
        "ip -n red link set veth-red mtu 1200",
        RED_TO_BLUE6,
        "ipv6_disabled",
        "red/veth-red",
        fixed=False,
    ),
    "an MTU too small for a ping": Breakage(
        "ip link set veth-blue-br mtu 68", RED_TO_BLUE, "mtu_mismatch", "veth-blue-br"
    ),
    "a rule that leaves out default routes": Breakage(
        "ip -n red rule add pref 32765 lookup main suppress_prefixlength 0\n"
        "ip -n red rule del pref 32766",
        OUTSIDE,
        "rule_missing",
        "red/rule 32765",
    ),
    "no rule for table local": Breakage(
        "ip -n blue rule add pref 100 lookup main; ip -n blue rule del pref 0",
        RED_TO_BLUE,
        "rule_missing",
        "blue/",
    ),
    "a source of no network of the link": Breakage(
        "ip -n red addr add 10.9.9.9/32 dev lo\n"
        "ip -n red route replace 192.168.15.0/24 dev veth-red src 10.9.9.9",
        RED_TO_BLUE,
        "source_wrong",
        "red/10.9.9.9",
    ),
    "an address of scope host": Breakage(
        _NEW_RED.format("scope host")
        + "\nip -n red route add default via 192.168.15.5 dev veth-red onlink",
        OUTSIDE,
        "address_scope",
        "red/veth-red",
    ),
    "a neighbour as the broadcast address": Breakage(
        _NEW_RED.format("brd 192.168.15.2"),
        RED_TO_BLUE,
        "route_refuses",
        "red/broadcast 192.168.15.2",
    ),
    "an address of another network": Breakage(
        _NEW_RED.format("") + "\nip -n red addr del 192.168.15.1/24 dev veth-red\n"
        "ip -n red addr add 192.168.16.1/24 dev veth-red",
        BLUE_TO_RED,
        "address_missing",
        "red/",
        declared=True,
    ),
    "a gateway of nobody to a neighbour": Breakage(
        "ip -n red route add 192.168.15.2/32 via 192.168.15.9",
        RED_TO_BLUE,
        "gateway_silent",
        "red/192.168.15.9",
        fixed=False,
    ),
    "a nexthop object that drops": Breakage(
        "ip nexthop add id 1 blackhole; ip route add 192.168.15.1/32 nhid 1",
        HOST_TO_RED,
        "route_refuses",
        "blackhole 192.168.15.1/32",
    ),
    "a tunnel that nobody reads": Breakage(
        "ip -n red tuntap add tun0 mode tun; ip -n red link set tun0 up\n"
        "ip -n red route add 128.0.0.0/1 dev tun0",
        OUTSIDE,
        "route_diverts",
        "red/128.0.0.0/1",
    ),
    "IPv6 forwarding": Breakage(
        "sysctl -qw net.ipv6.conf.all.forwarding=0", OUTSIDE6, "forwarding_off", "ipv6"
    ),
    "a hop limit that ends on the host": Breakage(
        "ip -6 route add default via fd00:2::99\n"
        f"{_IN_BLUE}sysctl -qw net.ipv6.conf.veth-blue.hop_limit=1",
        OUTSIDE6,
        "ttl_low",
        "blue/",
    ),
    "no answer to a ping of IPv6": Breakage(
        f"{_IN_BLUE}sysctl -qw net.ipv6.icmp.echo_ignore_all=1",
        RED_TO_BLUE6,
        "echo_ignored",
        "blue/",
    ),
    "a policy that wants encryption": Breakage(
        "ip -n red xfrm policy add dir out src 192.168.15.1 dst 192.168.15.2 "
        "tmpl proto esp mode transport",
        RED_TO_BLUE,
        "policy_blocks",
        "red/",
    ),
    "the loopback of a namespace": Breakage(
        "ip -n red link set lo down", ("red", "192.168.15.1"), "loopback_down", "red/lo"
    ),
    "a destination NAT to nobody": Breakage(
        "iptables-nft -t nat -I PREROUTING -i v-net-0 -d 192.0.2.99 -j DNAT --to 192.168.15.77",
        OUTSIDE,
        "packets_altered",
        "chain PREROUTING of table nat",
    ),
    "packets without connection tracking": Breakage(
        "iptables-nft -t raw -A PREROUTING -i v-net-0 -j CT --notrack",
        OUTSIDE,
        "packets_altered",
        "chain PREROUTING of table raw",
    ),
    "a zone of connection tracking for one direction": Breakage(
        "iptables-nft -t raw -A PREROUTING -i v-net-0 -j CT --zone 5",
        OUTSIDE,
        "packets_altered",
        "chain PREROUTING of table raw",
    ),
    "a mark that leads to a blackhole": Breakage(
        "iptables-nft -t mangle -N MINE; iptables-nft -t mangle -A MINE -j MARK --set-mark 5\n"
        "iptables-nft -t mangle -A PREROUTING -i v-net-0 -j MINE\n"
        "ip route add blackhole default table 77; ip rule add pref 77 fwmark 5 lookup 77",
        OUTSIDE,
        "packets_altered",
        "chain MINE of table mangle",
    ),
    "a TTL that a rule sets": Breakage(
        _PREROUTING.format("ip ttl set 1"), OUTSIDE, "packets_altered", "chain c of table ip t"
    ),
    "a destination that a rule sets": Breakage(
        _PREROUTING.format("ip daddr set 192.0.2.55"),
        OUTSIDE,
        "packets_altered",
        "chain c of table ip t",
    ),
    "packets that a rule of nft does not track": Breakage(
        _PREROUTING.format("notrack"), OUTSIDE, "packets_altered", "chain c of table ip t"
    ),
    "a filter before the network layer": Breakage(
        _IN_BLUE + "nft 'table netdev t { chain c { type filter hook ingress device veth-blue "
        "priority 0; policy drop; }; }'",
        RED_TO_BLUE,
        "filter_drop",
        "",
        fixed=False,
    ),
    "a filter of what leaves by a link": Breakage(
        _IN_BLUE + "nft 'table netdev t { chain c { type filter hook egress device veth-blue "
        "priority 0; policy drop; }; }'",
        RED_TO_BLUE,
        "filter_drop",
        "",
        fixed=False,
    ),
    "a gateway address that moved": Breakage(
        "ip addr del 192.168.15.5/24 dev v-net-0; ip addr add 192.168.15.6/24 dev v-net-0; "
        "ip -n red neigh flush all; ip -n blue neigh flush all",
        OUTSIDE,
        "gateway_silent",
        "blue/192.168.15.5",
        fixed=False,
    ),
    "a table raw that drops": Breakage(
        f"{_IN_BLUE}iptables-nft -t raw -A PREROUTING -s 192.168.15.1 -j DROP",
        RED_TO_BLUE,
        "filter_drop",
        "",
        fixed=False,
    ),
    "a set of unwanted senders": Breakage(
        _INPUT.format("set bad { type ipv4_addr; elements = { 192.168.15.1 }; };", "ip saddr @bad"),
        RED_TO_BLUE,
        "filter_drop",
        "",
        fixed=False,
    ),
    "a filter of bridged frames": Breakage(
        "ebtables-nft -A FORWARD -j DROP", RED_TO_BLUE, "filter_drop", "", fixed=False
    ),
}
