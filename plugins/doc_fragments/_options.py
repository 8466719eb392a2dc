# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of each resource, for its own module and for the items of topology.

They are composed in the same way as the argument specifications in plugins/module_utils.
"""

from __future__ import annotations

from textwrap import indent

from ansible_collections.redblue.netns.plugins.doc_fragments._link_types import (
    OF_LINUX_BRIDGE,
    OF_NETNS_LINK,
    OF_VETH,
)
from ansible_collections.redblue.netns.plugins.doc_fragments._links import NETNS
from ansible_collections.redblue.netns.plugins.doc_fragments._nat import (
    INTEGRATE,
    OF_DNAT,
    OF_MASQUERADE,
)
from ansible_collections.redblue.netns.plugins.doc_fragments._probes import (
    OF_NETNS_PROBE_INFO,
    OF_PROBE,
)
from ansible_collections.redblue.netns.plugins.doc_fragments._suboptions import below

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
    - Remove the namespace even if processes run in it, or if it contains interfaces that this
      collection did not create. When a topology is removed, also remove a namespace that contains
      interfaces of another owner. Processes run on, without the interfaces.
    - With O(nameservers) or O(search), replace a file that this collection did not write.
  type: bool
  default: false
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


def _items(name: str, text: str, what: str) -> str:
    head = f"{name}:\n  description: {what} Each item has the options of M(redblue.netns.{name}).\n"
    return f"{head}  type: list\n  elements: dict\n  suboptions:\n{below(f'{name}[]', text)}"


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


_OF_TOPOLOGY = f"""\
name:
  description:
    - The name of the topology. What it creates is on record under this name, in
      C(/run/redblue-netns) on the host, and belongs to it. The next run finds it by that record.
    - At most 64 bytes of letters, digits, C(_), C(.) and C(-), beginning with a letter or a digit.
    - Required, either here or in the file of O(src).
  type: str
{_items("netns", _OF_NETNS, "The namespaces.")}\
{_items("linux_bridge", OF_LINUX_BRIDGE, "The bridges.")}\
{_items("veth", OF_VETH, "The veth pairs, in the order of their interfaces in a namespace.")}\
{_items("netns_link", OF_NETNS_LINK, "Other links.")}\
{_items("netns_route", _OF_NETNS_ROUTE, "The routes.")}\
{_items("masquerade", OF_MASQUERADE, "Networks to masquerade (source NAT).")}\
{_items("dnat", OF_DNAT, "Port forwards (destination NAT).")}\
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
{INTEGRATE}\
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
routed:
  description:
    - Networks of the lab that leave it without NAT, with their own addresses. Use it instead of
      O(masquerade) if the other networks have routes back to them, by this host. A single network
      may be given as a string.
    - Replies come back. With O(isolate=true) other networks cannot open connections to them, apart
      from O(dnat).
    - It is the same as an item of O(masquerade) with C(translate=false).
    - The host always routes between the lab's own networks, as soon as two of its interfaces in the
      lab have addresses. It also routes between labs with O(isolate=false), if a namespace of each
      has a route by the host.
  type: list
  elements: str
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
{below("probes[]", OF_PROBE)}\
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
confirm_timeout:
  description:
    - The seconds in which a change has to be confirmed over a new connection to the host. Without a
      confirmation the host undoes it by itself. It does so too if the module, the controller or the
      connection is killed.
    - The action plugin of this module opens a new connection and confirms the change. If it cannot,
      the task fails. A task in the background (C(async)) is confirmed by
      M(redblue.netns.netns_confirm).
    - With it, a change may cut off the SSH connection of the task or the default route of the host.
      This is refused otherwise.
    - The process that waits keeps the host locked, so no other run changes the host until then. A
      run that waits longer than a minute for it fails.
    - A namespace that the run removed ends with the run. It is created anew, and what others had in
      it is lost.
    - From 1 to 86400. A run that changes nothing needs no confirmation.
  type: int
force:
  description:
    - Do what the option C(force) of each item permits, for all items and for all that is removed.
      In particular remove namespaces in which processes run, and replace routes and resolver
      configurations that this collection did not make.
    - No other topology is changed or removed, and the SSH connection of the task is never cut off
      (see O(confirm_timeout)).
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


class ModuleDocFragment:
    """One fragment for each module.

    The annotations are for ansible-test's yamllint. It expects plain assignments to be literals.
    """

    NETNS: str = _fragment(_OF_NETNS)
    VETH: str = _fragment(OF_VETH)
    LINUX_BRIDGE: str = _fragment(OF_LINUX_BRIDGE)
    NETNS_LINK: str = _fragment(OF_NETNS_LINK)
    NETNS_ROUTE: str = _fragment(_OF_NETNS_ROUTE)
    MASQUERADE: str = _fragment(OF_MASQUERADE)
    DNAT: str = _fragment(OF_DNAT)
    TOPOLOGY: str = _fragment(_OF_TOPOLOGY)
    NETNS_PROBE_INFO: str = _fragment(OF_NETNS_PROBE_INFO)
