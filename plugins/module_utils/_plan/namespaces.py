# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.changes import links_in
from .._model.errors import Conflict, Refused
from .._model.netns import HOST_NETNS, SYMBOLIC_LINK, Netns, StaleName
from .phases import Phase

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .projection import Projection

FALLBACK_LINKS = (
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
"""Links that every new namespace has once their module is loaded.

See net.core.fb_tunnels_only_for_init_net.
"""


def plan_netns(projection: Projection, wanted: Netns) -> None:
    """Plan a namespace.

    :raises Conflict: if a file that is no namespace has its name.
    :raises Refused: if namespaces cannot be created from here.
    """
    if wanted.name in projection.namespaces:
        return
    unusable = projection.current.unusable_names.get(wanted.name)
    check_name(wanted.name, unusable)
    check_can_create(projection, wanted.name)
    projection.replace(
        StaleName(wanted.name) if unusable else None,
        Netns(wanted.name, projection.request.owner),
        Phase.NETNS,
    )


def check_can_create(projection: Projection, name: str) -> None:
    """Check that a name can be created from here, for all processes of the host.

    :raises Refused: if it cannot.
    """
    if projection.current.private_mount_ns:
        rule = (
            "would exist for this process only, which has a mount namespace of its own, as within "
            "ip netns exec; run the task on the host, without become"
        )
        raise Refused("name", name, rule)
    check_netns_dir(projection, name)


def check_name(name: str, unusable: str | None) -> None:
    """Check that a name is that of a namespace, or a stale one.

    :param unusable: what is under /run/netns instead of a namespace.
    :raises Conflict: if it is something else.
    """
    if unusable not in (None, "stale"):
        raise Conflict(
            "name",
            name,
            f"/run/netns/{name} is {unusable}; this collection neither uses nor removes it",
        )


def check_host_names(desired: DesiredState, current: CurrentState) -> None:
    """Check that nothing is wanted or unwanted in the host under the name of a namespace.

    What is absent from such a namespace would otherwise be taken for absent, with the namespace.

    :raises Conflict: if it is.
    """
    if HOST_NETNS not in current.unusable_names.values():
        return
    resources = (*desired.present, *desired.absent)
    names = [resource.name for resource in resources if isinstance(resource, Netns)]
    names += [link.netns or "" for link in links_in(resources)]
    names += [getattr(resource, "netns", None) or "" for resource in resources]
    for name in names:
        if current.unusable_names.get(name) == HOST_NETNS:
            check_name(name, HOST_NETNS)


def check_netns_dir(projection: Projection, name: str) -> None:
    """Checked while planning: what else is planned would be applied first, and undone."""
    if projection.current.netns_dir_unsafe == SYMBOLIC_LINK:
        raise Refused("name", name, f"/run/netns {SYMBOLIC_LINK}; make it a directory")
    if projection.current.netns_dir_readonly:
        raise Refused(
            "name",
            name,
            "there is no write access to /run/netns, where the names of namespaces are",
        )


def remove_netns_files(projection: Projection, name: str) -> None:
    """Plan to remove the files of a namespace in /etc/netns that this collection wrote."""
    for files in (projection.current.resolvers, projection.current.hosts_files):
        file = files.get(name)
        if file is not None and file.owner is not None:
            projection.remove(file, Phase.REMOVE_RESOLVER)
