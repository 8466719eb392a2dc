# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for kernel parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._model.errors import Refused
from .._model.netns import Sysctl
from .namespaces import FALLBACK_LINKS
from .phases import Phase

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

    :raises Refused: if there is no such parameter.
    """
    value = projection.sysctls.get((wanted.netns, wanted.key_path))
    link = _link_of(wanted)
    # A new link brings its parameters along. So does a new namespace, and whether it has this one
    # cannot be known before.
    if link is not None:
        is_new = (wanted.netns, link) in projection.links
    else:
        is_new = wanted.netns in projection.unobserved_namespaces
    if value is None and not is_new:
        key = wanted.key_path.replace("/", ".")
        raise Refused(
            "sysctls",
            key,
            f"there is no such parameter {describe_location(wanted.netns)}, or it cannot be read",
        )
    if value != wanted.value:
        projection.replace(
            Sysctl(wanted.netns, wanted.key_path, value),
            wanted,
            Phase.SYSCTL if link is None else Phase.LINK_SYSCTL,
        )
