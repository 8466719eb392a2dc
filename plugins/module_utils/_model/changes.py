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
from .nat import RULES, Kept, NatBackend, NatThing, Opened
from .netns import Netns, Resolver, Stale, Sysctl
from .routes import Route

Thing = Union[
    Netns,
    Stale,
    Resolver,
    Sysctl,
    Link,
    Veth,
    Address,
    Route,
    PortVlans,
    Impairment,
    NatThing,
    NatBackend,
]


def is_rule(thing: Thing) -> bool:
    """Whether a thing is a part of a namespace's rules, which are replaced together."""
    return isinstance(thing, (*RULES, Opened, Kept, NatBackend))


def links_among(things: Iterable[Thing]) -> List[Link]:
    """Links, and the ends of pairs."""
    return [
        end
        for thing in things
        for end in ((thing.end, thing.peer) if isinstance(thing, Veth) else (thing,))
        if isinstance(end, Link)
    ]


@dataclass(frozen=True)
class Change:
    """One step of a plan. Without ``before`` it makes, without ``after`` it removes, with both it alters.

    ``implied``: the kernel does it by itself with another change of the plan; undoing it takes doing it.
    """

    before: Optional[Thing]
    after: Optional[Thing]
    implied: bool = False

    @property
    def thing(self) -> Thing:
        return cast(Thing, self.after if self.after is not None else self.before)
