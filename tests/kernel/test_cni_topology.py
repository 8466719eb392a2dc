# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attachments to networks of CNI in a topology: one transaction with all else."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.cni import (
    BRIDGE,
    POD,
    TUNING,
    WITH_POD,
    list_files,
    needs_plugins,
    network,
    reserved_addresses,
)
from support.doctor import diagnose_host
from support.info import gather_info
from support.pings import reaches
from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, Raw, run, run_as_predicted

pytestmark = needs_plugins

ITEM: Raw = {**POD, "netns": "pod"}
ON_THE_BRIDGE: Raw = {
    "netns": "pod",
    "network": network(
        {
            "type": "bridge",
            "bridge": "v-net-0",
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": "192.168.15.0/24", "rangeStart": "192.168.15.100"}]],
            },
        },
        TUNING,
    ),
}
LAB_WITH_CNI: Raw = {**WITH_POD, "cni": [ON_THE_BRIDGE]}


def test_a_lab_with_a_pod_is_built_and_removed_as_predicted(host: None) -> None:
    before = take_snapshot()
    done = run_as_predicted("topology", **LAB_WITH_CNI)
    assert done["actions"][-1].startswith("attach namespace pod to network dbnet as eth0")
    assert reaches("pod", "192.168.15.1") and reaches("red", "192.168.15.100")
    done = run_as_predicted("topology", **LAB_ABSENT)
    assert done["actions"][0].startswith("detach namespace pod from network dbnet as eth0")
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_what_is_not_listed_any_more_is_purged(host: None) -> None:
    run("topology", **LAB_WITH_CNI)
    left = run("topology", **WITH_POD)
    assert not left["changed"] and "network dbnet" in str(left["left_alone"])
    done = run_as_predicted("topology", **WITH_POD, purge=True)
    assert [action.split()[0] for action in done["actions"]] == ["detach"] and list_files() == {}
    run("topology", **LAB_WITH_CNI)
    run_as_predicted("topology", **LAB, purge=True)
    assert list_files() == {} and "pod" not in output("ip", "netns")


def test_a_pod_leaves_a_link_of_the_topology_that_goes(host: None) -> None:
    above = {"netns": "pod", "network": network({"type": "macvlan", "master": "br0"})}
    lab = {**WITH_POD, "linux_bridge": [*LAB["linux_bridge"], {"name": "br0"}]}
    run("topology", **lab, cni=[above])
    run_as_predicted("topology", **LAB_WITH_CNI, purge=True)
    assert reaches("pod", "192.168.15.1") and "br0" not in output("ip", "-br", "link")


def test_a_failure_later_in_the_run_is_undone(host: None) -> None:
    run("topology", **WITH_POD)
    before = take_snapshot()
    late = {**LAB_WITH_CNI, "probes": [{"netns": "red", "to": "192.0.2.77", "timeout": 0.2}]}
    with pytest.raises(Failed, match="undone: attach namespace pod"):
        run("topology", **late)
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_what_was_detached_is_attached_again_with_its_addresses(host: None) -> None:
    run("topology", **{**WITH_POD, "cni": [ITEM]})
    for _number in range(3):  # host-local would go on with the next address.
        run("netns", name="other")
        run("netns_cni", netns="other", network=network(BRIDGE))
        run("netns_cni", netns="other", state="absent")
    addresses, names = (
        output("ip", "-n", "pod", "-br", "addr", "show", "eth0"),
        reserved_addresses(),
    )
    late = {
        **WITH_POD,
        "purge": True,
        "probes": [{"netns": "red", "to": "192.0.2.77", "timeout": 0.2}],
    }
    with pytest.raises(Failed, match="undone: detach namespace pod"):
        run("topology", **late)
    again = output("ip", "-n", "pod", "-br", "addr", "show", "eth0")
    assert again.split()[2:4] == addresses.split()[2:4] and reserved_addresses() == names
    assert not run("topology", **{**WITH_POD, "cni": [ITEM]})["changed"]


def test_the_state_fed_back_changes_nothing(host: None) -> None:
    run("topology", **LAB_WITH_CNI)
    info = gather_info()
    assert info["topology"]["cni"] == [{"ifname": "eth0", **ON_THE_BRIDGE}]
    assert info["attachments"] == [
        {
            "netns": "pod",
            "ifname": "eth0",
            "network": "dbnet",
            "container_id": "redblue-pod",
            "topology": "lab",
            "ours": True,
            "state": "attached",
            "addresses": ["192.168.15.100/24"],
        }
    ]
    assert not run("topology", **info["topology"])["changed"]


def test_the_doctor_tells_of_a_broken_attachment(host: None) -> None:
    run("topology", **LAB_WITH_CNI)
    assert "attachment_broken" not in [found.check for found in diagnose_host(LAB_WITH_CNI)]
    sh("ip -n pod addr flush dev eth0")
    (found,) = [each for each in diagnose_host() if each.check == "attachment_broken"]
    assert "CHECK failed" in found.message and "topology lab" in found.remedy
    sh("ip netns del pod")
    assert "attachment_broken" in [each.check for each in diagnose_host(LAB_WITH_CNI)]


@pytest.mark.parametrize("when", ["attach", "detach"])
def test_a_killed_task_is_mended(host: None, tmp_path: Any, when: str) -> None:
    command = "ADD" if when == "attach" else "DEL"
    plugin = tmp_path / "script"
    plugin.write_text(
        "#!/usr/bin/env bash\nrequest=$(cat)\n"
        'if [ "$CNI_COMMAND" = VERSION ]; then\n'
        '    echo \'{"cniVersion": "1.0.0", "supportedVersions": ["1.0.0"]}\'\n'
        f'elif [ "$CNI_COMMAND" = {command} ] && [ -e {tmp_path}/kill ]; then\n'
        f"    rm {tmp_path}/kill; kill -9 $PPID\nfi\n"
        'if [ "$CNI_COMMAND" = ADD ]; then\n'
        "    python3 -c 'import json, sys\n"
        'print(json.dumps(json.loads(sys.argv[1])["prevResult"]))\' "$request"\nfi\n',
        encoding="utf-8",
    )
    plugin.chmod(0o755)
    item = {**ON_THE_BRIDGE, "plugin_path": [str(tmp_path), "/usr/lib/cni"]}
    bridge = ON_THE_BRIDGE["network"]["plugins"][0]
    item["network"] = network(bridge, {"type": "script"})
    before = take_snapshot()
    if when == "detach":
        run("topology", **{**WITH_POD, "cni": [item]})
    (tmp_path / "kill").touch()
    pid = os.fork()
    if not pid:
        run("topology", **({**WITH_POD, "cni": [item]} if when == "attach" else LAB_ABSENT))
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 9
    run("topology", **{**WITH_POD, "cni": [item]})
    assert reaches("pod", "192.168.15.1") and len(reserved_addresses()) == 1
    run_as_predicted("topology", **LAB_ABSENT)
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_an_interface_is_listed_once(host: None) -> None:
    with pytest.raises(Refused, match=r"cni\[1\].ifname.*listed twice"):
        run("topology", **{**WITH_POD, "cni": [ITEM, ON_THE_BRIDGE]})
    with pytest.raises(Refused, match=r"cni\[0\].network.*required"):
        run("topology", **{**WITH_POD, "cni": [{"netns": "pod"}]})
