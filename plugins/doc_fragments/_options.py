# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of each resource, for its own module and for the items of topology.

They are composed in the same way as the argument specifications in plugins/module_utils.
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
    - Other firewalls on the host in which to allow the traffic. In nftables and iptables an accept
      ends only the chain that contains it. Another chain can still drop the packet. So if another
      firewall drops forwarded traffic, that firewall needs a rule too.
    - V(docker) adds rules to Docker's chain C(DOCKER-USER), if the chain exists and is called. The
      chain is never created. If Docker drops traffic and has no such chain, as old versions do for
      IPv6, the rules are added to C(FORWARD).
    - V(firewalld) adds the interface to the zone C(trusted), at run time and permanently, because a
      reload loses the run-time configuration.
    - V(ufw) adds rules to ufw's chain for user-defined routes. C(ufw reload) empties that chain,
      and the next run adds them again.
    - V(forward) adds rules to the forward chains that drop traffic by their policy or by their last
      rule. These may be chains of nftables, of iptables, or of iptables' legacy kernel interface.
    - Only traffic that the rules of this collection allow is allowed there, in IPv4 and in IPv6.
      All these rules have the label of this collection (for firewalld, the interface in the zone is
      the label). No rule of another program is changed. The rules are removed together with the
      object that they were added for.
    - Firewalls that are listed and not installed are skipped. A firewall that drops forwarded
      traffic and is not listed is reported in a warning.
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
    - The packet filter that holds the rules.
    - V(auto) is the one that already holds rules of this collection in that namespace, otherwise
      V(nftables) if it works, otherwise V(iptables).
    - All rules of a namespace are in the same backend. Selecting the other backend moves them.
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
    - At most 64 bytes of letters, digits, C(_), C(.) and C(-), beginning with a letter or a digit.
      A path is refused.
  type: str
  required: true
sysctls:
  description:
    - Kernel parameters (sysctls) inside the namespace. Keys are names such as
      V(net.ipv4.ip_forward), values are numbers or strings. Only parameters under C(net.) are
      allowed.
    - A value must be written as the kernel prints it, for example V(1) instead of V(01). A value
      that the kernel prints differently is an error. The ports of
      C(net.ipv4.ip_local_reserved_ports) may be in any order.
    - Parameters that cannot be read, such as C(net.ipv4.route.flush), have no state and are
      refused.
    - Parameters that are not listed stay as they are.
    - In a topology, the parameters of an interface, and those of C(default) for interfaces without
      their own, count instead of what this collection sets by itself - C(accept_ra), C(accept_dad)
      and C(addr_gen_mode). An interface that accepts router advertisements has a link-local
      address.
    - A value that the masquerading or port forwarding of the same task cannot work with, such as
      V(0) for C(net.ipv6.conf.all.forwarding), is refused. So is a parameter that the kernel has
      for the whole host, and a value that it does not take. Check mode refuses them too. With Linux
      before 5.12 it does not try values.
  type: dict
nameservers:
  description:
    - Addresses of DNS servers. They are written to C(/etc/netns/NAME/resolv.conf), which C(ip netns
      exec) bind mounts over C(/etc/resolv.conf).
    - If O(nameservers) or O(search) is given, the file contains exactly these values. If neither is
      given, the file stays as it is. A file that this collection did not write is replaced only
      with O(force=true). A file that it wrote is removed with the namespace.
  type: list
  elements: str
search:
  description: DNS search domains, written to the same file as O(nameservers).
  type: list
  elements: str
