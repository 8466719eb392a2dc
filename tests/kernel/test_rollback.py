# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs are serialized by a lock, and a failed run is rolled back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._host.machine import (
    require_capabilities,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Failed,
    Unprivileged,
)

from support.failing_host import INTERRUPT, fail_at_change
from support.pings import reaches
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run


@pytest.mark.parametrize("number", [0, 2, 3, 4])
def test_a_name_taken_during_the_run_rolls_it_back(host: None, number: int) -> None:
    subprocess.run(["ip", "link", "add", "theirs", "type", "bridge"], check=True)
    before = take_snapshot()
    message = fail_at_change(number, "ip link add veth-blue-br type bridge", **LAB)
    assert "create veth pair veth-blue in namespace blue and veth-blue-br: File exists" in message
    assert "undone: " in message and "could not be undone" not in message
    subprocess.run(["ip", "link", "del", "dev", "veth-blue-br"], check=True)
    assert differences(before, take_snapshot()) == {}


def test_a_failure_of_the_last_change_rolls_all_changes_back(host: None) -> None:
    run("topology", **LAB)
    before = take_snapshot()
    changed = {
        **LAB,
        "purge": True,
        "linux_bridge": [
            {"name": "v-net-0", "addresses": ["192.168.15.6/24", "fd00:15::5/64"], "mtu": 1400}
        ],
        "veth": [LAB["veth"][0], {**LAB["veth"][1], "mtu": 1300}],
        "netns_route": [{"netns": "blue", "destination": "10.9.0.0/16", "gateway": "192.168.15.1"}],
    }
    message = fail_at_change(0, "ip -n blue route add 10.9.0.0/16 via 192.168.15.9", **changed)
    assert "add route 10.9.0.0/16 via 192.168.15.1 in namespace blue: File exists" in message
    assert (
        "add address 192.168.15.6/24 of v-net-0 on the host" in message
        and "could not be undone" not in message
    )
    subprocess.run(["ip", "-n", "blue", "route", "del", "10.9.0.0/16"], check=True)
    assert differences(before, take_snapshot()) == {}


def test_veth_pairs_between_two_namespaces_are_rolled_back(
    host: None,
) -> None:
    run(
        "topology",
        name="base",
        linux_bridge=[{"name": "br0"}],
        netns=[{"name": "red"}, {"name": "blue"}],
    )
    before = take_snapshot()
    ports = [
        {
            "name": f"a{number}",
            "netns": "red",
            "peer": {"name": f"b{number}", "bridge": "br0", "isolated": True},
        }
        for number in range(3)
    ]
    route = {"netns": "blue", "destination": "10.9.0.0/16", "type": "blackhole"}
    message = fail_at_change(
        0, "ip -n blue route add blackhole 10.9.0.0/16", name="lab", veth=ports, netns_route=[route]
    )
    assert "File exists" in message and "could not be undone" not in message
    subprocess.run(["ip", "-n", "blue", "route", "del", "blackhole", "10.9.0.0/16"], check=True)
    assert differences(before, take_snapshot()) == {}


APART: Raw = {
    "name": "apart",
    "netns": [{"name": "red"}, {"name": "blue"}],
    "veth": [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"10.{number}.0.1/24", f"fd0{number}::1/64"],
            "peer": {"name": f"to-{name}"},
        }
        for number, name in enumerate(("red", "blue"))
    ],
    "netns_route": [{"netns": "red", "destination": "default", "gateway": "10.0.0.2"}],
    "masquerade": [{"netns": "red", "source": "10.9.0.0/24"}],
    "dnat": [{"netns": "red", "destination_port": 80, "to_destination": "10.0.0.7:80"}],
}
"""Two namespaces, each with a veth pair to the host."""


