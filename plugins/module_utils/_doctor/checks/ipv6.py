# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of IPv6 on links."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..commands import ip_command, sysctl_command
from ..findings import ERROR, Finding, format_ref, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts


def check_ipv6_disabled(facts: HostFacts) -> Iterator[Finding]:
    """Links in namespaces on which IPv6 is disabled, on a host that uses IPv6."""
    links = facts.current.links.values()
    if not any(":" in text for link in links for text in link.addresses or ()):
        return
    for link in links:
        key_path = f"net/ipv6/conf/{link.name}/disable_ipv6"
        has_own_addresses = bool(link.addresses) and not link.bridge and link.name != "lo"
        if (
            link.netns is not None
            and has_own_addresses
            and facts.sysctls.get((link.netns, key_path)) == "1"
        ):
            yield Finding(
                "ipv6_disabled",
                ERROR,
                subject_of(link),
                f"IPv6 is disabled on {link.name} {describe_location(link.netns)}; "
                "the kernel has removed its IPv6 addresses",
                f"{sysctl_command(link.netns, key_path)}: 1",
                f"{sysctl_command(link.netns, key_path, '0')}  "
                "# then add its addresses again (module topology or veth)",
                affects=frozenset({link.ref}),
            )


def check_duplicate_address_detection(facts: HostFacts) -> Iterator[Finding]:
    """IPv6 addresses that the kernel does not use, because another host has them."""
    for ref, address in sorted(facts.dad_failed, key=str):
        netns, name = ref
        ip = ip_command(netns)
        yield Finding(
            "dad_failed",
            ERROR,
            format_ref(ref),
            f"{address} cannot be used on {name} {describe_location(netns)}: another host on the "
            "segment has it (duplicate address detection failed)",
            f"{ip} addr show dev {quote(name)}: dadfailed",
            f"{ip} addr del {address} dev {quote(name)}  "
            "# and assign another address (option addresses)",
            affects=frozenset({ref}),
        )
