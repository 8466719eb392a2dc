# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_info, which changes nothing."""

from __future__ import annotations

import contextlib

from .._host.netns_handles import NetnsHandles
from .._info.collect import collect_info
from .._info.details import compose_info
from .._params.names import check_netns_name
from .._params.specs.netns_info import NETNS_INFO_SPEC, SUBSETS, NetnsInfoParams
from .base import open_module, parse_params, reporting_errors, warn_of_killed_task


def _check_names(params: NetnsInfoParams) -> list[str] | None:
    names = params["netns"]
    if names is None:
        return None
    return [check_netns_name(f"netns[{index}]", name) for index, name in enumerate(names)]


def run_info() -> None:
    """Run the module netns_info."""
    module, params = open_module(NETNS_INFO_SPEC, _check_names)
    subset = set(SUBSETS) if "all" in params["gather_subset"] else set(params["gather_subset"])
    with reporting_errors(module):
        names = parse_params(NETNS_INFO_SPEC, params, _check_names)
        with contextlib.closing(NetnsHandles()) as handles:
            warn_of_killed_task(module, handles.host_identity)
            result = compose_info(collect_info(handles, names, subset), subset)
    module.exit_json(changed=False, **result)
