# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what is set on links: those that impair their packets on purpose, which is easily forgotten."""

from __future__ import annotations

from shlex import quote
from typing import Dict, FrozenSet, Iterator, Optional, Tuple

from ..._describe.places import describe_location, describe_netns
from ..._model.desired_state import DesiredState
from ..._model.impairments import HANDLES, Impairment, describe_impairment
from ..._model.links import LinkRef
from ..._model.tc_units import FULL_SHARE
from ..facts.gateways import PATIENCE
from ..facts.host_facts import HostFacts
from ..facts.segments import Segments
from ..findings import ERROR, INFO, Finding, describe_at, tool, traffic
from .gateways import SilentGateway, silent_gateways

_LONG = PATIENCE / 4 * 1e9
"""Nanoseconds. There and back it may be held up twice, and so may it on a second link."""
_OFTEN = FULL_SHARE // 10
_SLOW, _LEAST = 1000, 60
"""Bytes a second, in which questions and answers of all others go as well, and those of a frame."""


def _may_lose_all(one: Impairment) -> bool:
    """Whether it may be why somebody behind it did not answer in time. Of what we have no words for anything may be."""
    small = one.kind == "tbf" and min(one.burst or 0, one.queue or 0) < _LEAST
    return (
        one.altered
        or one.delay + one.jitter > _LONG
        or one.loss + one.corrupt > _OFTEN
        or 0 < one.rate < _SLOW
        or small
    )


def _lossy(facts: HostFacts) -> Dict[LinkRef, SilentGateway]:
    """What keeps a gateway from being heard, and which."""
    places = {place for place, one in facts.impairments.items() if _may_lose_all(one)}
    return {
        place: silence
        for silence in (silent_gateways(facts, Segments(facts)) if places else ())
        for place in silence.way & places
    }


def check_impairments(desired: Optional[DesiredState], facts: HostFacts) -> Iterator[Finding]:
    """Ours but for those that are declared, and others'. Where nobody is heard through a declared one, that is said, for it may be no more than that."""
    declared = {
        (resource.netns, resource.link)
        for resource in (desired.present if desired else ())
        if isinstance(resource, Impairment)
    }
    silenced = _lossy(facts)
    found = {
        place: (describe_impairment(one), "option impairment: {}")
        for place, one in facts.current.impairments.items()
    }
    found.update(
        {
            place: (what, "by whoever put it there")
            for place, what in facts.current.foreign_qdiscs.items()
            if what.split()[0] in HANDLES
        }
    )
    for place, (what, remedy) in found.items():
        if place not in declared or place in silenced:
            yield _describe(place, what, remedy, silenced.get(place), place in declared)


def _describe(
    place: LinkRef, what: str, remedy: str, silence: Optional[SilentGateway], declared: bool
) -> Finding:
    unheard = (
        f"; the gateway {silence.gateway} of {describe_netns(silence.netns)} is not heard through that"
        if silence
        else ""
    )
    spoilt: FrozenSet[Tuple[Optional[str], str]] = (
        frozenset(traffic(place, family) for family in (4, 6)) if silence else frozenset()
    )
    tc, link = tool("tc", place[0]), quote(place[1])
    return Finding(
        "impaired",
        ERROR if silence and not declared else INFO,
        describe_at(place),
        f"what {place[1]} {describe_location(place[0])} sends is impaired on purpose: {what}{unheard}",
        f"{tc} -s qdisc show dev {link}",
        f"{tc} qdisc del dev {link} root ({remedy})",
        at=spoilt,
    )
