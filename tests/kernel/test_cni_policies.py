# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies for members that CNI plugins attach, proved by packets."""

from __future__ import annotations

import contextlib
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support import nat_lab
from support.attached_policies import attach, attached_lab
from support.cni import BRIDGE, TUNING, list_files, needs_plugins
from support.cni_scripts import in_process, write_plugin
from support.doctor import diagnose_host
from support.netns import in_netns
from support.pings import ping, reaches
from support.policy_attacks import BROADCAST, forge_datagram, list_attacks, mac_of
from support.policy_flows import (
    HOST,
    MEMBERS,
    all_flows,
    find_in_matrix,
    is_allowed,
    random_policies,
)
from support.policy_packets import check_flows
from support.policy_receivers import send_all
from support.services import SILENCE
from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

pytestmark = [needs_plugins, pytest.mark.usefixtures("lan")]


def list_red_attacks() -> list[Any]:
    """The attacks of red against blue."""
    places = (("red", "eth0"), ("blue", "eth0"), ("green", "eth0"), (None, "br15"))
    return [*list_attacks(*(mac_of(*place) for place in places))]


def close(member: str, direction: str, **options: str) -> list[Raw]:
    """A policy; with ``refuse="drop"``, the host does not quote in errors what it refuses."""
    return [{"name": "closed", "netns": [member], direction: [], **options}]


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
@pytest.mark.parametrize("members", [("red",), ("blue", "far"), ("red", "blue", "green", "far")])
def test_random_policies(members: tuple[str, ...], backend: str) -> None:
    lab = attached_lab(*members, backend=backend, **random_policies(len(members)))
    foreseen = run("topology", check=True, **lab)
    for member in members:
        assert f"assume no address of {member} in network net-{member}" in str(foreseen["actions"])
    made = run("topology", **lab)
    again = run("topology", **lab)
    assert not again["changed"], again["actions"]
    assert made["policy_matrix"] == again["policy_matrix"]
    passing = {flow for flow in all_flows() if is_allowed(lab, flow)}
    assert {
        flow for flow in all_flows() if find_in_matrix(made["policy_matrix"], flow)[0]
    } == passing
    check_flows(lab)


def test_policies_come_to_members_that_are_attached_already() -> None:
    bare = attached_lab("red", "far", plugins=())
    run("topology", **bare)
    lab = {**bare, **random_policies(5)}
    run_as_predicted("topology", **lab)
    check_flows(lab)
    assert {finding.check for finding in diagnose_host(lab)} <= {"policy_refuses"}
    run_as_predicted("topology", **bare)
    assert "isolated on" not in output("bridge", "-d", "link", "show")


def test_root_of_an_attached_namespace_does_not_get_around_a_policy() -> None:
    bare = attached_lab("red", "blue")
    run("topology", **bare)
    attacks = list_red_attacks()
    # Without a policy they arrive, so the test would see them.
    assert send_all(attacks) >= {attack.name for attack in attacks if attack.arrives}
    for member, direction in (("red", "egress"), ("blue", "ingress")):
        run_as_predicted("topology", **{**bare, "policy": close(member, direction)})
        assert send_all(attacks) == set()


def test_a_single_policy_holds_for_an_attached_member() -> None:
    lab = attached_lab("red", "blue", plugins=(TUNING,))
    run("topology", **lab)
    policy: Raw = {"topology": "lab", **close("red", "egress")[0]}
    run_as_predicted("netns_policy", **policy)
    attacks = list_red_attacks()
    assert send_all(attacks) == set()
    check_flows({**lab, "policy": close("red", "egress")})
    assert not run("topology", **lab)["changed"]
    run_as_predicted("netns_policy", **{**policy, "state": "absent"})


