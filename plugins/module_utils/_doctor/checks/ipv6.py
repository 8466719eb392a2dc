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

    from ..._model.links import Link
    from ..facts.host_facts import HostFacts


def check_ipv6_disabled(facts: HostFacts) -> Iterator[Finding]:
    """Links in namespaces on which IPv6 is disabled, on a host that uses IPv6."""
    links = facts.current.links.values()
    if not any(":" in text for link in links for text in link.addresses or ()):
        return
    for link in links:
        yield from _check_small_mtu(facts, link)
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


_LEAST_MTU = 1280
"""The MTU below which the kernel takes IPv6 away from a link (IPV6_MIN_MTU, RFC 8200)."""


def _check_small_mtu(facts: HostFacts, link: Link) -> Iterator[Finding]:
    """A link whose MTU is too small for IPv6, on a segment where others have IPv6 addresses."""
    is_end = link.netns is not None and link.addresses and not link.bridge
    if not is_end or (link.mtu or _LEAST_MTU) >= _LEAST_MTU:
        return
    others = facts.segments.links_with(link.ref)
    addresses = [text for other in others for text in other.addresses or ()]
    if not any(":" in text and not text.startswith("fe80:") for text in addresses):
        return
    ip, mtu = ip_command(link.netns), max(other.mtu or 0 for other in others)
    yield Finding(
        "ipv6_disabled",
        ERROR,
        subject_of(link),
        f"the MTU {link.mtu} of {link.name} {describe_location(link.netns)} is below {_LEAST_MTU}, "
        "with which the kernel has removed IPv6 from it",
        f"{ip} link show dev {quote(link.name)}: mtu {link.mtu}",
        f"{ip} link set dev {quote(link.name)} mtu {max(mtu, _LEAST_MTU)}  "
        "# then add its addresses again (module topology or veth)",
        affects=frozenset({link.ref}),
    )


def check_duplicate_address_detection(facts: HostFacts) -> Iterator[Finding]:
    """IPv6 addresses that the kernel does not use, because another host has them."""
    for ref, address in sorted(facts.dad_failed, key=str):
        netns, name = ref
        ip, link = ip_command(netns), facts.current.links.get(ref)
        texts = link.addresses or () if link is not None else ()
        text = next((text for text in texts if text.startswith(f"{address}/")), address)
        yield Finding(
            "dad_failed",
            ERROR,
            format_ref(ref),
            f"{address} cannot be used on {name} {describe_location(netns)}: another host on the "
            "segment has it (duplicate address detection failed)",
            f"{ip} addr show dev {quote(name)}: dadfailed",
            f"{ip} addr del {text} dev {quote(name)}  "
            "# and assign another address (option addresses)",
            affects=frozenset({ref}),
        )
