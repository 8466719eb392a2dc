# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the desired state of several resources shares."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from .._model.changes import Thing
from .._model.desired_state import Allowance, Wish
from .._model.errors import Refused
from .._params.validators import check_interface_address, check_netns_name

Params = Dict[str, Any]


def checked_netns(params: Params, prefix: str) -> Optional[str]:
    """The namespace of an item; None is the host."""
    name = params.get("netns")
    return None if name is None else check_netns_name(f"{prefix}netns", name)


def unique(parameter: str, values: Sequence[str]) -> Tuple[str, ...]:
    """These values, none of them twice."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise Refused(
                f"{parameter}[{index}]",
                value,
                f"stands at {parameter}[{values.index(value)}] already",
            )
    return tuple(values)


def checked_addresses(params: Params, prefix: str) -> Optional[Tuple[str, ...]]:
    """The addresses of a link, if they are given."""
    given = params.get("addresses")
    if given is None:
        return None
    return unique(
        f"{prefix}addresses",
        [check_interface_address(f"{prefix}addresses[{i}]", text) for i, text in enumerate(given)],
    )


def wish_for(params: Params, things: Sequence[Thing], allowed: Sequence[Allowance] = ()) -> Wish:
    """That these shall be there, or shall not."""
    backend = params.get("backend") or "auto"
    if params["state"] == "absent":
        return Wish(absent=tuple(things), allowed=frozenset(allowed), backend=backend)
    return Wish(
        present=tuple(things),
        allowed=frozenset(allowed),
        backend=backend,
        integrate=tuple(params.get("integrate") or ()),
    )


def allowances(params: Params, things: Sequence[Thing]) -> List[Allowance]:
    """What options of one item permit beyond the rules, and for which thing. A metric that is given permits a second default route."""
    allowed = [(option, things[0].key) for option in ("force", "steal") if params.get(option)]
    return allowed + [("metric", things[0].key)] if params.get("metric") is not None else allowed