force:
  description:
    - Remove the namespace even if processes run in it, or if it contains interfaces without a label
      of this collection. When a topology is removed, also remove a namespace that contains
      interfaces without the label of that topology. Processes run on, without the interfaces.
    - With O(nameservers) or O(search), replace a file that this collection did not write.
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
    - The namespace of this end, which must exist. If omitted, the host. An empty string is refused.
    - If the same veth pair exists with this end still on the host, the end is moved into the
      namespace. If this collection did not create the pair, and the end is in use, that is an error
      without C(force).
  type: str
{ADDRESSES}\
{PORT}{VRF}{LINK}{QUEUE}\
queues:
  description:
    - The number of receive queues, and of transmit queues, from 1 to 4096. The default for a new
      veth pair is 1. The kernel's own default would be one for each processor. More queues are
      useful for XDP programs on the interface.
    - The number cannot be changed later. Another number for an existing veth pair is refused.
  type: int
{ARP}\
spoofchk:
  description:
    - Whether only frames with the MAC address of the other end are accepted on this port. Other
      frames from the namespace are dropped, as a physical function does it for its virtual
      functions. Requires O(bridge), and C(nft) with the kernel's C(bridge) family.
    - Only the MAC address of the frame is checked. Packets with a source IP address that is not
      from the lab's networks do not leave an isolated topology in any case.
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
    - The ports of the bridge, as names of existing interfaces in the same namespace. The complete
      set. Other ports are removed from the bridge, and V([]) removes all. If omitted, the ports
      stay as they are.
    - Refused are C(lo), another bridge, and an interface that carries addresses or the default
      route, because it would lose them as a port.
    - A topology moves the addresses of an interface to a bridge if it lists the interface with that
      bridge and V([]) as its addresses, the bridge with the addresses, and the default route.
  type: list
  elements: str
steal:
  description: >-
    Take O(ports) away from another bridge. Otherwise a port of another bridge is an error.
  type: bool
  default: false
force:
  description: >-
    Remove addresses even if the kernel then removes routes that were not created by this
    collection, such as routes with one of the addresses as their source.
  type: bool
  default: false
stp:
  description: >-
    Whether the bridge uses the spanning tree protocol (STP). With STP a port begins to forward
    after twice O(forward_delay).
  type: bool
priority:
  description: >-
    The priority of the bridge in the spanning tree, from 0 to 65535. The bridge with the lowest
    value becomes the root.
  type: int
forward_delay:
  description: >-
    The seconds that a port spends in the listening state, and then in the learning state, from 2 to
    30.
  type: int
hello_time:
  description: The interval in seconds between hello packets of the root bridge, from 1 to 10.
  type: int
max_age:
  description: >-
    The seconds without a hello packet after which a neighbouring bridge is considered dead, from 6
    to 40.
  type: int
ageing_time:
  description: The seconds after which a learned MAC address is forgotten, from 0 to 1000000.
  type: int
mcast_snooping:
  description: >-
    Whether multicast is forwarded only to ports that requested it (IGMP and MLD snooping).
  type: bool
