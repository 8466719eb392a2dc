# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders captures: the conversations as data and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._describe.table import align
from .._model.addresses import join_port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.captures import Conversation

MAX_LISTED = 1000
"""Conversations in a result."""
_MAX_ROWS = 50
"""Conversations in a report."""


def select_largest(conversations: Sequence[Conversation]) -> list[Conversation]:
    """As many as a result lists, those with most bytes, in the order of their first packets."""
    ranked = sorted(conversations, key=lambda one: one.bytes + one.reply_bytes, reverse=True)
    listed = {id(one) for one in ranked[:MAX_LISTED]}
    return [one for one in conversations if id(one) in listed]


def compose_conversation(conversation: Conversation) -> dict[str, Any]:
    """A conversation as the module returns it."""
    flow = conversation.flow
    return {
        "protocol": flow.protocol,
        "source": flow.source,
        "source_port": flow.source_port,
        "destination": flow.destination,
        "destination_port": flow.destination_port,
        "packets": conversation.packets,
        "bytes": conversation.bytes,
        "reply_packets": conversation.reply_packets,
        "reply_bytes": conversation.reply_bytes,
        "interfaces": conversation.interfaces,
    }


def write_conversations(conversations: Sequence[Conversation]) -> str:
    """A table with a line for each conversation."""
    rows = [("PROTOCOL", "FROM", "TO", "PACKETS", "REPLIES", "BYTES", "INTERFACES")]
    for one in conversations[:_MAX_ROWS]:
        flow = one.flow
        rows.append(
            (
                flow.protocol,
                _write_end(flow.source, flow.source_port),
                _write_end(flow.destination, flow.destination_port),
                str(one.packets),
                str(one.reply_packets),
                str(one.bytes + one.reply_bytes),
                " ".join(one.interfaces),
            )
        )
    more = len(conversations) - _MAX_ROWS
    return "\n".join([*align(rows), *([f"and {more} more"] if more > 0 else [])]) + "\n"


def _write_end(address: str | None, port: int | None) -> str:
    if address is None or port is None:
        return address or "-"
    return join_port(address, port)
