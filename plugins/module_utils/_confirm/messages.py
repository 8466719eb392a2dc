# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run that waits for its confirmation and the one that confirms it say to each other.

They meet at a socket in /run/redblue-netns, which only root can reach. Each says one JSON object.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from .._host.ssh_connection import find_ssh_connection, find_ssh_socket
from .._host.state_directory import STATE_DIRECTORY
from .._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    import socket

MAX_MESSAGE = 1 << 16
SECONDS_TO_ANSWER = 5.0


class Confirmation(NamedTuple):
    """What has to be confirmed: a run of a topology, by the token that only its task knows."""

    name: str
    token: str
    seconds: int


def path_of_socket(host: tuple[int, int]) -> str:
    """The socket at which a run waits.

    :param host: the identity of the host's own network namespace: others may see the same /run.
    """
    return os.path.join(STATE_DIRECTORY, f"confirm-{host[1]}")


def name_outcome(host: tuple[int, int]) -> str:
    """The file in /run/redblue-netns that says which run was undone because nobody confirmed it."""
    return f"unconfirmed-{host[1]}"


def describe_own_connection() -> list[Any] | None:
    """The client's end of the SSH connection by which this task came; None without SSH."""
    connection = find_ssh_connection() or find_ssh_socket()
    return None if connection is None else [connection.client, connection.client_port]


def send_message(peer: socket.socket, message: dict[str, Any]) -> None:
    """Send a message.

    :raises OSError: the other end is gone.
    """
    peer.sendall(json.dumps(message).encode() + b"\n")


def receive_message(peer: socket.socket) -> dict[str, Any]:
    """Receive a message.

    :raises OSError: the other end is silent.
    :raises EOFError: it is gone.
    :raises ValueError: it is no JSON object.
    """
    content = b""
    while not content.endswith(b"\n") and len(content) < MAX_MESSAGE:
        part = peer.recv(MAX_MESSAGE)
        if not part:
            raise EOFError("the other end closed the connection")
        content += part
    message = json.loads(content)
    if not isinstance(message, dict):
        raise ValueError("no JSON object")
    return message