def test_a_namespace_whose_file_cannot_be_deleted_keeps_its_content(host: None) -> None:
    run("topology", **APART)
    # The file is below the namespace that is mounted on it.
    script = (
        "mkdir -p /run/below; mount --make-private /run/netns; "
        "mount --bind /run/netns /run/below; chattr +i /run/below/red"
    )
    subprocess.run(["bash", "-euc", script], check=True)
    try:
        before, current = take_snapshot(), Path("/run/netns/red").stat().st_ino
        with pytest.raises(
            Failed, match=r"^delete namespace red: Operation not permitted\. undone: "
        ) as failure:
            run("topology", name="apart", state="absent")
        assert "could not be undone" not in str(failure.value)
        assert (
            differences(before, take_snapshot()) == {}
            and Path("/run/netns/red").stat().st_ino == current
        )
    finally:
        subprocess.run(
            ["bash", "-euc", "chattr -i /run/below/red; umount /run/below; rmdir /run/below"],
            check=True,
        )
    assert not run("topology", **APART)["changed"]


def test_a_namespace_that_the_kernel_has_not_destroyed_yet_is_restored(
    host: None,
) -> None:
    run("topology", **APART)
    before, rules = take_snapshot(), ["ip", "netns", "exec", "red", "nft", "list", "ruleset"]
    listed = subprocess.check_output(rules)
    with (
        open("/run/netns/red", encoding="ascii") as held,
        subprocess.Popen(["sleep", "1.5"], stdin=held),
    ):
        held.close()
        message = fail_at_change(
            1000, INTERRUPT.replace("1", "0.1"), **{**APART, "state": "absent"}
        )
    assert "undone: " in message and "could not be undone" not in message
    left = differences(before, take_snapshot())
    # Forwarding that was enabled for its rules is restored by the next run.
    assert all("/forwarding" in line for line in left.pop("red sysctls", ())) and left == {}
    assert subprocess.check_output(rules) == listed
    run("topology", **APART)
    assert differences(before, take_snapshot()) == {}


def test_sysctls_with_several_values_for_on_are_restored(host: None) -> None:
    raw: Raw = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "linux_bridge": [{"name": "br0"}, {"name": "br0", "netns": "red"}],
    }
    run("topology", **raw)
    script = (
        "sysctl -qw net.ipv6.conf.br0.accept_ra=2 net.ipv6.conf.br0.accept_dad=2; "
        "ip netns exec red sysctl -qw net.ipv6.conf.br0.accept_ra=1"
    )
    subprocess.run(["bash", "-euc", script], check=True)
    before = take_snapshot()
    message = fail_at_change(
        0,
        "ip route add blackhole 10.9.0.0/16",
        **raw,
        netns_route=[{"destination": "10.9.0.0/16", "type": "blackhole"}],
    )
    subprocess.run(["ip", "route", "del", "blackhole", "10.9.0.0/16"], check=True)
    assert (
        "undone: br0: set accept_ra off, set accept_dad off; br0 in namespace red: "
        "set accept_ra off"
    ) in message and "could not" not in message
    assert differences(before, take_snapshot()) == {}


def test_one_of_ten_concurrent_runs_changes_the_host(host: None) -> None:
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from support.tasks import LAB, run; "
        f"print(run('topology', **LAB)['changed'])"
    )
    crowd = [
        subprocess.Popen([sys.executable, "-B", "-c", program], stdout=subprocess.PIPE, text=True)
        for _number in range(10)
    ]
    answers = sorted(one.communicate()[0].strip() for one in crowd)
    assert answers == ["False"] * 9 + ["True"]


def test_the_process_that_holds_the_lock_is_named(host: None) -> None:
    holder, waiter = LinuxHost(), LinuxHost()
    with (
        holder.lock(create=True),
        pytest.raises(Failed, match=r"the lock of this host, which process \d+ "),
        waiter.lock(create=True, patience=0.1),
    ):
        pass


