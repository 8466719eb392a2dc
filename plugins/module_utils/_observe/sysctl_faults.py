# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds out which wanted kernel parameters cannot be set, before anything is changed.

A namespace that does not exist yet will have the parameters of any new one. So one without a name
is asked, which ends at once. Values are tried there too. Links that do not exist yet will have the
parameters of the loopback.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from .._host.netns import inside_netns, inside_new_netns
from .._host.sysctl import explain_refused, explain_unwritable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.netns import Sysctl


_SAFE_SINCE = (5, 12)
"""Since this version of Linux no namespace but the first can set what the whole host shares."""
_DEPENDENT = ("net/ipv4/ip_local_port_range", "net/ipv4/ip_unprivileged_port_start")
"""Parameters whose values the kernel compares with those of others in the same namespace."""


def find_sysctl_faults(wanted: Sequence[Sysctl], handles: Handles, current: CurrentState) -> None:
    """Enter why parameters cannot be set, by (netns, path below /proc/sys)."""
    faults: dict[tuple[str | None, str], str | None] = {}
    of_existing = [sysctl for sysctl in wanted if sysctl.netns in handles]
    for sysctl in of_existing:
        with inside_netns(handles[sysctl.netns].descriptor):
            faults[sysctl.netns, sysctl.key_path] = explain_unwritable(sysctl.key_path)
    differing = [
        sysctl
        for sysctl in wanted
        if current.sysctls.get((sysctl.netns, sysctl.key_path)) != sysctl.value
    ]
    if differing:
        with inside_new_netns():
            _try_values(differing, handles, faults)
    current.sysctl_faults.update((key, fault) for key, fault in faults.items() if fault)


def _try_values(
    sysctls: Sequence[Sysctl],
    handles: Handles,
    faults: dict[tuple[str | None, str], str | None],
) -> None:
    """Try the values in the calling thread's namespace, each once."""
    known: dict[tuple[str, str | None], str | None] = {}
    for sysctl in sysctls:
        place, key = (sysctl.netns, sysctl.key_path), (sysctl.key_path, sysctl.value)
        if sysctl.netns not in handles:
            faults[place] = explain_unwritable(sysctl.key_path)
        elif sysctl.key_path in _DEPENDENT:
            continue
        if faults.get(place) is None and sysctl.value is not None and _can_try():
            if key not in known:
                known[key] = explain_refused(sysctl.key_path, sysctl.value)
            faults[place] = known[key]


def _can_try() -> bool:
    match = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return match is not None and (int(match[1]), int(match[2])) >= _SAFE_SINCE
