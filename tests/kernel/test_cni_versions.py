# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugins of CNI that know version 1.1 of its specification: those of tests/bin/cni-versions."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.cni_plugins import read_versions
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.cni import (
    ABSENT,
    BRIDGE,
    FIREWALL,
    IPAM,
    MAPPINGS,
    PLUGINS,
    PORTMAP,
    TUNING,
    call_plugins,
    list_files,
    network,
    reserved_addresses,
)
from support.cni_scripts import in_process, write_plugin
from support.doctor import diagnose_host
from support.faults import UNSTABLE_NUMBERS
from support.pings import reaches
from support.services import Listeners
from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, Raw, run, run_as_predicted

pytestmark = pytest.mark.skipif(
    not os.path.exists(f"{PLUGINS}/bridge") or "1.1.0" not in read_versions("bridge", (PLUGINS,)),
    reason="the plugins of CNI do not know 1.1; tests/bin/cni-versions has others",
)
MASQUERADED: Raw = {**BRIDGE, "ipMasqBackend": "nftables"}
MAPPED: Raw = {**PORTMAP, "backend": "nftables"}
POD: Raw = {
    "netns": "blue",
    "network": network(MASQUERADED, MAPPED, FIREWALL, TUNING, cniVersion="1.1.0"),
    "capabilities": MAPPINGS,
}


@pytest.fixture
def blue(host: None) -> dict[str, object]:
    """A host with the namespace blue and a client behind an uplink; how it looks with the tables
    that plugins leave.
    """
    run("netns", name="blue")
    sh("""ip netns add lan
        ip link add uplink type veth peer name switch netns lan; ip addr add 192.0.2.2/24 dev uplink
        ip link set uplink up; ip -n lan addr add 192.0.2.9/24 dev switch
        ip -n lan link set switch up""")
    call_plugins("ADD", POD)
    with contextlib.suppress(AssertionError):
        # The plugin bridge removes its rules in nftables, and fails then because iptables has none.
        call_plugins("DEL", POD)
    if list_files():
        call_plugins("DEL", POD)
    return look()


def look() -> dict[str, object]:
    """A snapshot in which rules that plugins have replaced by the same are the same."""
    return {
        name: [UNSTABLE_NUMBERS.sub("", line) for line in value]
        if isinstance(value, list)
        else value
        for name, value in take_snapshot().items()
    }


def rules() -> str:
    return output("nft", "list", "ruleset")


def test_a_pod_whose_rules_are_in_nftables(blue: dict[str, object]) -> None:
    run_as_predicted("netns_cni", **POD)
    for pattern in ("dport 8080 dnat to 10.22.0", "ip saddr 10.22.0", "ip6 saddr fd00:22::"):
        assert pattern in rules()
    assert "8080" not in output("iptables-save") + output("ip6tables-save")
    assert not run("netns_cni", **POD)["changed"]
    clients, address = Listeners(), reserved_addresses()[0]
    try:
        clients.listen("pod", "blue", address, 80, "tcp")
        assert clients.connect("lan", "192.0.2.2", 8080, "tcp") == ("pod", "192.0.2.9")
    finally:
        clients.close()
    sh("nft flush chain ip cni_hostport hostports")
    done = run_as_predicted("netns_cni", **POD)
    assert [action.split()[0] for action in done["actions"]] == ["detach", "attach"]
    run_as_predicted("netns_cni", **ABSENT)
    assert differences(blue, look()) == {} and list_files() == {}


def test_nothing_is_left_in_nftables_when_the_namespace_is_gone(blue: dict[str, object]) -> None:
    run("netns_cni", **POD)
    sh("ip netns del blue")
    run_as_predicted("netns_cni", **ABSENT)
    assert "8080" not in rules() and "10.22.0" not in rules() and list_files() == {}


def test_a_lab_stands_beside_the_tables_of_plugins(blue: dict[str, object]) -> None:
    run("netns", name="blue", state="absent")
    pod = {**POD, "netns": "pod"}
    run("netns", name="pod")
    run("netns_cni", **pod)
    lab = {**LAB, "backend": "nftables"}
    run("topology", **lab)
    assert not run("topology", **lab)["changed"] and not run("netns_cni", **pod)["changed"]
    assert reaches("red", "192.168.15.2") and reaches("pod", "10.22.0.1")
    assert [each for each in diagnose_host(lab) if each.severity == "error"] == []
    run("topology", **LAB_ABSENT)
    assert "dport 8080 dnat to 10.22.0" in rules() and not run("netns_cni", **pod)["changed"]


def test_a_plugin_that_is_not_ready_is_not_run(host: None, tmp_path: Path) -> None:
    run("netns", name="blue")
    before = take_snapshot()
    script = (
        'if [ "$CNI_COMMAND" = STATUS ]; then\n'
        """echo '{"code": 50, "msg": "not yet", "details": "no daemon"}'; exit 1\nfi"""
    )
    options = write_plugin(tmp_path, script, "address")
    plugin = {**BRIDGE, "ipam": {**IPAM, "type": "address"}}
    task = {**options, "network": network(plugin, cniVersion="1.1.0")}
    with pytest.raises(Failed, match=r"plugin bridge failed .STATUS.: not yet: no daemon .code 50"):
        run("netns_cni", **task)
    assert differences(before, take_snapshot()) == {} and list_files() == {}
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert {line.split()[0] for line in calls} == {"STATUS", "DEL"}


@pytest.mark.parametrize("place", [1, 2, 4])
def test_a_killed_task_is_mended(blue: dict[str, object], tmp_path: Path, place: int) -> None:
    options = write_plugin(
        tmp_path,
        f'if [ "$CNI_COMMAND" = ADD ] && [ -e {tmp_path}/kill ]; then\n'
        f"rm {tmp_path}/kill; kill -9 $PPID\nfi",
    )
    plugins = [MASQUERADED, MAPPED, FIREWALL, TUNING]
    plugins.insert(place, {"type": "script"})
    task = {**POD, **options, "network": network(*plugins, cniVersion="1.1.0")}
    (tmp_path / "kill").touch()
    assert in_process(lambda: run("netns_cni", **task)) == 9
    run("netns_cni", **task)
    calls = (tmp_path / "calls").read_text(encoding="utf-8")
    assert "GC " in calls and len(reserved_addresses()) == 2 and reaches("blue", "10.22.0.1")
    run_as_predicted("netns_cni", **ABSENT)
    assert differences(blue, look()) == {} and list_files() == {}
