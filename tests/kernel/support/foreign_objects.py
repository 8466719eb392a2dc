# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, routes, neighbours and bridge ports of others, with attributes of every kind."""

from __future__ import annotations

import re
import subprocess
import time

from support.patience import await_equal, patience
from support.shell import sh

ADDRESSES = """
ip -n a addr add 10.0.0.1/24 dev eth0 label eth0:1 metric 50
ip -n a addr add 10.0.0.5/24 dev eth0
ip -n a addr add 10.0.0.6/24 dev eth0 noprefixroute
ip -n a addr add 10.1.0.1 peer 10.1.0.2/32 dev eth0
ip -n a addr add 10.2.0.1/24 dev eth0 scope link
ip -n a addr add 10.3.0.1/24 brd 10.3.0.77 dev eth0
ip -n a addr add 10.4.0.1/24 dev eth0 valid_lft 4000 preferred_lft 3000
ip -n a addr add fd00::1/64 dev eth0 nodad preferred_lft 0
ip -n a addr add fd00::2/64 dev eth0
ip -n a addr add fd00::3/64 dev eth0 nodad home
ip -n a addr add fd00::4/64 dev eth0 nodad noprefixroute metric 77
ip -n a addr add fd01::1 peer fd01::2/128 dev eth0 nodad
ip -n a addr add fe80::77/64 dev eth0 nodad
while ip -n a -6 addr show dev eth0 tentative | grep -q fd00::2; do sleep 0.05; done
"""
"""The kernel checks an address for duplicates in a thread of its own, also where it need not. No
route can have the address as its source before."""
ROUTES = """
ip -n a route add 198.51.100.0/24 via inet6 fe80::10 dev eth0 proto bgp
ip -n a route add 198.51.101.0/24 via 10.0.0.10 proto bird advmss 1400 initcwnd 20 hoplimit 9
ip -n a route add 198.51.102.0/24 via 10.0.0.10 proto bird mtu lock 1400
ip -n a route add 198.51.103.0/24 tos 0x10 via 10.0.0.10 proto bird src 10.0.0.5
ip -n a route add 198.51.104.0/24 via 10.0.0.10 proto bird realm 7
ip -n a nexthop add id 7 via 10.0.0.10 dev eth0 proto zebra
ip -n a nexthop add id 8 via fd00::10 dev eth0
ip -n a nexthop add id 9 group 7,5
ip -n a route add 198.51.105.0/24 nhid 7 proto zebra
ip -n a route add 198.51.106.0/24 via 10.9.9.9 dev eth0 onlink proto bird
ip -n a route add throw 198.51.107.0/24 table 100
ip -n a route add 198.51.107.0/25 via 10.0.0.10 table 1000 proto bird
ip -n a route add local 198.51.108.0/24 dev eth0 proto bird
ip -n a route add 198.51.109.0/24 proto bird nexthop via 10.0.0.10 weight 1 \
    nexthop via 10.99.0.9 dev other weight 2
ip -n a route add 198.51.110.0/24 encap ip id 7 dst 10.0.0.10 dev eth0 proto bird
ip -n a route add 198.51.111.0/24 via 10.0.0.10 metric 5 proto bird
ip -n a route append 198.51.111.0/24 via 10.0.0.11 metric 5 proto bird
ip -n a route add 198.51.112.0/24 via 10.99.0.9 dev other src 10.0.0.1 proto bird
ip -n a -6 route add 2001:db8:1::/48 via fd00::10 src fd00::2 proto bird mtu 1300 pref high
ip -n a -6 route add 2001:db8:2::/48 proto bird nexthop via fd00::10 nexthop via fd00::11 weight 3
ip -n a -6 route add 2001:db8:3::/48 nhid 8 proto zebra
ip -n a -6 route add 2001:db8:4::/48 encap ip6 id 3 dst fd00::10 dev eth0 proto bird
ip -n a -6 route add 2001:db8:5::/48 via fe80::10 dev eth0 expires 5000 proto ra
ip -n a rule add from 10.0.0.1 lookup 100
ip -n a neigh add 10.0.0.99 lladdr 02:00:00:00:00:99 dev eth0 nud permanent
ip -n a neigh add fd00::99 lladdr 02:00:00:00:00:99 dev eth0 nud permanent
ip -n a neigh add proxy 10.0.0.98 dev eth0
ip -n a neigh add 10.0.0.97 lladdr 02:00:00:00:00:97 dev eth0 extern_learn
"""
PORTS = """
vlan=1
ip -n a link add sw type bridge vlan_filtering 1 || vlan=
[ $vlan ] || ip -n a link add sw type bridge
ip -n a link add p0 type veth peer name p1; ip -n a link set p0 up; ip -n a link set p1 up
ip -n a link set sw up; ip -n a link set p0 master sw
bridge -n a link set dev p0 cost 77 priority 9 guard on root_block on fastleave on flood off
bridge -n a link set dev p0 mcast_flood off bcast_flood off neigh_suppress on
bridge -n a link set dev p0 learning off hairpin on isolated on
if [ $vlan ]; then
    bridge -n a link set dev p0 mcast_router 2 mcast_to_unicast on
    bridge -n a vlan add dev p0 vid 10-20; bridge -n a vlan add dev p0 vid 30 pvid
    bridge -n a fdb add 02:00:00:00:00:51 dev p0 master static vlan 10
    bridge -n a fdb add 02:00:00:00:00:52 dev p0 master permanent vlan 30
    bridge -n a mdb add dev sw port p0 grp 239.1.2.3 permanent vid 10
    bridge -n a mdb add dev sw port p0 grp ff0e::77 permanent vid 10
fi
bridge -n a fdb add 02:00:00:00:00:53 dev p0 master extern_learn
bridge -n a fdb add 02:00:00:00:00:54 dev p0 master static
bridge -n a fdb add 02:00:00:00:00:55 dev p0 self
tc -n a qdisc add dev p0 root handle 5: tbf rate 1mbit burst 10k latency 10ms
tc -n a qdisc add dev eth0 root handle 6: pfifo limit 50; tc -n a qdisc add dev eth0 clsact
"""
_NAMESPACES = """
for name in a b; do ip netns add $name; ip -n $name link set lo up; done
ip netns exec a sysctl -qw net.ipv6.conf.default.accept_dad=0
ip -n a link add eth0 type veth peer name eth0 netns b
ip -n a link add other type veth peer name other netns b
for name in a b; do ip -n $name link set eth0 up; ip -n $name link set other up; done
ip -n a addr add 10.99.0.1/24 dev other; ip -n a nexthop add id 5 via 10.99.0.9 dev other
"""
_AGES = re.compile(r" (valid_lft|preferred_lft|expires|ref|used|probes) [\d/]+(sec)?|\d+sec")
_LEARNED = re.compile(r" temp( |$)|33:33:|01:00:5e:| master sw *$")
"""What bridges learn, and groups that the kernel joins."""
_LISTS = (
    "ip -n a -o addr show",
    "ip -n a -4 route show table all",
    "ip -n a -6 route show table all",
    "ip -n a nexthop",
    "ip -n a rule",
    "ip -n a neigh show nud permanent",
    "ip -n a neigh show proxy",
    "tc -n a qdisc show",
)
_PORT_LISTS = (
    "bridge -n a -d -o link show dev p0",
    "bridge -n a vlan show dev p0",
    "bridge -n a mdb show",
    "bridge -n a fdb show dev p0",
)


