# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, routes, neighbours and ports of others survive a run, or are given back unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.foreign_objects import add_foreign_objects, list_foreign_objects
from support.tasks import Raw, run

_END: dict[str, Any] = {"name": "eth0", "netns": "a"}
_PEER = {"name": "eth0", "netns": "b"}


def topology(end: dict[str, Any], **more: Any) -> Raw:
    """A lab whose cable is the one of others between a and b."""
    return {
        "name": "un",
        "netns": [{"name": "a"}, {"name": "b"}],
        "veth": [{**_END, **end, "peer": _PEER}],
        **more,
    }


@pytest.mark.parametrize(
    ("end", "more"),
    [
        ({"addresses": ["10.0.0.77/24"]}, {}),
        ({"addresses": ["10.0.0.6/24", "fd00::4/64"]}, {}),
        ({"addresses": ["10.0.0.5/24", "10.0.0.1/24", "fd00::2/80"]}, {}),
        ({"addresses": ["10.0.0.1/16", "fd00::9/64"]}, {}),
        ({"addresses": []}, {}),
        ({"up": False}, {}),
        ({"mtu": 1000}, {}),
        ({"mac": "02:00:00:00:00:aa"}, {}),
        ({"arp": False}, {}),
        ({}, {"linux_bridge": [{"name": "sw", "netns": "a", "ports": []}]}),
        (
            {},
            {
                "linux_bridge": [
                    {"name": "sw2", "netns": "a", "ports": ["p0"], "steal": True},
                ]
            },
        ),
        ({}, {"linux_bridge": [{"name": "sw", "netns": "a", "vlan_filtering": False}]}),
    ],
    ids=str,
)
def test_a_failed_run_gives_everything_back(
    host: None, end: dict[str, Any], more: dict[str, Any]
) -> None:
    add_foreign_objects()
    before = list_foreign_objects()
    probes = [{"netns": "a", "to": "10.0.0.66", "timeout": 0.3}]
    with pytest.raises(Failed, match="not as expected") as failure:
        run("topology", **topology(end, **more, probes=probes))
    assert "could not be undone" not in str(failure.value)
    assert list_foreign_objects() == before
