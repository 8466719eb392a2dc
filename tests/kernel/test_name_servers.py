# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option dns: dnsmasq on the bridge of a topology, asked by its members."""

from __future__ import annotations

import pytest

from support.failing_host import fail_at_change
from support.info import gather_info
from support.lab_processes import wait_until
from support.name_servers import (
    NEEDS_DNSMASQ,
    OUTSIDE,
    RED,
    count_questions,
    lab,
    list_servers,
    look_up,
    serving,
)
from support.shell import replay, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run, run_as_predicted, with_green

pytestmark = NEEDS_DNSMASQ
SERVERS = ("192.168.15.5", "fd00:15::5")
ON_LINK = [
    {"name": "v-net-0", "addresses": ["192.168.15.5/24", "fd00:15::5/64"], "netns": "switch"}
]


def assert_members_are_known(netns: str, other: str) -> None:
    for server in SERVERS:
        assert "has address 192.168.15.2" in look_up(netns, "blue", "A", server)
        assert "has IPv6 address fd00:15::2" in look_up(netns, "blue", "AAAA", server)
        assert "domain name pointer red." in look_up(other, "192.168.15.1", "PTR", server)
        assert "domain name pointer red." in look_up(other, "fd00:15::1", "PTR", server)


def test_members_are_found_by_name_and_by_address(host: None) -> None:
    done = run_as_predicted("topology", **lab())
    assert "start process dns:v-net-0 on the host" in done["actions"]
    servers = [f"nameserver {address}" for address in SERVERS]
    assert RED.read_text(encoding="utf-8").splitlines() == ["# redblue.netns:lab", *servers]
    assert_members_are_known("red", "blue")
    sh("ip netns exec red ping -c 1 -W 30 -4 blue; ip netns exec red ping -c 1 -W 30 -6 blue")
    assert "REFUSED" in look_up("red", "www.example.org", "A", SERVERS[0])


def test_other_names_are_asked_upstream_and_never_at_the_host(host: None) -> None:
    sh(OUTSIDE)
    sh("echo nameserver 127.0.0.1 > /run/resolv; mount --bind /run/resolv /etc/resolv.conf")
    dns = {
        "upstream": ["203.0.113.53"],
        "domain": "lab.example.com",
        "domains": {"corp.example.net": ["203.0.113.54", "2001:db8:53::53"]},
        "records": {"printer.lab.example.com": ["192.168.15.77", "fd00:15::77"]},
    }
    with (
        serving("203.0.113.53", "--address=/example.org/198.51.100.1") as upstream,
        serving("203.0.113.54", "--address=/corp.example.net/198.51.100.2") as corp,
        serving("127.0.0.1", "--address=/#/198.51.100.3", netns=None) as of_host,
    ):
        run("topology", **lab(dns))
        assert "198.51.100.1" in look_up("red", "www.example.org")
        assert "198.51.100.2" in look_up("red", "www.corp.example.net")
        assert count_questions(upstream) == count_questions(corp) == 1
        assert "192.168.15.2" in look_up("red", "blue.lab.example.com", "A", SERVERS[0])
        assert "192.168.15.2" in look_up("red", "blue") and "fd00:15::2" in look_up(
            "red", "blue", "AAAA"
        )
        assert "pointer blue.lab.example.com." in look_up("red", "192.168.15.2", "PTR")
        assert "192.168.15.77" in look_up("red", "printer.lab.example.com")
        assert "NXDOMAIN" in look_up("red", "nobody.lab.example.com.")
        assert "NXDOMAIN" in look_up("red", "nobody.", "A", SERVERS[1])
        sh(
            "for name in {1..100}.example.org {1..100}.corp.example.net; do "
            "ip netns exec red host -t A $name; done"
        )
        assert count_questions(upstream) == count_questions(corp) == 101
        # What the lab knows by itself was asked nowhere else, and nothing at the host.
        asked = upstream.read_text(encoding="utf-8") + corp.read_text(encoding="utf-8")
        assert "lab.example.com" not in asked and "nobody" not in asked
        assert count_questions(of_host) == 0
    sh("umount /etc/resolv.conf")


