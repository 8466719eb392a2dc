# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of netns to the desired state."""

from __future__ import annotations

from typing import List

from .._model.changes import Resource
from .._model.desired_state import DesiredState
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.netns import Netns, Resolver, Sysctl
from .._params.validators import check_address, check_netns_name, check_search_domain, check_sysctl
from .common import Params, allowances, desired_state_for

_BARE, _LOOPBACK = Link(None, ""), Link(None, "lo", up=True)
"""To alter one takes half as long as to make one, and there are thousands."""


def netns_resources(params: Params, prefix: str = "") -> List[Resource]:
    """A namespace, its loopback, its sysctls and its resolver."""
    name = check_netns_name(f"{prefix}name", params["name"])
    if name == "host" and params["state"] == "present":
        raise Refused(f"{prefix}name", name, "is what results and pictures call the host itself")
    resources: List[Resource] = [Netns(name), replace(_LOOPBACK, netns=name)]
    for key, value in (params["sysctls"] or {}).items():
        path, text = check_sysctl(f"{prefix}sysctls", key, value)
        resources.append(Sysctl(name, path, text))
    if params["nameservers"] is not None or params["search"] is not None:
        servers = [
            check_address(f"{prefix}nameservers[{i}]", text)
            for i, text in enumerate(params["nameservers"] or ())
        ]
        search = [
            check_search_domain(f"{prefix}search[{i}]", text)
            for i, text in enumerate(params["search"] or ())
        ]
        resources.append(Resolver(name, tuple(servers), tuple(search)))
    return resources


def parse_netns(params: Params) -> DesiredState:
    resources = netns_resources(params)
    if params["state"] == "absent":
        return desired_state_for(params, resources[:1], allowances(params, resources))
    return desired_state_for(params, resources)
