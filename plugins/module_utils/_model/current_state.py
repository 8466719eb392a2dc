# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The current state: what was observed on a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fast_dataclass import dataclass, field
from .fast_typing import NamedTuple
from .routes import Route, route_protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .bridge_vlans import PortVlans
    from .cni import CniAttachment, ConfigText
    from .errors import Refused
    from .foreign_forwards import ForeignForward
    from .impairments import Impairment
    from .links import Link, LinkRef
    from .nat import BlockingChain, Ruleset
    from .netns import Attachment, HostsFile, Netns, Resolver
    from .ovs import OvsState
    from .owner_records import LinkRecord
    from .persistence import HostFile
    from .processes import LabProcess
    from .resources import PolicyPart
    from .ssh_connection import SshConnection
    from .unit_states import UnitState


@dataclass(frozen=True)
class Process:
    """A process inside a namespace."""

    pid: int
    inner_pid: int
    """Its process ID in its own PID namespace."""
    command: str


class Listener(NamedTuple):
    """A socket that receives what is sent to a port.

    ``address`` is ``0.0.0.0`` for every IPv4 address, ``::`` for every address of both families.
    """

    protocol: str
    address: str
    port: int


@dataclass(frozen=True)
class Neighbour:
    """An entry of the neighbour table (ARP, NDP)."""

    netns: str | None
    address: str
    device: str
    mac: str | None
    state: str
    router: bool = False


class AttachTarget(NamedTuple):
    """The namespace that a task wants to give a name."""

    found: Attachment | None
    fault: str = ""
    """Why there is none, as the end of a sentence about the container or process."""
    is_in_place: bool = False
    """Whether the name leads there."""
    has_ended: bool = False
    """Whether the name is on record, and what it was given for has ended since."""
    is_awaited: bool = False
    """Whether nothing is on record since the boot, and the topology is persistent with it."""
    other_name: str | None = None
    """Another name of that namespace."""

    @property
    def is_left_out(self) -> bool:
        """Whether what is wanted in that namespace is left out until there is one."""
        return self.has_ended or self.is_awaited


