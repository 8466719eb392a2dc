# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What IPv6 forwarding of all interfaces changes beside itself when it is switched on or off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.forwarding import FORWARDING_OFF, FORWARDING_ON
from .._model.nat import SavedSysctl
from .._model.netns import Sysctl
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .projection import Projection

_ACCEPT_RA, _ACCEPT_RA_FORWARDING = "1", "2"
"""Values of accept_ra.

With 1 an interface takes its default route from router advertisements unless it forwards, with 2
even then.
"""


def _ipv6_key(interface: str, setting: str) -> str:
    return f"net/ipv6/conf/{interface}/{setting}"


def save_sysctls(projection: Projection, netns: str | None) -> list[SavedSysctl]:
    """Plan to keep what IPv6 forwarding changes when it is enabled for all interfaces.

    Whenever an interface begins to forward, the kernel drops the default routes that were learned
    by interfaces of which accept_ra is not 2. So that is set first, and set back last.

    :returns: the parameters that ``restore_sysctls`` sets back.
    """
    saved = []
    names = sorted(link.name for link in projection.links.in_netns(netns))
    forwarding = [
        name
        for name in (*names, "default")
        if projection.sysctls.get((netns, _ipv6_key(name, "forwarding"))) == FORWARDING_ON
    ]
    for name in sorted({*names} - {*forwarding, "lo"}):
        link, key = projection.links[netns, name], _ipv6_key(name, "accept_ra")
        if (netns, key) in projection.request.sysctls:
            continue
        learns = link.accept_ra and projection.sysctls.get((netns, key)) == _ACCEPT_RA
        if learns and not link.bridge:
            saved.append(SavedSysctl(netns, name, "accept_ra"))
            projection.replace(
                Sysctl(netns, key, _ACCEPT_RA),
                Sysctl(netns, key, _ACCEPT_RA_FORWARDING),
                Phase.OPEN_FORWARDING,
            )
    for name in forwarding:
        saved.append(SavedSysctl(netns, name, "forwarding"))
        # Forwarding of all interfaces turns that of each one off when it is disabled: here, or on
        # rollback.
        value = Sysctl(netns, _ipv6_key(name, "forwarding"), FORWARDING_ON)
        projection.replace(value, value, Phase.OPEN_FORWARDING, implied=True)
    return saved


def _accept_ra_last(resource: SavedSysctl) -> bool:
    return resource.setting == "accept_ra"


def restore_sysctls(
    projection: Projection,
    netns: str | None,
    saved: Iterable[SavedSysctl],
    with_forwarding: bool,
) -> None:
    """Plan to set back what ``save_sysctls`` saved, when IPv6 forwarding is not needed any more.

    :param with_forwarding: whether forwarding of all interfaces is disabled, and that of each one
        with it.
    """
    for resource in sorted(saved, key=_accept_ra_last):
        key = _ipv6_key(resource.interface, resource.setting)
        value = projection.sysctls.get((netns, key))
        if resource.setting == "accept_ra":
            restored = _ACCEPT_RA if value == _ACCEPT_RA_FORWARDING else None
        else:
            # It is off already if a run was killed after it had disabled that of all interfaces.
            is_off = with_forwarding or value == FORWARDING_OFF
            restored = FORWARDING_ON if value is not None and is_off else None
        if restored is not None and (netns, key) not in projection.request.sysctls:
            projection.replace(
                Sysctl(netns, key, value), Sysctl(netns, key, restored), Phase.CLOSE_FORWARDING
            )
