# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module netns_info returns, without Ansible."""

from __future__ import annotations

from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._info.collect import collect_info
from ansible_collections.redblue.netns.plugins.module_utils._info.details import compose_info
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_info import (
    NETNS_INFO_SPEC,
    SUBSETS,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate


def gather_info(**raw: Any) -> dict[str, Any]:
    """Return the result of a netns_info task with these options."""
    params = validate(raw, NETNS_INFO_SPEC)
    subset = set(SUBSETS) if "all" in params["gather_subset"] else set(params["gather_subset"])
    host = LinuxHost()
    try:
        return compose_info(collect_info(host.handles, params["netns"], subset), subset)
    finally:
        host.close()
