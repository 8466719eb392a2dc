# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Impairments, measured: the effect of rate, delay and loss on packets from red to blue."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused

from support.failing_host import INTERRUPT, fail_at_change
from support.impairments import impaired_topology, show_qdiscs, with_netem
from support.info import gather_info
from support.shell import replay
from support.tasks import predicted_part, run


@with_netem
def test_all_options_together_are_described_changed_and_removed(host: None) -> None:
    full = {
        "delay": "10ms",
        "jitter": "2ms",
        "loss": 0.1,
        "corrupt": "0.01%",
        "duplicate": "1%",
        "reorder": "5%",
        "rate": "100mbit",
        "limit": 500,
    }
    checked = run("topology", check=True, **impaired_topology(red=full))
    done = run("topology", **impaired_topology(red=full))
    assert predicted_part(checked) == predicted_part(done)
    netem = "delay 10ms 2ms loss 0.1% corrupt 0.01% duplicate 1% reorder 5% rate 100mbit limit 500"
    command = f"tc -n red qdisc replace dev eth0 root handle 7262: netem {netem}"
    assert done["commands"][-1] == command
    built = show_qdiscs()
    assert not run("topology", **impaired_topology(red=full))["changed"]
    # An option that is omitted is removed. A rate alone is a tbf, which replaces netem in one step,
    # and the reverse.
    rates = ({"rate": "1gbit"}, {"rate": "1gbit", "limit": 50})
    for less in ({"delay": "10ms"}, {"loss": "2%"}, *rates):
        changed = run("topology", **impaired_topology(red=less))
        assert len(changed["commands"]) == 1 and changed["diff"]["before"]
        assert not run("topology", **impaired_topology(red=less))["changed"]
        impaired = show_qdiscs()
        run("topology", **impaired_topology(red=full))
        replay(changed["commands"])
        assert show_qdiscs() == impaired
        run("topology", **impaired_topology(red=full))
    assert show_qdiscs() == built
    run("topology", name="lab", state="absent")
    replay(done["commands"])
    assert show_qdiscs() == built


@with_netem
def test_options_added_by_hand_are_removed(host: None) -> None:
    run("topology", **impaired_topology(red={"delay": "10ms", "jitter": "2ms"}))
    subprocess.run(
        (
            "tc -n red qdisc change dev eth0 root handle 7262: "
            "netem delay 10ms 2ms 25% loss gemodel 1%"
        ).split(),
        check=True,
    )
    assert run("topology", **impaired_topology(red={"delay": "10ms", "jitter": "2ms"}))["changed"]
    assert not run("topology", **impaired_topology(red={"delay": "10ms", "jitter": "2ms"}))[
        "changed"
    ]


def test_foreign_disciplines_are_left_alone(host: None) -> None:
    run("topology", **impaired_topology())
    for foreign in (
        "tbf rate 1mbit burst 5kb limit 10kb",
        "handle 1: pfifo limit 100",
        "handle 7264: tbf rate 1mbit burst 5kb limit 10kb",
    ):
        subprocess.run(f"tc -n red qdisc replace dev eth0 root {foreign}".split(), check=True)
        before = show_qdiscs()
        for check in (True, False):
            with pytest.raises(
                Conflict,
                match=(
                    r"did not set \((tbf|pfifo) [0-9a-f]+:\); to remove it: "
                    r"tc -n red qdisc del dev eth0 root"
                ),
            ):
                run("topology", check=check, **impaired_topology(red={"rate": "1mbit"}))
            assert not run("topology", check=check, **impaired_topology(red={}))["changed"]
        assert "impairment" not in str(gather_info()["topology"]["veth"])
        assert show_qdiscs() == before


def test_an_impairment_is_restored_with_its_link(host: None) -> None:
    topology = impaired_topology(red={"rate": "10mbit"}, blue={"rate": "20mbit"})
    run("topology", **topology)
    before = show_qdiscs()
    for number in range(0, 8, 2):
        other = {
            **topology,
            "veth": [{"name": "x", "netns": "red", "peer": {"name": "y", "netns": "blue"}}],
        }
        assert "could not be undone" not in fail_at_change(number, INTERRUPT, purge=True, **other)
        assert show_qdiscs() == before
        message = fail_at_change(
            number // 2 % 2, INTERRUPT, **impaired_topology(red={}, blue={"rate": "1gbit"})
        )
        assert "could not be undone" not in message and show_qdiscs() == before
    run("netns", name="green")
    run(
        "veth",
        **{**topology["veth"][0], "peer": {"name": "other", "netns": "blue"}},
        state="absent",
    )
    run("veth", name="eth0", impairment={"rate": "10mbit"}, peer={"name": "eth1"})
    done = run(
        "veth", name="eth0", netns="green", impairment={"rate": "10mbit"}, peer={"name": "eth1"}
    )
    assert done["actions"][-1] == "add impairment of eth0 in namespace green: rate 10mbit"
    assert not run(
        "veth", name="eth0", netns="green", impairment={"rate": "10mbit"}, peer={"name": "eth1"}
    )["changed"]


def test_the_topology_of_netns_info_changes_nothing(host: None) -> None:
    run(
        "topology",
        **impaired_topology(
            red={"rate": "10mbit"},
            blue={} if lacks_feature("netem") else {"delay": "3ms", "rate": "12345678"},
        ),
    )
    info = gather_info()["topology"]
    (pair,) = info["veth"]
    assert {"rate": "10mbit"} in (pair.get("impairment"), pair["peer"].get("impairment"))
    assert not run("topology", **info)["changed"]


@pytest.mark.parametrize(
    ("impairment", "message"),
    [
        ({"delay": "10"}, r"impairment\.delay: '10': has no unit; write 10ms, 10us or 10s"),
        ({"delay": 10}, r"impairment\.delay: 10: is a number, not a string"),
        ({"delay": "-1ms"}, r"impairment\.delay: '-1ms': is not a time, such as 10ms"),
        ({"jitter": "1ms"}, r"impairment\.jitter: '1ms': needs delay"),
        ({"reorder": "10%"}, r"impairment\.reorder: '10%': needs delay"),
        ({"loss": "101%"}, r"impairment\.loss: '101%': is not a percentage from 0% to 100%"),
        ({"loss": True}, r"impairment\.loss: True: is a boolean, not a string"),
        ({"corrupt": "1 in 100"}, r"impairment\.corrupt: '1 in 100': is not a percentage"),
        ({"rate": "fast"}, r"impairment\.rate: 'fast': is not a rate, such as 10mbit"),
        ({"rate": 0}, r"impairment\.rate: '0': is out of range"),
        ({"limit": 0}, r"impairment\.limit: 0: is not a number of packets between 1"),
        ({"latency": "1ms"}, r"unsupported option 'peer\.impairment\.latency'"),
        ("10ms", r"impairment: '10ms': is a string, not a dictionary"),
    ],
)
def test_invalid_values_are_refused(host: None, impairment: Any, message: str) -> None:
    with pytest.raises(Refused, match=message):
        run("veth", name="a", peer={"name": "b", "impairment": impairment})
