# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for namespaces: themselves, their loopback, kernel parameters and resolver, and what goes along with them."""

from __future__ import annotations

from typing import List

from .._describe.places import say_owner, say_where
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.netns import Netns, Resolver, Stale, Sysctl
from .._model.routes import KERNEL_ROUTE
from .link_changes import alter_link
from .phases import Phase
from .physical_links import give_back
from .projection import Draft

_MADE_BY_THE_KERNEL = (
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
_OF_ALL = ("all", "default", "lo", *_MADE_BY_THE_KERNEL)
"""What has parameters of its own in every namespace, or may have."""


def _check_open(draft: Draft, name: str) -> None:
    """Whatever else is planned would be done first, and undone."""
    if draft.there.closed:
        raise Refused(
            "name",
            name,
            "there is no write access to /run/netns, where the names of namespaces are",
        )


def plan_netns(draft: Draft, wanted: Netns) -> None:
    if wanted.name in draft.namespaces:
        return
    blocked = draft.there.blocked.get(wanted.name)
    if blocked not in (None, "stale"):
        raise Conflict(
            "name",
            wanted.name,
            f"/run/netns/{wanted.name} is {blocked}, not a namespace; it is not ours to remove",
        )
    if draft.there.apart:
        rule = "would be a namespace for this process only, which has mounts of its own, as within ip netns exec; run the task on the host, without become"
        raise Refused("name", wanted.name, rule)
    _check_open(draft, wanted.name)
    made = Netns(wanted.name, draft.owner)
    draft.step(Phase.NETNS, Stale(wanted.name) if blocked else None, made)
    draft.namespaces[wanted.name] = made
    draft.fresh.add(wanted.name)
    draft.links[(wanted.name, "lo")] = Link(wanted.name, "lo", kind="", up=False, owner=draft.owner)


def plan_loopback(draft: Draft, wanted: Link) -> None:
    """Up where its namespace is listed, and with addresses of its own where it is listed itself."""
    draft.need_netns(wanted.netns, "its loopback")
    there = draft.links.get(wanted.place)
    if there is None:
        return
    if wanted.up and not there.up:
        draft.step(
            Phase.ALTER, replace(there, addresses=None), replace(there, up=True, addresses=None)
        )
        draft.links[wanted.place] = there = replace(there, up=True)
    if wanted.addresses is not None or wanted.mtu is not None:
        alter_link(draft, replace(wanted, up=None), there)


def plan_no_addresses(draft: Draft, unwanted: Link) -> None:
    """A loopback stays, and loses these addresses; all of them where none are named."""
    there = draft.links.get(unwanted.place)
    if there is not None and there.addresses:
        kept = tuple(
            address
            for address in there.addresses
            if unwanted.addresses and address not in unwanted.addresses
        )
        alter_link(draft, Link(there.netns, there.name, addresses=kept), there)


def plan_sysctl(draft: Draft, wanted: Sysctl) -> None:
    value = draft.there.sysctls.get((wanted.netns, wanted.key_path))
    parts = wanted.key_path.split("/")
    of_link = parts[3] if parts[2:3] in (["conf"], ["neigh"]) else None
    # A link that comes brings them along; so does a namespace, and whether it has this one cannot be known before it is there.
    comes = (
        (wanted.netns, of_link) in draft.links
        if of_link not in (None, *_OF_ALL)
        else wanted.netns in draft.fresh
    )
    if value is None and not comes:
        key = wanted.key_path.replace("/", ".")
        raise Refused(
            "sysctls",
            key,
            f"there is no such parameter {say_where(wanted.netns)}, or it cannot be read",
        )
    if value != wanted.value:
        per_link = of_link not in (None, *_OF_ALL)
        draft.step(
            Phase.LINK_SYSCTL if per_link else Phase.SYSCTL,
            Sysctl(wanted.netns, wanted.key_path, value),
            wanted,
        )


def plan_resolver(draft: Draft, wanted: Resolver) -> None:
    there = draft.there.resolvers.get(wanted.netns)
    if (
        there is not None
        and there.owner is None
        and (there.nameservers, there.search) != (wanted.nameservers, wanted.search)
    ):
        raise Conflict(
            "nameservers",
            list(wanted.nameservers),
            f"/etc/netns/{wanted.netns}/resolv.conf is somebody else's; move it away first",
        )
    if there is None or (there.nameservers, there.search) != (wanted.nameservers, wanted.search):
        draft.step(Phase.RESOLVER, there, replace(wanted, owner=draft.owner))


def _holds_number(link: Link) -> bool:
    """Whether a link occupies something of another namespace by itself, which must be free at once: a VLAN's or a vxlan's number, a port, a parent."""
    kinds = (
        ("vlan", "vxlan", "wireguard")
        if getattr(link.options, "mode", None) != "passthru"
        else ("macvlan",)
    )
    return link.kind in kinds and (link.parent is None or link.parent[0] != link.netns)


def _foreign_inside(draft: Draft, name: str) -> List[Link]:
    return [
        link
        for link in draft.links_in(name)
        if draft.is_strange(link) and link.name not in ("lo", *_MADE_BY_THE_KERNEL)
    ]


def _check_removable(draft: Draft, there: Netns) -> None:
    reasons = []
    if there.owner is None:
        reasons.append("it was not made by this collection")
    processes = draft.there.processes.get(there.name, ())
    if processes:
        reasons.append(
            "processes live in it: "
            + ", ".join(f"{process.pid} ({process.command})" for process in processes[:10])
        )
    foreign = _foreign_inside(draft, there.name)
    if foreign:
        reasons.append(
            "interfaces lie in it that are not its own: "
            + ", ".join(f"{link.name} ({say_owner(link)})" for link in foreign)
        )
    if reasons:
        raise Conflict(
            "name", there.name, f"{'; '.join(reasons)}; force would remove it all the same"
        )


def plan_no_netns(draft: Draft, unwanted: Netns) -> None:
    name = unwanted.name
    blocked = draft.there.blocked.get(name)
    if blocked == "stale":
        _check_open(draft, name)
        draft.step(Phase.REMOVE_NETNS, Stale(name), None)
        return
    if blocked is not None:
        raise Conflict(
            "name",
            name,
            f"/run/netns/{name} is {blocked}, not a namespace; it is not ours to remove",
        )
    there = draft.namespaces.get(name)
    if there is None:
        return
    _check_open(draft, name)
    if not draft.permits("force", unwanted):
        _check_removable(draft, there)
    # Deleting a link waits 20 ms for the kernel, a namespace that ends takes all of its links along, later. A lab that is
    # swept finds by their marks those that stay (somebody holds the namespace open); one namespace alone would not.
    goes_along = draft.lab is not None and not draft.there.processes.get(name)
    for link in draft.links_in(name):
        if link.place not in draft.links or link.name in ("lo", *_MADE_BY_THE_KERNEL):
            continue
        if link.kind == "" or link.home is not None:
            give_back(draft, link)
        else:
            draft.remove_link(
                link, implied=goes_along and link.owner == draft.lab and not _holds_number(link)
            )
    resolver = draft.there.resolvers.get(name)
    if resolver is not None and resolver.owner is not None:
        draft.step(Phase.REMOVE_RESOLVER, resolver, None)
    ruleset = draft.there.nat.get(name)
    for thing in ruleset.things if ruleset else ():
        draft.step(Phase.REMOVE_NETNS, thing, None, implied=True)
    for route in draft.routes.get(name, ()):
        if route.protocol != KERNEL_ROUTE:
            draft.step(Phase.REMOVE_NETNS, route, None, implied=True)
    loopback = draft.links.get((name, "lo"))
    if loopback is not None and loopback.up:
        draft.step(
            Phase.REMOVE_NETNS,
            replace(loopback, addresses=None),
            replace(loopback, up=False, addresses=None),
            implied=True,
        )
    draft.step(Phase.REMOVE_NETNS, there, None)
    del draft.namespaces[name]
