# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What libcni writes into its cache of an attachment."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from .cni import NO_CAPABILITIES, RESULTS

if TYPE_CHECKING:
    from .cni import CniAttachment

KIND = "cniCacheV1"
MARK = "redblue.netns"
"""The key of this collection."""


def path_of_result(attachment: CniAttachment) -> str:
    """The file of an attachment."""
    return f"{RESULTS}/{attachment.network}-{attachment.container_id}-{attachment.ifname}"


def compose_entry(attachment: CniAttachment, netns_path: str) -> dict[str, Any]:
    """What libcni writes of an attachment, without its result."""
    config = base64.b64encode((attachment.config or "").encode()).decode()
    entry: dict[str, Any] = {
        "kind": KIND,
        "containerId": attachment.container_id,
        "config": config,
        "ifName": attachment.ifname,
        "networkName": attachment.network,
        "netns": netns_path,
    }
    if attachment.args:
        entry["cniArgs"] = [list(pair) for pair in attachment.args]
    if attachment.capabilities != NO_CAPABILITIES:
        entry["capabilityArgs"] = json.loads(attachment.capabilities)
    return entry
