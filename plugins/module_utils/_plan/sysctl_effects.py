# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a kernel parameter that others follow, and for what a task says of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._model.addresses import Address
from .._model.errors import Refused
from .._model.netns import Sysctl
from .._model.sysctl_effects import value_set_along
from .link_effects import drop_routes
from .phases import Phase

if TYPE_CHECKING:
    from .._model.links import LinkRef
    from .projection import Projection

_GEN_MODE = "addr_gen_mode"
_SWITCH = "/disable_ipv6"
_NO_ADDRESS = "1"
"""The addr_gen_mode with which the kernel assigns no link-local address."""


def change_sysctl(projection: Projection, before: Sysctl, after: Sysctl, phase: Phase) -> None:
    """Plan to write a parameter.

    The kernel may set others along. Those that the task sets are written again: a parameter of a
    link is planned after those of all links.
    """
    # On rollback, what was set along is written after this one is.
    for key, value, along in _list_set_along(projection, before, after):
        changed = Sysctl(after.netns, key, along)
        projection.replace(Sysctl(after.netns, key, value), changed, phase, implied=True)
        if key.endswith(_GEN_MODE):
            _keep_gen_mode(projection, changed)
        elif key.endswith(_SWITCH):
            _lose_ipv6(projection, changed, phase)
    if after.key_path.endswith(_SWITCH):
        _lose_ipv6(projection, after, phase)
    projection.replace(before, after, phase)


def _list_set_along(
    projection: Projection, before: Sysctl, written: Sysctl
) -> list[tuple[str, str, str]]:
    """The parameters that the kernel sets along, as (path, value now, value then).

    One that has the value already is set along by a rollback.
    """
    found = []
    for (netns, key), value in projection.sysctls.items():
        if netns == written.netns and value is not None and written.value is not None:
            along = value_set_along(written.key_path, written.value, key)
            if along is not None and (along != value or before.value not in (None, value)):
                found.append((key, value, along))
    return found


def _lose_ipv6(projection: Projection, switch: Sysctl, phase: Phase) -> None:
    """Plan that a link loses its IPv6 addresses, where IPv6 is switched off.

    It gets the wanted ones again, where the task switches it on for this link.
    """
    ref = (switch.netns, switch.key_path.split("/")[3])
    link = projection.links.get(ref)
    if switch.value == "0" or link is None or ref not in projection.current.links:
        return
    observed = projection.current.links[ref]
    lost = [
        text for text in link.addresses or () if ":" in text and text in (observed.addresses or ())
    ]
    own = [text for text in link.link_locals or () if text in (observed.link_locals or ())]
    drop_routes(projection, link, phase, family=6)
    if lost:
        projection.remove_addresses(link, lost[::-1], phase, implied=True)
    for text in own:
        projection.remove(Address(*ref, text), phase, implied=True)
    if projection.request.sysctls.get((switch.netns, switch.key_path)) == "0":
        for text in (*lost, *own):
            projection.add(Address(*ref, text), Phase.ADDRESS)


def restore_wanted(projection: Projection, netns: str | None, phase: Phase) -> None:
    """Plan to write the parameters of a namespace again which another step has set along."""
    for (wanted_netns, key), wanted in projection.request.sysctls.items():
        value = projection.sysctls.get((wanted_netns, key))
        if wanted_netns == netns and value not in (None, wanted):
            projection.replace(Sysctl(netns, key, value), Sysctl(netns, key, wanted), phase)


def check_not_contradicted(projection: Projection, needed: Sysctl, reason: str) -> None:
    """Check that the task does not set a parameter to another value than its rules need.

    :raises Refused: if it does.
    """
    wanted = projection.request.sysctls.get((needed.netns, needed.key_path))
    if wanted is not None and wanted != needed.value:
        key = needed.key_path.replace("/", ".")
        raise Refused(
            f"sysctls.{key}",
            wanted,
            f"{reason} {describe_location(needed.netns)}; leave it out",
        )


def _keep_gen_mode(projection: Projection, sysctl: Sysctl) -> None:
    """Plan that a link keeps its mode where the task says of the link, or of its kind, which."""
    link = projection.links.get((sysctl.netns, sysctl.key_path.split("/")[3]))
    if link is None or link.link_local in (None, sysctl.value != _NO_ADDRESS):
        return
    if link.ref not in projection.request.link_refs:
        projection.update_implicitly(link, link_local=sysctl.value != _NO_ADDRESS)
    elif (sysctl.netns, sysctl.key_path) not in projection.inherited_sysctls:
        mode = "0" if link.link_local else _NO_ADDRESS
        restored = Sysctl(sysctl.netns, sysctl.key_path, mode)
        projection.replace(sysctl, restored, Phase.LINK_SYSCTL)


def find_opening_phase(projection: Projection, ref: LinkRef) -> Phase:
    """When a link is opened: it may be there only after the rules are in place."""
    if ref in projection.attached:
        return Phase.OPEN_ATTACHED
    return Phase.OPEN_RETURNED if ref in projection.returned else Phase.OPEN_FORWARDING
