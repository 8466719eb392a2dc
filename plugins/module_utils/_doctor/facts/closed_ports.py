# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bridge ports that are isolated because policies are enforced there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.forwarding import ANSWERING_SYSCTLS
from ..._model.network_policies import PortGuard

if TYPE_CHECKING:
    from ..._model.links import Link, LinkRef
    from .host_facts import HostFacts


def find_answering_links(facts: HostFacts, ref: LinkRef) -> list[Link]:
    """The links by which the host answers for the members behind isolated ports of a segment."""
    return [
        link
        for link in facts.segments.links_with(ref)
        if link.netns is None
        and link.owner is not None
        and any(
            facts.sysctls.get((None, key.format(link.name))) == "1"
            for key in ANSWERING_SYSCTLS.values()
        )
    ]


def is_closed_by_policies(facts: HostFacts, ref: LinkRef) -> bool:
    """Whether policies have a port isolated. Without their tables the host's settings tell it."""
    port, ruleset = facts.current.links.get(ref), facts.current.rulesets.get(ref[0])
    if port is None or not port.isolated:
        return False
    rules = ruleset.resources if ruleset else ()
    has_guard = any(
        isinstance(rule, PortGuard) and rule.mac and rule.interface == ref[1] for rule in rules
    )
    return has_guard or bool(find_answering_links(facts, ref))
