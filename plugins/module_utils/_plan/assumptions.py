# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What check mode assumes, because an earlier task would have added it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.netns import Netns

if TYPE_CHECKING:
    from .projection import Projection


def may_be_added(projection: Projection, netns: str | None) -> bool:
    """Whether check mode assumes what a namespace lacks.

    No task adds anything to a namespace that this plan creates. Only plugins of CNI may.
    """
    if not projection.request.assume:
        return False
    return not (
        netns in projection.unobserved_namespaces
        and not any(where == netns for where, _name in projection.attached)
        and any(
            isinstance(wanted, Netns) and wanted.name == netns and wanted.attached is None
            for wanted in projection.request.desired.present
        )
    )
