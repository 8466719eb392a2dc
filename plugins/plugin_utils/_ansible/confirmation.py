# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Confirms a change of a host over a new connection, or finds out that the host undid it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError
from ansible.plugins.connection import ConnectionBase

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase

MODULE = "redblue.netns.netns_confirm"
_PAUSE = 1.0
"""Seconds between two attempts."""
_SECONDS_TO_UNDO = 30.0
"""For which attempts go on after the time is over, to find out what the host did."""


def confirm_change(
    action: ActionBase, result: dict[str, Any], task_vars: dict[str, Any] | None
) -> dict[str, Any]:
    """Confirm a change, and return the result of the task.

    :param result: what the module returned, with ``confirmation`` if a change has to be confirmed.
    """
    confirmation = result.get("confirmation")
    if not isinstance(confirmation, dict) or result.get("failed"):
        return result
    name, token = str(confirmation.get("name")), str(confirmation.get("token"))
    seconds = confirmation.get("seconds")
    patience = float(seconds) if isinstance(seconds, int) else 0.0
    deadline = time.monotonic() + patience + _SECONDS_TO_UNDO
    while True:
        try:
            _reset(action)
            answer = action._execute_module(
                MODULE, {"name": name, "token": token}, task_vars=task_vars
            )
        except AnsibleError as error:
            reason = f"no new connection works: {error}"
        else:
            if not answer.get("failed"):
                return {**result, "confirmation": {**confirmation, "confirmed": True}}
            return {**result, "failed": True, "changed": False, "msg": answer.get("msg", "")}
        if time.monotonic() > deadline:
            message = f"{reason}. The host undoes the change by itself, because nobody confirms it"
            return {**result, "failed": True, "msg": message}
        time.sleep(_PAUSE)


def _reset(action: ActionBase) -> None:
    """Close the connection of the task, so that the next command opens a new one.

    Connections that have nothing to close, such as ``local``, do not implement it.
    """
    if type(action._connection).reset is not ConnectionBase.reset:
        action._connection.reset()
