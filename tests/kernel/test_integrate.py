# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option integrate: other firewalls drop forwarded traffic, and accept that of the labs when
asked to.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import time
from typing import Any

import pytest

from support.failing_host import InterruptedHost, fail_at_change
from support.flows import build_integrated_labs, find_wrong_flows, flow_lab
from support.foreign_rules import FIREWALLS, add_foreign_rules, read_foreign_rules, restore_rules
from support.nat_lab import set_bridge_filtering
from support.pings import ping, reaches
from support.shell import output, replay, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, predicted_part, run, run_on


@pytest.mark.parametrize("others", list(FIREWALLS))
@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_other_firewalls_accept_the_labs_with_integrate(
    lan: None, backend: str, others: str
) -> None:
    add_foreign_rules(others)
    before, rules = take_snapshot(), read_foreign_rules()
    results = build_integrated_labs(backend, FIREWALLS[others])
    assert all(not result["warnings"] for result in results)
    assert not any(word in json.dumps(results) for word in ("203.0.113.1", "docker0", "9999")), (
        "a log must not have foreign rules"
    )
    assert any(
        f"let the traffic of br15 through {FIREWALLS[others]} on the host" in action
        for action in results[0]["actions"]
    )
    for filtered in (0, 1):
        set_bridge_filtering(filtered)
        assert find_wrong_flows(dropping=False, filtered=bool(filtered)) == []
    set_bridge_filtering(1)
    assert read_foreign_rules() == rules
    run("topology", name="lab", state="absent")
    run("topology", name="other", state="absent")
    assert read_foreign_rules() == rules
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("others", list(FIREWALLS))
def test_without_integrate_a_warning_names_the_firewall_and_the_option(
    lan: None, others: str
) -> None:
    add_foreign_rules(others)
    results = build_integrated_labs("nftables")
    assert all(
        any(f"integrate: {FIREWALLS[others]} " in warning for warning in result["warnings"])
        for result in results
    )
    set_bridge_filtering(1)
    assert find_wrong_flows(dropping=True, filtered=True) == []


def test_a_firewall_that_is_being_started_during_the_run(lan: None) -> None:
    """dockerd adds one chain after the other, and the one for rules of users last."""
    add_foreign_rules("docker")
    for program in ("iptables", "ip6tables"):
        unhook = "*filter\n-D FORWARD -j DOCKER-USER\n-F DOCKER-USER\n-X DOCKER-USER\nCOMMIT\n"
        restore_rules(f"{program}-restore", unhook)
    finish = "".join(
        f"{program} -N DOCKER-USER; {program} -A DOCKER-USER -j RETURN\n"
        f"{program} -I FORWARD -j DOCKER-USER\n"
        for program in ("iptables", "ip6tables")
    )
    lab = flow_lab("lab", 15, ("red", "blue"), "nftables", integrate=["docker"])
    host = InterruptedHost(1000, finish)  # after the last change
    try:
        assert run_on(host, "topology", **lab)["changed"]
    finally:
        host.close()
    assert not run("topology", **lab)["changed"]
    set_bridge_filtering(1)
    assert reaches("red", "10.15.0.2")
    run("topology", name="lab", state="absent")
    assert "REDBLUE" not in output("iptables-save") + output("ip6tables-save")


FLUSHES = {
    "docker": ["iptables", "-F", "DOCKER-USER"],
    "ufw": ["ip6tables", "-F", "ufw6-user-forward"],
    "policy": ["iptables", "-F", "FORWARD"],
    "nft": ["nft", "flush", "chain", "inet", "filter", "forward"],
}


@pytest.mark.parametrize("others", list(FLUSHES))
def test_flushed_exceptions_are_added_again(lan: None, others: str) -> None:
    add_foreign_rules(others)
    build_integrated_labs("nftables", FIREWALLS[others])
    lab = flow_lab("lab", 15, ("red", "blue"), "nftables", integrate=[FIREWALLS[others]])
    subprocess.run(FLUSHES[others], check=True)
    foreseen = run("topology", check=True, **lab)
    (action,) = foreseen["actions"]
    assert action.endswith(f"the traffic of br15 through {FIREWALLS[others]} on the host")
    again = run("topology", **lab)
    assert predicted_part(again) == predicted_part(foreseen)
    assert not run("topology", **lab)["changed"]


def test_the_exception_of_a_single_forward_is_removed_with_it(lan: None) -> None:
    run("topology", **{**LAB, "masquerade": [], "dnat": []})
    add_foreign_rules("docker")
    rules = read_foreign_rules()
    forward: dict[str, Any] = {"destination_port": 80, "to_destination": "192.168.15.2:80"}
    foreseen = run("dnat", check=True, **forward, integrate=["docker", "ufw"])
    assert predicted_part(run("dnat", **forward, integrate=["docker", "ufw"])) == predicted_part(
        foreseen
    )
    assert any(
        "let the traffic of v-net-0 through docker" in action for action in foreseen["actions"]
    )
    assert not run("dnat", **forward, integrate=["docker", "ufw"])["changed"]
    assert any(
        "do not let the traffic of v-net-0 through docker" in action
        for action in run("dnat", **forward, state="absent")["actions"]
    )
    assert read_foreign_rules() == rules