def test_a_lab_is_built_anew_and_taken_down() -> None:
    before = take_snapshot()
    lab = attached_lab("red", "far", plugins=(TUNING,), **random_policies(7))
    run("topology", **lab)
    changed = {**lab, "cni": [attach("red", {**TUNING, "mtu": 1300}), lab["cni"][1]]}
    done = run("topology", **changed)
    assert any(action.startswith("detach namespace red") for action in done["actions"])
    assert not run("topology", **changed)["changed"]
    check_flows(lab)
    sh("ip -n red link del eth0; nft flush ruleset")
    run("topology", **changed)
    assert not run("topology", **changed)["changed"]
    check_flows(lab)
    run_as_predicted("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_what_a_failed_run_attaches_again_is_guarded() -> None:
    lab = attached_lab("red", "blue", plugins=(TUNING,), policy=close("red", "egress"))
    run("topology", **lab)
    ports = output("ip", "-br", "link", "show", "master", "br15")
    failing = {
        **lab,
        "cni": lab["cni"][1:],
        "probes": [{"netns": "blue", "to": "192.0.2.77", "timeout": 0.2}],
    }
    with pytest.raises(Failed, match="undone: detach namespace red"):
        run("topology", **failing)
    assert output("ip", "-br", "link", "show", "master", "br15") != ports
    assert send_all(list_red_attacks()) == set()
    check_flows(lab)
    assert not run("topology", **lab)["changed"]


def test_a_failed_first_run_leaves_nothing() -> None:
    before = take_snapshot()
    lab = attached_lab("red", plugins=(TUNING,), policy=close("red", "egress"))
    with pytest.raises(Failed, match="undone: "):
        run("topology", **lab, probes=[{"netns": "blue", "to": "192.0.2.77", "timeout": 0.2}])
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_what_policies_cannot_hold_for_is_refused() -> None:
    before = take_snapshot()
    ptp = {"type": "ptp", "ipam": BRIDGE["ipam"]}
    for plugin, reason in (
        (BRIDGE, "bridge cni0, which this topology did not create"),
        (ptp, "no port of a bridge of this topology"),
        ({**BRIDGE, "bridge": "br15", "vlan": 5}, "bridge br15 in a VLAN"),
    ):
        item = attach("red")
        item["network"]["plugins"] = [plugin]
        for policy in (close("red", "ingress"), [{"name": "closed", "ingress": []}]):
            lab = {**attached_lab("red", policy=policy), "cni": [item]}
            for check in (True, False):
                with pytest.raises(Refused, match=reason):
                    run("topology", check=check, **lab)
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_an_address_that_the_host_cannot_route_is_refused_and_undone() -> None:
    before = take_snapshot()
    item = attach("red")
    item["network"]["plugins"][0]["ipam"] = BRIDGE["ipam"]
    lab = {**attached_lab("red", policy=close("red", "egress")), "cni": [item]}
    with pytest.raises(Failed, match="no address in the network of 10.22.0.*undone: "):
        run("topology", **lab)
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def join_bridge() -> None:
    """Attach the namespace mallory to the bridge of the lab, whose policies do not know it."""
    run("netns", name="mallory")
    item = attach("red")
    item["network"].update(name="net-mallory")
    for ranges in item["network"]["plugins"][0]["ipam"]["ranges"]:
        for key in ("rangeStart", "rangeEnd"):
            ranges[0][key] += "99"
    run("netns_cni", netns="mallory", network=item["network"])


def send_to_host(target: str, mac: str) -> bool:
    """Whether the host takes a datagram of red that mallory sends to a MAC address."""
    with closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as server:
        server.bind(("::", 1080))
        server.settimeout(SILENCE)
        with in_netns("mallory"):
            sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with closing(sender):
            sender.bind(("eth0", 0))
            sender.send(forge_datagram(mac_of("mallory", "eth0"), mac, target))
        with contextlib.suppress(TimeoutError):
            return bool(server.recv(100))
    return False


def test_a_port_without_a_guard_sends_nothing_as_a_member() -> None:
    """Such as one of which a task was killed between the plugins and the rules."""
    bare = attached_lab("red")
    run("topology", **bare)
    join_bridge()
    host, blue, green = mac_of(None, "br15"), mac_of("blue", "eth0"), mac_of("green", "eth0")
    attacks = [*list_attacks(mac_of("mallory", "eth0"), blue, green, host)]
    places = [(HOST[family], mac) for family in (4, 6) for mac in (host, BROADCAST)]
    assert reaches("mallory", HOST[4])
    assert send_all(attacks, "mallory") and all(send_to_host(*place) for place in places)
    run("netns_cni", netns="mallory", state="absent")
    lab = {**bare, "policy": close("green", "egress", refuse="drop")}
    run("topology", **lab)
    join_bridge()
    assert not ping("mallory", HOST[4]) and not ping("mallory", HOST[6])
    attacks = [*list_attacks(mac_of("mallory", "eth0"), blue, green, host)]
    assert send_all(attacks, "mallory") == set()
    assert not any(send_to_host(*place) for place in places)


def test_a_task_that_is_killed_before_the_rules_leaves_the_port_closed(tmp_path: Path) -> None:
    options = write_plugin(
        tmp_path, f'if [ "$CNI_COMMAND" = ADD ] && rm {tmp_path}/kill; then kill -9 $PPID; fi'
    )
    policy = [*close("green", "egress", refuse="drop"), *close("red", "egress", name="quiet")]
    lab = attached_lab("red", plugins=({"type": "script"},), policy=policy)
    lab["cni"][0]["plugin_path"] = options["plugin_path"]
    run("topology", **{**lab, "cni": []})
    (tmp_path / "kill").touch()
    assert in_process(lambda: run("topology", **lab)) == 9
    attacks = list_red_attacks()
    assert send_all(attacks) == set() and not ping("red", HOST[4])
    run("topology", **lab)
    assert not run("topology", **lab)["changed"]
    assert send_all(list_red_attacks()) == set() and reaches("blue", MEMBERS["red"][4])


def test_members_that_are_attached_in_one_run_do_not_reach_each_other_meanwhile(
    tmp_path: Path,
) -> None:
    """The rules for all of them come when the last one is attached."""
    if nat_lab.HAS_BRIDGE_FILTER:
        nat_lab.set_bridge_filtering(0)
    answers, script = (
        tmp_path / "answers",
        'if [ "$CNI_COMMAND $CNI_NETNS" = "ADD /run/netns/green" ]; then',
    )
    for family in (4, 6):
        command = f"ip netns exec red ping -c1 -W1 {MEMBERS['blue'][family]}"
        script += f" {command} >&2 && echo open >>{answers} || echo closed >>{answers};"
    options = write_plugin(tmp_path, f"{script} fi")
    lab = attached_lab("red", "blue", "green", plugins=({"type": "script"},))
    for item in lab["cni"]:
        item["plugin_path"] = options["plugin_path"]
    policy = [{"name": "open", "netns": ["red", "blue"], "ingress": [{}]}]
    run("topology", **lab, policy=policy)
    assert answers.read_text().split() == ["closed", "closed"]
    assert reaches("red", MEMBERS["blue"][4]) and reaches("red", MEMBERS["blue"][6])
    assert not run("topology", **lab, policy=policy)["changed"]


def test_address_sets_without_a_policy_isolate_nothing() -> None:
    """As there are no guards that would open the ports again."""
    lab = attached_lab("red", "blue", plugins=())
    lab["address_sets"] = [{"name": "friends", "addresses": ["192.0.2.0/24"]}]
    run("topology", **lab)
    assert "isolated on" not in sh("bridge -d link")
    assert reaches("red", MEMBERS["blue"][4]) and reaches("red", MEMBERS["blue"][6])
