# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until a run is confirmed, over another connection than that of its task."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from typing import TYPE_CHECKING, Any

from .._host.state_directory import open_state_directory, replace_state_file
from .._model.errors import Failed, NotConfirmed, describe_error
from .messages import (
    SECONDS_TO_ANSWER,
    Confirmation,
    describe_own_connection,
    name_outcome,
    path_of_socket,
    receive_message,
    send_message,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Waiting:
    """The socket at which a run is confirmed.

    It is opened before the run changes anything. Only one run at a time holds the host's lock, so
    a socket that is found was left by a run that was killed.
    """

    def __init__(self, host: tuple[int, int], wanted: Confirmation) -> None:
        self._host, self._wanted = host, wanted
        self._path = path_of_socket(host)
        self._connection = describe_own_connection()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._confirming: socket.socket | None = None
        """The other end, which hears how the run ended."""

    def open(self) -> None:
        """Open the socket.

        :raises Failed: it cannot be opened. Nothing has been changed.
        """
        try:
            directory = open_state_directory(create=True)
            if directory is not None:
                os.close(directory)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)
            self._socket.bind(self._path)
            self._socket.listen(8)
        except OSError as error:
            reason = f"no confirmation can be received at {self._path}: {describe_error(error)}"
            raise Failed(reason) from error

    def close(self) -> None:
        """Close and remove the socket."""
        self._socket.close()
        with contextlib.suppress(OSError):
            os.unlink(self._path)

    def wait(self) -> None:
        """Return when the run is confirmed.

        :raises NotConfirmed: nobody confirms it in time.
        """
        deadline = time.monotonic() + self._wanted.seconds
        for peer in self._accept_until(deadline):
            with peer, contextlib.suppress(OSError, EOFError, ValueError):
                peer.settimeout(SECONDS_TO_ANSWER)
                reason = self._find_reason_against(receive_message(peer))
                if reason is None:
                    self._confirming = peer.dup()
                    return
                send_message(peer, {"confirmed": False, "reason": reason})
        self._socket.close()  # Who comes now is told what becomes of the run.
        raise NotConfirmed(
            f"not confirmed within {self._wanted.seconds} s (confirm_timeout) over a new connection"
        )

    def report_confirmed(self) -> None:
        """Tell who confirmed the run that it has ended well."""
        self._answer({"confirmed": True})

    def report_undone(self, message: str) -> None:
        """Tell who confirmed the run, or comes to confirm it, that it was undone."""
        self._answer({"confirmed": False, "reason": message})
        outcome = {**self._wanted._asdict(), "message": message, "when": int(time.time())}
        with contextlib.suppress(OSError, Failed):
            replace_state_file(name_outcome(self._host), json.dumps(outcome).encode())

    def _answer(self, message: dict[str, Any]) -> None:
        if self._confirming is not None:
            with self._confirming as peer, contextlib.suppress(OSError):
                send_message(peer, message)

    def _accept_until(self, deadline: float) -> Iterator[socket.socket]:
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._socket.settimeout(left)
            with contextlib.suppress(socket.timeout):
                yield self._socket.accept()[0]

    def _find_reason_against(self, message: dict[str, Any]) -> str | None:
        """Why a message does not confirm this run; None if it does."""
        name, token = self._wanted.name, self._wanted.token
        if message.get("name") != name:
            return f"the run that waits is of the topology {name}"
        if message.get("token") not in (None, token):
            return f"another run of the topology {name} waits"
        connection = message.get("connection")
        if connection is not None and connection == self._connection:
            return (
                "it came over the SSH connection of the run itself, which proves nothing; open "
                "a new one (ansible.builtin.meta: reset_connection)"
            )
        return None
