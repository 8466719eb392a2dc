# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Conflict, Refused
from .._model.netns import Netns, StaleName
from .phases import Phase

if TYPE_CHECKING:
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
    if projection.current.private_mount_ns:
        rule = (
            "would exist for this process only, which has a mount namespace of its own, as within "
            "ip netns exec; run the task on the host, without become"
        )
        raise Refused("name", wanted.name, rule)
    check_netns_dir(projection, wanted.name)
    projection.replace(
        StaleName(wanted.name) if unusable else None,
        Netns(wanted.name, projection.request.owner),
        Phase.NETNS,
    )


def check_name(name: str, unusable: str | None) -> None:
    """Check that a name is that of a namespace, or a stale one.

    :param unusable: what is under /run/netns instead of a namespace.
    :raises Conflict: if it is something else.
    """
    if unusable not in (None, "stale"):
        raise Conflict(
            "name",
            name,
            f"/run/netns/{name} is {unusable}, not a namespace; this collection does not remove it",
        )


def check_netns_dir(projection: Projection, name: str) -> None:
    """Checked while planning: what else is planned would be applied first, and undone."""
    if projection.current.netns_dir_readonly:
        raise Refused(
            "name",
            name,
            "there is no write access to /run/netns, where the names of namespaces are",
        )
