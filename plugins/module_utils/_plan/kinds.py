# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of resources: to import this file registers how each is planned."""

from __future__ import annotations

from . import (
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

__all__ = (
    "bridge_vlans",
    "impairments",
    "links",
    "namespaces",
    "nat",
    "resolvers",
    "routes",
    "sysctls",
    "veths",
)
