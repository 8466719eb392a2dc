# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All kinds, for modules that can meet any resource."""

from __future__ import annotations

from . import (
    attachments,
    links,
    namespaces,
    other_links,
    ovs,
    processes,
    routes,
    rules,
    services,
    topologies,
    veths,
    wanted_links,
)

ALL_KINDS = (
    attachments,
    links,
    namespaces,
    other_links,
    ovs,
    processes,
    routes,
    rules,
    services,
    topologies,
    veths,
    wanted_links,
)
