# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module netns_confirm."""

from __future__ import annotations

from .._confirm.confirm import confirm
from .._host.netns import identify_netns
from .._params.names import check_lab_name
from .._params.specs.netns_confirm import NETNS_CONFIRM_SPEC, NetnsConfirmParams
from .base import assume_missing, open_module, parse_params, reporting_errors


def _check_name(params: NetnsConfirmParams) -> str:
    return check_lab_name("name", params["name"])


def run_confirm() -> None:
    """Run the module netns_confirm. In check mode nothing waits, so nothing is confirmed."""
    module, params = open_module(NETNS_CONFIRM_SPEC, _check_name)
    with reporting_errors(module):
        name = parse_params(NETNS_CONFIRM_SPEC, params, _check_name)
        is_confirmed = not assume_missing(module)
        if is_confirmed:
            confirm(identify_netns(None), name, params["token"])
    module.exit_json(changed=False, confirmed=is_confirmed)
