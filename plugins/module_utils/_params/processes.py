# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes, from the options of a topology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.errors import Refused
from .._model.lazy_pattern import compile_lazily
from .._model.processes import Environment, LabProcess, Ready
from .._model.secrets import HIDDEN
from .names import check_netns_name, check_optional, check_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .specs.topology import ItemLists

_NAME = compile_lazily(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_USER = compile_lazily(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}\$?")
_VARIABLE = compile_lazily(r"[A-Za-z_][A-Za-z0-9_]*")
_SHELL_WORDS = compile_lazily(r"\s")
_MAX_TIMEOUT = 3600


def parse_processes(sources: Sequence[tuple[str, ItemLists]], lab: str) -> list[LabProcess]:
    """Return the processes of a topology.

    :raises Refused: a name occurs twice, or an option breaks a rule.
    """
    processes: dict[str, LabProcess] = {}
    for prefix, source in sources:
        for index, item in enumerate(source["processes"] or ()):
            path = f"{prefix}processes[{index}]"
            process = _parse_process(path, item, lab)
            if process.name in processes:
                raise Refused(f"{path}.name", process.name, "is listed twice")
            processes[process.name] = process
    return list(processes.values())


def _parse_process(path: str, params: Mapping[str, Any], lab: str) -> LabProcess:
    name = check_process_name(f"{path}.name", params["name"])
    user = params["user"]
    if user is not None and not _USER.fullmatch(user):
        raise Refused(f"{path}.user", user, "is not the name of a user")
    log = check_optional(_check_log, f"{path}.log", params["log"])
    return LabProcess(
        lab,
        name,
        check_optional(check_netns_name, f"{path}.netns", params["netns"]),
        _check_command(f"{path}.command", params["command"]),
        None if user == "root" else user,
        check_optional(_check_environment, f"{path}.environment", params["environment"]),
        params["restart"],
        log,
        ready=_parse_ready(f"{path}.ready", params["ready"], log),
    )


def check_process_name(parameter: str, value: str) -> str:
    """Check and return the name of a process, which is part of the name of a unit."""
    if not _NAME.fullmatch(value):
        rule = "has only letters, digits and _ . -, at most 32, and begins with a letter or digit"
        raise Refused(parameter, value, rule)
    return value


def _check_command(parameter: str, command: Sequence[str]) -> tuple[str, ...]:
    if not command:
        raise Refused(parameter, [], "is empty; write a program and its arguments")
    for index, argument in enumerate(command):
        if "\0" in argument:
            raise Refused(f"{parameter}[{index}]", argument, "has a null character")
    program = command[0]
    if _SHELL_WORDS.search(program) or not program:
        rule = "is not a program; write the command as a list, as in [python3, -m, http.server]"
        raise Refused(f"{parameter}[0]", program, rule)
    if "/" in program and not program.startswith("/"):
        rule = "is a relative path; write an absolute one, or the name of a program alone"
        raise Refused(f"{parameter}[0]", program, rule)
    return tuple(command)


def _check_environment(parameter: str, variables: Mapping[str, Any]) -> Environment:
    pairs = []
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(str(name)):
            rule = "is not a name of letters, digits and _ that begins with a letter or _"
            raise Refused(parameter, name, rule)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            rule = "is not a text; quote the value"
            raise Refused(f"{parameter}.{name}", HIDDEN, rule)
        if "\0" in str(value):
            raise Refused(f"{parameter}.{name}", HIDDEN, "has a null character")
        pairs.append((str(name), str(value)))
    return Environment(sorted(pairs))


def _check_log(parameter: str, path: str) -> str:
    if not path.startswith("/") or path.endswith("/"):
        raise Refused(parameter, path, "is not the absolute path of a file")
    if not path.isprintable():
        raise Refused(parameter, path, "has a character that is not printable")
    return path


def _parse_ready(path: str, params: Mapping[str, Any] | None, log: str | None) -> Ready | None:
    if params is None:
        return None
    port, output = params["port"], params["output"]
    if port is not None:
        check_range(f"{path}.port", port, 1, 65535)
    elif not output:
        raise Refused(f"{path}.output", output, "is empty; write a part of a line")
    elif log is None:
        rule = "needs log, the file in which the text appears"
        raise Refused(f"{path}.output", output, rule)
    timeout = check_range(f"{path}.timeout", params["timeout"], 1, _MAX_TIMEOUT)
    return Ready(params["protocol"], port, output, timeout or 0)
