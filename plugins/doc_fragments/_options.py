# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of each resource, told once: for its own module, and as the items of topology. For use in this collection only.

The counterpart of plugins/module_utils/_args.py, and composed as that is.
"""

from __future__ import annotations

import re
from textwrap import indent

from ansible_collections.redblue.netns.plugins.doc_fragments._ends import IMPAIRMENT, VLANS
from ansible_collections.redblue.netns.plugins.doc_fragments._links import (
    ADDRESSES,
    ARP,
    LINK,
    LINK_NAME,
    NETNS,
    OF_NETNS_LINK,
    PORT,
    PORT_FLAGS,
    QUEUE,
    VRF,
)

_INTEGRATE = """\
integrate:
  description:
    - Packet filters of others on this host that shall let the traffic through as well. An accept ends only the chain in which it stands, and
      what another chain drops stays dropped; so where somebody else drops what is forwarded, a rule has to stand there too.
    - V(docker) puts it into Docker's chain C(DOCKER-USER), where that is there and asked; it is never made. Where Docker drops and has none,
      as old versions do for IPv6, into C(FORWARD).
    - V(firewalld) binds the interface to the zone C(trusted), now and for good, for a reload forgets the first.
    - V(ufw) puts it into ufw's chain for the user's routes; C(ufw reload) empties that, and the next run fills it again.
    - V(forward) puts it into the very chains of the forward path that drop, by their policy or by their last rule; those of nftables, of
      iptables and of its older kernel interface.
    - What is let through is no more than what the rules of this collection let pass, in IPv4 and in IPv6. All of it bears the mark of this
      collection (a zone's interface is its own mark), no rule of others is touched, and it goes with what it was made for.
    - Whoever is named and not here is passed over. Whoever is here, drops, and is not named, is told in a warning.
  type: list
  elements: str
  choices:
    - docker
    - firewalld
    - ufw
    - forward
  default: []
"""

_BACKEND = """\
backend:
  description:
    - What holds the rules.
    - V(auto) is what holds rules of this collection in that namespace already, else V(nftables) where it works, else V(iptables).
    - The rules of a namespace are all in one. Naming the other moves them.
  type: str
  choices:
    - auto
    - nftables
    - iptables
  default: auto
"""

_OF_NETNS = """\
name:
  description:
    - The name of the namespace, as C(ip netns) shows it.
    - At most 64 bytes of letters, digits, C(_), C(.) and C(-), beginning with a letter or a digit; never a path.
  type: str
  required: true
sysctls:
  description:
    - Kernel parameters inside the namespace, keys as V(net.ipv4.ip_forward), values numbers or strings. Only those under C(net.).
    - A value is written as the kernel spells it, V(1) and not V(01); what it spells otherwise is an error. The ports of
      C(net.ipv4.ip_local_reserved_ports) may stand in any order.
    - One that cannot be read, as C(net.ipv4.route.flush), is no state, and refused.
    - Those that are not listed stay as they are.
  type: dict
nameservers:
  description:
    - Addresses of DNS servers, written to C(/etc/netns/NAME/resolv.conf), which C(ip netns exec) shows in the place of C(/etc/resolv.conf).
    - With O(nameservers) or O(search) the file is exactly what these say, and with neither it stays as it is. A file that somebody else wrote
      is an error; ours goes with the namespace.
  type: list
  elements: str
search:
  description: Domains in which names are looked up, written to the same file as O(nameservers).
  type: list
  elements: str
force:
  description:
    - Remove the namespace although somebody else made it, processes live in it, or interfaces lie in it that bear no mark of this collection; or,
      where a topology goes, not the mark of that.
  type: bool
  default: false
"""

_OF_END = f"""\
name:
  description:
    - The name of this end.
{LINK_NAME}\
  type: str
  required: true
netns:
  description:
    - The namespace in which this end lives, which must exist. Left out, the host. Never an empty string.
    - Where this very pair exists with this end still on the host, the end is moved.
  type: str
{ADDRESSES}\
{PORT}{VRF}{LINK}{QUEUE}\
queues:
  description:
    - By how many queues it receives, and sends, from 1 to 4096. On a cable that is made 1, where the kernel would take one for
      each processor. More serve who runs XDP programs on it.
    - A cable keeps those that it was made with; another number for one that exists is refused.
  type: int
{ARP}\
spoofchk:
  description:
    - Whether only frames with the other end's own MAC address come in by this port - whatever else the namespace sends is dropped, as a
      physical function does it for its virtual ones. Needs O(bridge), and C(nft) with the kernel's family C(bridge).
    - What is checked is the address of the frame. An IP address that is not the lab's own does not leave an isolated topology anyway.
  type: bool
{PORT_FLAGS}\
{VLANS}{IMPAIRMENT}"""

_OF_LINUX_BRIDGE = f"""\
{NETNS}\
name:
  description:
    - The name of the bridge.
{LINK_NAME}\
  type: str
  required: true
{ADDRESSES}{VRF}{LINK}\
ports:
  description:
    - Its ports, names of interfaces that exist in the same namespace. Exact when given - others are taken out, and V([]) takes out all.
      Left out, they stay as they are.
    - Refused are C(lo), another bridge, and an interface that carries addresses, the default route or the SSH connection, for as a port it would lose them.
  type: list
  elements: str
steal:
  description: Take O(ports) that belong to another bridge away from it. Without it that is an error.
  type: bool
  default: false
stp:
  description: Whether it speaks the spanning tree protocol. Where it does, a port takes twice O(forward_delay) until it forwards.
  type: bool
priority:
  description: Its priority in the spanning tree, from 0 to 65535; the lowest becomes the root.
  type: int
forward_delay:
  description: Seconds that a port listens, and then learns, before it forwards, from 2 to 30.
  type: int
hello_time:
  description: Seconds between two hello packets of the root, from 1 to 10.
  type: int
max_age:
  description: Seconds until a neighbour that is not heard of any more counts as gone, from 6 to 40.
  type: int
ageing_time:
  description: Seconds until a MAC address that was learnt is forgotten, from 0 to 1000000.
  type: int
mcast_snooping:
  description: Whether multicast goes only to the ports that asked for it.
  type: bool
vlan_filtering:
  description:
    - Whether ports are members of VLANs, and keep to them. Which, O(redblue.netns.veth#module:vlan) and O(redblue.netns.veth#module:vlans) say.
    - A kernel without it is refused, as far as it tells what it has.
  type: bool
vlan_default_pvid:
  description:
    - The VLAN of frames without a tag on a new port, from 0 (none) to 4094; the kernel's own default is 1.
    - Another one is passed on to the ports that have the old one.
  type: int
"""

_OF_NETNS_ROUTE = f"""\
{NETNS}\
destination:
  description:
    - A network as V(192.168.1.0/24), a single address, or V(default).
    - V(default) is of the family of O(gateway), O(nexthops) or O(source), and IPv4 where none of them tells; V(::/0) is always IPv6.
    - A network with bits set behind its length is refused.
  type: str
  required: true
gateway:
  description:
    - The neighbour to hand packets to. A link-local one needs O(device).
    - One that cannot be reached is refused, with the reason - no address on its network, the interface down, or an address of the namespace itself.
  type: str
device:
  description: The interface by which packets leave. Left out, the one on the network of O(gateway).
  type: str
metric:
  description:
    - Which of several routes to one destination counts; the lowest does.
    - Left out, 0 for IPv4 and 1024 for IPv6, where 0 means 1024.
  type: int
table:
  description: The routing table, from 1 to 4294967295. 254 is the main one.
  type: int
  default: 254
source:
  description: The address that packets of this namespace get as their own on this route. It must be one of its addresses.
  type: str
scope:
  description: How far away the destination is. IPv4 only.
  type: str
  choices:
    - global
    - site
    - link
    - host
type:
  description: V(unicast) leads somewhere. The others drop packets, and take neither O(gateway), O(device), O(onlink) nor O(nexthops).
  type: str
  choices:
    - unicast
    - blackhole
    - unreachable
    - prohibit
  default: unicast
onlink:
  description: Take O(gateway) for a neighbour on O(device) although no address says so. Needs O(device).
  type: bool
mtu:
  description: The largest packet on this route in bytes, from 68 to 65535.
  type: int
nexthops:
  description: Two or more neighbours that share the traffic. Excludes O(gateway) and O(device).
  type: list
  elements: dict
  suboptions:
    gateway:
      description: The neighbour to hand packets to. One of O(nexthops[].gateway) and O(nexthops[].device) is needed.
      type: str
    device:
      description: The interface by which packets leave.
      type: str
    weight:
      description: Its share of the traffic, from 1 to 256.
      type: int
      default: 1
    onlink:
      description: Take the gateway for a neighbour although no address says so.
      type: bool
      default: false
force:
  description: Replace a route of the same O(destination), O(table) and O(metric) that somebody else made. Without it that is an error.
  type: bool
  default: false
"""

_OF_MASQUERADE = f"""\
{NETNS}\
source:
  description:
    - The networks whose traffic leaves under another address, of both families. One string will do.
    - Refused are a network with bits set behind its length, and one that is everybody (V(0.0.0.0/0), V(::/0)).
    - The interface that leads to such a network is found when this runs, and gets its forwarding then. So it has to be there, with an address of that
      network or a route to it.
  type: list
  elements: str
  required: true
out_interface:
  description: Only what leaves by this interface. Left out, every way out but the source network's own interface.
  type: str
destination_except:
  description: Networks that are reached under the sender's own address. One string will do.
  type: list
  elements: str
to_source:
  description: A fixed address to leave under, instead of that of the interface by which a packet leaves.
  type: str
{_BACKEND}\
{_INTEGRATE}\
"""

_OF_DNAT = f"""\
{NETNS}\
protocol:
  description: The protocol whose port is forwarded.
  type: str
  choices:
    - tcp
    - udp
    - sctp
  default: tcp
destination_port:
  description:
    - The port, or a range as V(8000:8010) or V(8000-8010). A number will do. Ports are from 1 to 65535, and never names.
    - Refused is a range that overlaps another forward, and the port by which the SSH connection of the very task comes.
  type: str
  required: true
to_destination:
  description:
    - Where it leads - V(ADDRESS), V(ADDRESS:PORT), or V(ADDRESS:FIRST-LAST) with as many ports as O(destination_port), mapped one to one.
    - An IPv6 address with a port is in brackets, as V([fd00:15::2]:80). Without a port, the port stays the same. Never a loopback address.
    - The interface that leads there is found when this runs, and gets its forwarding then, so it has to be there.
    - Required, except to remove a forward. Without it a forward is removed in both families, unless O(destination) or O(source) tells which.
  type: str
in_interface:
  description: Only what comes in by this interface. Left out, by any but the target's own (O(hairpin) is for that).
  type: str
destination:
  description: Only what is sent to this address. Left out, to any address of the host (or of O(netns)); what just passes through is never meant.
  type: str
source:
  description: Only what comes from these networks. One string will do.
  type: list
  elements: str
hairpin:
  description: Also what comes from the target's own network. It then sees the host as the sender.
  type: bool
  default: false
from_host:
  description: Also what the host (or O(netns)) sends to its own addresses. Addresses in C(127.0.0.0/8) and C(::1) are never forwarded.
  type: bool
  default: true
force:
  description:
    - Forward the port although the host (or O(netns)) listens on it itself, which hears nobody any more then. What listens on a loopback
      address is not concerned.
    - Or although rules of somebody else, of iptables or nftables, forward that port already; which of the two a packet meets first is then
      not for this collection to say.
    - The port of the SSH connection by which the task came is refused all the same.
  type: bool
  default: false
{_BACKEND}\
{_INTEGRATE}\
"""


_HOW = """\
protocol:
  description:
    - What is sent. V(icmp) is an echo (in IPv6 of ICMPv6), V(tcp) a connection, V(udp) a datagram, V(http) the request of a page, and V(dns) a question
      to a name server, by UDP.
    - Left out, V(tcp) where O(port) is given, else V(icmp).
  type: str
  choices:
    - icmp
    - tcp
    - udp
    - http
    - dns
port:
  description:
    - The port. Required for V(tcp) and V(udp); left out, 80 for V(http) and 53 for V(dns).
    - 0 is any port that is free, and needs that the probe itself listens.
  type: int
family:
  description:
    - Which address of a namespace is asked. Left out, the first that lies in a network of who asks; else the first of a family that both have. IPv4
      comes before IPv6.
    - For the other family, list the probe once more.
  type: str
  choices:
    - ipv4
    - ipv6
expect:
  description:
    - Whether it has to be reached. What connects, or is answered at all, counts as reached, be the answer right or wrong.
    - Where nothing could be sent, or nobody could listen, the probe shows nothing, and is not as expected either way.
  type: str
  choices:
    - reachable
    - unreachable
  default: reachable
count:
  description:
    - How many packets are sent, or connections made, from 1 to 1000, one each tenth of a second. One that is answered is enough to be reached;
      the result tells how many were.
    - Nothing is tried again that is not counted.
  type: int
  default: 1
timeout:
  description:
    - Seconds to wait for the answer to each packet, or for a connection and what is said over it, from 0.01 to 60.
    - The kernel asks twice in the default time for a MAC address, and for a connection.
  type: float
  default: 1.25
path_mtu:
  description:
    - Find the largest packet that arrives in one piece, in bytes with its IP header, if the probe is answered. V(icmp) only.
    - Where a router on the way does not tell it, as one should, it is found by trying.
  type: bool
  default: false
listen:
  description:
    - Listen on O(port) of the namespace that is asked, for as long as the probes take, and count as reached only if that is who answers. So a
      way is proved before there is a service. V(tcp), V(udp) and V(http) only.
    - Where somebody listens on that port already, it is left to him, and whatever answer will do.
  type: bool
  default: false
payload:
  description: Text to send, by V(tcp) once it is connected. At most 1400 bytes. V(tcp) and V(udp) only.
  type: str
answer:
  description:
    - Text that has to be in what is answered; for V(http) in the page, and for V(dns) one of the records. Not for V(icmp).
    - Left out, a connection will do for V(tcp), and any answer for the others.
  type: str
path:
  description: The page to ask for. V(http) only, and there V(/) if left out.
  type: str
host:
  description: The name of the host to ask for a page of (the C(Host) header). V(http) only; left out, the address.
  type: str
status:
  description: The statuses that will do. V(http) only, and there V([200]) if left out.
  type: list
  elements: int
query:
  description: The name to look up. V(dns) only, and required there.
  type: str
record:
  description: The type of the records to look up. At least one has to be there. V(dns) only, and there V(A) if left out.
  type: str
  choices:
    - A
    - NS
    - CNAME
    - SOA
    - PTR
    - MX
    - TXT
    - AAAA
    - SRV
"""

_OF_PROBE = f"""\
name:
  description: What to call it in messages.
  type: str
netns:
  description:
    - Where it starts - the name of a namespace, or the path of a namespace's file, as V(/proc/4711/ns/net). Left out, the host.
  type: str
to:
  description:
    - Whom it asks - an address, or a namespace by its name or by the path of its file, whose addresses are looked up when it is asked (see O(family)).
    - A link-local address needs O(interface).
  type: str
  required: true
source:
  description: The address to ask from. Left out, the kernel chooses.
  type: str
interface:
  description: The interface to ask by, whatever the routes say.
  type: str
{_HOW}\
listen_at:
  description:
    - As O(listen), in another place than is asked - for a port that is forwarded, where it leads.
  type: dict
  suboptions:
    netns:
      description: The namespace to listen in, or the path of its file. Left out, the host.
      type: str
    address:
      description: The address to listen on. Left out, the one that is asked.
      type: str
    port:
      description: The port to listen on. Left out, the one that is asked. 0 is any that is free.
      type: int
"""

_OF_MATRIX = f"""\
netns:
  description: The namespaces, by their names or the paths of their files. Either this or O(lab).
  type: list
  elements: str
lab:
  description: All namespaces that bear the mark of the topology of this name.
  type: str
with_host:
  description: The host asks and is asked too.
  type: bool
  default: false
{_HOW}\
"""


def _below(path: str, text: str) -> str:
    """Options as the suboptions of another, what refers to one of them included."""
    return re.sub(r"O\((?=[a-z_.\[\]]+\))", f"O({path}.", indent(text, "    "))


def _items(name: str, text: str, what: str) -> str:
    head = f"{name}:\n  description: {what}, each with the options of M(redblue.netns.{name}).\n"
    return f"{head}  type: list\n  elements: dict\n  suboptions:\n{_below(f'{name}[]', text)}"


def _patterns() -> str:
    kinds = (
        "netns",
        "linux_bridge",
        "veth",
        "netns_link",
        "netns_route",
        "masquerade",
        "dnat",
        "probes",
    )
    return indent(
        "".join(
            f"{kind}:\n  description: Patterns of O({kind}).\n  type: list\n  elements: dict\n"
            for kind in kinds
        ),
        "    ",
    )


def _fragment(text: str) -> str:
    return "options:\n" + indent(text, "  ")


_OF_VETH = f"""\
{_OF_END}\
peer:
  description: The other end, with the same options as this one. Required, except to remove a pair.
  type: dict
  suboptions:
{_below("peer", _OF_END)}\
"""

_OF_TOPOLOGY = f"""\
name:
  description:
    - The name of the topology. What it makes is marked with it, and so is found again.
    - At most 64 bytes of letters, digits, C(_), C(.) and C(-), beginning with a letter or a digit.
    - Required, here or in the file of O(src).
  type: str
{_items("netns", _OF_NETNS, "Its namespaces")}\
{_items("linux_bridge", _OF_LINUX_BRIDGE, "Its bridges")}\
{_items("veth", _OF_VETH, "Its cables, in the order in which their interfaces come in a namespace")}\
{_items("netns_link", OF_NETNS_LINK, "Its other links")}\
{_items("netns_route", _OF_NETNS_ROUTE, "Its routes")}\
{_items("masquerade", _OF_MASQUERADE, "Its networks that leave under the host's address")}\
{_items("dnat", _OF_DNAT, "Its port forwards")}\
range:
  description:
    - One item for many. Each entry has lists like those of the topology, in whose strings a pattern counts from O(range[].first).
    - "C({{n}}) is the number itself, C({{n:03}}) the same in three digits, C({{8000+n}}) the number so many later (a port), and
      C({{10.0.0.0+n}}) the address so many later, of either family. Without a plus, and in what is no string, nothing is counted."
    - An error names the entry and the number, as C(range[0]{{n=17}}.veth[0].name).
  type: list
  elements: dict
  suboptions:
    first:
      description: The first number.
      type: int
      default: 1
    count:
      description: How many numbers, at most 100000.
      type: int
      required: true
{_patterns()}\
backend:
  description:
    - What holds the rules of all O(masquerade) and O(dnat). An item may say the same, or nothing.
    - V(auto) is what holds rules of this collection in a namespace already, else V(nftables) where it works, else V(iptables).
  type: str
  choices:
    - auto
    - nftables
    - iptables
  default: auto
{_INTEGRATE}\
isolate:
  description:
    - Let nobody into the lab but by what it publishes with O(dnat), and nothing out of it but by its O(masquerade). What the host itself
      serves stays open to the lab, and the lab to the host.
    - This is about forwarding by the host, so it concerns the interfaces of the topology that lie on the host and have addresses. Other labs
      and whoever routes to the lab's networks are dropped on the forward path; what comes from elsewhere with an address of the lab's
      networks as its source is dropped before that; and what leaves the lab has to have a source that is masqueraded.
    - An interface that is listed, but was not made by this topology, is not isolated.
    - V(false) takes it back.
  type: bool
  default: true
probes:
  description:
    - What is asked when all stands, each with the options of M(redblue.netns.netns_probe), all at once - whether packets arrive, and whether they do not.
    - They are asked where nothing is to be done too. In check mode the RV(actions) say what would be asked, and with O(state=absent) nothing is.
    - If one is not as expected, the task fails, and what it did is undone (see O(rollback_on)).
  type: list
  elements: dict
  suboptions:
{_below("probes[]", _OF_PROBE)}\
rollback_on:
  description:
    - Of which failures what this run has done is undone - V(error) that something does not work, V(probe) that one of O(probes) is not as expected.
    - After one that is not named everything stays as it is then, for a look.
  type: list
  elements: str
  choices:
    - error
    - probe
  default:
    - error
    - probe
purge:
  description:
    - Remove what an earlier run of the same O(name) made and this one does not list any more - namespaces with all that is in them, interfaces,
      routes and rules.
    - An interface of its own that is of another kind than the one wanted in its place, or an end of another cable, is removed before that is made.
    - To find them, every namespace of the host is looked into, as it is for O(state=absent).
    - Without it such things stay, and are returned as RV(left_alone).
  type: bool
  default: false
src:
  description:
    - A file, JSON or YAML, with any of these options but O(src) and O(remote_src). Thousands of items are handed over faster so than in the task.
    - A path on the controller, sought as M(ansible.builtin.copy) seeks its own; a vaulted file will do. Templates in it are not filled in.
    - What stands in the file and in the task must be the same in both.
  type: path
remote_src:
  description: O(src) is a path on the target, where YAML can be read only with PyYAML.
  type: bool
  default: false
"""

_OF_NETNS_PROBE = f"""\
probes:
  description: What is asked, and of whom. Needed is at least this or O(matrix).
  type: list
  elements: dict
  suboptions:
{_below("probes[]", _OF_PROBE)}\
matrix:
  description: Everyone asks everyone else, after O(probes).
  type: dict
  suboptions:
{_below("matrix", _OF_MATRIX)}\
fail_on_unexpected:
  description: Fail if a probe is not as expected. Otherwise RV(ok) says it.
  type: bool
  default: true
"""


class ModuleDocFragment:
    """One for each module. Annotated, for the yamllint of ansible-test expects a plain assignment here to be of a literal string."""

    NETNS: str = _fragment(_OF_NETNS)
    VETH: str = _fragment(_OF_VETH)
    LINUX_BRIDGE: str = _fragment(_OF_LINUX_BRIDGE)
    NETNS_LINK: str = _fragment(OF_NETNS_LINK)
    NETNS_ROUTE: str = _fragment(_OF_NETNS_ROUTE)
    MASQUERADE: str = _fragment(_OF_MASQUERADE)
    DNAT: str = _fragment(_OF_DNAT)
    TOPOLOGY: str = _fragment(_OF_TOPOLOGY)
    NETNS_PROBE: str = _fragment(_OF_NETNS_PROBE)
