# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls of namespaces: they are read back as written, and restored by a rollback."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.patience import patience
from support.snapshot import differences, take_snapshot
from support.tasks import predicted_part, run

PORTS = "net.ipv4.ip_local_reserved_ports"


def topology_with_sysctls(**sysctls: Any) -> dict[str, Any]:
    return {"name": "lab", "netns": [{"name": "red", "sysctls": sysctls}]}


def test_an_empty_sysctl_is_empty_after_a_rollback(host: None) -> None:
    run("topology", **topology_with_sysctls())
    before = take_snapshot()
    with pytest.raises(Failed, match=f"undone: set {PORTS} = 8080 in namespace red$"):
        run(
            "topology",
            **topology_with_sysctls(**{PORTS: 8080}),
            probes=[{"netns": "red", "to": "192.0.2.1"}],
        )
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize(
    "sysctls",
    [
        {PORTS: "8083,8080-8082"},
        {"net.ipv4.ip_local_port_range": "1024   60999"},
        {"net.ipv4.ip_forward": -1},
        {"net.ipv4.neigh.eth/0.retrans_time_ms": 500, "net.ipv4.conf.eth/0.rp_filter": 2},
    ],
)
def test_a_sysctl_is_not_written_again(host: None, sysctls: dict[str, Any]) -> None:
    raw = {
        **topology_with_sysctls(**sysctls),
        "veth": [{"name": "eth.0", "netns": "red", "peer": {"name": "far"}}],
    }
    checked = run("topology", check=True, **raw)
    assert (
        predicted_part(checked) == predicted_part(run("topology", **raw))
        and not run("topology", **raw)["changed"]
    )


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("net.ipv4.ip_local_port_range", "1024", "the kernel made '1024 60999' of it; write that"),
    ],
)
def test_a_value_that_the_kernel_changes_is_rolled_back(
    host: None, key: str, value: Any, words: str
) -> None:
    run("topology", **topology_with_sysctls())
    before, start = take_snapshot(), time.monotonic()
    with pytest.raises(Failed) as failure:
        run("topology", **topology_with_sysctls(**{key: value}))
    message = str(failure.value)
    assert (
        message.startswith(f"set {key} = {value} in namespace red: {words}")
        and f"undone: set {key}" in message
        and "could not be" not in message
    )
    assert differences(before, take_snapshot()) == {} and time.monotonic() - start < patience(30)


def test_sysctls_of_a_missing_interface_are_refused(host: None) -> None:
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match="there is no such parameter in namespace red"):
            run(
                "topology",
                check=check,
                **topology_with_sysctls(**{"net.ipv4.conf.nothere.rp_filter": 1}),
            )
    assert differences(before, take_snapshot()) == {}
