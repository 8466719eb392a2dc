# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The functions of ``dispatch``, with all kinds of resources registered."""

from __future__ import annotations

from . import (
    addresses,
    bridge_vlans,
    impairments,
    links,
    namespaces,
    nat,
    resolvers,
    routes,
    sysctls,
    veths,
)
from .dispatch import compose_commands, describe_action, describe_details

__all__ = ["compose_commands", "describe_action", "describe_details"]

_KINDS = (
    addresses,
    bridge_vlans,
    impairments,
    links,
    namespaces,
    nat,
    resolvers,
    routes,
    sysctls,
    veths,
)
"""Each registers its functions when it is imported."""
