# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the desired state of several resources shares."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from .._model.changes import Resource
from .._model.desired_state import Allowance, DesiredState
from .._model.errors import Refused
from .._params.validators import check_interface_address, check_netns_name

Params = Dict[str, Any]


def check_netns(params: Params, prefix: str) -> Optional[str]:
    """The namespace of an item; None is the host."""
    name = params.get("netns")
    return None if name is None else check_netns_name(f"{prefix}netns", name)


def check_unique(parameter: str, values: Sequence[str]) -> Tuple[str, ...]:
    """These values, none of them twice."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise Refused(
                f"{parameter}[{index}]",
                value,
                f"stands at {parameter}[{values.index(value)}] already",
            )
    return tuple(values)


def check_addresses(params: Params, prefix: str) -> Optional[Tuple[str, ...]]:
    """The addresses of a link, if they are given."""
    given = params.get("addresses")
    if given is None:
        return None
    return check_unique(
        f"{prefix}addresses",
        [check_interface_address(f"{prefix}addresses[{i}]", text) for i, text in enumerate(given)],
    )


def desired_state_for(
    params: Params, resources: Sequence[Resource], allowed: Sequence[Allowance] = ()
) -> DesiredState:
    """That these shall be there, or shall not."""
    backend = params.get("backend") or "auto"
    if params["state"] == "absent":
        return DesiredState(absent=tuple(resources), allowed=frozenset(allowed), backend=backend)
    return DesiredState(
        present=tuple(resources),
        allowed=frozenset(allowed),
        backend=backend,
        integrate=tuple(params.get("integrate") or ()),
    )


def allowances(params: Params, resources: Sequence[Resource]) -> List[Allowance]:
    """What options of one item permit beyond the rules, and for which thing. A metric that is given permits a second default route."""
    allowed = [(option, resources[0].key) for option in ("force", "steal") if params.get(option)]
    return allowed + [("metric", resources[0].key)] if params.get("metric") is not None else allowed
