# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the SSH connection by which this task came."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from .._model.ssh_connection import SshConnection, parse_connection
from .files import raise_shortage

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIABLES = (b"SSH_CONNECTION=", b"SSH_CLIENT=")
_SERVERS = ("sshd", "sshd-session", "sshd-auth", "dropbear")
"""The names of processes that hold the socket of a connection (since OpenSSH 9.8 sshd-session)."""
_NO_SESSION = "4294967295"
"""What proc(5) shows for a process outside of all login sessions."""


def find_ssh_connection() -> SshConnection | None:
    """The connection that the environment names, if there is one.

    It is searched for in the ancestors of this process as well, because sudo drops it.
    """
    for pid in _walk_ancestors():
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                environment = file.read().split(b"\0")
        except OSError as error:
            raise_shortage(error)
            continue
        for prefix in _VARIABLES:
            for item in environment:
                if item.startswith(prefix):
                    return parse_connection(item[len(prefix) :].decode("ascii", "replace"))
    return None


def find_ssh_socket() -> SshConnection | None:
    """The connection of the sshd that started this process, from its open sockets.

    It is that of an ancestor or, for a task in the background, of the same login session.
    """
    for pid in (*_walk_ancestors(), *_list_session()):
        if _read_line(f"/proc/{pid}/comm") in _SERVERS:
            connection = _read_connection(pid)
            if connection is not None:
                return connection
    return None


def _walk_ancestors() -> Iterator[int]:
    """The process ids from this process to the first one."""
    pid = os.getpid()
    while pid > 0:
        yield pid
        try:
            with open(
                f"/proc/{pid}/status", encoding="utf-8", errors="replace", newline="\n"
            ) as lines:
                pid = next(int(line.split()[1]) for line in lines if line.startswith("PPid:"))
        except OSError as error:
            raise_shortage(error)
            return
        except (ValueError, StopIteration):
            return


def _list_session() -> Iterator[int]:
    """The processes of this login session, as the kernel's audit counts them."""
    session = _read_line("/proc/self/sessionid")
    if session in ("", _NO_SESSION):
        return
    for entry in os.listdir("/proc"):
        if entry.isdigit() and _read_line(f"/proc/{entry}/sessionid") == session:
            yield int(entry)


def _read_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            return file.read().strip()
    except OSError as error:
        raise_shortage(error)
        return ""


def _read_connection(pid: int) -> SshConnection | None:
    """The established TCP connection of a process; None if it has none."""
    from .proc_sockets import ESTABLISHED, list_sockets  # which few tasks need

    inodes = set()
    try:
        for entry in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/{pid}/fd/{entry}")
                if target.startswith("socket:["):
                    inodes.add(target[len("socket:[") : -1])
    except OSError as error:
        raise_shortage(error)
    for listed in (*list_sockets("tcp"), *list_sockets("tcp6")):
        if listed.state == ESTABLISHED and listed.inode in inodes:
            (server, server_port), (client, client_port) = listed.local, listed.remote
            return parse_connection(f"{client} {client_port} {server} {server_port}")
    return None