def test_other_names_of_the_domain_of_members_may_be_asked_elsewhere(host: None) -> None:
    sh(OUTSIDE)
    domain = "corp.example.net"
    dns = {"domain": domain, "domains": {domain: ["203.0.113.54"]}}
    with serving("203.0.113.54", "--address=/#/198.51.100.2") as corp:
        run("topology", **lab(dns))
        for name in ("blue", f"blue.{domain}", f"BLUE.{domain}"):
            assert "192.168.15.2" in look_up("red", name) and count_questions(corp) == 0
        assert "198.51.100.2" in look_up("red", f"www.{domain}")
        assert count_questions(corp) == 1


def test_the_servers_of_the_host_are_asked_if_the_task_says_so(host: None) -> None:
    sh("echo nameserver 127.0.0.1 > /run/resolv; mount --bind /run/resolv /etc/resolv.conf")
    with serving("127.0.0.1", "--address=/#/198.51.100.3", netns=None) as of_host:
        run("topology", **lab({"upstream": ["host"]}))
        assert "198.51.100.3" in look_up("red", "www.example.org")
        assert count_questions(of_host) == 1
    sh("umount /etc/resolv.conf")


def test_the_switch_may_be_in_a_namespace(host: None) -> None:
    """With its own addresses, or with the host as the router of its members."""
    names = [*LAB["netns"], {"name": "switch"}]
    pairs = [{**each, "peer": {**each["peer"], "netns": "switch"}} for each in LAB["veth"]]
    inside = {"name": "lab", "netns": names, "linux_bridge": ON_LINK, "veth": pairs, "dns": True}
    done = run_as_predicted("topology", **inside)
    assert "start process dns:switch:v-net-0 in namespace switch" in done["actions"]
    assert_members_are_known("red", "blue")
    router = {
        "name": "v-net-0",
        "addresses": ON_LINK[0]["addresses"],
        "peer": {"name": "uplink", "netns": "switch", "bridge": "br0"},
    }
    for pair in pairs:
        pair["peer"]["bridge"] = "br0"
    routed = {
        **inside,
        "linux_bridge": [{"name": "br0", "netns": "switch"}],
        "veth": [*pairs, router],
        "host_access": ["none"],
        "purge": True,
    }
    done = run_as_predicted("topology", **routed)
    assert "start process dns:v-net-0 on the host" in done["actions"]
    assert_members_are_known("red", "blue")
    assert len(list_servers()) == 1


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
@pytest.mark.parametrize("words", [["none"], ["established"], ["icmp", "54"]])
def test_limited_access_to_the_host_lets_questions_through(
    host: None, words: list[str], backend: str
) -> None:
    wanted = lab(host_access=words, backend=backend)
    run_as_predicted("topology", **wanted)
    assert_members_are_known("red", "blue")
    assert "has address" in look_up("red", "blue", "A", SERVERS[0], "-T")
    shown = gather_info()["topology"]
    assert not run("topology", **shown)["changed"]
    assert not any(word.startswith("53/") for word in shown["host_access"])
    without = {**wanted, "dns": False, "purge": True}
    assert run_as_predicted("topology", **without)["changed"]
    assert not run("topology", **without)["changed"]


def test_nobody_else_is_answered(host: None) -> None:
    sh(OUTSIDE)
    run("topology", **lab(isolate=False))
    for address in SERVERS:
        sh(f"ip netns exec outside ping -c 1 -W 30 {address}")
        assert "192.168.15.2" not in look_up("outside", "blue", "A", address)
        assert "192.168.15.2" not in look_up("outside", "blue", "A", address, "-T")


