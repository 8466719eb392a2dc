# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults by the host: other firewalls, full tables, link managers, resolvers, listeners. The
module and the playbook.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._doctor.diagnose import diagnose
from ansible_collections.redblue.netns.plugins.module_utils._doctor.facts.files import read_limits
from ansible_collections.redblue.netns.plugins.module_utils._doctor.facts.host_facts import (
    HostFacts,
)
from ansible_collections.redblue.netns.plugins.module_utils._doctor.findings import Finding
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState

from support.doctor import DOCKER_COMMANDS, diagnose_host
from support.nat_lab import set_bridge_filtering
from support.shell import sh
from support.tasks import LAB, run

SWITCH: dict[str, Any] = {
    **{name: LAB[name] for name in ("name", "netns", "linux_bridge", "veth")},
    "isolate": False,
}
"""A lab within one segment."""


def first(found: list[Finding]) -> tuple[str, str]:
    return found[0].check, found[0].subject


@pytest.fixture
def files(host: None) -> Iterator[None]:
    """Files in /run and /etc, which are this command's own, are deleted after the test."""
    contents = {
        file: file.read_bytes()
        for file in map(Path, ("/etc/resolv.conf", "/etc/nsswitch.conf"))
        if file.exists()
    }
    yield
    for directory in ("/run/systemd", "/run/NetworkManager", "/run/udev", "/run/nscd"):
        shutil.rmtree(directory, ignore_errors=True)
    for file in map(Path, ("/etc/resolv.conf", "/etc/nsswitch.conf")):
        if file in contents:
            file.write_bytes(contents[file])
        else:
            file.unlink(missing_ok=True)


def put(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="ascii")


def test_a_lab_that_docker_drops_is_found(host: None) -> None:
    sh(DOCKER_COMMANDS)
    run("topology", **LAB)
    assert (
        first(diagnose_host(LAB))
        == first(diagnose_host())
        == ("filter_drop", "chain FORWARD of table filter (iptables)")
    )


def test_a_docker_user_chain_without_a_jump_is_found(host: None) -> None:
    sh(DOCKER_COMMANDS)
    run("topology", **LAB, integrate=["docker"])
    sh("iptables-nft -D FORWARD -j DOCKER-USER")
    assert (
        first(diagnose_host({**LAB, "integrate": ["docker"]}))
        == first(diagnose_host())
        == ("docker_user_unhooked", "DOCKER-USER of iptables")
    )


def test_bridged_traffic_that_br_netfilter_lets_a_firewall_drop_is_found(host: None) -> None:
    set_bridge_filtering(0)
    run("topology", **SWITCH)
    sh("iptables-nft -P FORWARD DROP")
    assert diagnose_host(SWITCH) == []
    set_bridge_filtering(1)
    assert (
        first(diagnose_host(SWITCH))
        == first(diagnose_host())
        == ("br_netfilter", "chain FORWARD of table filter (iptables)")
    )


def test_a_namespace_in_a_private_mount_namespace_is_found(host: None) -> None:
    run("topology", **LAB)
    sh(
        "ip netns del blue; for try in {1..100}; "
        "do ip link show veth-blue-br >/dev/null 2>&1 || break; sleep 0.02; done"
    )
    script = (
        "touch /run/netns/blue; mount --bind /proc/self/ns/net /run/netns/blue; echo there; "
        "exec sleep 60"
    )
    with subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "--net", "bash", "-c", script],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "there\n"
            for found in (diagnose_host(LAB), diagnose_host()):
                assert (
                    first(found) == ("netns_private", "blue")
                    and str(process.pid) in found[0].message
                )
        finally:
            process.kill()


