# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of namespaces: from the options of netns.

Most tasks set neither sysctls nor a resolver, and do not load what validates these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.netns import Netns, Resolver, Sysctl
from .._params.names import check_netns_name, check_search_domain
from .common import allowances, desired_state_for

if TYPE_CHECKING:
    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .._params.specs.netns import NetnsParams, NetnsTaskParams

_LOOPBACK = Link(None, "lo", up=True)
"""Copying it is twice as fast as creating one, and there are thousands."""


def netns_resources(params: NetnsParams, state: str, prefix: str = "") -> list[Resource]:
    """Return a namespace, its loopback interface, its sysctls and its resolver."""
    name = check_netns_name(f"{prefix}name", params["name"])
    if name == "host" and state == "present":
        raise Refused(f"{prefix}name", name, "is the name of the host in results and diagrams")
    resources: list[Resource] = [Netns(name), replace(_LOOPBACK, netns=name)]
    if params["attach"] is not None:
        from .._params.attach import parse_attach

        # The loopback of a namespace that others made is theirs.
        resources = [Netns(name, attached=parse_attach(f"{prefix}attach", params["attach"]))]
    if params["sysctls"]:
        resources += _parse_sysctls(f"{prefix}sysctls", params["sysctls"], name)
    if params["nameservers"] is not None or params["search"] is not None:
        resources.append(_parse_resolver(params, name, prefix))
    return resources


def _parse_sysctls(parameter: str, values: dict[str, Any], netns: str) -> list[Sysctl]:
    from .._model.sysctl_effects import write_order
    from .._params.sysctl_values import check_no_contradiction, check_sysctl

    checked = dict(check_sysctl(parameter, key, value) for key, value in values.items())
    check_no_contradiction(parameter, checked)
    return [Sysctl(netns, path, checked[path]) for path in sorted(checked, key=write_order)]


def _parse_resolver(params: NetnsParams, netns: str, prefix: str) -> Resolver:
    from .._params.addresses import check_address

    servers = [
        check_address(f"{prefix}nameservers[{index}]", text)
        for index, text in enumerate(params["nameservers"] or ())
    ]
    search = [
        check_search_domain(f"{prefix}search[{index}]", text)
        for index, text in enumerate(params["search"] or ())
    ]
    return Resolver(netns, tuple(servers), tuple(search))


def parse_netns(params: NetnsTaskParams) -> DesiredState:
    """Return the desired state of a task of the module netns."""
    resources = netns_resources(params, params["state"])
    if params["state"] == "absent":
        return desired_state_for("absent", resources[:1], allowances(params, resources[0]))
    return desired_state_for("present", resources, allowances(params, resources[0]))
