# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The functions of ``dispatch`` with the implementations for all kinds of resources.

Importing this file registers them: a new kind has a file here.
"""

from __future__ import annotations

from . import addresses, bridge_vlans, impairments, link_settings, links, routes, veths

# isort: split
from . import (
    attachments,
    namespaces,
    nat,
    netns_files,
    ovs,
    persistence,
    processes,
    services,
    sysctls,
)
from .dispatch import (
    affected_locations,
    describe_subject,
    find_checks,
    required_locations,
    show_command,
)

__all__ = [
    "IMPLEMENTATIONS",
    "affected_locations",
    "describe_subject",
    "find_checks",
    "required_locations",
    "show_command",
]

_ON_LINKS = (addresses, bridge_vlans, impairments, link_settings, links, routes, veths)
_NOT_ON_LINKS = (
    attachments,
    namespaces,
    nat,
    netns_files,
    ovs,
    persistence,
    processes,
    services,
    sysctls,
)
IMPLEMENTATIONS = (*_ON_LINKS, *_NOT_ON_LINKS)
