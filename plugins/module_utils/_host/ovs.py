# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open vSwitch: whether it runs, its database as it is, and transactions on it.

``ovs-vsctl`` is the only program that is used for it. Its arguments are composed by
``_model/ovs_arguments.py``; its output is JSON, which is data: what has another form is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.lazy_pattern import compile_lazily
from .._model.ovs import OPENFLOW_VERSIONS
from .._model.ovs_dump import LISTED, read_dump
from . import programs
from .ovs_socket import is_reachable
from .requirements import read_distribution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.ovs import OvsState
    from .._model.ovs_arguments import Command

PATIENCE = 60
"""Seconds that ovs-vswitchd has to make what was written into the database."""
_PATIENCE_TO_READ = 10
_FLOW_COUNT = compile_lazily(r"flow_count=([0-9]+)")
_SETUP_ERROR = compile_lazily(r"Error detected while setting up '?([^\n]*)")


def explain_unusable() -> str | None:
    """Why Open vSwitch cannot be used, as a message for the user; None if it can."""
    from .._model.packages import OVS, describe_ovs_unit, describe_package

    distribution = read_distribution()
    start = describe_ovs_unit(distribution)
    if programs.find("ovs-vsctl") is None:
        return f"Open vSwitch is not installed; {describe_package(OVS, distribution)}, and {start}"
    if not is_reachable():
        return f"Open vSwitch is not running: its database has no socket; {start}"
    answer = programs.run("ovs-appctl", ["--timeout=5", "--target=ovs-vswitchd", "version"])
    if answer.code:
        return f"ovs-vswitchd is not running; {start}"
    return None


def read_state() -> OvsState:
    """What the database has.

    :raises Failed: it does not answer, or not as documented.
    """
    arguments = [f"--timeout={_PATIENCE_TO_READ}", "--format=json"]
    for table, columns in LISTED.items():
        arguments += ["--", f"--columns={','.join(columns)}", "list", table]
    answer = programs.run("ovs-vsctl", arguments)
    if answer.code:
        raise Failed(f"the database of Open vSwitch cannot be read: {answer.complaint}")
    return read_dump(answer.output)


def count_flows(bridge: str) -> int | None:
    """The number of flows of a bridge; None if the switch does not say."""
    versions = ",".join(OPENFLOW_VERSIONS)
    arguments = ["--timeout=5", f"--protocols={versions}", "dump-aggregate", bridge]
    answer = programs.run("ovs-ofctl", arguments)
    found = _FLOW_COUNT.search(answer.output)
    return int(found[1]) if found is not None and not answer.code else None


def change(commands: Sequence[Command]) -> None:
    """Make changes in one transaction, and wait until ovs-vswitchd has made them.

    :param commands: those of ovs-vsctl, each with its arguments.
    :raises OvsRefused: nothing was changed.
    :raises Failed: something went wrong after the transaction.
    """
    arguments = [f"--timeout={PATIENCE}"]
    for command in commands:
        arguments += ["--", *command]
    answer = programs.run("ovs-vsctl", arguments)
    if answer.code:
        raise OvsRefused(f"ovs-vsctl: {answer.complaint}")
    found = _SETUP_ERROR.search(answer.error)
    if found is not None:
        raise Failed(f"Open vSwitch could not set up '{found[1]}")


class OvsRefused(Failed):
    """The database did not take a transaction."""
