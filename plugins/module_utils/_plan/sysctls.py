# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for kernel parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_link
from .._describe.places import describe_location
from .._model.errors import Refused
from .._model.links import IPV6_MIN_MTU
from .._model.netns import SEND_REDIRECTS, Sysctl
from .._model.sysctl_effects import is_ipv6_mtu
from .namespaces import FALLBACK_LINKS
from .phases import Phase
from .sysctl_effects import change_sysctl

if TYPE_CHECKING:
    from .projection import Projection

_IN_EVERY_NAMESPACE = ("all", "default", "lo", *FALLBACK_LINKS)
"""What has parameters under net/*/conf and net/*/neigh in every namespace, or may have."""


def _link_of(sysctl: Sysctl) -> str | None:
    """The link whose parameter it is; None for a parameter that each namespace has."""
    parts = sysctl.key_path.split("/")
    if parts[2:3] not in (["conf"], ["neigh"]) or parts[3] in _IN_EVERY_NAMESPACE:
        return None
    return parts[3]


def plan_sysctl(projection: Projection, wanted: Sysctl) -> None:
    """Plan the value of a kernel parameter.

    :raises Refused: if there is no such parameter, or if the kernel does not take the value.
    """
    value = projection.sysctls.get((wanted.netns, wanted.key_path))
    link = _link_of(wanted)
    if link is not None and is_ipv6_mtu(wanted.key_path):
        value = _value_of_mtu(projection, wanted, link, value)
    if value == wanted.value:
        return
    key = wanted.key_path.replace("/", ".")
    fault = projection.current.sysctl_faults.get((wanted.netns, wanted.key_path))
    if fault is not None:
        raise Refused(f"sysctls.{key}", wanted.value, f"{describe_location(wanted.netns)} {fault}")
    # A new link brings its parameters along. So does a new namespace, and whether it has this one
    # cannot be known before.
    if link is not None:
        is_new = (wanted.netns, link) in projection.links
        _check_has_ipv6(projection, wanted, link)
    else:
        is_new = wanted.netns in projection.unobserved_namespaces
    if value is None and not is_new:
        raise Refused(
            "sysctls",
            key,
            f"there is no such parameter {describe_location(wanted.netns)}, or it cannot be read",
        )
    change_sysctl(
        projection, Sysctl(wanted.netns, wanted.key_path, value), wanted, _phase_of(wanted, link)
    )


def _phase_of(wanted: Sysctl, link: str | None) -> Phase:
    if wanted.key_path == SEND_REDIRECTS:
        # The kernel switches it off when a wireguard link is set up.
        return Phase.IMPAIR
    if link is not None and is_ipv6_mtu(wanted.key_path):
        return Phase.IMPAIR  # It is that of the link again when that is set up.
    return Phase.SYSCTL if link is None else Phase.LINK_SYSCTL


def _value_of_mtu(
    projection: Projection, wanted: Sysctl, name: str, value: str | None
) -> str | None:
    """The IPv6 MTU of a link as it will be: with a new MTU, or set up, the link's is its own again.

    :raises Refused: if the wanted one is larger than that of the link, which the kernel refuses.
    """
    ref = (wanted.netns, name)
    link, observed = projection.links.get(ref), projection.current.links.get(ref)
    if link is None or link.mtu is None:
        return value
    if int(wanted.value or 0) > link.mtu:
        rule = f"is larger than the MTU of {describe_link(link)}, which is {link.mtu}"
        raise Refused(f"sysctls.{wanted.key_path.replace('/', '.')}", wanted.value, rule)
    is_reset = observed is not None and (link.mtu != observed.mtu or link.up and not observed.up)
    return str(link.mtu) if is_reset and value is not None else value


def _check_has_ipv6(projection: Projection, wanted: Sysctl, name: str) -> None:
    """Check that a link with IPv6 parameters will have IPv6.

    :raises Refused: if its MTU is too small for that: then the kernel removes the parameters.
    """
    link = projection.links.get((wanted.netns, name))
    if not wanted.key_path.startswith("net/ipv6/") or link is None or link.mtu is None:
        return
    if link.mtu < IPV6_MIN_MTU:
        raise Refused(
            f"sysctls.{wanted.key_path.replace('/', '.')}",
            wanted.value,
            f"{describe_link(link)} has no IPv6: that needs an MTU of {IPV6_MIN_MTU} (RFC 8200), "
            f"and its MTU is {link.mtu}",
        )
