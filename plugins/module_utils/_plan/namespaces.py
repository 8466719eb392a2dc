# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for namespaces: themselves, their loopback, kernel parameters and resolver, and what goes along with them."""

from __future__ import annotations

from typing import List

from .._describe.places import describe_location, describe_owner
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.netns import Netns, Resolver, StaleName, Sysctl
from .._model.routes import KERNEL_ROUTE
from .link_changes import alter_link
from .phases import Phase
from .physical_links import plan_return_to_host
from .projection import Projection

_KERNEL_PROTOCOLS = (
    "tunl0",
    "sit0",
    "gre0",
    "gretap0",
    "erspan0",
    "ip6tnl0",
    "ip6gre0",
    "ip_vti0",
    "ip6_vti0",
)
"""Fallback devices that every new namespace has once their module is loaded (net.core.fb_tunnels_only_for_init_net)."""
_OF_ALL = ("all", "default", "lo", *_KERNEL_PROTOCOLS)
"""What has parameters of its own in every namespace, or may have."""


def _check_netns_dir(projection: Projection, name: str) -> None:
    """Whatever else is planned would be done first, and undone."""
    if projection.current.netns_dir_readonly:
        raise Refused(
            "name",
            name,
            "there is no write access to /run/netns, where the names of namespaces are",
        )


def plan_netns(projection: Projection, wanted: Netns) -> None:
    if wanted.name in projection.namespaces:
        return
    blocked = projection.current.unusable_names.get(wanted.name)
    if blocked not in (None, "stale"):
        raise Conflict(
            "name",
            wanted.name,
            f"/run/netns/{wanted.name} is {blocked}, not a namespace; it is not ours to remove",
        )
    if projection.current.private_mount_ns:
        rule = "would be a namespace for this process only, which has mounts of its own, as within ip netns exec; run the task on the host, without become"
        raise Refused("name", wanted.name, rule)
    _check_netns_dir(projection, wanted.name)
    made = Netns(wanted.name, projection.owner)
    projection.step(Phase.NETNS, StaleName(wanted.name) if blocked else None, made)
    projection.namespaces[wanted.name] = made
    projection.assumed.add(wanted.name)
    projection.links[(wanted.name, "lo")] = Link(
        wanted.name, "lo", kind="", up=False, owner=projection.owner
    )


def plan_loopback(projection: Projection, wanted: Link) -> None:
    """Up where its namespace is listed, and with addresses of its own where it is listed itself."""
    projection.need_netns(wanted.netns, "its loopback")
    current = projection.links.get(wanted.ref)
    if current is None:
        return
    if wanted.up and not current.up:
        projection.step(
            Phase.ALTER, replace(current, addresses=None), replace(current, up=True, addresses=None)
        )
        projection.links[wanted.ref] = current = replace(current, up=True)
    if wanted.addresses is not None or wanted.mtu is not None:
        alter_link(projection, replace(wanted, up=None), current)


def plan_no_addresses(projection: Projection, unwanted: Link) -> None:
    """A loopback stays, and loses these addresses; all of them where none are named."""
    current = projection.links.get(unwanted.ref)
    if current is not None and current.addresses:
        kept = tuple(
            address
            for address in current.addresses
            if unwanted.addresses and address not in unwanted.addresses
        )
        alter_link(projection, Link(current.netns, current.name, addresses=kept), current)


def plan_sysctl(projection: Projection, wanted: Sysctl) -> None:
    value = projection.current.sysctls.get((wanted.netns, wanted.key_path))
    parts = wanted.key_path.split("/")
    of_link = parts[3] if parts[2:3] in (["conf"], ["neigh"]) else None
    # A link that comes brings them along; so does a namespace, and whether it has this one cannot be known before it is there.
    comes = (
        (wanted.netns, of_link) in projection.links
        if of_link not in (None, *_OF_ALL)
        else wanted.netns in projection.assumed
    )
    if value is None and not comes:
        key = wanted.key_path.replace("/", ".")
        raise Refused(
            "sysctls",
            key,
            f"there is no such parameter {describe_location(wanted.netns)}, or it cannot be read",
        )
    if value != wanted.value:
        per_link = of_link not in (None, *_OF_ALL)
        projection.step(
            Phase.LINK_SYSCTL if per_link else Phase.SYSCTL,
            Sysctl(wanted.netns, wanted.key_path, value),
            wanted,
        )


