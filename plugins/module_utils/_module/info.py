# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_info: looks, and changes nothing."""

from __future__ import annotations

import contextlib

from .._host.netns_handles import Rooms
from .._info.collect import look
from .._info.details import compose_info
from .._params.argspec import SUBSETS, Spec
from .._params.validators import check_netns_name
from .base import failing, open_module


def run_info(spec: Spec) -> None:
    """The whole module."""
    module, params = open_module(spec)
    subset = set(SUBSETS) if "all" in params["gather_subset"] else set(params["gather_subset"])
    with failing(module):
        names = params["netns"]
        if names is not None:
            names = [check_netns_name(f"netns[{index}]", name) for index, name in enumerate(names)]
        with contextlib.closing(Rooms()) as rooms:
            result = compose_info(look(rooms, names, subset), subset)
    module.exit_json(changed=False, **result)
