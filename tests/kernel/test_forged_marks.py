# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Root in a namespace forges marks of this collection. Nothing on the host changes by that."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from support.containers import as_root_of, container, root_command
from support.info import gather_info
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, run

HOST_SETTINGS = "up mtu 1500 address 02:00:00:00:00:66 192.168.1.129/25"
"""How an earlier release wrote the settings of a link on the host into its alias."""

UNFINISHED_GROUP = 0x72626E73
"""The group in which this collection creates a link."""

MARKS = [
    "redblue.netns",
    "redblue.netns:lab",
    "redblue.netns:lab was eth9",
    f"redblue.netns:lab was lan9 {HOST_SETTINGS}",
    f"redblue.netns:lab was eth0 {HOST_SETTINGS}",
    f"redblue.netns was v-net-0 {HOST_SETTINGS}",
]

LINKS = """
ip link set lo up
ip link add evil type veth peer name eth0
ip link add v-net-0 type bridge
ip link add veth-red type veth peer name veth-red-br
ip link set evil master v-net-0
for type in dummy vrf ifb bond macvlan ipvlan vlan vxlan wireguard geneve gre sit; do
    case $type in
        vrf) options="table 9";; vlan) options="id 9";;
        vxlan|geneve) options="id 9 remote 192.0.2.9";;
        gre|sit) options="remote 192.0.2.9";; *) options=;;
    esac
    case $type in macvlan|ipvlan|vlan) on="link eth0";; *) on=;; esac
    ip link add $on name x-$type type $type $options 2>/dev/null || true
done
ip tuntap add x-tap mode tap
ip tuntap add x-tun mode tun
for name in eth0 v-net-0 lan9; do ip link property add dev x-tap altname other-$name; done
ip route add blackhole 192.0.2.128/25 proto 82
ip route add blackhole 192.0.2.64/26 proto 100
"""
"""Links of every kind, with names as on the host, and routes with our protocol numbers."""

MARK_ALL = """
for device in $(ls /sys/class/net); do
    ip link set dev $device alias "$MARK"
    ip link set dev $device group $GROUP
done
"""

RULES = """
nft -f - <<'END'
table inet redblue_netns {
    comment "redblue.netns:lab"
    chain forward {
        type filter hook forward priority 0; policy accept;
        meta mark 1 accept comment "redblue.netns:lab";
    }
}
END
"""

TASKS: list[tuple[str, dict[str, Any]]] = [
    ("topology", LAB),
    ("topology", {**LAB, "purge": True}),
    ("topology", {"name": "other", "purge": True}),
    ("netns", {"name": "absent-one", "state": "absent"}),
    ("netns_link", {"name": "lan9", "type": "physical", "netns": "red", "state": "absent"}),
    ("topology", {"name": "other", "state": "absent"}),
    ("topology", LAB_ABSENT),
]


@pytest.fixture
def lan(host: None) -> None:
    """eth0 of the host is on a network that an attacker would like to have."""
    sh(
        "ip link add eth0 type veth peer name far; ip link set far up; ip link set eth0 up;"
        "ip addr add 192.168.1.2/24 dev eth0; ip route add default via 192.168.1.1"
    )


def run_all_tasks() -> None:
    for module, raw in TASKS:
        run(module, check=True, **raw)
        run(module, **raw)


@pytest.mark.parametrize("group", [0, UNFINISHED_GROUP])
@pytest.mark.parametrize("mark", MARKS)
def test_marks_in_a_foreign_namespace_change_nothing(lan: None, mark: str, group: int) -> None:
    with container("cni-7") as attacker:
        as_root_of(attacker, LINKS)
        as_root_of(attacker, MARK_ALL, MARK=mark, GROUP=group)
        before = take_snapshot()
        run_all_tasks()
        assert differences(before, take_snapshot()) == {}
        found = [item for item in gather_info()["links"]["cni-7"] if item.get("owner") is not None]
        assert found == []
        assert as_root_of(attacker, "ls /sys/class/net").count("\n") >= 8


def test_marked_rules_in_a_foreign_namespace_change_nothing(lan: None) -> None:
    with container("cni-7") as attacker:
        as_root_of(attacker, RULES)
        before = take_snapshot()
        run_all_tasks()
        assert differences(before, take_snapshot()) == {}


def test_a_mark_that_came_to_the_host_with_its_link_changes_nothing(lan: None) -> None:
    run("topology", **LAB)
    before_marked = None
    with container("cni-7") as attacker:
        # A container manager gives a link to a container, and takes it back when that has ended.
        sh("ip link add pod type veth peer name pod-far; ip link set pod netns cni-7")
        as_root_of(attacker, f'ip link set pod alias "redblue.netns:lab was eth9 {HOST_SETTINGS}"')
        sh("ip -n cni-7 link set pod netns $$; true")
        before_marked = take_snapshot()
        result = run("topology", **{**LAB, "purge": True})
        assert not result["changed"]
        assert [item["what"] for item in result["left_alone"]] == ["veth pod on the host"]
        assert differences(before_marked, take_snapshot()) == {}
    run("topology", **LAB_ABSENT)
    sh("ip link show pod; ip link show pod-far")


@pytest.mark.parametrize("mark", MARKS)
def test_marks_in_a_namespace_of_the_lab_change_nothing(lan: None, mark: str) -> None:
    before = take_snapshot()
    run("topology", **LAB)
    sh(
        f"ip -n red link set veth-red alias '{mark}'; ip -n red link set lo alias '{mark}';"
        "ip -n blue link set lo alias redblue.netns:other;"
        f"ip -n red link set veth-red group {UNFINISHED_GROUP}"
    )
    stands = take_snapshot()
    run("topology", name="other", state="absent")
    run("topology", name="other", netns=[{"name": "green"}], purge=True)
    run("topology", name="other", state="absent")
    assert differences(stands, take_snapshot()) == {}
    run("topology", **LAB_ABSENT)
    assert differences(before, take_snapshot()) == {}


RACE = """
while :; do
    for mark in redblue.netns:lab "redblue.netns:lab was lan9 up 192.168.1.129/25" ""; do
        ip link set lo alias "$mark" || true
        for device in $(ls /sys/class/net); do
            ip link set dev $device alias "$mark" || true
            ip link set dev $device group 1919053427 || true
        done
        ip link add race type bridge || true
        ip link set race name eth0 || true
        ip link set eth0 alias "$mark" || true
        ip link del eth0 || true
        ip link del race || true
    done
done 2>/dev/null
"""


def test_marks_that_change_while_tasks_run_change_nothing(lan: None) -> None:
    before = take_snapshot()
    with (
        container("cni-7") as attacker,
        subprocess.Popen(
            root_command(attacker, RACE),
            start_new_session=True,
        ) as race,
    ):
        try:
            for _round in range(4):
                run_all_tasks()
            after = take_snapshot()
        finally:
            race.kill()
    sh("ip netns del cni-7")
    after = take_snapshot()
    assert differences(before, after) == {}
