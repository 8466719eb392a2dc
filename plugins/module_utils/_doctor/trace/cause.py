# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reason for a loss. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from ..._model.links import LinkRef
    from .traces import Trace


ECHO_BYTES = 56
"""The data of each echo request that a trace sends."""
INTENDED = ""
"""The check of a loss that a task of this collection asked for, which is no finding."""


class Cause(NamedTuple):
    """A reason for a loss; the fields are those of a finding."""

    check: str
    severity: str
    subject: str
    reason: str
    evidence: str
    remedy: str


def links_of_loss(trace: Trace) -> list[tuple[LinkRef, str]]:
    """The links between which the packet was lost, each with the direction of the packet there."""
    stages = [stage for stage in (trace.last, trace.missing) if stage is not None]
    return [(stage.step.ref, stage.step.direction) for stage in stages]
