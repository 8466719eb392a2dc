# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans that are refused, by message."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import Netns
from ansible_collections.redblue.netns.plugins.module_utils._model.ssh_connection import (
    SshConnection,
)
from ansible_collections.redblue.netns.plugins.module_utils._plan.plan import plan
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    BR,
    END,
    FAR,
    RED_LO,
    UP0,
    Raw,
    desired_state_of,
    host,
)
from ansible_collections.redblue.netns.tests.unit.support.plans import LAB

REFUSALS: list[tuple[CurrentState, str, Raw, type[Refused], str]] = [
    (
        host(),
        "veth",
        {"name": "a", "netns": "red", "peer": {"name": "b"}},
        Refused,
        "netns: 'red': there is no such namespace",
    ),
    (LAB, "veth", {"name": "br0", "peer": {"name": "b"}}, Conflict, "has a bridge of this name"),
    (
        LAB,
        "netns_route",
        {"netns": "red", "destination": "default", "gateway": "192.0.2.1"},
        Refused,
        "no address on the gateway's network .it has 10.0.0.0/24",
    ),
    (
        LAB,
        "netns_route",
        {"netns": "red", "destination": "default", "gateway": "10.0.0.2"},
        Refused,
        "is an address of namespace red itself",
    ),
    (
        host(netns_dir_readonly=True),
        "topology",
        {"name": "lab", "linux_bridge": [{"name": "br0"}], "netns": [{"name": "red"}]},
        Refused,
        "no write access to /run/netns",
    ),
    (
        host(BR, RED_LO, netns_dir_readonly=True),
        "netns",
        {"name": "red", "state": "absent"},
        Refused,
        "no write access to /run/netns",
    ),
    (
        host(sysctls={(None, "net/ipv6/conf/default/disable_ipv6"): "1"}),
        "linux_bridge",
        {"name": "br1", "addresses": ["fd00::1/64"]},
        Refused,
        "has no IPv6",
    ),
    (
        host(BR, ipv6_disabled={BR.ref}),
        "linux_bridge",
        {"name": "br0", "addresses": ["10.0.0.1/24", "fd00::1/64"]},
        Refused,
        r"br0 on the host has no IPv6 \(net",
    ),
    (
        host(),
        "netns",
        {"name": "red", "sysctls": {"net.ipv4.conf.nothere.rp_filter": 1}},
        Refused,
        "there is no such parameter in namespace red",
    ),
    (
        host(),
        "topology",
        {
            "name": "lab",
            "netns": [{"name": "red", "sysctls": {"net.ipv6.neigh.veth/0.retrans_time_ms": 1}}],
        },
        Refused,
        "no such parameter",
    ),
    (
        LAB,
        "masquerade",
        {"source": "10.0.0.0/24", "out_interface": "nope"},
        Refused,
        "there is no such interface on the host",
    ),
    (
        host(RED_LO, replace(END, queues=2), FAR),
        "veth",
        {"name": "end", "netns": "red", "queues": 1, "peer": {"name": "far"}},
        Conflict,
        "end in namespace red has 2, which cannot be changed",
    ),
    (
        host(BR, UP0),
        "linux_bridge",
        {"name": "br0", "ports": ["up0"]},
        Refused,
        "up0 carries 192.0.2.1/24",
    ),
    (
        host(
            replace(RED_LO, owner=None),
            replace(END, owner=None),
            replace(FAR, owner=None),
            namespaces={"red": Netns("red", None)},
        ),
        "netns",
        {"name": "red", "state": "absent"},
        Conflict,
        "not created by this collection",
    ),
    (
        host(BR, ssh_connection=SshConnection("10.0.0.9", 5000, "10.0.0.1", 22)),
        "dnat",
        {"destination_port": "20:30", "to_destination": "10.0.0.2"},
        Refused,
        "includes port 22, which the SSH",
    ),
]


@pytest.mark.parametrize(("current", "module", "raw", "kind", "message"), REFUSALS)
def test_a_plan_is_refused(
    current: CurrentState, module: str, raw: Raw, kind: type[Refused], message: str
) -> None:
    with pytest.raises(kind, match=message):
        plan(desired_state_of(module, raw), current)
