# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of a lab: commands that cause one, and check and subject of the finding."""

from __future__ import annotations

BROKEN = {
    "netns deleted": ("ip netns del blue", "netns_missing", "blue"),
    "stale file": ("ip link del veth-blue-br; umount /run/netns/blue", "netns_stale", "blue"),
    "a directory in its place": (
        "ip netns del blue; mkdir /run/netns/blue",
        "netns_blocked",
        "blue",
    ),
    "the host in its place": (
        "ip netns del blue; ip netns attach blue $$",
        "netns_blocked",
        "blue",
    ),
    "cable deleted": ("ip link del veth-red-br", "link_missing", "red/veth-red"),
    "end in another namespace": (
        "ip -n red link set veth-red netns blue",
        "link_misplaced",
        "red/veth-red",
    ),
    "bridge deleted": ("ip link del v-net-0", "bridge_missing", "v-net-0"),
    "loopback down": ("ip -n red link set lo down", "loopback_down", "red/lo"),
    "bridge down": ("ip link set v-net-0 down", "bridge_down", "v-net-0"),
    "end down": ("ip -n red link set veth-red down", "link_down", "red/veth-red"),
    "end on the host down": ("ip link set veth-red-br down", "link_down", "veth-red-br"),
    "port taken out": ("ip link set veth-red-br nomaster", "port_missing", "veth-red-br"),
    "STP": (
        (
            "ip link set v-net-0 type bridge stp_state 1; ip link set veth-red-br nomaster; "
            "ip link set veth-red-br master v-net-0"
        ),
        "stp_blocking",
        "veth-red-br",
    ),
    "ARP off": ("ip -n red link set veth-red arp off", "arp_off", "red/veth-red"),
    "one MAC twice": (
        (
            "ip -n red link set veth-red address 02:00:00:00:00:77; "
            "ip -n blue link set veth-blue address 02:00:00:00:00:77"
        ),
        "mac_duplicate",
        "02:00:00:00:00:77",
    ),
    "IPv6 turned off": (
        "ip netns exec red sysctl -qw net.ipv6.conf.veth-red.disable_ipv6=1",
        "ipv6_disabled",
        "red/veth-red",
    ),
    "DAD failed": (
        "ip netns exec blue sysctl -qw net.ipv6.conf.veth-blue.accept_dad=1 "
        "net.ipv6.conf.all.accept_dad=1 net.ipv6.neigh.veth-blue.retrans_time_ms=20\n"
        "ip -n blue addr add fd00:15::1/64 dev veth-blue\nfor try in {1..100}; "
        "do ! ip -n blue addr | grep -q dadfailed || exit 0; sleep 0.02; done; exit 1",
        "dad_failed",
        "blue/veth-blue",
    ),
    "one address twice": (
        "ip -n blue addr add 192.168.15.1/24 dev veth-blue",
        "address_duplicate",
        "192.168.15.1",
    ),
    "address taken": (
        "ip -n blue addr del 192.168.15.2/24 dev veth-blue",
        "address_missing",
        "blue/192.168.15.2/24",
    ),
    "a wrong neighbour": (
        "ip -n red neigh replace 192.168.15.5 lladdr 02:00:00:00:00:99 dev veth-red nud permanent",
        "neighbour_wrong",
        "red/192.168.15.5",
    ),
    "route taken": ("ip -n red route del default", "route_missing", "red/default via 192.168.15.5"),
    "gateway of another network": (
        "ip -n red route replace default via 10.9.9.9 dev veth-red onlink",
        "gateway_off_link",
        "red/10.9.9.9",
    ),
    "gateway with an unused address": (
        "ip -n red route replace 10.0.0.0/8 via 192.168.15.77",
        "gateway_silent",
        "red/192.168.15.77",
    ),
    "forwarding closed": (
        "sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.ipv4.ip_forward=0",
        "forwarding_off",
        "ipv4:v-net-0",
    ),
    "IPv6 forwarding closed": (
        "sysctl -qw net.ipv6.conf.all.forwarding=0",
        "forwarding_off",
        "ipv6:all",
    ),
    "rules flushed": ("nft delete table inet redblue_netns", "nat_flushed", "the host"),
    "rules of a chain flushed": (
        "nft flush chain inet redblue_netns postrouting",
        "nat_damaged",
        "the host",
    ),
    "a policy of nft": (
        (
            "nft add table inet t; nft 'add chain inet t c { type filter hook forward "
            "priority 0; policy drop; }'"
        ),
        "filter_drop",
        "chain c of table inet t (nft)",
    ),
    "a rule of nft": (
        (
            "nft add table ip t; nft 'add chain ip t c { type filter hook forward priority "
            "0; }'; nft add rule ip t c iifname v-net-0 counter drop"
        ),
        "filter_drop",
        'chain c of table ip t (nft): iifname "v-net-0"',
    ),
    "a rule of nft in a chain behind": (
        "nft add table ip t; nft add chain ip t d; "
        "nft 'add chain ip t c { type filter hook forward priority 0; }'; "
        "nft add rule ip t c jump d\n"
        "nft add rule ip t d ip saddr 192.168.15.0/25 reject",
        "filter_drop",
        "chain d of table ip t (nft): ip saddr 192.168.15.0/25",
    ),
    "a rule of nft for bridges": (
        (
            "nft add table bridge t; nft 'add chain bridge t c { type filter hook forward "
            "priority 0; }'; nft add rule bridge t c iifname veth-red-br drop"
        ),
        "filter_drop",
        "chain c of table bridge t (nft)",
    ),
    "a policy of iptables": (
        "iptables-nft -P FORWARD DROP",
        "filter_drop",
        "chain FORWARD of table filter (iptables)",
    ),
    "a policy of ip6tables": (
        "ip6tables-nft -P FORWARD DROP",
        "filter_drop",
        "chain FORWARD of table filter (ip6tables)",
    ),
    "a policy of iptables-legacy": (
        "iptables-legacy -P FORWARD DROP",
        "filter_drop",
        "chain FORWARD of table filter (iptables-legacy)",
    ),
    "a rule in FORWARD": (
        "iptables-nft -A FORWARD -i v-net-0 -j REJECT",
        "filter_drop",
        "chain FORWARD of table filter (iptables): -A FORWARD -i v-net-0",
    ),
    "a rule of iptables": (
        "iptables-nft -t mangle -A PREROUTING -s 192.168.15.2 -j DROP",
        "filter_drop",
        "chain PREROUTING of table mangle (iptables)",
    ),
    "a namespace that takes nothing": (
        (
            "ip netns exec blue nft add table ip t; "
            "ip netns exec blue nft 'add chain ip t c { type filter hook input priority 0; "
            "policy drop; }'"
        ),
        "filter_drop",
        "chain c of table ip t (nft) in namespace blue",
    ),
    "another with a part of the network": (
        "ip link add vpn type bridge; ip addr add 192.168.15.193/26 dev vpn; ip link set vpn up",
        "overlap",
        "192.168.15.192/26",
    ),
    "MTU": ("ip link set veth-red-br mtu 1400", "mtu_mismatch", "veth-red-br"),
    "an impairment that was left behind": (
        "tc qdisc add dev veth-red-br root tbf rate 1mbit burst 5kb limit 10kb",
        "impaired",
        "veth-red-br",
    ),
    "an unwanted router advertisement": (
        "ip -n red -6 route add default via fe80::1 dev veth-red proto ra",
        "router_advertisement",
        "red/veth-red",
    ),
    "another MAC": (
        "ip -n red link set veth-red address 02:00:00:00:00:77",
        "differs",
        "red/veth-red",
    ),
    "an address besides": (
        "ip -n blue addr add 10.9.9.9/24 dev veth-blue",
        "not_declared",
        "blue/10.9.9.9/24",
    ),
    "another kind of link in its place": (
        "ip link del v-net-0; ip link add v-net-0 type veth peer name to-nowhere",
        "link_blocked",
        "v-net-0",
    ),
    "a foreign forward": (
        "iptables-nft -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 192.0.2.1:80",
        "forward_claimed",
        "tcp port 80",
    ),
}
