# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module topology adds to its options for a topology that is to be persistent."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from .._desired.topology import parse_topology
from .._model.errors import Failed, Refused
from .._model.fast_replace import replace
from .._model.fast_typing import TypedDict
from .._model.persistence import RUNNER, HostFile
from .ansible_api import CONTROLLER, load_hidden

if TYPE_CHECKING:
    from .._model.desired_state import DesiredState
    from .._model.persistence import Persistence
    from .._params.specs.topology import TopologyParams


class Controller(TypedDict):
    """What the action plugin tells the module about the controller."""

    by: str
    version: str
    runner: str | None
    sha256: str


def parse_task(params: TopologyParams) -> DesiredState:
    """Return the desired state of a task of topology.

    :raises Refused: an option breaks a rule, or the command for boot is not at hand.
    """
    desired = parse_topology(params)
    persistence = desired.persistence
    if persistence is None or not persistence.wanted:
        return desired
    return replace(desired, persistence=add_controller(persistence, load_hidden(CONTROLLER)))


def add_controller(persistence: Persistence, controller: Controller | None) -> Persistence:
    """Return what a task says about the next boot with what the controller has for it.

    :raises Refused: the command for boot is not at hand.
    """
    if controller is None:
        rule = "needs the action plugin of this collection, which brings the command to the host"
        raise Refused("persist", True, rule)
    applied = {
        "by": controller["by"],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "version": controller["version"],
    }
    runner = _read_runner(controller)
    return replace(persistence, applied=applied, runner=runner)


def _read_runner(controller: Controller) -> HostFile | None:
    """The command that the action plugin has copied to the host; None if the host has it.

    :raises Failed: the file has been changed on its way.
    """
    if controller["runner"] is None:
        return None
    with open(controller["runner"], "rb") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != controller["sha256"]:
        raise Failed(f"{controller['runner']} is not the file that the controller has sent")
    return HostFile(RUNNER, content, 0o755, version=controller["version"])
