# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_cni with the real plugins of CNI."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused

from support.cni import (
    BRIDGE,
    LO,
    MAPPINGS,
    POD,
    RESULTS,
    TASKS,
    TUNING,
    call_plugins,
    list_files,
    needs_plugins,
    network,
    reserved_addresses,
)
from support.netns import in_netns
from support.patience import await_equal
from support.pings import reaches
from support.shell import ip, output, replay, sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

pytestmark = needs_plugins


@pytest.fixture
def blue(host: None) -> None:
    """A host with the namespace blue, and an interface for macvlan."""
    run("netns", name="blue")
    ip("link add uplink type veth peer name switch\nlink set uplink up\nlink set switch up")


def absent(task: Raw) -> Raw:
    return {"netns": task["netns"], "ifname": task.get("ifname", "eth0"), "state": "absent"}


def leave_as_plugins_do(task: Raw) -> dict[str, object]:
    """Return the state after the plugins of a task were run by hand, for ADD and for DEL."""
    call_plugins("ADD", task)
    call_plugins("DEL", task)
    assert list_files() == {}
    return take_snapshot()


@pytest.mark.parametrize("name", TASKS)
def test_a_namespace_is_attached_and_detached_as_predicted(blue: None, name: str) -> None:
    task = TASKS[name]
    before = leave_as_plugins_do(task)
    done = run_as_predicted("netns_cni", **task)
    assert len(done["actions"]) == 1 and done["actions"][0].startswith("attach namespace blue to ")
    done = run_as_predicted("netns_cni", **absent(task))
    assert len(done["actions"]) == 1 and done["actions"][0].startswith("detach namespace blue ")
    assert differences(before, take_snapshot()) == {} and list_files() == {}


@pytest.mark.parametrize("name", TASKS)
def test_the_commands_do_the_same(blue: None, name: str) -> None:
    task = TASKS[name]
    before = leave_as_plugins_do(task)
    replay(run("netns_cni", check=True, **task)["commands"])
    assert not run("netns_cni", **task)["changed"]
    replay(run("netns_cni", check=True, **absent(task))["commands"])
    assert not run("netns_cni", **absent(task))["changed"]
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_check_mode_changes_nothing(blue: None) -> None:
    before = take_snapshot()
    assert run("netns_cni", check=True, **POD)["changed"]
    assert differences(before, take_snapshot()) == {} and list_files() == {}
    run("netns_cni", **POD)
    before, files = take_snapshot(), list_files()
    assert run("netns_cni", check=True, **absent(POD))["changed"]
    assert not run("netns_cni", check=True, **POD)["changed"]
    assert differences(before, take_snapshot()) == {} and list_files() == files


def test_a_pod_reaches_the_host_and_is_reached_by_its_port(blue: None) -> None:
    run("netns_cni", **POD)
    for address in ("10.22.0.1", "fd00:22::1"):
        assert reaches("blue", address)
    assert "mtu 1400" in output("ip", "-n", "blue", "link", "show", "eth0")
    ip("addr add 192.0.2.2/24 dev uplink")
    with in_netns("blue"):
        server = socket.create_server(("10.22.0.2", 80))
    with server, socket.create_connection(("192.0.2.2", 8080), timeout=30):
        pass


def read_result(name: str = "dbnet-redblue-blue-eth0") -> Any:
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))


def test_the_cache_has_the_form_of_libcni(blue: None) -> None:
    run("netns_cni", **POD, args={"IgnoreUnknown": "1", "K8S_POD_NAME": "web"})
    entry = read_result()
    assert RESULTS.stat().st_mode & 0o777 == 0o700
    assert (RESULTS / "dbnet-redblue-blue-eth0").stat().st_mode & 0o777 == 0o600
    assert entry["kind"] == "cniCacheV1" and entry["containerId"] == "redblue-blue"
    assert (entry["ifName"], entry["networkName"], entry["netns"]) == (
        "eth0",
        "dbnet",
        "/run/netns/blue",
    )
    assert entry["cniArgs"] == [["IgnoreUnknown", "1"], ["K8S_POD_NAME", "web"]]
    assert entry["capabilityArgs"] == POD["capabilities"]
    assert json.loads(sh(f"base64 -d <<< '{entry['config']}'")) == POD["network"]
    assert [each["address"] for each in entry["result"]["ips"]] == [
        "10.22.0.2/24",
        "fd00:22::2/64",
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"network": network(BRIDGE, TUNING)},
        {"network": network(BRIDGE, TUNING, name="other")},
        {"args": {"IgnoreUnknown": "1"}},
        {"capabilities": {"portMappings": [{**MAPPINGS["portMappings"][0], "hostPort": 81}]}},
    ],
)
def test_what_is_declared_otherwise_is_attached_anew(blue: None, changed: Raw) -> None:
    run("netns_cni", **POD)
    task = {**POD, **changed}
    if "network" in changed:
        del task["capabilities"]
    done = run_as_predicted("netns_cni", **task)
    assert [action.split()[0] for action in done["actions"]] == ["detach", "attach"]
    assert len(reserved_addresses()) == 2 and len(list(RESULTS.iterdir())) == 1
    rules = output("iptables-save")
    assert ("--dport 8080 " in rules, "--dport 81 " in rules) == (
        "args" in changed,
        "capabilities" in changed,
    )


