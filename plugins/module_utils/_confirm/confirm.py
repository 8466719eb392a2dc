# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Confirms the run that waits for it on this host."""

from __future__ import annotations

import json
import os
import socket
import time
from typing import Any

from .._host.state_directory import read_state_file
from .._model.errors import Failed
from .messages import (
    describe_own_connection,
    name_outcome,
    path_of_socket,
    receive_message,
    send_message,
)

_SECONDS_TO_END = 60.0
"""In which a run that was confirmed or not in time comes to its end."""
_PAUSE = 0.1


def confirm(host: tuple[int, int], name: str, token: str | None) -> None:
    """Confirm the run of a topology.

    :param token: which run; None for whichever waits.
    :raises Failed: it is not confirmed, and why.
    """
    message = {"name": name, "token": token, "connection": describe_own_connection()}
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.settimeout(_SECONDS_TO_END)
            peer.connect(path_of_socket(host))
            send_message(peer, message)
            answer = receive_message(peer)
    except (FileNotFoundError, ConnectionError, EOFError):
        _await_end(host)
        raise Failed(_explain_absence(host, name, token)) from None
    except (OSError, ValueError) as error:
        raise Failed(f"the run of the topology {name} did not answer: {error}") from error
    if answer.get("confirmed") is not True:
        raise Failed(f"the topology {name} is not confirmed: {answer.get('reason')}")


def _await_end(host: tuple[int, int]) -> None:
    """Wait until a run that is being undone has ended. One that was killed left its socket."""
    deadline = time.monotonic() + _SECONDS_TO_END
    while os.path.exists(path_of_socket(host)) and time.monotonic() < deadline:
        time.sleep(_PAUSE)


def _explain_absence(host: tuple[int, int], name: str, token: str | None) -> str:
    """What became of the run, as far as it is known."""
    outcome = _read_outcome(host)
    is_meant = outcome.get("name") == name and token in (None, outcome.get("token"))
    if is_meant:
        return f"the run of the topology {name} is undone: {outcome.get('message')}"
    return f"no run of the topology {name} waits for its confirmation on this host"


def _read_outcome(host: tuple[int, int]) -> dict[str, Any]:
    try:
        outcome = json.loads(read_state_file(name_outcome(host)) or b"{}")
    except (OSError, ValueError, Failed):
        return {}
    return outcome if isinstance(outcome, dict) else {}
