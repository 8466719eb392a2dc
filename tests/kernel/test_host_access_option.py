# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option host_access: its runs, its removal, and what the doctor says of it."""

from __future__ import annotations

import json
import subprocess

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.doctor import diagnose_host
from support.flows import ADDRESSES, flow_lab
from support.host_access import FLUSH, build_labs
from support.info import gather_info
from support.module_process import process_arguments
from support.pings import ping
from support.shell import ip, replay, sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run


def test_the_option_is_followed_forgotten_and_fed_back(lan: None, backend: str) -> None:
    lab = build_labs(backend, [53, "8000:8010/tcp", "8005-8020/tcp", "icmp"])
    assert gather_info()["topology"]["host_access"] == ["all"], "two labs are shown as none of them"
    run("topology", name="other", state="absent")
    shown = gather_info()["topology"]
    assert shown["host_access"] == ["established", "icmp", "53/tcp", "8000-8020/tcp", "53/udp"]
    assert not run("topology", **shown, purge=True)["changed"]
    for words, action in (
        ("none", "limit anew the host access of br15 on the host: none"),
        ("established", "limit anew the host access of br15 on the host: established"),
        ("all", "do not limit the host access of br15 on the host"),
    ):
        changed = run("topology", **{**lab, "host_access": words})
        assert changed["actions"] == [action]
        assert not run("topology", **{**lab, "host_access": words})["changed"]
        assert gather_info()["topology"]["host_access"] == [words]
    assert not run("topology", **{**lab, "host_access": ["all"]})["changed"]


@pytest.mark.parametrize("name", ["nftables", "iptables"])
def test_the_commands_and_the_removal_leave_nothing(lan: None, name: str) -> None:
    before = take_snapshot()
    lab = flow_lab("lab", 15, ("red", "blue"), name, host_access=["53/udp", "icmp"])
    foreseen = run("topology", check=True, **lab)
    run("topology", **lab)
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}
    replay(foreseen["commands"])
    assert not run("topology", **lab)["changed"]


def test_what_was_taken_out_by_hand_is_put_back(lan: None, backend: str) -> None:
    lab = build_labs(backend, "established")
    sh(FLUSH[backend])
    assert run("topology", **lab)["changed"]
    assert not ping("red", "10.15.0.254")


def test_a_bridge_of_others_is_refused(lan: None) -> None:
    """Its other users would be limited too; without a limit the lab would reach the host."""
    ip("link add theirs type bridge\nlink set theirs up\naddr add 10.15.0.254/24 dev theirs")
    veth = {"name": "eth0", "netns": "red", "peer": {"name": "p-red", "bridge": "theirs"}}
    lab: Raw = {"name": "lab", "netns": [{"name": "red"}], "veth": [veth]}
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match=r"host_access.*by theirs, which this topology did not"):
            run("topology", check, **lab, host_access=["none"])
    assert differences(before, take_snapshot()) == {}
    assert run("topology", **lab)["changed"]


@pytest.mark.parametrize("family", [4, 6])
def test_the_ssh_connection_of_the_task_is_not_closed(lan: None, family: int) -> None:
    """A lab can be the way to the controller."""
    lab = build_labs("nftables", "all")
    gate = {4: "10.15.0.254", 6: "fd00:15::fe"}[family]
    for words, client, refused in (
        (["none"], ADDRESSES["red"][family], True),
        (["established", "53"], ADDRESSES["red"][family], True),
        (["20-30/tcp"], ADDRESSES["red"][family], False),
        (["none"], ADDRESSES["lan"][family], False),
    ):
        task = process_arguments(
            "topology", {**lab, "host_access": words}, check=True, ssh=gate, client=client
        )
        done = subprocess.run(**task, capture_output=True, check=False)
        assert ("closes port 22 for br15, by which the SSH" in done.stdout) is refused, done.stdout
        assert bool(json.loads(done.stdout).get("failed")) is refused


@pytest.mark.parametrize("words", ["none", "established", "53/udp", "icmp"])
def test_the_doctor_knows_what_is_limited_on_purpose(lan: None, backend: str, words: str) -> None:
    lab = build_labs(backend, [words])
    assert diagnose_host(lab) == [] == diagnose_host()
    sh(FLUSH[backend])
    assert {finding.check for finding in diagnose_host()} == {"nat_damaged"}


@pytest.mark.parametrize("words", ["none", "established", "icmp", "all"])
def test_the_doctor_knows_a_limit_without_a_bridge(lan: None, words: str) -> None:
    build_labs("nftables", "all")
    peer = {"name": "p-pink", "addresses": ["10.77.0.254/24", "fd00:77::fe/64"]}
    end = {"name": "eth0", "netns": "pink", "addresses": ["10.77.0.1/24", "fd00:77::1/64"]}
    lab: Raw = {"name": "pair", "netns": [{"name": "pink"}], "veth": [{**end, "peer": peer}]}
    lab["host_access"] = [words]
    run("topology", **lab)
    assert diagnose_host(lab) == [] == diagnose_host()
    assert ping("pink", "10.77.0.254") is ping("pink", "fd00:77::fe") is (words in ("icmp", "all"))


@pytest.mark.parametrize("words", ["none", "established", "icmp"])
def test_a_limit_counts_for_the_host_s_other_links_of_the_segment(lan: None, words: str) -> None:
    """The host answers for each of its addresses by the bridge too, where the limit is."""
    build_labs("nftables", [words])
    ip(
        "link add h0 type veth peer name h0p\nlink set h0p master br15 up\nlink set h0 up\n"
        "addr add 10.15.0.200/24 dev h0"
    )
    assert {finding.check for finding in diagnose_host()} == {"isolation_outdated"}


@pytest.mark.parametrize("words", ["none", "icmp"])
def test_the_doctor_traces_what_a_limit_does_not_explain(lan: None, words: str) -> None:
    lab = build_labs("nftables", [words])
    for port in ("p-red", "p-blue"):
        sh(f"bridge link set dev {port} isolated on")
    assert "port_restricted" in {finding.check for finding in diagnose_host(lab)}


def test_the_doctor_finds_a_nameserver_that_is_out_of_reach(lan: None) -> None:
    names = [{"name": "red", "nameservers": ["10.15.0.254"]}, {"name": "blue"}]
    lab = build_labs("nftables", ["22"], netns=names)
    [finding] = diagnose_host(lab)
    assert (finding.check, finding.subject) == ("host_access", "red")
    assert finding.message == (
        "red asks 10.15.0.254 for names. That is the host, of which the topology lab may reach: "
        "established, 22/tcp, 22/udp"
    )
    run("topology", **{**lab, "host_access": ["22", "50-60/udp"]})
    assert diagnose_host() == []