def plan_resolver(projection: Projection, wanted: Resolver) -> None:
    current = projection.current.resolvers.get(wanted.netns)
    if (
        current is not None
        and current.owner is None
        and (current.nameservers, current.search) != (wanted.nameservers, wanted.search)
    ):
        raise Conflict(
            "nameservers",
            list(wanted.nameservers),
            f"/etc/netns/{wanted.netns}/resolv.conf is somebody else's; move it away first",
        )
    if current is None or (current.nameservers, current.search) != (
        wanted.nameservers,
        wanted.search,
    ):
        projection.step(Phase.RESOLVER, current, replace(wanted, owner=projection.owner))


def _holds_number(link: Link) -> bool:
    """Whether a link occupies something of another namespace by itself, which must be free at once: a VLAN's or a vxlan's number, a port, a parent."""
    kinds = (
        ("vlan", "vxlan", "wireguard")
        if getattr(link.options, "mode", None) != "passthru"
        else ("macvlan",)
    )
    return link.kind in kinds and (link.parent is None or link.parent[0] != link.netns)


def _foreign_inside(projection: Projection, name: str) -> List[Link]:
    return [
        link
        for link in projection.links_in(name)
        if projection.is_foreign(link) and link.name not in ("lo", *_KERNEL_PROTOCOLS)
    ]


def _check_removable(projection: Projection, current: Netns) -> None:
    reasons = []
    if current.owner is None:
        reasons.append("it was not made by this collection")
    processes = projection.current.processes.get(current.name, ())
    if processes:
        reasons.append(
            "processes live in it: "
            + ", ".join(f"{process.pid} ({process.command})" for process in processes[:10])
        )
    foreign = _foreign_inside(projection, current.name)
    if foreign:
        reasons.append(
            "interfaces lie in it that are not its own: "
            + ", ".join(f"{link.name} ({describe_owner(link)})" for link in foreign)
        )
    if reasons:
        raise Conflict(
            "name", current.name, f"{'; '.join(reasons)}; force would remove it all the same"
        )


def plan_no_netns(projection: Projection, unwanted: Netns) -> None:
    name = unwanted.name
    blocked = projection.current.unusable_names.get(name)
    if blocked == "stale":
        _check_netns_dir(projection, name)
        projection.step(Phase.REMOVE_NETNS, StaleName(name), None)
        return
    if blocked is not None:
        raise Conflict(
            "name",
            name,
            f"/run/netns/{name} is {blocked}, not a namespace; it is not ours to remove",
        )
    current = projection.namespaces.get(name)
    if current is None:
        return
    _check_netns_dir(projection, name)
    if not projection.permits("force", unwanted):
        _check_removable(projection, current)
    # Deleting a link waits 20 ms for the kernel, a namespace that ends takes all of its links along, later. A lab that is
    # swept finds by their marks those that stay (somebody holds the namespace open); one namespace alone would not.
    goes_along = projection.lab is not None and not projection.current.processes.get(name)
    for link in projection.links_in(name):
        if link.ref not in projection.links or link.name in ("lo", *_KERNEL_PROTOCOLS):
            continue
        if link.kind == "" or link.saved is not None:
            plan_return_to_host(projection, link)
        else:
            projection.remove_link(
                link,
                implied=goes_along and link.owner == projection.lab and not _holds_number(link),
            )
    resolver = projection.current.resolvers.get(name)
    if resolver is not None and resolver.owner is not None:
        projection.step(Phase.REMOVE_RESOLVER, resolver, None)
    ruleset = projection.current.rulesets.get(name)
    for resource in ruleset.resources if ruleset else ():
        projection.step(Phase.REMOVE_NETNS, resource, None, implied=True)
    for route in projection.routes.get(name, ()):
        if route.protocol != KERNEL_ROUTE:
            projection.step(Phase.REMOVE_NETNS, route, None, implied=True)
    loopback = projection.links.get((name, "lo"))
    if loopback is not None and loopback.up:
        projection.step(
            Phase.REMOVE_NETNS,
            replace(loopback, addresses=None),
            replace(loopback, up=False, addresses=None),
            implied=True,
        )
    projection.step(Phase.REMOVE_NETNS, current, None)
    del projection.namespaces[name]
