# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queries hosts for their namespaces: runs netns_info on several hosts at a time.

Each host is queried by a process of its own. If it takes too long, the process is killed with all
that it started. So no host can keep an inventory from being read.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Union

from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.run_module import (
    Variables,
    run_module,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_fork = multiprocessing.get_context("fork")

QueryResult = Union[dict[str, Any], str]
"""The topology and the services of a host, as netns_info returns them, or an error message."""


def _query(loader: Any, variables: Variables) -> QueryResult:
    result = run_module(
        loader, variables, "redblue.netns.netns_info", {"gather_subset": ["services"]}
    )
    if result.get("failed"):
        messages = (result.get(key) for key in ("msg", "module_stderr", "module_stdout"))
        return " ".join(str(message).strip() for message in messages if message)
    if not isinstance(result.get("topology"), dict):
        return "the answer of the host is not a result of netns_info"
    if result.get("complete") is not True:
        reasons = result.get("reasons")
        listed = ", ".join(map(str, reasons)) if isinstance(reasons, list) else str(reasons)
        return f"netns_info did not see everything: {listed}"
    return {"topology": result["topology"], "services": result.get("services")}


def _send_result(loader: Any, variables: Variables, pipe: Connection) -> None:
    """Query a host and send the result. This is the main function of a process."""
    # A session of its own has a process group, which is killed as a whole, and no terminal, on
    # which a program could ask for a password.
    os.setsid()
    try:
        result = _query(loader, variables)
    except Exception as error:  # a plugin may raise anything, and it concerns only this host
        result = str(error) or repr(error)
    pipe.send(json.dumps(result))


class _QueryProcess:
    """The process that queries one host."""

    def __init__(self, host: str, variables: Variables, loader: Any, timeout: float) -> None:
        self.host, self.deadline = host, time.monotonic() + timeout
        self.pipe, child_pipe = _fork.Pipe(duplex=False)
        self.process = _fork.Process(target=_send_result, args=(loader, variables, child_pipe))
        self.process.start()
        child_pipe.close()

    def read(self) -> QueryResult:
        try:
            result: QueryResult = json.loads(self.pipe.recv())
            return result
        except EOFError:
            return "the process that queried the host ended without a result"

    def end(self) -> None:
        """Kill the process and all processes that it started."""
        try:
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        except ProcessLookupError:
            self.process.kill()
        self.process.join()
        self.pipe.close()


def query_hosts(
    loader: Any, hosts: Mapping[str, Variables], timeout: float, forks: int
) -> dict[str, QueryResult]:
    """The result of each host.

    :param loader: the ``DataLoader`` of the inventory.
    :param hosts: the variables of each host, with which Ansible connects to it.
    :param timeout: the seconds that a host has.
    :param forks: the number of hosts that are queried at the same time.
    """
    results: dict[str, QueryResult] = dict.fromkeys(hosts, f"did not answer within {timeout:g} s")
    waiting = list(hosts.items())[::-1]
    running: list[_QueryProcess] = []
    try:
        while waiting or running:
            while waiting and len(running) < forks:
                running.append(_QueryProcess(*waiting.pop(), loader, timeout))
            deadline = min(query.deadline for query in running)
            ready = wait([query.pipe for query in running], max(0.0, deadline - time.monotonic()))
            for query in list(running):
                if query.pipe in ready:
                    results[query.host] = query.read()
                elif query.deadline > time.monotonic():
                    continue
                running.remove(query)
                query.end()
    finally:
        for query in running:
            query.end()
    return results