vlan_filtering:
  description:
    - Whether the bridge filters VLANs. O(redblue.netns.veth#module:vlan) and
      O(redblue.netns.veth#module:vlans) set the VLANs of a port.
    - If the kernel lacks VLAN filtering, the task fails before anything is changed, as far as this
      can be determined in advance.
  type: bool
vlan_default_pvid:
  description:
    - The VLAN of untagged frames on a new port (default PVID), from 0 (none) to 4094. The kernel's
      default is 1.
    - When the value changes, ports that have the old value get the new one.
  type: int
"""

_OF_NETNS_ROUTE = f"""\
{NETNS}\
destination:
  description:
    - The destination, as a network such as V(192.168.1.0/24), as a single address, or as
      V(default).
    - V(default) has the family of O(gateway), O(nexthops) or O(source). If none of them is given,
      it is IPv4. V(::/0) is always IPv6.
    - A network with host bits set is refused.
  type: str
  required: true
gateway:
  description:
    - The gateway (next hop). A link-local address requires O(device).
    - A gateway that cannot be reached is refused. The error names the reason, which can be that no
      interface has an address in its network, that the interface is down, or that the address
      belongs to the namespace itself.
  type: str
device:
  description: The outgoing interface. If omitted, the interface in the network of O(gateway).
  type: str
metric:
  description:
    - The metric. Among several routes to one destination, the route with the lowest metric is used.
    - If omitted, 0 for IPv4 and 1024 for IPv6. For IPv6, 0 means 1024.
  type: int
table:
  description: The routing table, from 1 to 4294967295. 254 is the main table.
  type: int
  default: 254
source:
  description: >-
    The preferred source address for packets that this namespace sends on this route. It must be one
    of its addresses.
  type: str
scope:
  description: The scope of the route. IPv4 only.
  type: str
  choices:
    - global
    - site
    - link
    - host
type:
  description: >-
    The type of the route. V(unicast) forwards packets. The other types drop them, and accept
    neither O(gateway), O(device), O(onlink) nor O(nexthops).
  type: str
  choices:
    - unicast
    - blackhole
    - unreachable
    - prohibit
  default: unicast
onlink:
  description: >-
    Treat O(gateway) as directly reachable on O(device) even if no address of O(device) is in its
    network. Requires O(device).
  type: bool
mtu:
  description: The MTU (largest packet) of the route in bytes, from 68 to 65535.
  type: int
nexthops:
  description: >-
    Two or more next hops that share the traffic (multipath route). Excludes O(gateway) and
    O(device).
  type: list
  elements: dict
  suboptions:
    gateway:
      description: >-
        The gateway of this next hop. O(nexthops[].gateway) or O(nexthops[].device) is required.
      type: str
    device:
      description: The outgoing interface.
      type: str
    weight:
      description: The share of the traffic, from 1 to 256.
      type: int
      default: 1
    onlink:
      description: Treat the gateway as directly reachable even if no address is in its network.
      type: bool
      default: false
force:
  description:
    - Replace a route with the same O(destination), O(table) and O(metric) that was not created by
      this collection. Otherwise such a route is an error.
    - Add a route on the host that takes packets away from its default gateway, or from most of the
      internet, such as V(0.0.0.0/1).
    - What would cut off the SSH connection of this task is refused even with V(true).
  type: bool
  default: false
"""

_OF_MASQUERADE = f"""\
{NETNS}\
source:
  description:
    - The source networks whose traffic is masqueraded, IPv4 and IPv6. A single network may be given
      as a string.
    - A network with host bits set is refused, and so are the networks that contain every address
      (V(0.0.0.0/0), V(::/0)).
    - The interface that leads to such a network is looked up when the task runs, and forwarding is
      enabled on it then. So the interface must already exist, with an address in that network or a
      route to it.
  type: list
  elements: str
  required: true
out_interface:
  description: >-
    Masquerade only traffic that leaves through this interface. If omitted, traffic that leaves
    through any interface except the interface of the source network.
  type: str
destination_except:
  description: >-
    Destination networks to which traffic is not masqueraded. A single network may be given as a
    string.
  type: list
  elements: str
to_source:
  description: >-
    A fixed source address (SNAT) to use instead of the address of the outgoing interface.
  type: str
{_BACKEND}\
{_INTEGRATE}\
"""

_OF_DNAT = f"""\
{NETNS}\
protocol:
  description: The protocol of the forwarded port.
  type: str
  choices:
    - tcp
    - udp
    - sctp
  default: tcp
destination_port:
  description:
    - The port, or a range such as V(8000:8010) or V(8000-8010). A number is accepted too. Ports are
      from 1 to 65535. Service names are refused.
    - A range that overlaps another port forward is refused, and so is the port of the SSH
      connection of this task.
  type: str
  required: true
to_destination:
  description:
    - The target, as V(ADDRESS), V(ADDRESS:PORT), or V(ADDRESS:FIRST-LAST) with as many ports as
      O(destination_port). The ports of a range are mapped one to one.
    - An IPv6 address with a port is written in brackets, such as V([fd00:15::2]:80). Without a
      port, the port stays the same. A loopback address is refused.
    - The interface that leads to the target is looked up when the task runs, and forwarding is
      enabled on it then. So the interface must already exist.
    - Required, except to remove a port forward. Without it, the port forward is removed for both
      families, unless O(destination) or O(source) determines the family.
  type: str
in_interface:
  description: >-
    Forward only traffic that enters through this interface. If omitted, traffic that enters through
    any interface except the target's own, for which O(hairpin) exists.
  type: str
destination:
  description: >-
    Forward only traffic to this address. If omitted, traffic to any address of the host (or of
    O(netns)). Traffic that only passes through the host is never forwarded to the target.
  type: str
source:
  description: Forward only traffic from these networks. A single network may be given as a string.
  type: list
  elements: str
hairpin:
  description: >-
    Also forward traffic from the target's own network (hairpin NAT). The target then sees the host
    as the sender.
  type: bool
  default: false
from_host:
  description: >-
    Also forward traffic that the host (or O(netns)) sends to its own addresses. Addresses in
    C(127.0.0.0/8) and C(::1) are never forwarded.
  type: bool
  default: true
force:
  description:
    - Forward the port even if a program on the host (or in O(netns)) listens on it. That program
      then receives no connections. A program that listens on a loopback address is not affected.
    - Forward the port even if other iptables or nftables rules, not of this collection, already
      forward it. Which of the two rules a packet meets first is then undefined.
    - Rules of others are followed from the hook through all their chains, sets and maps, in
      nftables and in both variants of iptables, for example those of Docker, Podman, CNI plugins,
      Kubernetes, firewalld, Incus and LXD. Where a rule has a condition that cannot be evaluated,
      such as a mark or an address list that expires, the message says that it may forward the port,
      and names its chain and table.
    - The port of the SSH connection of this task is refused even with V(true).
  type: bool
  default: false
{_BACKEND}\
{_INTEGRATE}\
"""


_HOW = """\
protocol:
  description:
    - What the probe sends. V(icmp) is an echo request (ICMPv6 for IPv6), V(tcp) a connection,
      V(udp) a datagram, V(http) the request of a page, and V(dns) a query to a name server over
      UDP.
    - If omitted, V(tcp) if O(port) is given, otherwise V(icmp).
  type: str
  choices:
    - icmp
    - tcp
    - udp
    - http
    - dns
port:
  description:
    - The port. Required for V(tcp) and V(udp). If omitted, 80 for V(http) and 53 for V(dns).
    - V(0) means any free port, and requires that the probe itself listens.
  type: int
family:
  description:
    - The address family of the target namespace. If omitted, the probe uses the target's first
      address that is in a network of the source, otherwise the first address of a family that both
      have. IPv4 comes before IPv6.
    - To test the other family as well, list the probe again.
  type: str
  choices:
    - ipv4
    - ipv6
expect:
  description:
    - Whether the target must be reached. A target that accepts the connection, or answers at all,
      counts as reached, whether the answer is right or wrong.
    - If nothing could be sent, or the listener could not be started, the probe proves nothing. It
      is then not as expected with either value.
  type: str
  choices:
    - reachable
    - unreachable
  default: reachable
count:
  description:
    - The number of packets to send, or of connections to open, from 1 to 1000, with an interval of
      a tenth of a second. The target counts as reached if one of them is answered. The result has
      the number of answers.
    - There are no retries in addition to this number.
  type: int
  default: 1
timeout:
  description:
    - The seconds to wait for the answer to each packet, or for a connection and the data that is
      exchanged over it, from 0.01 to 60.
    - In the default time the kernel sends two ARP requests (or neighbour solicitations), and two
      TCP SYN packets.
  type: float
  default: 1.25
path_mtu:
  description:
    - Determine the path MTU, which is the largest packet that arrives unfragmented, in bytes with
      the IP header. This requires that the probe is answered. V(icmp) only.
    - If a router on the path does not report its MTU, as it should, the path MTU is found by
      trying.
  type: bool
  default: false
listen:
  description:
    - Listen on O(port) in the target namespace while the probes run. The target counts as reached
      only if this listener answers. So a path can be tested before the service exists. V(tcp),
      V(udp) and V(http) only.
    - If another program already listens on that port, the probe does not listen, and any answer
      counts.
  type: bool
  default: false
payload:
  description: >-
    Text to send. With V(tcp) it is sent once the connection is open. At most 1400 bytes. V(tcp) and
    V(udp) only.
  type: str
answer:
  description:
    - Text that the answer must contain. For V(http) it must be in the page, and for V(dns) it must
      be one of the records. Not for V(icmp).
    - If omitted, a connection is sufficient for V(tcp), and any answer for the other protocols.
  type: str
path:
  description: The path of the page to request. V(http) only. If omitted, V(/).
  type: str
host:
  description: The C(Host) header of the request. V(http) only. If omitted, the address.
  type: str
status:
  description: The HTTP status codes that are accepted. V(http) only. If omitted, V([200]).
  type: list
  elements: int
query:
  description: The name to look up. V(dns) only, and required there.
  type: str
record:
  description: >-
    The type of the records to look up. The answer must contain at least one. V(dns) only. If
    omitted, V(A).
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
  description: A name for the probe, which is used in messages.
  type: str
netns:
  description:
    - The source of the probe, as the name of a namespace, or as the path of a namespace file such
      as V(/proc/4711/ns/net). If omitted, the host.
  type: str
to:
  description:
    - The target of the probe, as an address, or as a namespace (its name or the path of its file).
      The addresses of a namespace are looked up when the probe runs (see O(family)).
    - A link-local address requires O(interface).
  type: str
  required: true
source:
  description: The source address. If omitted, the kernel chooses.
  type: str
interface:
  description: The outgoing interface, regardless of the routes.
  type: str
{_HOW}\
listen_at:
  description:
    - Like O(listen), in another place than the target. For a forwarded port, this is the place to
      which the port is forwarded.
  type: dict
  suboptions:
    netns:
      description: >-
        The namespace in which to listen (its name or the path of its file). If omitted, the host.
      type: str
    address:
      description: The address on which to listen. If omitted, the address of the target.
      type: str
    port:
      description: >-
        The port on which to listen. If omitted, the port of the target. 0 means any free port.
      type: int
"""

_OF_MATRIX = f"""\
netns:
  description: >-
    The namespaces, by their names or the paths of their files. Either this option or O(lab) is
    required.
  type: list
  elements: str
lab:
  description: All namespaces that have the label of the topology of this name.
  type: str
with_host:
  description: Whether the host is part of the matrix too, as a source and as a target.
  type: bool
  default: false
{_HOW}\
"""


def _below(path: str, text: str) -> str:
    """Options as suboptions of the option at `path`, including references between them."""
    return re.sub(r"O\((?=[a-z_.\[\]]+\))", f"O({path}.", indent(text, "    "))


def _items(name: str, text: str, what: str) -> str:
    head = f"{name}:\n  description: {what} Each item has the options of M(redblue.netns.{name}).\n"
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
            f"{kind}:\n  description: Templates for O({kind}).\n  type: list\n  elements: dict\n"
            for kind in kinds
        ),
        "    ",
    )


def _fragment(text: str) -> str:
    return "options:\n" + indent(text, "  ")


_OF_VETH = f"""\
{_OF_END}\
peer:
  description: >-
    The other end, with the same options as this end. Required, except to remove a veth pair.
  type: dict
  suboptions:
{_below("peer", _OF_END)}\
force:
  description:
    - Move an end of a veth pair that this collection did not create even if it has addresses,
      routes, a master or other links on it, which it loses. It is marked as moved, and is given
      back to the host with its settings and addresses, but without routes, when it is removed.
    - Take over such an end that is in a namespace of the topology already, so that it is removed
      with the namespace.
    - Remove addresses even if the kernel then removes routes that were not created by this
      collection, such as routes with one of the addresses as their source.
  type: bool
  default: false
"""

_OF_TOPOLOGY = f"""\
name:
  description:
    - The name of the topology. Objects that it creates are labelled with this name, and are found
      again by it.
    - At most 64 bytes of letters, digits, C(_), C(.) and C(-), beginning with a letter or a digit.
    - Required, either here or in the file of O(src).
  type: str
{_items("netns", _OF_NETNS, "The namespaces.")}\
{_items("linux_bridge", _OF_LINUX_BRIDGE, "The bridges.")}\
{_items("veth", _OF_VETH, "The veth pairs, in the order of their interfaces in a namespace.")}\
{_items("netns_link", OF_NETNS_LINK, "Other links.")}\
{_items("netns_route", _OF_NETNS_ROUTE, "The routes.")}\
{_items("masquerade", _OF_MASQUERADE, "Networks to masquerade (source NAT).")}\
{_items("dnat", _OF_DNAT, "Port forwards (destination NAT).")}\
range:
  description:
    - Generates many items from templates. Each entry has lists like the lists of the topology.
      Strings in them may contain patterns, in which C(n) counts from O(range[].first).
    - "C({{n}}) is the number itself. C({{n:03}}) is the number with three digits. C({{8000+n}}) is
      the sum of 8000 and the number (a port, for example). C({{10.0.0.0+n}}) is the address plus
      the number, for both families. A start value requires the plus. Patterns are replaced in
      strings only."
    - An error names the entry and the number, such as C(range[0]{{n=17}}.veth[0].name).
  type: list
  elements: dict
  suboptions:
    first:
      description: The first number.
      type: int
      default: 1
    count:
      description: How many numbers to count, at most 100000.
      type: int
      required: true
{_patterns()}\
backend:
  description:
    - The packet filter that holds the rules of all O(masquerade) and O(dnat) items. An item may
      omit its C(backend) or give the same value.
    - V(auto) is the one that already holds rules of this collection in a namespace, otherwise
      V(nftables) if it works, otherwise V(iptables).
  type: str
  choices:
    - auto
    - nftables
    - iptables
  default: auto
{_INTEGRATE}\
isolate:
  description:
    - Whether to isolate the lab. Traffic then enters the lab only through the port forwards of
      O(dnat), and leaves it only through O(masquerade). Traffic between the lab and the host itself
      stays allowed in both directions, unless O(host_access) limits it.
    - Isolation is about traffic that the host forwards. It applies to the interfaces of the
      topology that are on the host and have addresses. On the forward path, traffic from other
      labs, and from anyone who routes to the lab's networks, is dropped. Traffic from elsewhere
      with a source address in the lab's networks is dropped even before that. Traffic that leaves
      the lab must have a source address that is masqueraded.
    - An interface that is listed, but was not created by this topology, is not isolated.
    - The host itself drops what a namespace sends it with a source address that the host does not
      reach by the interface of the lab, such as that of a host of the LAN.
    - V(false) removes the isolation.
  type: bool
  default: true
host_access:
  description:
    - What the lab may reach of the host itself, by any address of the host. These are its addresses
      on the lab's and on all other interfaces, broadcast and multicast addresses included.
    - V(all) does not limit it. V(none) drops everything, replies to the host as well, so that the
      host cannot connect to the lab either. V(established) allows replies to connections that the
      host began, and nothing else; a connection that the lab began before is cut off.
    - A list of ports allows connections to these ports, and replies. A port is a number or a range,
      with or without a protocol, for example V(53), V(53/udp), V(8000-8010/tcp). Without a protocol
      it is a port of TCP and of UDP. The item V(icmp) allows echo requests (ping).
    - The lab still reaches other networks through the host, by O(masquerade), and published ports
      of other labs. Neighbour discovery of IPv6 always passes. ARP is not IP, and a DHCP server on
      the host reads packets before any packet filter; list V(67/udp) for one that does not.
    - It applies to the interfaces of the topology that are on the host, with or without addresses.
      A bridge that this topology did not create cannot be limited, and the task fails if the lab
      has a port there. Namespaces that have a link of another kind into the LAN, such as a macvlan,
      reach the host through it as any host of the LAN does.
    - Other packet filters of the host still apply. What they drop stays dropped.
  type: list
  elements: str
  default: [all]
probes:
  description:
    - Probes to run at the end, each with the options of M(redblue.netns.netns_probe_info). They
      test whether packets arrive, or that they do not. All probes run at the same time.
    - The probes also run when nothing had to be changed. In check mode RV(actions) list the probes
      that would run. With O(state=absent) no probe runs.
    - If a probe is not as expected, the task fails, and its changes are rolled back (see
      O(rollback_on)).
  type: list
  elements: dict
  suboptions:
{_below("probes[]", _OF_PROBE)}\
rollback_on:
  description:
    - The failures after which the changes of this run are rolled back. V(error) is any error.
      V(probe) is a probe of O(probes) that is not as expected.
    - After a failure that is not listed, everything stays as it is at that moment, for inspection.
  type: list
  elements: str
  choices:
    - error
    - probe
  default:
    - error
    - probe
force:
  description:
    - Do what the option C(force) of each item permits, for all items and for all that is removed.
      In particular remove namespaces in which processes run, and replace routes and resolver
      configurations that this collection did not make.
    - No other topology is changed or removed, and the SSH connection of the task is never cut off.
  type: bool
  default: false
purge:
  description:
    - Remove objects that an earlier run with the same O(name) created and that are no longer
      listed. These are namespaces with everything in them, interfaces, routes and rules.
    - If an interface of the topology has another type than the interface that is wanted in its
      place, or is an end of another veth pair, it is removed before the new interface is created.
    - To find these objects, every namespace of the host is inspected, as with O(state=absent).
    - Without this option such objects stay, and are returned as RV(left_alone).
  type: bool
  default: false
src:
  description:
    - A JSON or YAML file with any of these options except O(src), O(remote_src) and O(persist).
      Thousands of items are transferred faster in a file than in the task.
    - The file is a path on the controller, found in the same way as by M(ansible.builtin.copy). It
      may be encrypted with Ansible Vault. Templates in it are not rendered.
    - An option that is given in the file and in the task must have the same value in both.
    - It must be a regular file of at most 64 MiB.
  type: path
remote_src:
  description:
    - Whether O(src) is a path on the managed host. Reading YAML there requires PyYAML.
    - The file must belong to root or to the user who runs the task, and not every user may be able
      to write it.
  type: bool
  default: false
persist:
  description:
    - Whether the topology is persistent, that is, whether the host applies it again by itself at
      boot, and when a packet filter or a network manager was started, restarted or reloaded.
    - The options of the topology are stored on the host in C(/etc/redblue-netns/NAME.json), which
      only root can read, with the time and the user and host name of the controller. The unit
      C(redblue-netns@NAME.service) applies them at boot, before C(network-online.target). The
      command C(redblue-netns) shows, compares, applies and removes such topologies on the host.
      It needs no Ansible.
    - V(false) removes these files, and so does O(state=absent). The command is removed with the
      last persistent topology.
    - If it is omitted, the files stay as they are. A warning tells if the file of the topology
      declares something else than the task.
    - A command that is newer than the collection on the controller stays.
    - This requires systemd and C(/usr/bin/python3) of version 3.9 or later. O(probes) are not
      repeated at boot. A secret must be in a file of the host, such as
      O(netns_link[].private_key_file), which is read at boot.
  type: bool
"""

_OF_NETNS_PROBE = f"""\
probes:
  description: The probes. This option or O(matrix) is required; both may be given.
  type: list
  elements: dict
  suboptions:
{_below("probes[]", _OF_PROBE)}\
matrix:
  description: Probe every pair of namespaces, after O(probes).
  type: dict
  suboptions:
{_below("matrix", _OF_MATRIX)}\
fail_on_unexpected:
  description: Whether to fail if a probe is not as expected. Otherwise check RV(ok).
  type: bool
  default: true
"""


class ModuleDocFragment:
    """One fragment for each module.

    The annotations are for ansible-test's yamllint. It expects plain assignments to be literals.
    """

    NETNS: str = _fragment(_OF_NETNS)
    VETH: str = _fragment(_OF_VETH)
    LINUX_BRIDGE: str = _fragment(_OF_LINUX_BRIDGE)
    NETNS_LINK: str = _fragment(OF_NETNS_LINK)
    NETNS_ROUTE: str = _fragment(_OF_NETNS_ROUTE)
    MASQUERADE: str = _fragment(_OF_MASQUERADE)
    DNAT: str = _fragment(_OF_DNAT)
    TOPOLOGY: str = _fragment(_OF_TOPOLOGY)
    NETNS_PROBE_INFO: str = _fragment(_OF_NETNS_PROBE)
