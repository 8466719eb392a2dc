# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter sandbox: the topology of a closed namespace, and the command that runs in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.plugin_utils._bridge_lab.lab import compose_removal
from ansible_collections.redblue.netns.plugins.plugin_utils._sandbox.command import compose_command
from ansible_collections.redblue.netns.plugins.plugin_utils._sandbox.network import (
    SandboxOptions,
    compose_sandbox,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._sandbox.proxy import Proxy, read_proxy
from ansible_collections.redblue.netns.plugins.plugin_utils._sandbox.variables import SANDBOX

_NOTHING: dict[str, Any] = {"policy": [], "dns": False, "argv": [], "environment": {}}


def sandbox(
    name: Any,
    allow: Any = (),
    accept: Any = (),
    bridge: Any = "sandbox0",
    network: Any = "192.168.99.0/29",
    nameservers: Any = (),
    proxy: Any = None,
    refuse: Any = "reject",
    out_interface: Any = None,
    address_sets: Any = (),
    backend: Any = "auto",
    state: Any = "present",
    command: Any = (),
    environment: Any = None,
    user: Any = "65534",
    group: Any = "65534",
    variables: Any = None,
) -> dict[str, Any]:
    """What the role of the same name needs: options of ``topology``, and a command.

    :param variables: those of the role that calls the filter. An error is returned to a role.
    :raises AnsibleFilterError: an option is not valid.
    """
    try:
        if _is_absent(state):
            return {**compose_removal(name), **_NOTHING}
        SANDBOX.check(variables or ())
        way_out = read_proxy(proxy)
        topology = compose_sandbox(SandboxOptions(
            name, bridge, network, allow, accept, nameservers, way_out, refuse, out_interface,
            address_sets, backend,
        ))  # fmt: skip
        own_environment = _read_environment(environment, way_out)
        argv = compose_command(topology["name"], command, user, group, own_environment)
        return {**topology, "argv": argv, "environment": own_environment}
    except Refused as error:
        if variables is not None:
            return {"error": SANDBOX.describe_error(error)}
        raise AnsibleFilterError(f"sandbox: {error}") from error


def _is_absent(state: Any) -> bool:
    if state not in ("present", "absent"):
        raise Refused("state", state, "is not one of present, absent")
    return bool(state == "absent")


def _read_environment(environment: Any, proxy: Proxy | None) -> dict[str, str]:
    if environment is not None and not isinstance(environment, Mapping):
        raise Refused("environment", None, "is not a dictionary, such as {LANG: C.UTF-8}")
    of_proxy = {} if proxy is None else proxy.environment()
    return {**of_proxy, **{str(key): str(value) for key, value in (environment or {}).items()}}


class FilterModule:
    """The filters of this file, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file, by name."""
        return {"sandbox": sandbox}
