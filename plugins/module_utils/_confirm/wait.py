# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until a run is confirmed, over another connection than that of its task."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
from typing import TYPE_CHECKING, Any

from .._host.background import continue_in_child
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
    """A run that waits at a socket until it is confirmed.

    The run holds the host's lock. So a socket that is found was left by one that was killed, and a
    run that never came to its first change leaves the socket of another one alone.

    It waits in a process that another one guards. Each of them can undo the run.
    """

    def __init__(self, host: tuple[int, int], wanted: Confirmation) -> None:
        self._host, self._wanted = host, wanted
        self._path = path_of_socket(host)
        self._connection = describe_own_connection()
        self._socket: socket.socket | None = None
        self._confirming: socket.socket | None = None
        """The other end, which hears how the run ended."""
        self._guard = -1
        """Becomes readable when the guard is gone."""

    def open(self) -> None:
        """Open the socket, and go on in a process that is guarded.

        :raises Failed: it cannot be opened.
        :raises Killed: in the guard: that process was killed.
        """
        try:
            directory = open_state_directory(create=True)
            if directory is not None:
                os.close(directory)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.bind(self._path)
            self._socket.listen(8)
        except OSError as error:
            reason = f"no confirmation can be received at {self._path}: {describe_error(error)}"
            raise Failed(reason) from error
        self._continue_in_child()

    def _continue_in_child(self) -> None:
        title = f"redblue-netns: waits for the confirmation of {self._wanted.name}"
        self._guard = continue_in_child(title)

    def end(self, failure: str) -> None:
        """Say how the run ended to who confirmed it or comes to do so, and remove the socket.

        :param failure: why the run was undone; empty if it was not.
        """
        if self._socket is None:
            return
        if self._confirming is not None:
            with self._confirming as peer, contextlib.suppress(OSError):
                send_message(peer, {"confirmed": not failure, "reason": failure})
        if failure:
            outcome = {**self._wanted._asdict(), "message": failure, "when": int(time.time())}
            with contextlib.suppress(OSError, Failed):
                replace_state_file(name_outcome(self._host), json.dumps(outcome).encode())
        self._socket.close()
        with contextlib.suppress(OSError):
            os.unlink(self._path)

    def wait(self) -> None:
        """Return when the run is confirmed.

        :raises NotConfirmed: nobody confirms it in time.
        """
        for peer in self._accept_in_time():
            with peer, contextlib.suppress(OSError, EOFError, ValueError):
                peer.settimeout(SECONDS_TO_ANSWER)
                reason = self._find_reason_against(receive_message(peer))
                if reason is None:
                    self._confirming = peer.dup()
                    return
                send_message(peer, {"confirmed": False, "reason": reason})
        raise NotConfirmed(
            f"not confirmed within {self._wanted.seconds} s (confirm_timeout) over a new connection"
        )

    def _accept_in_time(self) -> Iterator[socket.socket]:
        """Those who come in time. Who comes later is told what became of the run."""
        deadline = time.monotonic() + self._wanted.seconds
        server = self._socket
        if server is None:
            raise RuntimeError("open() comes before wait()")
        with server:
            while (left := deadline - time.monotonic()) > 0:
                poll = select.poll()
                poll.register(server, select.POLLIN)
                poll.register(self._guard, select.POLLIN)
                ready = [descriptor for descriptor, _event in poll.poll(left * 1000)]
                if self._guard in ready:
                    os.close(self._guard)
                    self._continue_in_child()
                elif ready:
                    yield server.accept()[0]

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
