# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state: what a task asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, FrozenSet, Optional, Tuple

from .changes import Resource
from .probes import Probe

ROLLBACKS = ("error", "probe")
Allowance = Tuple[str, Tuple[Any, ...]]


@dataclass(frozen=True)
class DesiredState:
    """What a task asks for.

    ``allowed`` holds what the user permits beyond the rules, as (option, key of the thing): ("force", ...), ("steal", ...).
    ``lab`` is set by a topology: the owner of what is made; ``open`` says that it is not isolated.
    ``integrate`` names the firewalls of others that shall let the traffic through.
    ``sweep`` removes, by its mark, what the lab made and does not want any more.
    ``probes`` are asked when all stands; ``rollback_on`` says of which failures what was done is undone.
    """

    present: Tuple[Resource, ...] = ()
    absent: Tuple[Resource, ...] = ()
    allowed: FrozenSet[Allowance] = frozenset()
    backend: str = "auto"
    lab: Optional[str] = None
    purge: bool = False
    not_isolated: bool = False
    integrate: Tuple[str, ...] = ()
    probes: Tuple[Probe, ...] = ()
    rollback_on: FrozenSet[str] = frozenset(ROLLBACKS)
