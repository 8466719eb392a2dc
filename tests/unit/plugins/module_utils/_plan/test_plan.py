# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans as tables: the current state, the options of a task, and the actions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Masquerade,
    Ruleset,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import Netns
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import (
    Route,
    route_protocol,
)
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    BR,
    END,
    FAR,
    FORWARD,
    RED_LO,
    Raw,
    actions_of,
    host,
)
from ansible_collections.redblue.netns.tests.unit.support.plan_table import TABLE


@pytest.mark.parametrize(
    ("current", "module", "raw", "sentences"),
    TABLE,
    ids=lambda value: str(value)[:40] if isinstance(value, (str, dict)) else "",
)
def test_the_actions_of_a_plan(
    current: CurrentState, module: str, raw: Raw, sentences: list[str]
) -> None:
    assert actions_of(current, module, raw) == sentences


def test_check_mode_assumes_missing_resources() -> None:
    assert actions_of(
        host(),
        "netns_route",
        {"netns": "red", "destination": "default", "gateway": "10.0.0.1"},
        assume=True,
    ) == [
        "assume namespace red, which does not exist yet, for route default via 10.0.0.1",
        (
            "assume an address on the network of gateway 10.0.0.1 in namespace red, which does "
            "not exist yet, for route default via 10.0.0.1"
        ),
        "add route default via 10.0.0.1 in namespace red",
    ]


def test_a_purge_removes_only_resources_with_the_mark() -> None:
    labelled = [replace(link, owner="lab") for link in (RED_LO, END, FAR)]
    current = host(
        BR, *labelled, namespaces={"red": Netns("red", "lab"), "blue": Netns("blue", "other")}
    )
    own_links, other = (
        Route(None, f"10.{n}.0.0/16", type="blackhole", protocol=route_protocol(name))
        for n, name in ((1, "lab"), (2, ""))
    )
    current.routes[None] = (own_links, other)
    current.rulesets[None] = Ruleset(
        "nftables", (Masquerade(None, "10.0.0.0/24", device="br0", owner="lab"), FORWARD)
    )
    assert (
        actions_of(current, "topology", {"name": "lab", "state": "absent"})
        == [
            "remove masquerade of 10.0.0.0/24 on the host",
            "open IPv4 forwarding for the lab's traffic from br0 of the host",
            "set net.ipv4.conf.br0.forwarding = 2 on the host",
            "remove route blackhole 10.1.0.0/16 on the host",
            "delete namespace red",
        ]
        or actions_of(current, "topology", {"name": "lab", "state": "absent"})[-1]
        == "delete namespace red"
    )
