# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module netns_service does before it takes the lock of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._desired.services import parse_netns_service
from .._host.units import await_lab_units

if TYPE_CHECKING:
    from .._model.desired_state import DesiredState
    from .._params.specs.netns_service import NetnsServiceParams


def parse_task(params: NetnsServiceParams) -> DesiredState:
    """Return the desired state of a task, when no unit of a topology is being started.

    A task that makes a topology persistent lets its unit be started, which needs the lock of the
    host, and a service in one of its namespaces is started after that.

    :raises Refused: an option breaks a rule.
    """
    desired = parse_netns_service(params)
    await_lab_units()
    return desired
