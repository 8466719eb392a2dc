# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the parsers of all resources share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.desired_state import ALLOW_OVERLAP, KEEP_ADDRESSES, Allowance, DesiredState
from .._model.links import Veth
from .._params.names import check_netns_name
from .._params.unique import check_unique

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._model.resources import Resource


def check_netns(parameter: str, name: str | None) -> str | None:
    """Check and return the namespace of an item; None is the host."""
    return None if name is None else check_netns_name(parameter, name)


def check_addresses(parameter: str, values: list[str] | None) -> tuple[str, ...] | None:
    """Check and return the addresses of a link; None if the option is omitted."""
    if values is None:
        return None
    from .._params.addresses import check_interface_address  # namespaces do not need it

    return check_unique(
        parameter,
        [
            check_interface_address(f"{parameter}[{index}]", text)
            for index, text in enumerate(values)
        ],
    )


def desired_state_for(
    state: str,
    resources: Sequence[Resource],
    allowed: Sequence[Allowance] = (),
    backend: str = "auto",
    integrate: Sequence[str] = (),
) -> DesiredState:
    """Return the desired state of a task with ``state: present`` or ``state: absent``."""
    if state == "absent":
        return DesiredState(absent=tuple(resources), allowed=frozenset(allowed), backend=backend)
    return DesiredState(
        present=tuple(resources),
        allowed=frozenset(allowed),
        backend=backend,
        integrate=tuple(integrate),
    )


def _keys(resource: Resource) -> list[tuple[Any, ...]]:
    """The keys of a resource, and of the ends of a veth pair."""
    ends = [resource.end.key, resource.peer.key] if isinstance(resource, Veth) else []
    return [resource.key, *ends]


def allowances(params: Mapping[str, Any], resource: Resource) -> list[Allowance]:
    """Return what the options of an item permit for its resource, as (option, key of the resource).

    A metric that is given permits a second default route, and a link without ``purge_addresses``
    keeps the addresses that the item does not list.
    """
    allowed: list[Allowance] = []
    for option in ("force", "steal"):
        if params.get(option):
            allowed += [(option, key) for key in _keys(resource)]
    if params.get("metric") is not None:
        allowed.append(("metric", resource.key))
    if "purge_addresses" not in params:
        return allowed
    ends: list[tuple[Mapping[str, Any], Resource]] = [(params, resource)]
    if isinstance(resource, Veth):
        ends = [(params, resource.end), (params["peer"], resource.peer)]
    for options, end in ends:
        if options.get("purge_addresses") is False:
            allowed.append((KEEP_ADDRESSES, end.key))
        if options.get(ALLOW_OVERLAP):
            allowed.append((ALLOW_OVERLAP, end.key))
    return allowed
