# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of topology: the lists of all resources, and what each of them uses."""

from __future__ import annotations

from textwrap import indent

from ansible_collections.redblue.netns.plugins.doc_fragments._cni import OF_CNI
from ansible_collections.redblue.netns.plugins.doc_fragments._link_types import OF_NETNS_LINK
from ansible_collections.redblue.netns.plugins.doc_fragments._linux_bridge import OF_LINUX_BRIDGE
from ansible_collections.redblue.netns.plugins.doc_fragments._names import OF_NAMES
from ansible_collections.redblue.netns.plugins.doc_fragments._nat import (
    BACKENDS,
    INTEGRATE,
    OF_DNAT,
    OF_MASQUERADE,
)
from ansible_collections.redblue.netns.plugins.doc_fragments._netns import OF_NETNS
from ansible_collections.redblue.netns.plugins.doc_fragments._netns_route import OF_NETNS_ROUTE
from ansible_collections.redblue.netns.plugins.doc_fragments._ovs_bridge import OF_OVS_BRIDGE
from ansible_collections.redblue.netns.plugins.doc_fragments._policies import (
    OF_ADDRESS_SET,
    OF_POLICY,
)
from ansible_collections.redblue.netns.plugins.doc_fragments._probes import OF_PROBE
from ansible_collections.redblue.netns.plugins.doc_fragments._processes import OF_PROCESS
from ansible_collections.redblue.netns.plugins.doc_fragments._runs import OF_RUN
from ansible_collections.redblue.netns.plugins.doc_fragments._suboptions import below
from ansible_collections.redblue.netns.plugins.doc_fragments._veth import OF_VETH


def _items(name: str, text: str, what: str) -> str:
    head = f"{name}:\n  description: {what} Each item has the options of M(redblue.netns.{name}).\n"
    return f"{head}  type: list\n  elements: dict\n  suboptions:\n{below(f'{name}[]', text)}"


def _patterns() -> str:
    kinds = (
        "netns",
        "linux_bridge",
        "ovs_bridge",
        "veth",
        "netns_link",
        "netns_route",
        "masquerade",
        "dnat",
        "address_sets",
        "policy",
        "processes",
        "cni",
        "probes",
    )
    return indent(
        "".join(
            f"{kind}:\n  description: Templates for O({kind}).\n  type: list\n  elements: dict\n"
            for kind in kinds
        ),
        "    ",
    )


OF_TOPOLOGY = f"""\
name:
  description:
    - The name of the topology. What it creates is on record under this name, in
      C(/run/redblue-netns) on the host, and belongs to it. The next run finds it by that record.
    - At most 64 bytes of letters, digits, C(_), C(.) and C(-), beginning with a letter or a digit.
    - Required, either here or in the file of O(src).
  type: str
{_items("netns", OF_NETNS, "The namespaces.")}\
{_items("linux_bridge", OF_LINUX_BRIDGE, "The bridges.")}\
{_items("ovs_bridge", OF_OVS_BRIDGE, "The bridges of Open vSwitch.")}\
{_items("veth", OF_VETH, "The veth pairs, in the order of their interfaces in a namespace.")}\
{_items("netns_link", OF_NETNS_LINK, "Other links.")}\
{_items("netns_route", OF_NETNS_ROUTE, "The routes.")}\
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
{BACKENDS}\
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
      has a route by the host. With O(isolate=false) its networks are also those to which the host
      has a route of the topology by an interface of the topology.
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
address_sets:
  description: Named lists of addresses, which rules of O(policy) name.
  type: list
  elements: dict
  suboptions:
{below("address_sets[]", OF_ADDRESS_SET)}\
policy:
  description:
    - Policies that say who may talk to the members of the topology, and to whom they may talk. The
      meaning is that of the network policies of Kubernetes. A direction that a policy gives refuses
      everything else. Several policies of a member add up. Replies always come back. Port
      forwarding and O(isolate) stay as they are, and only what they let through reaches a policy.
    - They are enforced outside of the namespaces, so that root of a namespace cannot evade them.
      The rules are in tables of their own, C(redblue_netns_policy), beside those of O(backend), and
      require the program C(nft).
    - The packets of all members are routed by the host. A port of a bridge hands them to the host,
      also those for a member of the same bridge. So the host needs an address in the network of
      each member, on the bridge or on the other end of a cable that leads to the bridge in a
      namespace. The time to live of packets between members is one less. Other firewalls of the
      host see them as forwarded packets (see O(integrate)).
    - Members send only with the addresses that the topology lists, and with their own MAC address.
      Of broadcast and multicast only ARP and neighbour discovery pass, with the sender's own
      addresses. IPv6 link-local addresses serve only neighbour discovery. VLAN tags, DHCP and
      router solicitations do not pass.
    - A packet that begins or continues a flow is checked every time, so a policy that is taken back
      ends connections too.
    - A policy is refused where it could not be enforced, such as for a member with a C(macvlan)
      link, or on a bridge with a port of others. It requires O(isolate=true).
    - RV(redblue.netns.netns_info#module:topology) returns the policies of a topology if there is
      only one topology on the host.
  type: list
  elements: dict
  suboptions:
{below("policy[]", OF_POLICY)}\
processes:
  description:
    - Processes that run in the namespaces, such as the servers of a test. They are started when all
      else of the topology is there, and ended with the topology, or when they are not listed any
      more and O(purge) is set. A namespace in which only such processes run is removed without
      O(force).
    - A process that has been started with the same command, user, environment, C(restart) and
      C(log), in the same namespace, is left alone. It is started anew if one of them differs, if it
      has ended, or if its namespace was created anew. If C(ready) alone differs, it is recorded and
      waited for.
    - Where systemd manages the host, each is a transient unit,
      C(redblue-netns-TOPOLOGY-NAME.service). This requires systemd 242. Elsewhere a supervisor of
      this collection runs it, C(redblue-netns) in a list of processes. Both end all that a process
      has started, with SIGTERM and after ten seconds with SIGKILL.
    - What was started is on record for root alone, in C(/run/redblue-netns). Only a process whose
      ID, start time and boot are those on record is ended.
    - A rollback ends what the run has started, and starts again what it has ended.
  type: list
  elements: dict
  suboptions:
{below("processes[]", OF_PROCESS)}\
cni:
  description:
    - Attachments of the namespaces to networks of CNI. Each item has the options of
      M(redblue.netns.netns_cni). They are attached when all else of the topology is there, before
      O(processes) are started. They are detached before their namespace is removed, and with
      O(purge) if they are not listed any more.
    - A rollback detaches what the run has attached, and attaches again what it has detached, with
      the same addresses if the plugins allow it.
  type: list
  elements: dict
  suboptions:
{below("cni[]", OF_CNI)}\
{OF_NAMES}\
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
{OF_RUN}\
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
