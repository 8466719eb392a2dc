# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks hosts what stands on them before a play has begun: the module netns_info, over each host's own connection, several hosts at a time.

Every host is asked by a process of its own, which is killed when its time is up: nothing that a host does keeps an inventory from being there.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection, wait
from typing import Any, Mapping, Union

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins import loader as plugins
from ansible.plugins.action import ActionBase
from ansible.template import Templar

_fork = multiprocessing.get_context("fork")

Variables = Mapping[str, Any]
Answer = Union[dict, str]
"""What the module returned, or why there is nothing."""


class _Action(ActionBase):  # type: ignore[misc]
    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        try:
            result: dict[str, Any] = self._execute_module(
                "redblue.netns.netns_info", {"gather_subset": []}, task_vars=task_vars
            )
            return result
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)


def _prepare(
    kind: str, plugin: Any, keywords: dict[str, Any], variables: Variables, templar: Any
) -> Any:
    """The plugin with its options: of the variables, of the command line, and of the configuration."""
    known = C.config.get_plugin_vars(kind, plugin._load_name)
    plugin.set_options(
        task_keys=keywords,
        var_options={
            name: templar.template(variables[name]) for name in known if name in variables
        },
    )
    return plugin


def _connect(task: Any, context: Any, variables: Variables, templar: Any) -> Any:
    """As a task of a play would be connected, but that it becomes root where the variables do not say otherwise."""
    keywords = {
        name: value
        for name, value in task.dump_attrs().items()
        if name not in ("retries", "timeout")
    }
    name = templar.template(
        variables.get("ansible_connection") or task.connection or C.DEFAULT_TRANSPORT
    )
    connection = plugins.connection_loader.get(name, context, os.devnull)
    if connection is None:
        raise AnsibleError(f"there is no connection plugin {name}")
    _prepare("connection", connection, keywords, variables, templar)
    _prepare("shell", connection._shell, keywords, variables, templar)
    if boolean(templar.template(variables.get("ansible_become", True))):
        method = templar.template(
            variables.get("ansible_become_method") or task.become_method or C.DEFAULT_BECOME_METHOD
        )
        become = plugins.become_loader.get(method)
        if become is None:
            raise AnsibleError(f"there is no become plugin {method}")
        connection.set_become_plugin(_prepare("become", become, keywords, variables, templar))
    return connection


def _query(loader: Any, variables: Variables) -> Answer:
    templar = Templar(loader=loader, variables=variables)
    task, context = (
        Task.load({"name": "Ask", "redblue.netns.netns_info": {}}, loader=loader),
        PlayContext(),
    )
    connection = _connect(task, context, variables, templar)
    try:
        result = _Action(task, connection, context, loader, templar, plugins).run(
            task_vars={"ansible_facts": {}, **variables}
        )
    finally:
        connection.close()
    if result.get("failed"):
        return " ".join(
            str(result[name]).strip()
            for name in ("msg", "module_stderr", "module_stdout")
            if result.get(name)
        )
    if not result["complete"]:
        return f"not all could be seen: {', '.join(result['reasons'])}"
    return {"topology": result["topology"]}


def _answer(loader: Any, variables: Variables, pipe: Connection) -> None:
    # A group of its own, so that what it starts ends with it; and no terminal, on which a program could ask and wait for somebody.
    os.setsid()
    try:
        answer = _query(loader, variables)
    except Exception as error:  # whatever it is that a plugin raises, it is this host's
        answer = str(error) or repr(error)
    pipe.send(json.dumps(answer))


class _Query:
    """One host, and the process that asks it."""

    def __init__(self, host: str, variables: Variables, loader: Any, timeout: float) -> None:
        self.host, self.until = host, time.monotonic() + timeout
        self.pipe, current = _fork.Pipe(duplex=False)
        self.process = _fork.Process(target=_answer, args=(loader, variables, current))
        self.process.start()
        current.close()

    def read(self) -> Answer:
        try:
            answer: Answer = json.loads(self.pipe.recv())
            return answer
        except EOFError:
            return "the process that asked ended without a word"

    def end(self) -> None:
        try:
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        except ProcessLookupError:
            self.process.kill()
        self.process.join()
        self.pipe.close()


def query_hosts(
    loader: Any, hosts: Mapping[str, Variables], timeout: float, forks: int
) -> dict[str, Answer]:
    """The answer of every host, by the variables with which it is connected to.

    :param timeout: how many seconds one has.
    :param forks: how many are asked at once.
    """
    answers: dict[str, Answer] = dict.fromkeys(hosts, f"did not answer within {timeout:g} s")
    waiting = list(hosts.items())[::-1]
    asking: list[_Query] = []
    try:
        while waiting or asking:
            while waiting and len(asking) < forks:
                asking.append(_Query(*waiting.pop(), loader, timeout))
            ready = wait(
                [one.pipe for one in asking],
                max(0.0, min(one.until for one in asking) - time.monotonic()),
            )
            for one in [
                one for one in asking if one.pipe in ready or one.until <= time.monotonic()
            ]:
                if one.pipe in ready:
                    answers[one.host] = one.read()
                asking.remove(one)
                one.end()
    finally:
        for one in asking:
            one.end()
    return answers
