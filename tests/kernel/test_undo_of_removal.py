# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A removal that fails is undone whole: rules in their backend, and all that is in namespaces."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.failing_host import INTERRUPT, InterruptedHost
from support.faults import outcome, outcomes_of_processes, stable_snapshot, strace_injecting
from support.shell import sh
from support.snapshot import differences
from support.tasks import LAB, LAB_ABSENT, Raw, run, run_on

_OTHERS = """
ip netns exec red sysctl -qw net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.veth-red.rp_filter=2
ip netns exec red sysctl -qw net.ipv4.tcp_syncookies=0 net.ipv6.conf.veth-red.hop_limit=9
ip -n red addr replace 10.8.0.1/32 dev lo label lo:a
ip -n red route replace 10.9.0.0/16 via inet6 fe80::7 dev veth-red metric 7
ip -n red route replace blackhole 10.7.0.0/16 table 77
ip -n red neigh replace 192.168.15.9 lladdr 02:00:00:00:00:09 dev veth-red nud permanent
ip netns exec red nft 'table inet theirs { chain c { type filter hook input priority 5; }; }'
"""
"""What others made in a namespace of a topology."""


def _backends() -> list[bool]:
    """Whether iptables and nftables hold rules of ours."""
    return [
        sh(f"{command} | grep -ci redblue || :").strip() != "0"
        for command in ("iptables-save", "nft list tables")
    ]


@pytest.fixture
def undeletable_red() -> Iterator[None]:
    """The name of red cannot be deleted: its file is below the namespace that is mounted on it."""
    sh(
        "mkdir -p /run/below; mount --make-private /run/netns; "
        "mount --bind /run/netns /run/below; chattr +i /run/below/red"
    )
    yield
    subprocess.run(
        ["bash", "-c", "chattr -i /run/below/red; umount /run/below; rmdir /run/below"], check=True
    )


@pytest.fixture(params=["nftables", "iptables"])
def removable_lab(host: None, request: pytest.FixtureRequest) -> Raw:
    lab: Raw = {**LAB, "backend": request.param}
    run("topology", **lab)
    sh(_OTHERS)
    return lab


def test_a_removal_is_undone_in_the_same_backend_with_all_contents(
    removable_lab: Raw, undeletable_red: None
) -> None:
    before, backends = stable_snapshot(), _backends()
    message = outcome("topology", **LAB_ABSENT, netns=LAB["netns"])
    assert message.startswith("Failed: delete namespace red: Operation not permitted. undone: ")
    assert "could not be undone" not in message
    assert differences(before, stable_snapshot()) == {} and _backends() == backends
    assert outcome("topology", **removable_lab) == "nothing to do"


def test_a_failure_after_the_last_removal_is_undone_whole(removable_lab: Raw) -> None:
    before = stable_snapshot()
    inode = Path("/run/netns/blue").stat().st_ino
    # What is unmounted last is the last namespace. The next call is of the verification.
    for number in range(4, 9):
        # An iptables-restore without a socket would restore another rule without an error.
        inject = strace_injecting(f"socket:error=EMFILE:when={number}", with_children=False)
        [message] = outcomes_of_processes("topology", [LAB_ABSENT], *inject)
        if message == "changed":
            run("topology", **removable_lab)
            sh(_OTHERS)
            before, inode = stable_snapshot(), Path("/run/netns/blue").stat().st_ino
            continue
        assert "could not be undone" not in message, message
        found = differences(before, stable_snapshot())
        assert found == {}, (number, message, found)
        assert Path("/run/netns/blue").stat().st_ino == inode
    assert outcome("topology", **LAB_ABSENT) == "changed"


_LINKS = """
ip link add eth0 type veth peer name far0; ip addr add 192.0.2.2/24 dev eth0; ip link set eth0 up
ip link set far0 up; ip addr add fd00:2::2/64 dev eth0 nodad
for name in eth0 own0 br0; do sysctl -qw net.ipv4.conf.$name.rp_filter=2 \
    net.ipv4.conf.$name.arp_announce=2 net.ipv6.conf.$name.hop_limit=9 \
    net.ipv6.conf.$name.accept_ra=2 net.ipv4.neigh.$name.gc_stale_time=77; done
ip netns exec red sysctl -qw net.ipv4.conf.own1.rp_filter=2 net.ipv6.conf.own1.accept_ra=0
"""


@pytest.mark.parametrize(
    ("module", "raw"),
    [
        ("veth", {"name": "own0", "peer": {"name": "own1", "netns": "red"}, "state": "absent"}),
        ("linux_bridge", {"name": "br0", "state": "absent"}),
        ("netns", {"name": "red", "state": "absent", "force": True}),
        ("netns_link", {"name": "eth0", "netns": "red", "type": "physical", "force": True}),
    ],
)
def test_links_come_back_with_their_kernel_parameters(host: None, module: str, raw: Raw) -> None:
    run("netns", name="red")
    run("linux_bridge", name="br0", addresses=["10.3.0.1/24"])
    run("veth", name="own0", addresses=["10.4.0.1/24"], peer={"name": "own1", "netns": "red"})
    sh(_LINKS)
    before = stable_snapshot()
    failing = InterruptedHost(1000, INTERRUPT)
    try:
        with pytest.raises(Failed) as failure:
            run_on(failing, module, **raw)
    finally:
        failing.close()
    assert "undone: " in str(failure.value) and "could not be undone" not in str(failure.value)
    assert differences(before, stable_snapshot()) == {}