def test_a_policy_says_whether_the_server_is_asked(host: None) -> None:
    rule: Raw = {"to": [{"host": True}], "protocol": "udp", "ports": [53]}
    policy: Raw = {"name": "names", "netns": ["red"], "egress": [rule]}
    run("topology", **lab(policy=[policy]))
    assert "192.168.15.2" in look_up("red", "blue")
    run("topology", **lab(policy=[{**policy, "egress": []}]))
    assert "192.168.15.2" not in look_up("red", "blue")


def test_nameservers_of_the_task_stay(host: None) -> None:
    names = [{"name": "red", "nameservers": ["192.0.2.53"]}, {"name": "blue", "search": ["x.org"]}]
    run("topology", **lab({"domain": "lab.example.com"}, netns=names))
    assert "nameserver 192.0.2.53\n" in RED.read_text(encoding="utf-8")
    blue = (RED.parent.parent / "blue/resolv.conf").read_text(encoding="utf-8")
    assert "search x.org\nnameserver 192.168.15.5\n" in blue


def test_a_new_member_is_known_and_the_second_run_changes_nothing(host: None) -> None:
    run("topology", **lab())
    before = list_servers()
    assert not run("topology", **lab())["changed"] and list_servers() == before
    done = run_as_predicted("topology", **with_green(lab()))
    assert "start process dns:v-net-0 on the host anew with another command" in done["actions"]
    assert "192.168.15.3" in look_up("red", "green") and "192.168.15.1" in look_up("green", "red")
    assert "has no AAAA record" in look_up("red", "green", "AAAA")
    assert len(list_servers()) == 1


def test_a_server_that_was_killed_is_back(host: None) -> None:
    run("topology", **lab())
    (server,) = list_servers()
    sh(f"kill -KILL {server}")
    wait_until(lambda: "192.168.15.2" in look_up("red", "blue"))
    assert list_servers() not in ([], [server])


def test_all_of_it_goes(host: None) -> None:
    with serving("127.0.0.1", netns=None):
        pass  # The kernel makes a key for the first listener with TCP Fast Open.
    before = take_snapshot()
    run("topology", **lab())
    left = run("topology", **LAB)["left_alone"]
    assert "process dns:v-net-0 on the host" in [each["what"] for each in left]
    done = run_as_predicted("topology", **LAB, purge=True)
    assert "resolver of namespace red" in done["purged"] and not RED.exists()
    assert not list_servers()
    run("topology", **lab())
    run_as_predicted("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {} and not list_servers()


def test_a_failed_run_leaves_the_server_as_it_was(host: None) -> None:
    run("topology", **lab())
    before = take_snapshot()
    others: Raw = lab(
        {"domain": "x.example.org"}, linux_bridge=[*LAB["linux_bridge"], {"name": "br9"}]
    )
    fail_at_change(0, "ip link add br9 type bridge", **others)
    sh("ip link delete br9")
    assert differences(before, take_snapshot()) == {}
    assert "192.168.15.2" in look_up("red", "blue")


def test_the_commands_start_the_same_server(host: None) -> None:
    replay(run("topology", check=True, **lab({"domain": "lab.example.com"}))["commands"])
    wait_until(lambda: "192.168.15.2" in look_up("red", "blue"))
    assert "192.168.15.2" in look_up("red", "blue.lab.example.com")
    sh(f"kill {' '.join(map(str, list_servers()))}")
    wait_until(lambda: not list_servers())


def test_netns_info_returns_what_changes_nothing(host: None) -> None:
    dns = {"upstream": ["192.0.2.53", "2001:db8::53"], "domain": "lab.example.com"}
    run("topology", **lab(dns))
    shown = gather_info()["topology"]
    assert shown["dns"] == dns and shown["processes"] == []
    assert not run("topology", **shown)["changed"]
    run("topology", **lab())
    assert gather_info()["topology"]["dns"] is True
    run("topology", **LAB, purge=True)
    assert gather_info()["topology"]["dns"] is False
