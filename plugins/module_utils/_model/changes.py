# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is made of: changes, each of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Optional, Union, cast

from . import _model, _rules
from ._impairment import Impairment
from ._vlans import PortVlans

Thing = Union[
    _model.Netns, _model.Stale, _model.Resolver, _model.Sysctl, _model.Link, _model.Veth, _model.Address, _model.Route,
    PortVlans, Impairment, _rules.NatThing, _rules.NatBackend,
]


def is_rule(thing: Thing) -> bool:
    """Whether a thing is a part of a namespace's rules, which are replaced together."""
    return isinstance(thing, (*_rules.RULES, _rules.Opened, _rules.Kept, _rules.NatBackend))


def links_among(things: Iterable[Thing]) -> List[_model.Link]:
    """Links, and the ends of pairs."""
    return [end for thing in things for end in ((thing.end, thing.peer) if isinstance(thing, _model.Veth) else (thing,)) if isinstance(end, _model.Link)]


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