def test_a_removed_firewall_is_no_error(lan: None) -> None:
    """Docker and its chains were removed; then the removal of the lab succeeds."""
    before = take_snapshot()
    add_foreign_rules("docker")
    build_integrated_labs("nftables", "docker")
    for program in ("iptables", "ip6tables"):
        restore_rules(
            f"{program}-restore",
            "*filter\n:FORWARD ACCEPT [0:0]\n-F FORWARD\n-F DOCKER-USER\n-X DOCKER-USER\nCOMMIT\n",
        )
    run("topology", name="lab", state="absent")
    run("topology", name="other", state="absent")
    for program in ("iptables", "ip6tables"):
        restore_rules(f"{program}-restore", "*filter\n-F\n-X\nCOMMIT\n")
        subprocess.run(
            ["nft", "delete", "table", {"iptables": "ip", "ip6tables": "ip6"}[program], "filter"],
            check=True,
        )
    assert differences(before, take_snapshot()) == {}


def test_a_chain_without_a_jump_to_it_is_not_used(lan: None) -> None:
    restore_rules(
        "iptables-restore", "*filter\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\nCOMMIT\n"
    )
    lab = flow_lab("lab", 15, ("red", "blue"), "nftables", integrate=["docker"])
    result = run("topology", **lab)
    assert any("integrate: forward " in warning for warning in result["warnings"])
    assert (
        "REDBLUE"
        not in subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    )


def test_a_switch_in_a_namespace_needs_no_exception(lan: None) -> None:
    """Packets from red to blue are not forwarded by the host, so no firewall drops them."""
    add_foreign_rules("docker")
    set_bridge_filtering(1)
    legs = [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"10.15.0.{number}/24"],
            "peer": {"name": f"p-{name}", "netns": "switch", "bridge": "br15"},
        }
        for number, name in ((1, "red"), (2, "blue"))
    ]
    result = run(
        "topology",
        name="lab",
        netns=[{"name": name} for name in ("switch", "red", "blue")],
        linux_bridge=[{"name": "br15", "netns": "switch"}],
        veth=legs,
        isolate=False,
    )
    assert not result["warnings"] and "redblue" not in json.dumps(
        subprocess.run(
            ["nft", "list", "ruleset"], check=True, capture_output=True, text=True
        ).stdout
    )
    assert os.path.exists("/proc/sys/net/bridge")
    for source, target in (("red", "10.15.0.2"), ("blue", "10.15.0.1")):
        assert reaches(source, target)


@pytest.mark.parametrize("others", list(FIREWALLS))
def test_the_returned_commands_have_the_same_effect(lan: None, others: str) -> None:
    add_foreign_rules(others)
    before, rules = take_snapshot(), read_foreign_rules()
    lab = flow_lab("lab", 15, ("red", "blue"), "nftables", integrate=[FIREWALLS[others]])
    foreseen = run("topology", check=True, **lab)
    run("topology", **lab)
    replay(run("topology", check=True, name="lab", state="absent")["commands"])
    assert read_foreign_rules() == rules
    while any(name.startswith("p-") for _index, name in socket.if_nameindex()):
        time.sleep(0.05)  # A veth pair is deleted when the kernel has destroyed the namespace.
    assert differences(before, take_snapshot()) == {}
    replay(foreseen["commands"])
    assert not run("topology", **lab)["changed"]


@pytest.mark.parametrize("others", list(FIREWALLS))
def test_a_failed_run_is_rolled_back_in_other_firewalls_too(lan: None, others: str) -> None:
    add_foreign_rules(others)
    before = take_snapshot()
    message = fail_at_change(
        1000,
        "false",
        **flow_lab("lab", 15, ("red", "blue"), "nftables", integrate=[FIREWALLS[others]]),
    )  # after the last change
    assert "could not be undone" not in message
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_table_that_is_owned_by_a_process_is_ignored(lan: None, backend: str) -> None:
    """Only its owner can change such a table (NFT_TABLE_F_OWNER), and it ends with its owner."""
    list_table = ("nft", "-a", "list", "table", "inet", "held")
    with subprocess.Popen(
        ["nft", "-i"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as owner:
        assert owner.stdin is not None
        owner.stdin.write(
            "add table inet held { flags owner; }\n"
            "add chain inet held c { type filter hook forward priority 0; policy accept; }\n"
            "add rule inet held c tcp dport 9 drop\n"
        )
        owner.stdin.flush()
        sh(f"until {shlex.join(list_table)} 2>/dev/null | grep -q 'dport 9'; do sleep 0.05; done")
        listed = output(*list_table)
        assert subprocess.run(
            ["nft", "add", "rule", "inet", "held", "c", "accept"], capture_output=True, check=False
        ).returncode
        assert build_integrated_labs(backend)[0]["warnings"] == []
        assert find_wrong_flows(dropping=False, filtered=True) == []
        assert output(*list_table) == listed
        run("topology", name="lab", state="absent")
        assert output(*list_table) == listed
        owner.stdin.close()


@pytest.mark.parametrize("filtered", [0, 1])
def test_a_lab_without_nat_warns_if_its_bridged_traffic_is_dropped(
    lan: None, filtered: int
) -> None:
    add_foreign_rules("docker")
    set_bridge_filtering(filtered)
    lab = flow_lab("lab", 15, ("red", "blue"), "nftables", masquerade=[], dnat=[])

    def warnings_of(raw: dict[str, Any]) -> list[str]:
        """The warnings, but for those that the lab has no way out."""
        found = run("topology", **raw)["warnings"]
        return [text for text in found if "out of the lab" not in text]

    warnings = warnings_of(lab)
    assert len(warnings) == 2 * filtered and all("integrate: docker " in text for text in warnings)
    assert (ping if filtered else reaches)("red", "10.15.0.2") is not bool(filtered)
    integrated = {**lab, "integrate": ["docker"]}
    assert warnings_of(integrated) == []
    assert reaches("red", "10.15.0.2")