def add_namespaces() -> None:
    """Add the namespaces a and b with a cable between them."""
    sh(_NAMESPACES)


def add_foreign_objects() -> None:
    """Add these namespaces, and what others have there."""
    add_namespaces()
    for text in (ADDRESSES, ROUTES, PORTS):
        sh(text)
    # The kernel notices a carrier up to a second later, and adds link-local addresses then.
    limit = time.monotonic() + patience(10)
    while not _has_link_local_addresses():
        assert time.monotonic() < limit, sh("ip -n a addr; ip -n a -6 route show table local")
        time.sleep(0.05)


def _has_link_local_addresses() -> bool:
    """Whether each link has what the kernel adds to it: an address, and its routes."""
    links = set(re.findall(r"^\d+: (\w+)", sh("ip -n a -o link show up"), re.M)) - {"lo"}
    routes = sh("ip -n a -6 route show table local")
    local = re.findall(r"^local fe80::(?!77 )\S+ dev (\w+)", routes, re.M)
    return links == set(local) == set(re.findall(r"^multicast ff00::/8 dev (\w+)", routes, re.M))


def list_foreign_objects() -> list[str]:
    """What iproute2 shows of it, without ages."""
    lines: list[str] = []
    own = sh("ip netns exec a cat /sys/class/net/p0/address").strip()
    for command in (*_LISTS, *_PORT_LISTS):
        text = subprocess.run(command.split(), capture_output=True, text=True, check=True).stdout
        found = [_AGES.sub("", line) for line in text.splitlines() if not _LEARNED.search(line)]
        if command in _PORT_LISTS:
            found = [re.sub(r" state \w+ ", " ", line) for line in found]
        if "fdb" in command:
            # The kernel itself adds and removes those for the port's own address.
            found = [line for line in found if not line.startswith(own)]
        if any(word in command for word in ("fdb", "mdb", "neigh", "-6 route")):
            found.sort()
        lines += [f"{command}: {line}" for line in found]
    return lines


def await_foreign_objects(expected: list[str]) -> list[str]:
    """Wait until all of it is there, and list it; after a time limit list what is there.

    The kernel adds multicast and local routes of IPv6, and entries of bridges, from a work queue: a
    while after the link has its carrier again, when the run has ended.
    """
    return await_equal(list_foreign_objects, expected)
