# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_info: looks, and changes nothing."""

from __future__ import annotations

import contextlib

from ._args import SUBSETS, Spec
from ._kernel import Kernel
from ._module import failing, open_module
from ._sight import compose_info, look
from ._values import check_netns_name


def run_info(spec: Spec) -> None:
    """The whole module."""
    module, params = open_module(spec)
    subset = set(SUBSETS) if "all" in params["gather_subset"] else set(params["gather_subset"])
    with failing(module):
        names = params["netns"]
        if names is not None:
            names = [check_netns_name(f"netns[{index}]", name) for index, name in enumerate(names)]
        with contextlib.closing(Kernel()) as host:
            result = compose_info(look(host, host.rooms, names, subset), subset)
    module.exit_json(changed=False, **result)
