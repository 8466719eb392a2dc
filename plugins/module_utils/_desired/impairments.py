# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired impairments of links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.errors import Refused
from .._model.impairments import DEFAULT_LIMIT, Impairment, is_unimpaired

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._params.specs.links import ImpairmentParams


def parse_impairment(
    netns: str | None, link: str, params: ImpairmentParams, parameter: str
) -> Impairment:
    """Return the impairment of a link.

    :raises Refused: a value is not written as tc(8) writes it, or netem cannot do it.
    """
    # Most tasks have no impairment, and do not need it.
    from .._model.tc_units import PARSERS

    texts: Mapping[str, object] = params
    values: dict[str, Any] = {}
    for name, parse in PARSERS.items():
        text = texts[name]
        if isinstance(text, str):
            values[name] = parse(f"{parameter}.{name}", text)
    for name in ("jitter", "reorder"):
        if values.get(name) and not values.get("delay"):
            rule = "needs delay: only delayed packets can be overtaken"
            raise Refused(f"{parameter}.{name}", texts[name], rule)
    limit = params["limit"]
    if limit is not None and not 1 <= limit < 2**32:
        rule = "is not a number of packets between 1 and 4294967295"
        raise Refused(f"{parameter}.limit", limit, rule)
    impairment = Impairment(netns, link, **values, limit=limit)
    if limit is not None or is_unimpaired(impairment) or set(values) == {"rate"}:
        return impairment
    return Impairment(netns, link, **values, limit=DEFAULT_LIMIT)
