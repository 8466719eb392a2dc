# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter bridge_lab: the options of the module topology for a lab around one bridge. Pure."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.plugin_utils._bridge_lab.lab import (
    LabOptions,
    compose_lab,
    compose_removal,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._bridge_lab.variables import BRIDGE_LAB


def bridge_lab(
    namespaces: Any,
    name: Any = "lab",
    bridge: Any = "v-net-0",
    network: Any = "192.168.15.0/24",
    gateway: Any = None,
    routes: Any = ("default",),
    masquerade: Any = True,
    forwards: Any = (),
    switch_netns: Any = None,
    out_interface: Any = None,
    in_interface: Any = None,
    backend: Any = "auto",
    switch: Any = "linux",
    switch_options: Any = None,
    state: Any = "present",
    variables: Any = None,
) -> dict[str, Any]:
    """The options of ``topology`` for a lab. An invalid option raises AnsibleFilterError.

    :param variables: those of the role that calls the filter. An error is returned to a role.
    """
    try:
        if state == "absent":
            return {**compose_removal(name)}
        if state != "present":
            raise Refused("state", state, "is not one of present, absent")
        BRIDGE_LAB.check(variables or ())
        lab = LabOptions(
            namespaces, name, bridge, network, gateway, routes, masquerade, forwards,
            switch_netns, out_interface, in_interface, backend, switch, switch_options,
        )  # fmt: skip
        return {**compose_lab(lab)}
    except Refused as error:
        if variables is not None:
            return {"error": BRIDGE_LAB.describe_error(error)}
        raise AnsibleFilterError(f"bridge_lab: {error}") from error


class FilterModule:
    """The filters of this file, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file, by name."""
        return {"bridge_lab": bridge_lab}
