# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a single policy of a topology."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.desired_state import DesiredState
from .._model.errors import Refused
from .._params.names import check_lab_name
from .._params.policies import parse_single_policy

if TYPE_CHECKING:
    from .._params.specs.netns_policy import NetnsPolicyParams


def parse_netns_policy(params: NetnsPolicyParams) -> DesiredState:
    """Return the desired state of a task of the module netns_policy."""
    lab = check_lab_name("topology", params["topology"])
    is_present = params["state"] == "present"
    if is_present and params["ingress"] is None and params["egress"] is None:
        raise Refused("ingress", None, "ingress or egress is required")
    resources = tuple(parse_single_policy(params, lab))
    return DesiredState(
        present=resources if is_present else (),
        absent=() if is_present else resources[-1:],
        lab=lab,
        single=True,
    )
