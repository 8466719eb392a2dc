# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of processes. The values of environment variables are never shown."""

from __future__ import annotations

import shlex

from .._describe.resources import describe_resource
from .._model.process_units import escape_command, list_properties
from .._model.processes import ENDED, ORPHANED, RUNNING, STRANDED, LabProcess, Ready
from .dispatch import compose_commands, describe_action, describe_details

_REASONS = {
    ENDED: "it has ended",
    ORPHANED: "what kept it running was killed",
    STRANDED: "its namespace was created anew",
}


@describe_action.register(LabProcess)
def _describe_action(
    process: LabProcess, before: LabProcess | None, after: LabProcess | None
) -> str:
    what = describe_resource(process)
    if before is None:
        return f"start {what}"
    if after is None:
        return f"end {what}"
    if before.runs_as(after):
        sign = (
            describe_ready(after.ready) if after.ready is not None else "nothing but that it runs"
        )
        return f"change what shows that {what} is ready: {sign}"
    if before.state != after.state:
        return f"start {what} anew: {_REASONS.get(before.state, f'it is {before.state}')}"
    return f"start {what} anew with another {_list_differences(before, after)}"


def _list_differences(before: LabProcess, after: LabProcess) -> str:
    names = ("netns", "command", "user", "environment", "restart", "log")
    return ", ".join(name for name in names if getattr(before, name) != getattr(after, name))


@compose_commands.register(LabProcess)
def _compose_commands(
    process: LabProcess, before: LabProcess | None, after: LabProcess | None
) -> list[str]:
    if before is not None and after is not None and before.runs_as(after):
        return []
    commands = _compose_end(before) if before is not None else []
    if after is not None and after.state != ENDED:
        commands.append(_compose_unit(after) if after.unit else _compose_start(after))
    return commands


def _compose_end(process: LabProcess) -> list[str]:
    if process.state == ENDED:
        return []
    if process.state == ORPHANED:
        return [f"pkill -KILL --session {process.pid}"]
    return [f"systemctl stop {process.unit}" if process.unit else f"kill {process.pid}"]


def _compose_unit(process: LabProcess) -> str:
    words = ["systemd-run", f"--unit={process.unit}", "--service-type=exec"]
    words += [f"--property={text}" for text in list_properties(process)]
    variables = [f'--setenv={name}="${{{name}:?}}"' for name in _names_of(process)]
    return " ".join([shlex.join(words), *variables, "--", shlex.join(escape_command(process))])


def _compose_start(process: LabProcess) -> str:
    words = ["setsid", "-f"]
    if process.netns is not None:
        words += ["ip", "netns", "exec", process.netns]
    if process.user is not None:
        user = shlex.quote(process.user)
        words += ["setpriv", f"--reuid={user}", f'--regid="$(id -g {user})"', "--init-groups"]
    variables = [f'{name}="${{{name}:?}}"' for name in _names_of(process)]
    command = [" ".join(words), *(["env", *variables] if variables else [])]
    command += [shlex.join(process.command), "< /dev/null"]
    log = "/dev/null" if process.log is None else process.log
    return " ".join([*command, f">> {shlex.quote(log)} 2>&1"])


def _names_of(process: LabProcess) -> list[str]:
    return [] if process.environment is None else process.environment.names


@describe_details.register(LabProcess)
def _describe_details(process: LabProcess) -> list[str]:
    details = [f"  command: {_printable(shlex.join(process.command))}"]
    if process.state != RUNNING:
        details.append(f"  state: {process.state}")
    details.append(f"  user: {process.user or 'root'}")
    if process.environment:
        details.append(f"  environment: {', '.join(process.environment.names)}")
    details.append(f"  restart: {process.restart}")
    if process.log is not None:
        details.append(f"  log: {process.log}")
    if process.ready is not None:
        details.append(f"  ready: {describe_ready(process.ready)}")
    return details


def describe_ready(ready: Ready) -> str:
    """What shows that a process does its work."""
    if ready.port is not None:
        return f"a listener on {ready.protocol} port {ready.port}"
    return f"{_printable(ready.output or '')!r} in its log"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
