# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A link in a namespace may have the name of a link on the host, where its parent is.

Linux before 6.13 does not create such a link, so it gets its name afterwards.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import lacks_type
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.info import gather_info
from support.patience import patience
from support.shell import replay, sh
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted

HOST = (
    "ip netns add lan; ip link add eth0 type veth peer name eth0 netns lan;"
    "ip addr add 10.0.0.1/24 dev eth0; ip addr add fd00::1/64 dev eth0 nodad; ip link set eth0 up;"
    "ip -n lan addr add 10.0.0.10/24 dev eth0; ip -n lan addr add fd00::10/64 dev eth0 nodad;"
    "ip -n lan link set eth0 up"
)


def lab(name: str = "eth0", *namespaces: str, **options: Any) -> dict[str, Any]:
    names = namespaces or ("c",)
    link = {"type": "macvlan", "link": "eth0", "mode": "bridge", **options}
    return {
        "name": "lab",
        "netns": [{"name": netns} for netns in names],
        "netns_link": [
            {
                "name": name,
                "netns": netns,
                "addresses": [f"10.0.0.{number}/24", f"fd00::{number}/64"],
                **link,
            }
            for number, netns in enumerate(names, 193)
        ],
    }


def assert_becomes(snapshot: Any) -> None:
    """The kernel removes what is in a namespace after the namespace's name."""
    deadline = time.monotonic() + patience(30)
    while differences(snapshot, take_snapshot()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert differences(snapshot, take_snapshot()) == {}


def need(kind: str) -> None:
    if lacks_type(kind):
        pytest.skip(f"no {kind} in this kernel")


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        (lab(), "macvlan"),
        (lab("eth0", "c", "d"), "macvlan"),
        (lab(type="ipvlan", mode="l2"), "ipvlan"),
        (lab("far"), "macvlan"),
    ],
)
def test_a_link_gets_the_name_of_its_parent(host: None, task: dict[str, Any], kind: str) -> None:
    need(kind)
    sh(f"{HOST}; ip link property add dev eth0 altname far")
    before = take_snapshot()
    done = run_as_predicted("topology", **task)
    for item in task["netns"]:
        for address in ("10.0.0.10", "fd00::10"):
            sh(f"ip netns exec {item['name']} ping -c1 -w30 {address}")
    assert not run("topology", **gather_info(netns=["c"])["topology"])["changed"]
    built = take_snapshot()
    run("topology", name="lab", state="absent")
    assert_becomes(before)
    replay(done["commands"])
    assert differences(built, take_snapshot()) == {}


def test_it_is_rolled_back(host: None) -> None:
    need("macvlan")
    sh(HOST)
    before = take_snapshot()
    with pytest.raises(Failed, match="undone"):
        run("topology", **lab(), probes=[{"netns": "c", "to": "10.0.0.99"}])
    assert_becomes(before)


def test_a_name_that_is_free_at_the_maker_is_given_at_once(host: None) -> None:
    need("macvlan")
    sh(HOST)
    done = run("topology", **lab("eth1"))
    assert not any(" name eth1" in line and "link set" in line for line in done["commands"])
