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


def bridge_lab(
    namespaces: Any,
    name: Any = "lab",
    bridge: Any = "v-net-0",
    network: Any = "192.168.15.0/24",
    gateway: Any = "192.168.15.5",
    routes: Any = ("default",),
    masquerade: Any = True,
    forwards: Any = (),
    switch_netns: Any = None,
    out_interface: Any = None,
    in_interface: Any = None,
    backend: Any = "auto",
    state: Any = "present",
) -> dict[str, Any]:
    """The options of ``topology`` for a lab. An invalid option raises AnsibleFilterError."""
    try:
        if state == "absent":
            return {**compose_removal(name)}
        if state != "present":
            raise Refused("state", state, "is not one of present, absent")
        lab = LabOptions(
            namespaces=namespaces,
            name=name,
            bridge=bridge,
            network=network,
            gateway=gateway,
            routes=routes,
            masquerade=masquerade,
            forwards=forwards,
            switch_netns=switch_netns,
            out_interface=out_interface,
            in_interface=in_interface,
            backend=backend,
        )
        return {**compose_lab(lab)}
    except Refused as error:
        raise AnsibleFilterError(f"bridge_lab: {error}") from error


class FilterModule:
    """The filters of this file, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file, by name."""
        return {"bridge_lab": bridge_lab}