def test_a_strict_reverse_path_filter_on_the_second_uplink_is_found(host: None) -> None:
    run("topology", **LAB)
    second = (
        "ip link add up1 type veth peer name eth1 netns red; ip link set up1 up; "
        "ip -n red link set eth1 up; ip -n red addr add 203.0.113.1/24 dev eth1"
    )
    sh(
        f"{second}; ip addr add 203.0.113.2/24 dev up1; "
        f"ip -n red route add default via 203.0.113.2 metric 50"
    )
    sh("sysctl -qw net.ipv4.conf.up1.forwarding=1")
    strict = (
        "ip netns exec red sysctl -qw net.ipv4.conf.eth1.rp_filter={0} "
        "net.ipv4.conf.all.rp_filter={0}"
    )
    sh(strict.format(2))
    assert diagnose_host() == []
    sh(strict.format(1))
    assert first(diagnose_host()) == ("rp_filter", "red/eth1")


@pytest.mark.parametrize(
    ("path", "text", "who"),
    [
        (
            "/run/systemd/netif/links/{}",
            "ADMIN_STATE=configured\nNETWORK_FILE=/etc/systemd/network/all.network\n",
            "systemd-networkd",
        ),
        ("/run/NetworkManager/devices/{}", "[device]\nmanaged=true\n", "NetworkManager"),
        ("/run/udev/data/n{}", "E:ID_NET_NAME=enp3s0\n", "udev, which would rename it to enp3s0"),
    ],
)
def test_links_managed_by_other_software_are_found(
    files: None, path: str, text: str, who: str
) -> None:
    run("topology", **LAB)
    place = path.format(socket.if_nametoindex("v-net-0"))
    put(
        place,
        text.replace("configured", "unmanaged")
        .replace("true", "false")
        .replace("enp3s0", "v-net-0"),
    )
    assert diagnose_host(LAB) == []
    put(place, text)
    found = diagnose_host(LAB)
    assert first(found) == ("link_managed", "v-net-0") and who in found[0].message


def test_a_name_server_of_the_host_is_found_in_a_namespace(files: None) -> None:
    lab = {
        **LAB,
        "netns": [
            {"name": "red", "nameservers": ["192.168.15.5"]},
            {"name": "blue", "nameservers": ["192.168.15.5"]},
        ],
    }
    run("topology", **lab)
    put("/etc/nsswitch.conf", "hosts: files resolve [!UNAVAIL=return] dns\n")
    assert diagnose_host(lab) == []
    put("/run/systemd/resolve/io.systemd.Resolve", "")
    assert first(diagnose_host(lab)) == ("resolver_shadowed", "systemd-resolved")
    put("/run/nscd/socket", "")
    assert first(diagnose_host(lab)) == ("resolver_shadowed", "nscd")


def test_a_name_server_on_the_loopback_of_the_host_is_found(files: None) -> None:
    run("topology", **LAB)
    put("/etc/resolv.conf", "nameserver 192.0.2.1\n")
    assert diagnose_host(LAB) == []
    put("/etc/resolv.conf", "nameserver 127.0.0.53\n")
    assert first(diagnose_host(LAB)) == ("resolver_unreachable", "127.0.0.53")


def test_a_listener_on_a_forwarded_port_is_found(host: None) -> None:
    run("topology", **LAB)
    with socket.create_server(("0.0.0.0", 80)):
        assert first(diagnose_host(LAB)) == ("listener_shadowed", "tcp port 80")
    assert diagnose_host(LAB) == []


@pytest.mark.parametrize(
    ("used", "most", "severity"), [(89, 100, None), (90, 100, "warning"), (100, 100, "error")]
)
def test_a_full_kernel_table_is_found(
    tmp_path: Path, used: int, most: int, severity: str | None
) -> None:
    """The tables are those of the whole machine, so the test replaces the files that are read."""
    for name, text in {
        "net/stat/arp_cache": f"entries  allocs\n{used:08x}  00000001\n{used:08x}  00000001\n",
        "sys/net/ipv4/neigh/default/gc_thresh3": f"{most}\n",
        "sys/net/netfilter/nf_conntrack_count": f"{used}\n",
        "sys/net/netfilter/nf_conntrack_max": f"{most}\n",
    }.items():
        put(str(tmp_path / name), text)
    found = diagnose(HostFacts(CurrentState(), limits=list(read_limits(str(tmp_path)))))
    assert [(finding.check, finding.severity) for finding in found] == (
        [("neighbour_limit", severity), ("conntrack_limit", severity)] if severity else []
    )
