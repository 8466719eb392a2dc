# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is made of: changes, each of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Optional, Union, cast

from .addresses import Address
from .bridge_vlans import PortVlans
from .impairments import Impairment
from .links import Link, Veth
from .nat import NAT_RULES, ForwardingEnabled, NatBackend, NatResource, SavedSysctl
from .netns import Netns, Resolver, StaleName, Sysctl
from .routes import Route

Resource = Union[
    Netns,
    StaleName,
    Resolver,
    Sysctl,
    Link,
    Veth,
    Address,
    Route,
    PortVlans,
    Impairment,
    NatResource,
    NatBackend,
]


def is_nat_resource(resource: Resource) -> bool:
    """Whether a thing is a part of a namespace's rules, which are replaced together."""
    return isinstance(resource, (*NAT_RULES, ForwardingEnabled, SavedSysctl, NatBackend))


def links_in(resources: Iterable[Resource]) -> List[Link]:
    """Links, and the ends of pairs."""
    return [
        end
        for resource in resources
        for end in ((resource.end, resource.peer) if isinstance(resource, Veth) else (resource,))
        if isinstance(end, Link)
    ]


@dataclass(frozen=True)
class Change:
    """One step of a plan. Without ``before`` it makes, without ``after`` it removes, with both it alters.

    ``implied``: the kernel does it by itself with another change of the plan; undoing it takes doing it.
    """

    before: Optional[Resource]
    after: Optional[Resource]
    implied: bool = False

    @property
    def resource(self) -> Resource:
        return cast(Resource, self.after if self.after is not None else self.before)
