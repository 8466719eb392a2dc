# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Root of a container at the end of a lab's cable does what it can. Nothing of the host changes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError

from support.containers import as_root_of, container, root_command
from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import run

POD = "cni-7"
LAB: dict[str, Any] = {
    "name": "lab",
    "netns": [{"name": "red"}],
    "linux_bridge": [{"name": "br0", "addresses": ["10.15.0.1/24", "fd00:15::1/64"]}],
    "veth": [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"10.15.0.{number}/24"],
            "peer": {"name": f"{name}-br", "bridge": "br0"},
        }
        for number, name in ((2, "red"), (3, POD))
    ],
    "masquerade": [{"source": "10.15.0.0/24"}],
}
CHANGED = {**LAB, "linux_bridge": [{**LAB["linux_bridge"][0], "mtu": 1400}], "purge": True}
OTHER = {"name": "other", "netns": [{"name": "green"}], "purge": True}
OTHERS = """
ip link add lan0 type veth peer name far; ip link set far up; ip link set lan0 up
ip addr add 192.168.1.2/24 dev lan0; ip route add default via 192.168.1.1
ip link add user0 type bridge; ip link set user0 up; ip addr add 10.3.0.1/24 dev user0
"""
ATTACKS = {
    "names of the host": """
        for name in br0 lan0 user0 red-br cni-7-br; do
            ip link property add dev eth0 altname $name
        done
        ip link set eth0 alias "redblue.netns:lab"
    """,
    "another link in the place of the cable": """
        index=$(cat /sys/class/net/eth0/ifindex)
        ip link del eth0
        ip link add eth0 index $index type veth peer name red-br
        ip link set eth0 alias "redblue.netns:lab was lan0 up mtu 1500 192.168.1.129/25"
    """,
    "a link of another type in its place": """
        index=$(cat /sys/class/net/eth0/ifindex)
        ip link set eth0 name moved || { ip link set eth0 down; ip link set eth0 name moved; }
        ip link add br0 type bridge; ip link add eth0 type veth peer name lan0
        ip link set moved alias redblue.netns:other; ip link set br0 alias redblue.netns:lab
    """,
    "a bridge on the cable": """
        ip link add br0 type bridge; ip link set eth0 master br0; ip link set br0 up
        ip link set br0 alias redblue.netns:lab; ip addr add 10.15.0.1/24 dev br0
    """,
    "the addresses of the host": """
        ip link set eth0 down; ip link set eth0 address $MAC; ip link set eth0 up
        ip addr add 10.15.0.1/24 dev eth0; ip addr add 192.168.1.2/24 dev eth0
        ip route add blackhole 10.3.0.0/24 proto 82
    """,
    "links for the host": """
        ip link add evil type veth peer name evil-peer
        ! ip link set evil netns $HOST 2>/dev/null
        ! ip link set eth0 netns $HOST 2>/dev/null
        ! ip link add br9 netns $HOST type bridge 2>/dev/null
    """,
    "mounts over names": """
        for name in red blue cni-7 lan0; do
            mount --bind /proc/self/ns/net /run/netns/$name 2>/dev/null || true
            umount -l /run/netns/$name 2>/dev/null || true
        done
        mount -t tmpfs none /run/netns 2>/dev/null || true
        ! rm -f /run/netns/red 2>/dev/null || true
    """,
}
RACES = {
    "other links in the place of the cable": """
        while :; do
            ip link set eth0 name moved; ip link add eth0 type bridge
            ip link set eth0 alias redblue.netns:lab
            ip link del eth0; ip link set moved name eth0; ip addr add 10.3.0.1/24 dev eth0
            ip link set eth0 alias "redblue.netns:lab was lan0 up mtu 1500 192.168.1.129/25"
            ip link property add dev eth0 altname br0; ip link property del dev eth0 altname br0
        done 2>/dev/null
    """,
    # No process is started for each of these.
    "other names of the cable": """
        while echo "link set eth0 name moved"; do
            echo "link set moved name eth0"
        done | ip -force -batch - 2>/dev/null
    """,
}


def _snapshot() -> dict[str, object]:
    """The state without that of the attacker's own namespace."""
    return {key: value for key, value in take_snapshot().items() if not key.startswith(POD)}


def _run_tasks() -> None:
    """The tasks of a day. What the attacker made of its own end may be refused."""
    for raw in (LAB, CHANGED, OTHER, LAB, {"name": "other", "state": "absent"}):
        with contextlib.suppress(NetnsError):
            run("topology", **raw)


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_host_is_as_before_when_the_lab_is_gone(host: None, attack: str) -> None:
    sh(OTHERS)
    with container(POD) as attacker:
        before = _snapshot()
        run("topology", **LAB)
        [bridge] = json.loads(output("ip", "-j", "link", "show", "br0"))
        as_root_of(attacker, ATTACKS[attack], HOST=1, MAC=bridge["address"])
        _run_tasks()
        run("topology", name="lab", state="absent")
        assert differences(before, _snapshot()) == {}


@pytest.mark.parametrize("race", RACES)
def test_nothing_of_the_host_changes_while_the_attacker_races(host: None, race: str) -> None:
    sh(OTHERS)
    with container(POD) as attacker:
        before = _snapshot()
        command = root_command(attacker, RACES[race])
        with subprocess.Popen(command, start_new_session=True) as racing:
            try:
                for _round in range(2):
                    _run_tasks()
            finally:
                os.killpg(racing.pid, signal.SIGKILL)
        run("topology", name="lab", state="absent")
        assert differences(before, _snapshot()) == {}
