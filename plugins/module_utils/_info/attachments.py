# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attachments to networks of CNI: as options, and with what their plugins returned."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from .._host.cni_cache import read_cache
from .._host.netns import path_of
from .._model.cni import PLUGIN_PATH
from .._model.secrets import redact
from .items import Item, drop_none

if TYPE_CHECKING:
    from .._model.cni import CniAttachment
    from .._model.current_state import CurrentState


def compose_attachments(current: CurrentState, owner: str) -> list[Item]:
    """The attachments of a topology as options. A network with secrets is named only."""
    return [
        _compose_options(attachment)
        for attachment in current.attachments.values()
        if attachment.owner == owner and attachment.netns in current.namespaces
    ]


def _compose_options(attachment: CniAttachment) -> Item:
    config = json.loads(attachment.config or "{}")
    path = attachment.plugin_path
    return drop_none(
        {
            "netns": attachment.netns,
            "ifname": attachment.ifname,
            "network": config if redact(config) == config else attachment.network,
            "args": dict(attachment.args) or None,
            "capabilities": json.loads(attachment.capabilities) or None,
            "plugin_path": None if path == PLUGIN_PATH else list(path),
        }
    )


def read_attachments(current: CurrentState) -> list[Item]:
    """All attachments in the cache of which the namespace was observed, also those of others."""
    items = []
    for cached in read_cache():
        attachment = cached.attachment
        is_lost = attachment.owner is not None and not os.path.exists(path_of(attachment.netns))
        if attachment.netns not in current.namespaces and not is_lost:
            continue
        known = current.attachments.get(attachment.key, attachment)
        is_ours = attachment.owner is not None
        items.append(
            {
                "netns": attachment.netns,
                "ifname": attachment.ifname,
                "network": attachment.network,
                "container_id": cached.container_id,
                "topology": attachment.owner or None,
                "ours": is_ours,
                "state": known.state if is_ours else None,
                "addresses": _list_addresses(attachment),
            }
        )
    return items


def _list_addresses(attachment: CniAttachment) -> list[Any]:
    return [ip["address"] for ip in json.loads(attachment.result or "{}").get("ips") or ()]
