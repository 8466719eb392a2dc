# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what a lab needs of the host itself while its access to the host is limited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.host_access import HostAccess, allows_port
from ..findings import ERROR, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts


def check_nameservers_on_host(facts: HostFacts) -> Iterator[Finding]:
    """Nameservers of a namespace that are the host, which the lab must not ask."""
    current = facts.current
    ruleset = current.rulesets.get(None)
    limits = {
        rule.owner: rule
        for rule in (ruleset.resources if ruleset else ())
        if isinstance(rule, HostAccess) and not allows_port(rule, "udp", 53)
    }
    on_host = {
        text.partition("/")[0] for link in facts.links_of(None) for text in link.addresses or ()
    }
    for name, netns in sorted(current.namespaces.items()):
        limit = limits.get(netns.owner)
        resolver = current.resolvers.get(name)
        if limit is None or resolver is None:
            continue
        for nameserver in sorted(on_host & {*resolver.nameservers}):
            yield Finding(
                "host_access",
                ERROR,
                name,
                f"{name} asks {nameserver} for names. That is the host, of which the topology "
                f"{limit.owner} may reach: {', '.join(limit.allowed) or 'none'}",
                f"cat /etc/netns/{name}/resolv.conf",
                "add 53/udp to the option host_access of module topology, or set another "
                "nameserver",
            )
