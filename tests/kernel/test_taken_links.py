# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links from the host in a namespace whose root is hostile, and runs that are killed on the way.

The end of a veth pair that others made stands for hardware.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from support.kill import kill_at
from support.physical import PHYSICAL_LAB, show_link
from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB_ABSENT, run, run_as_predicted

pytestmark = pytest.mark.usefixtures("uplinks")

ORDERS = "redblue.netns:lab was eth0 up mtu 1500 address 02:00:00:00:00:66 192.168.1.129/25"

ATTACKS = {
    "orders in the alias": f"ip -n red link set wan alias '{ORDERS}'",
    "no alias": "ip -n red link set wan alias ''",
    "another owner": "ip -n red link set wan alias redblue.netns:other",
    "another name": "ip -n red link set wan down; ip -n red link set wan name eth0",
    "another name, and a link of the old name": (
        "ip -n red link set wan down; ip -n red link set wan name x; ip -n red link add wan type "
        "bridge; ip -n red link set wan alias 'redblue.netns:lab was eth1'; ip -n red link del wan"
    ),
    "other settings": (
        "ip -n red link set wan down; ip -n red link set wan mtu 1280 address 02:00:00:00:00:66 "
        "txqueuelen 3; ip -n red addr add 192.168.1.129/25 dev wan"
    ),
    "the group of unfinished links": "ip -n red link set wan group 1919053427",
    "the name of a link of the host as alternative name": (
        "ip -n red link property add dev wan altname eth0"
    ),
    "its own name as alternative name": "ip -n red link property add dev wan altname eth1",
    "any alternative name": "ip -n red link property add dev wan altname $(printf 'a%.0s' {1..60})",
}


@pytest.mark.parametrize("purge", [True, False])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_link_returns_as_it_was_whatever_root_of_its_namespace_does(
    attack: str, purge: bool
) -> None:
    before = take_snapshot()
    run("topology", **PHYSICAL_LAB)
    sh(ATTACKS[attack])
    run_as_predicted("topology", **({"name": "lab", "purge": True} if purge else LAB_ABSENT))
    assert differences(before, take_snapshot()) == {}


REPLACEMENTS = {
    "a veth pair": (
        "ip -n red link add wan index $index address $mac type veth peer name w2 index 99"
    ),
    "a veth pair, its peer with the right index": (
        "ip netns exec red unshare --net sleep 60 >/dev/null 2>&1 & sleep 0.3;"
        "ip -n red link add wan index $index address $mac type veth peer name w2 index $peer "
        "netns $(pgrep -n -f 'sleep 60')"
    ),
    "a bridge": "ip -n red link add wan index $index address $mac type bridge",
}


@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_a_link_that_root_of_its_namespace_replaced_does_not_come_to_the_host(
    replacement: str,
) -> None:
    run("topology", **PHYSICAL_LAB)
    wan = show_link("wan", "red")
    sh("ip -n red link del wan")
    before = take_snapshot()["host"]
    sh(
        f"index={wan['ifindex']} mac={wan['address']} peer={wan['link_index']};"
        f"{REPLACEMENTS[replacement]};"
        "ip -n red link set wan alias 'redblue.netns:lab was eth1' up"
    )
    with contextlib.suppress(Exception):
        run("topology", **LAB_ABSENT)
    assert take_snapshot()["host"] == before
    # What is in the namespace is not known to be of the topology.
    sh("ip netns del red; sleep 0.1")
    done = run("topology", **LAB_ABSENT)
    assert [item["what"] for item in done["left_alone"]] == ["interface eth1 of the host"]
    assert done["left_alone"][0]["why"] == (
        "was moved to namespace red as wan, and is not there any more"
    )


@contextlib.contextmanager
def inner_namespace() -> Iterator[int]:
    """A namespace without a name, which root of red has made."""
    with subprocess.Popen(
        ["ip", "netns", "exec", "red", "unshare", "--net", "bash", "-c", "echo; exec sleep 60"],
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout is not None and process.stdout.readline()
            yield process.pid
        finally:
            process.kill()


def test_a_link_that_is_hidden_is_missed_and_returned_when_it_comes_back() -> None:
    before = take_snapshot()
    run("topology", **PHYSICAL_LAB)
    with inner_namespace() as pid:
        sh(f"ip -n red link set wan netns {pid}")
        done = run("topology", **LAB_ABSENT)
        assert [item["what"] for item in done["left_alone"]] == ["interface eth1 of the host"]
        # The kernel gives hardware back to the host when the namespace ends.
        sh(f"nsenter -t {pid} -n ip link set wan name eth7 alias evil netns $$; true")
    run("topology", **LAB_ABSENT)
    assert differences(before, take_snapshot()) == {}


RACE = f"""
while :; do
    for mark in '{ORDERS}' redblue.netns:other ''; do
        for device in wan lo other; do
            ip link set dev $device alias "$mark"
            ip link set dev $device group 1919053427
        done
        ip link set dev wan down; ip link set dev wan name other
        ip link set dev other address 02:00:00:00:00:66; ip link set dev other name wan
        ip addr add 192.168.1.129/25 dev wan
    done
done
"""


def test_a_link_returns_as_it_was_while_root_of_its_namespace_changes_it() -> None:
    before = take_snapshot()
    for _round in range(5):
        run("topology", **PHYSICAL_LAB)
        race = subprocess.Popen(
            ["ip", "netns", "exec", "red", "bash", "-c", RACE],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(0.1)
        with contextlib.suppress(Exception):
            run("netns", name="red", state="absent", force=True, check=True)
        os.killpg(race.pid, signal.SIGKILL)
        race.wait()
        while output("ip", "netns", "pids", "red"):
            time.sleep(0.01)
        run("topology", **LAB_ABSENT)
        assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("call", ["sendto", "rename", "write", "setns", "unlink"])
def test_a_run_that_takes_or_returns_a_link_is_killed(call: str) -> None:
    without = {**PHYSICAL_LAB, "netns_link": []}
    before = take_snapshot()
    for first, second in ((without, PHYSICAL_LAB), (PHYSICAL_LAB, without), (PHYSICAL_LAB, None)):
        wanted: dict[str, Any] = LAB_ABSENT if second is None else {**second, "purge": True}
        for number in range(1, 60):
            run("topology", **first)
            was_killed = kill_at(call, number, partial(run, "topology", **wanted))
            if not was_killed:
                break
            if number % 2:
                run("topology", **wanted)
                assert not run("topology", **wanted)["changed"]
            run("topology", **LAB_ABSENT)
            assert differences(before, take_snapshot()) == {}, (call, number)
        run("topology", **LAB_ABSENT)
        assert differences(before, take_snapshot()) == {}
