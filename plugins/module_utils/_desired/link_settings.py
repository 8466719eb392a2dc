# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns the parameters of a link into what is wanted on it, besides what it is itself."""

from __future__ import annotations

from typing import Any, Dict, List

from . import _errors, _model
from ._changes import Thing
from ._impairment import is_none, read_impairment
from ._vlans import read_vlans


def things_on(link: _model.Link, params: Dict[str, Any], prefix: str) -> List[Thing]:
    """The VLANs of a port, and an impairment."""
    things: List[Thing] = []
    for option in ("vlan", "vlans"):
        if params[option] is not None and not link.bridge:
            raise _errors.Refused(f"{prefix}{option}", params[option], "is a bridge port's; it needs bridge")
    if params["vlan"] is not None or params["vlans"] is not None:
        things.append(read_vlans(link.netns, link.name, params["vlan"], params["vlans"], prefix))
    if params["impairment"] is not None:
        impairment = read_impairment(link.netns, link.name, params["impairment"], f"{prefix}impairment")
        if link.txqueuelen == 0 and not is_none(impairment):
            raise _errors.Refused(f"{prefix}txqueuelen", 0, "excludes impairment, with which the kernel gives a link a queue of 1000")
        things.append(impairment)
    return things