@dataclass
class CurrentState:
    """What was observed on a host. It contains only what its ``Scope`` asked for.

    A namespace is given by its name, the host itself by None. A link is given as (netns, name).
    """

    has_ipv6: bool = True
    """Whether the kernel supports IPv6."""
    namespaces: dict[str, Netns] = field(default_factory=dict)
    attach_targets: dict[str, AttachTarget] = field(default_factory=dict)
    """The namespaces of containers and processes that the task wants to give names, by name. One
    that has no name yet is observed as if it had: links, routes and rules are those in it."""
    is_narrow: bool = False
    """Whether of the members of a topology only those were observed which a policy names. The
    tables of policies say of the others what they may send."""
    proved_guards: tuple[PolicyPart, ...] | None = None
    """With ``is_narrow``: the guards that were compared with the links, if they were. These are
    observed again with all else."""
    has_all_namespaces: bool = False
    """Whether no namespace has a name that was not observed. Known if the scope asks for all."""
    unusable_names: dict[str, str] = field(default_factory=dict)
    """Names under /run/netns that are not namespaces, with what they are. This collection replaces
    a name that is ``stale``, and no other."""
    own_stale_names: set[str] = field(default_factory=set)
    """The stale names that a killed run of this collection left behind."""
    links: dict[LinkRef, Link] = field(default_factory=dict)
    unfinished: set[LinkRef] = field(default_factory=set)
    """The links that this collection created, but did not mark: the process was killed in
    between."""
    lost_underlays: set[LinkRef] = field(default_factory=set)
    """The WireGuard links that were created in a namespace on record which no observed name leads
    to."""
    vlans: dict[LinkRef, PortVlans] = field(default_factory=dict)
    """The VLANs of bridges that filter them, of their ports, and of the ports that a task names."""
    impairments: dict[LinkRef, Impairment] = field(default_factory=dict)
    """The impairments of this collection, on any link."""
    foreign_qdiscs: dict[LinkRef, str] = field(default_factory=dict)
    """The root queueing disciplines that others set, as KIND HANDLE, where impairments matter."""
    traffic_control: dict[LinkRef, tuple[str, ...]] = field(default_factory=dict)
    """The classes and filters of others on links that are moved, as tc(8) calls them."""
    missing_features: frozenset[str] = frozenset()
    """The wanted features that this kernel lacks, as far as is known (see ``FEATURES``)."""
    ovs: OvsState | None = None
    """The bridges of Open vSwitch and their ports; None if its database was not read."""
    no_ovs_reason: str | None = None
    """Why Open vSwitch cannot be used, if it matters."""
    ovs_on_record: Mapping[str, str] = field(default_factory=dict)
    """The owners of bridges of Open vSwitch that are on record, if its database is not there."""
    routes: dict[str | None, tuple[Route, ...]] = field(default_factory=dict)
    sysctls: dict[tuple[str | None, str], str | None] = field(default_factory=dict)
    """The values of kernel parameters, by (netns, path below /proc/sys). None: unreadable."""
    sysctl_faults: dict[tuple[str | None, str], str] = field(default_factory=dict)
    """Why a wanted kernel parameter cannot be set, as the end of a sentence, by (netns, path below
    /proc/sys)."""
    resolvers: dict[str, Resolver] = field(default_factory=dict)
    """The resolver configurations in /etc/netns."""
    hosts_files: dict[str, HostsFile] = field(default_factory=dict)
    """The hosts files in /etc/netns."""
    files: dict[str, HostFile] = field(default_factory=dict)
    """The files of the topology that outlive a boot, and those of all such topologies, by path."""
    persistent_labs: frozenset[str] = frozenset()
    """The topologies that have a file."""
    metrics_files: dict[str, str] = field(default_factory=dict)
    """The file to which a timer writes the metrics of a topology, by topology."""
    network_managers: frozenset[str] = frozenset()
    """The network managers that are installed, if it matters."""
    no_persistence_reason: str | None = None
    """Why no topology can be persistent on this host."""
    units: dict[str, UnitState] = field(default_factory=dict)
    """What systemd says about the units that a task puts into namespaces, and about those that
    publish their ports and bring their topology back."""
    no_units_reason: str | None = None
    """Why no unit of this host can be put into a namespace."""
    socket_proxy: str | None = None
    """The path of systemd-socket-proxyd, if it is installed and matters."""
    rulesets: dict[str | None, Ruleset] = field(default_factory=dict)
    """The rules of this collection."""
    backends: dict[str | None, str] = field(default_factory=dict)
    """The NAT backend to use: the one that the task names, or the one that works."""
    backend_reasons: dict[str | None, str] = field(default_factory=dict)
    """Why that backend is used."""
    listeners: dict[str | None, tuple[Listener, ...]] = field(default_factory=dict)
    br_netfilter_families: frozenset[int] = frozenset()
    """The address families (4, 6) for which br_netfilter passes bridged packets to the firewall."""
    missing_dnsmasq: str = ""
    """That the program dnsmasq is not installed, and what installs it; empty if it is."""
    nftset_fault: str = ""
    """Why it cannot fill the sets of policies, if it has to; empty if it can."""
    missing_nft: str = ""
    """That the program nft is not installed, and what installs it; empty if it is."""
    policy_fault: str = ""
    """Why this host takes no rules of policies, if there are none yet and the task has some."""
    foreign_forwards: dict[str | None, tuple[ForeignForward, ...]] = field(default_factory=dict)
    """The ports that rules of others forward, where the task wants port forwarding."""
    blocking_chains: dict[str | None, tuple[BlockingChain, ...]] = field(default_factory=dict)
    """The chains of others that drop forwarded packets unless a rule there accepts them, where the
    task wants NAT."""
    hook_points: dict[str | None, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    """The firewalls that are installed, where the task wants NAT. Each has the places at which it
    takes rules of others."""
    processes: dict[str, tuple[Process, ...]] = field(default_factory=dict)
    """The processes in the namespaces that are to be removed."""
    lab_processes: dict[tuple[Any, ...], LabProcess] = field(default_factory=dict)
    """The processes on record that topologies started, by their keys, with their states."""
    own_pids: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    """Those among ``processes`` that belong to ``lab_processes``, with the keys of these."""
    unusable_users: dict[str, str] = field(default_factory=dict)
    """The users as which no process can run, of those that the task names, with the reason."""
    attachments: dict[tuple[Any, ...], CniAttachment] = field(default_factory=dict)
    """The attachments to networks of CNI that this collection made, by their keys."""
    cni_networks: dict[str, ConfigText | Refused | None] = field(default_factory=dict)
    """The networks of /etc/cni/net.d that a task names: their configurations, why one cannot be
    used, or None if there is none of that name."""
    missing_plugins: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    """The plugins of CNI that a task needs and the host lacks, by name and directories, each with
    what installs it."""
    plugin_versions: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = field(
        default_factory=dict
    )
    """The versions of the specification that other plugins support."""
    runs_systemd: bool = False
    """Whether systemd can run the processes of the task."""
    netns_local: dict[str, str] = field(default_factory=dict)
    """The wanted links of the host that cannot be moved to another namespace, with the reason."""
    ipv6_disabled: set[LinkRef] = field(default_factory=set)
    """The links on which IPv6 is disabled."""
    unlisted_ipv4: set[LinkRef] = field(default_factory=set)
    """The links that have an IPv4 address which ``Link.addresses`` does not list: one of limited
    lifetime, as a DHCP client adds it, or one that is only for its link or host."""
    captured: set[str | None] = field(default_factory=set)
    """The namespaces whose objects a rollback gives back as the kernel described them."""
    altnames: dict[LinkRef, str] = field(default_factory=dict)
    """The names of links by their alternative names (``ip link property``)."""
    peers: dict[tuple[LinkRef, str], str] = field(default_factory=dict)
    """The networks that are on a link beside an address of a single host (``ip addr add`` with
    ``peer``), by link and address."""
    promoting: set[LinkRef] = field(default_factory=set)
    """The links that keep the other addresses of a network when its first one is removed."""
    netns_dir_unsafe: str | None = None
    """Why others than root can change which namespaces names lead to, as the end of a sentence."""
    netns_dir_readonly: bool = False
    """Whether namespaces can neither be created nor removed, as /run/netns is read-only."""
    private_mount_ns: bool = False
    """Whether the process has a mount namespace of its own. Others would not see a namespace that
    it creates."""
    host_owners: dict[str, str] = field(default_factory=dict)
    """The owners of links of the host that this collection made, by their names on record."""
    owners_on_record: frozenset[str] = frozenset()
    """The topologies in the record of owners, observed or not."""
    unproven_marks: dict[LinkRef, str] = field(default_factory=dict)
    """The links whose alias names an owner without a proof of it, with that name. The alias of a
    namespace's loopback is about the namespace."""
    lost_links: tuple[tuple[str | None, LinkRecord], ...] = ()
    """The links that were taken from the host and not found where they were moved."""
    machine_id: str = ""
    """What tells the host from others. MAC addresses are derived from it."""
    ssh_connection: SshConnection | None = None
    """The SSH connection of the task, if its environment names one."""

    def owners(self) -> set[str]:
        """The topologies that own a namespace, a link or a rule."""
        owners = {netns.owner for netns in self.namespaces.values()}
        owners |= {each.attached.owner for each in self.namespaces.values() if each.attached}
        owners |= {link.owner for link in self.links.values()}
        for ruleset in self.rulesets.values():
            owners |= {getattr(rule, "owner", None) for rule in ruleset.resources}
        owners |= {attachment.owner for attachment in self.attachments.values()}
        return {owner for owner in owners if owner} | self.owners_on_record

    def labs_with_same_route_protocol(self, lab: str) -> set[str]:
        """The other topologies on this host whose routes have the protocol number of a topology."""
        number = route_protocol(lab)
        return {owner for owner in self.owners() - {lab} if route_protocol(owner) == number}

    def holds_route_of(self, lab: str | None, route: Route) -> bool:
        """Whether a route is in a namespace of a topology, or through one of its links."""
        netns = self.namespaces.get(route.netns or "")
        link = self.links.get((route.netns, route.device or ""))
        return any(resource is not None and resource.owner == lab for resource in (netns, link))