def test_missing_capabilities_are_reported_before_any_change(host: None) -> None:
    require_capabilities()
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from support.tasks import run; "
        f"run('netns', name='red')"
    )
    machine = "ansible_collections.redblue.netns.plugins.module_utils._host.machine"
    program = program.replace(
        "from support.tasks",
        f"from {machine} import require_capabilities; require_capabilities(); from support.tasks",
    )
    done = subprocess.run(
        ["setpriv", "--bounding-set", "-net_admin", sys.executable, "-B", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        done.returncode
        and f"{Unprivileged.__name__}: needs CAP_NET_ADMIN and CAP_SYS_ADMIN (run with become)"
        in done.stderr
    )


def test_a_deleted_lab_is_restored_by_the_next_run(host: None) -> None:
    run("topology", **LAB)
    before = take_snapshot()
    subprocess.run(
        [
            "bash",
            "-euc",
            "ip -all netns delete; ip link del dev v-net-0; nft flush ruleset; sleep 0.5",
        ],
        check=True,
    )
    assert run("topology", **LAB)["changed"]
    after = take_snapshot()
    assert not run("topology", **LAB)["changed"]
    assert (
        sorted(before) == sorted(after)
        and before["red"] == after["red"]
        and before["blue"] == after["blue"]
    )


_MENDED, _WAY_IN = (
    "mend the rules on the host (nftables)",
    "add forward of tcp port 80 to 192.168.15.2:80 on the host",
)
_WAYS_OUT = (
    "add masquerade of 192.168.15.0/24 on the host",
    "add masquerade of fd00:15::/64 on the host",
)
DRIFT = {
    "ip -n red addr del 192.168.15.1/24 dev veth-red": [
        "add address 192.168.15.1/24 of veth-red in namespace red",
        "add route default via 192.168.15.5 in namespace red",
    ],
    "ip -n blue route del default": ["add route default via 192.168.15.5 in namespace blue"],
    "ip link set dev veth-red-br down": ["veth-red-br: set up"],
    "ip link set dev v-net-0 down": [
        "add address fd00:15::5/64 of v-net-0 on the host",
        "v-net-0: set up",
    ],
    "ip link set dev veth-red-br nomaster": ["veth-red-br: make a port of bridge v-net-0"],
    "ip addr flush dev v-net-0": [
        "add address 192.168.15.5/24 of v-net-0 on the host",
        "add address fd00:15::5/64 of v-net-0 on the host",
    ],
    "sysctl -qw net.ipv4.conf.v-net-0.forwarding=0": [
        "set net.ipv4.conf.v-net-0.forwarding = 2 on the host"
    ],
    "nft 'delete element inet redblue_netns forward4 { tcp . 80 }'": [_MENDED, _WAY_IN],
    "nft flush chain inet redblue_netns postrouting": [_MENDED, *_WAYS_OUT],
    "nft delete table inet redblue_netns": [
        *_WAYS_OUT,
        _WAY_IN,
        "add forward of tcp port 81 to [fd00:15::2]:80 on the host",
        "isolate v-net-0 on the host: 192.168.15.0/24, fd00:15::/64",
        "open IPv4 forwarding for the lab's traffic from v-net-0 of the host",
        "open IPv6 forwarding for the lab's traffic from all interfaces of the host",
    ],
}
"""A change by hand, and all actions of the next run: it restores what was lost and changes
nothing else.
"""


@pytest.mark.parametrize("script", DRIFT)
def test_a_change_by_hand_is_reverted_and_nothing_else_is_changed(host: None, script: str) -> None:
    run("topology", **LAB)
    subprocess.run(["bash", "-euc", script], check=True)
    assert run("topology", **LAB)["actions"] == DRIFT[script]
    assert not run("topology", **LAB)["changed"]
    for target in ("192.168.15.2", "fd00:15::2"):
        assert reaches("red", target)


def test_a_mac_and_a_peer_changed_by_hand_are_restored(host: None) -> None:
    run("topology", **LAB)
    for script in (
        "ip -n red link set dev veth-red address 02:00:00:00:00:99",
        "ip link del dev veth-red-br",
    ):
        before = take_snapshot()
        subprocess.run(["bash", "-euc", script], check=True)
        actions = run("topology", **LAB)["actions"]
        assert actions and all(
            "veth-red" in action or action == "add route default via 192.168.15.5 in namespace red"
            for action in actions
        )
        after = take_snapshot()
        assert {name: before[name] for name in before if name != "host"} == {
            name: after[name] for name in after if name != "host"
        }