def test_a_broken_attachment_is_mended(blue: None) -> None:
    run("netns_cni", **POD)
    breakages = (
        "ip -n blue link del eth0",
        "ip -n blue addr flush dev eth0",
        "iptables -t nat -F CNI-HOSTPORT-DNAT; iptables -t nat -F $(iptables-save -t nat | "
        "grep -o 'CNI-DN-[0-9a-f]*' | head -1)",
        "ip -n blue link set eth0 mtu 1300",
    )
    for breakage in breakages:
        sh(breakage)
        done = run_as_predicted("netns_cni", **POD)
        assert [action.split()[0] for action in done["actions"]] == ["detach", "attach"], breakage
        assert reaches("blue", "10.22.0.1") and len(reserved_addresses()) == 2


def test_disable_check_is_honoured(blue: None) -> None:
    task = {**POD, "network": network(BRIDGE, disableCheck=True)}
    del task["capabilities"]
    run("netns_cni", **task)
    sh("ip -n blue addr flush dev eth0")
    assert not run("netns_cni", **task)["changed"]
    sh("ip -n blue link del eth0")
    assert run("netns_cni", **task)["changed"]


@pytest.mark.parametrize("name", ["bridge", "pod", "ptp"])
def test_nothing_is_left_when_the_namespace_is_gone(blue: None, name: str) -> None:
    task = TASKS[name]
    before = leave_as_plugins_do(task)
    run("netns_cni", **task)
    sh("ip netns del blue")
    run_as_predicted("netns_cni", **absent(task))
    run("netns", name="blue")
    # A link to a namespace goes when the kernel has destroyed it.
    assert differences(before, await_equal(take_snapshot, before)) == {}
    assert list_files() == {}


def test_an_interface_of_a_new_namespace_is_left_alone(blue: None) -> None:
    run("netns_cni", **POD)
    sh("ip netns del blue")
    run("netns", name="blue")
    ip("link add eth0 netns blue type veth peer name theirs")
    before = output("ip", "-n", "blue", "-o", "link")
    with pytest.raises(Conflict, match="eth0.*already"):
        run("netns_cni", **POD)
    run_as_predicted("netns_cni", **absent(POD))
    assert output("ip", "-n", "blue", "-o", "link") == before and list_files() == {}


def test_a_namespace_that_was_created_anew_is_attached_anew(blue: None) -> None:
    run("netns_cni", **POD)
    sh("ip netns del blue")
    run("netns", name="blue")
    done = run_as_predicted("netns_cni", **POD)
    assert "its namespace was created anew" in done["actions"][0]
    assert reaches("blue", "10.22.0.1") and len(reserved_addresses()) == 2


def test_what_others_attached_is_left_alone(blue: None) -> None:
    other = {**TASKS["bridge"], "ifname": "eth1"}
    call_plugins("ADD", other, "0123abcd")
    files = list_files()
    run("netns_cni", **POD)
    run_as_predicted("netns_cni", **absent(POD))
    assert not run("netns_cni", **absent(other))["changed"]
    with pytest.raises(Conflict, match="eth1.*already"):
        run("netns_cni", **other)
    assert list_files() == files and reaches("blue", "10.22.0.1", "-Ieth1")


def test_loopback_is_set_up(host: None) -> None:
    sh("ip netns add blue")
    run_as_predicted("netns_cni", **LO)
    assert reaches("blue", "127.0.0.1")


def test_a_network_of_the_host_is_named(blue: None) -> None:
    directory = Path("/etc/cni/net.d")
    directory.mkdir(parents=True, exist_ok=True)
    task: Raw = {"netns": "blue", "network": "pods"}
    with pytest.raises(Refused, match="pods.*no network in /etc/cni/net.d"):
        run("netns_cni", **task)
    checked = run("netns_cni", check=True, **task)
    assert any("assume network pods" in action for action in checked["actions"])
    single = {"cniVersion": "0.4.0", "name": "pods", **BRIDGE}
    (directory / "10-broken.conflist").write_text("{", encoding="utf-8")
    (directory / "20-pods.conf").write_text(json.dumps(single), encoding="utf-8")
    try:
        run_as_predicted("netns_cni", **task)
        assert read_result("pods-redblue-blue-eth0")["result"]["cniVersion"] == "0.4.0"
        written = network(BRIDGE, TUNING, name="pods")
        (directory / "10-pods.conflist").write_text(json.dumps(written), encoding="utf-8")
        run_as_predicted("netns_cni", **task)
        assert not run("netns_cni", netns="blue", network=written)["changed"]
        (directory / "10-pods.conflist").write_text('{"name": "pods"}', encoding="utf-8")
        with pytest.raises(Refused, match=r"network \(/etc/cni/net.d/10-pods.conflist\)"):
            run("netns_cni", **task)
        run_as_predicted("netns_cni", **absent(task))
    finally:
        for path in directory.iterdir():
            path.unlink()
