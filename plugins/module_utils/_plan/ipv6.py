# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that IPv6 is enabled where IPv6 addresses are wanted: the kernel would take none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .._describe.places import describe_location
from .._model.errors import Refused
from .._model.netns import DEFAULT_DISABLE_IPV6, Sysctl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.links import LinkRef
    from .projection import Projection

_DisableIpv6 = dict[tuple[Optional[str], str], str]
"""The values of disable_ipv6 that the task sets, by (netns, interface, ``all`` or ``default``)."""


def check_ipv6_enabled(projection: Projection, wanted: Sequence[Sysctl]) -> None:
    """Check the added IPv6 addresses, and all wanted ones if sysctls are, before these are planned.

    :param wanted: the sysctls that the task sets.
    :raises Refused: if IPv6 will be disabled on the link of an address.
    """
    values: _DisableIpv6 = {}
    for sysctl in wanted:
        parts = sysctl.key_path.split("/")
        is_switch = parts[:3] == ["net", "ipv6", "conf"] and parts[-1] == "disable_ipv6"
        if is_switch and sysctl.value is not None:
            values[sysctl.netns, parts[3]] = sysctl.value
    added = [(ref, text) for ref, text in projection.added_addresses if ":" in text]
    for ref, text in _list_wanted(projection) if values else added:
        name = _find_disabling_sysctl(projection, values, ref)
        if name is not None:
            rule = (
                f"{ref[1]} {describe_location(ref[0])} has no IPv6 "
                f"(net.ipv6.conf.{name}.disable_ipv6 is not 0)"
            )
            raise Refused("addresses", text, rule)


def _list_wanted(projection: Projection) -> list[tuple[LinkRef, str]]:
    """The wanted IPv6 addresses, with their links."""
    return [
        (link.ref, text)
        for link in projection.request.links
        for text in (*(link.addresses or ()), *(link.link_locals or ()))
        if ":" in text
    ]


def _find_disabling_sysctl(
    projection: Projection, values: _DisableIpv6, ref: LinkRef
) -> str | None:
    """The name under net.ipv6.conf that disables IPv6 on a link; None if IPv6 is enabled."""
    netns, name = ref
    if ref in values:
        return name if values[ref] != "0" else None
    is_all_written = _is_changed(projection, values, netns, "all")
    if ref in projection.current.links:
        if is_all_written:
            return "all" if values[netns, "all"] != "0" else None
        return name if ref in projection.current.ipv6_disabled else None
    # A new link inherits the default, which the kernel sets along when a value is written for all.
    inherited = "all" if (netns, "default") not in values and is_all_written else "default"
    observed = projection.sysctls.get((netns, DEFAULT_DISABLE_IPV6))
    value = values.get((netns, inherited), observed)
    return inherited if value not in (None, "0") else None


def _is_changed(projection: Projection, values: _DisableIpv6, netns: str | None, name: str) -> bool:
    """Whether the task writes a value.

    The kernel sets a value for all on each link when it is written.
    """
    if (netns, name) not in values:
        return False
    observed = projection.sysctls.get((netns, f"net/ipv6/conf/{name}/disable_ipv6"))
    return values[netns, name] != observed
