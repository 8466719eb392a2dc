# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of netns_cni to the desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._params.cni import parse_attachment
from .common import desired_state_for

if TYPE_CHECKING:
    from .._model.desired_state import DesiredState
    from .._params.specs.netns_cni import NetnsCniParams


def parse_netns_cni(params: NetnsCniParams) -> DesiredState:
    """Return the desired state of a task of the module netns_cni.

    :raises Refused: an option breaks a rule.
    """
    return desired_state_for(params["state"], [parse_attachment("", params)])
