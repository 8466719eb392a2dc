# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Current states made by hand, and plans for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.desired_state import DesiredState
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Dnat,
    ForwardingEnabled,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import Netns
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.plugins.module_utils._plan.plan import Plan, plan
from ansible_collections.redblue.netns.plugins.module_utils._render.actions import describe_change
from ansible_collections.redblue.netns.tests.unit.support.parsers import PARSERS

Raw = dict[str, Any]

LO = Link(None, "lo", kind="", up=True, bridge="", addresses=(), accept_ra=True)
BR = Link(
    None,
    "br0",
    kind="bridge",
    up=True,
    mac="02:00:00:00:00:01",
    bridge="",
    addresses=("10.0.0.1/24",),
    accept_ra=False,
    accept_dad=False,
    owner="",
)
UP0 = Link(None, "up0", kind="", up=True, bridge="", addresses=("192.0.2.1/24",))
RED_LO = replace(LO, netns="red", owner="")
END = Link(
    "red",
    "end",
    kind="veth",
    peer=(None, "far"),
    up=True,
    bridge="",
    addresses=("10.0.0.2/24",),
    accept_ra=False,
    accept_dad=False,
    owner="",
)
FAR = Link(
    None,
    "far",
    kind="veth",
    peer=("red", "end"),
    up=True,
    bridge="br0",
    addresses=(),
    isolated=False,
    hairpin=False,
    learning=True,
    owner="",
)
FORWARD = Dnat(None, "tcp", (80, 80), "10.0.0.2", (80, 80), device="br0", owner="")
OPENED = ForwardingEnabled(None, 4, "br0")


def host(*links: Link, **more: Any) -> CurrentState:
    """A host with these links and their namespaces, without forwarding."""
    current = CurrentState(
        machine_id="test", links={link.ref: link for link in (LO, *links)}, **more
    )
    for name in {link.netns for link in links if link.netns}:
        current.namespaces.setdefault(name, Netns(name, ""))
    for netns in (None, *current.namespaces):
        current.routes.setdefault(netns, ())
        for conf in ("all", "default"):
            current.sysctls.setdefault((netns, f"net/ipv4/conf/{conf}/forwarding"), "0")
        current.sysctls.setdefault((netns, "net/ipv6/conf/all/forwarding"), "0")
    return current


def lab() -> CurrentState:
    """A host whose bridge br0 is connected to the namespace red by a veth pair."""
    return host(BR, RED_LO, END, FAR)


def desired_state_of(module: str, raw: Raw) -> DesiredState:
    """Return the desired state of a task."""
    spec, parse = PARSERS[module]
    return parse(validate(raw, spec))


def plan_of(current: CurrentState, module: str, raw: Raw, assume: bool = False) -> Plan:
    """Return the plan of a task on this host."""
    return plan(desired_state_of(module, raw), current, assume)


def actions_of(current: CurrentState, module: str, raw: Raw, assume: bool = False) -> list[str]:
    """Return the actions of a task on this host."""
    drawn = plan_of(current, module, raw, assume)
    return [
        *drawn.notes,
        *(describe_change(change) for change in drawn.changes if not change.implied),
    ]
