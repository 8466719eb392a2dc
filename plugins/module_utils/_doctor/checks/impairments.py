# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of impairments of links by netem and tbf, which are easily forgotten."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.impairments import describe_impairment
from ..._describe.places import describe_location, describe_netns
from ..._model.impairments import HANDLES, Impairment
from ..._model.tc_units import FULL_SHARE
from ..commands import iproute2_command
from ..facts.gateways import TIMEOUT
from ..facts.silent_gateways import SilentGateway, list_silent_gateways
from ..findings import ERROR, INFO, Finding, Location, format_ref, traffic_location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import LinkRef
    from ..facts.host_facts import HostFacts

_LONG_DELAY = TIMEOUT / 4 * 1e9
"""Nanoseconds. A delay applies to request and reply, and there may be a second such link."""
_HIGH_LOSS = FULL_SHARE // 10
_LOW_RATE, _MIN_FRAME = 1000, 60
"""Bytes a second, which ARP shares with all other traffic; and bytes of the smallest frame."""


def _may_silence(impairment: Impairment) -> bool:
    """Whether an impairment may be why a gateway does not answer in time.

    ``altered``: it has parameters that this collection does not know, which may do anything.
    """
    too_small = (
        impairment.kind == "tbf" and min(impairment.burst or 0, impairment.queue or 0) < _MIN_FRAME
    )
    return (
        impairment.altered
        or impairment.delay + impairment.jitter > _LONG_DELAY
        or impairment.loss + impairment.corrupt > _HIGH_LOSS
        or 0 < impairment.rate < _LOW_RATE
        or too_small
    )


def _find_silenced(facts: HostFacts) -> dict[LinkRef, SilentGateway]:
    """Links whose impairment may keep a gateway from answering, each with the gateway."""
    suspects = {ref for ref, impairment in facts.impairments.items() if _may_silence(impairment)}
    if not suspects:
        return {}
    return {
        ref: silence for silence in list_silent_gateways(facts) for ref in silence.path & suspects
    }


def check_impairments(facts: HostFacts) -> Iterator[Finding]:
    """Impairments that are not declared, and declared ones behind which a gateway is silent.

    For a declared one the finding is of severity info: it may do no more than it should.
    """
    declared = facts.list_declared_impairments()
    silenced = _find_silenced(facts)
    found = {
        ref: (describe_impairment(impairment), "option impairment: {}")
        for ref, impairment in facts.current.impairments.items()
    }
    for ref, qdisc in facts.current.foreign_qdiscs.items():
        if qdisc.split()[0] in HANDLES:
            found[ref] = (qdisc, "not set by this collection")
    for ref, (description, note) in found.items():
        if ref not in declared or ref in silenced:
            severity = ERROR if ref in silenced and ref not in declared else INFO
            yield _compose_finding(ref, severity, description, note, silenced.get(ref))


def _compose_finding(
    ref: LinkRef, severity: str, description: str, note: str, silence: SilentGateway | None
) -> Finding:
    netns, name = ref
    effect = ""
    affects: frozenset[Location] = frozenset()
    if silence is not None:
        of_netns = describe_netns(silence.netns)
        effect = f"; through it, the gateway {silence.gateway} of {of_netns} does not answer"
        affects = frozenset(traffic_location(ref, family) for family in (4, 6))
    tc, device = iproute2_command("tc", netns), quote(name)
    return Finding(
        "impaired",
        severity,
        format_ref(ref),
        f"{name} {describe_location(netns)} impairs the packets it sends: {description}{effect}",
        f"{tc} -s qdisc show dev {device}",
        f"{tc} qdisc del dev {device} root  # {note}",
        affects=affects,
    )
