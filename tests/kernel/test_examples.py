# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of every module and plugin run: those of modules in check mode, too."""

from __future__ import annotations

import ast
import contextlib
import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
)

from support.kernel_link_types import UNSUPPORTED, has_type
from support.ovs import START_SCRIPT, open_vswitch, require_open_vswitch
from support.playbooks import LOCALHOST, play, run_ansible, write_inventory
from support.private_host import IS_REAL_ROOT
from support.tasks import LAB, Raw, run

ROOT = Path("/run/tree/ansible_collections/redblue/netns")
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
ROUTER = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "/usr/bin/python3",
    "ansible_remote_tmp": "/tmp",
}
HOSTS = {"routers": {"hosts": {"r1": ROUTER}}}
LAN = """
ip link add eth0 type veth peer name lan0
ip addr add 192.168.1.2/24 dev eth0
ip link set eth0 up
ip link set lan0 up
ip route add default via 192.168.1.1
ip link add enp3s0 type veth peer name port0
ip addr add 198.51.100.2/24 dev enp3s0
ip link set enp3s0 up
mkdir -p /etc/wireguard
(umask 077 && head -c32 /dev/urandom | base64 >/etc/wireguard/wg0.key)
"""
BOOTED = "mkdir -p /run/systemd\nmount -t tmpfs tmpfs /run/systemd\nmkdir /run/systemd/system"
"""A host that systemd has booted, see sd_booted(3), as persistent topologies need it."""


def read_examples(plugin: str, part: str = "EXAMPLES") -> str:
    """Return the EXAMPLES, or another part of the documentation, of a plugin such as
    ``modules/veth``.
    """
    tree = ast.parse((ROOT / "plugins" / f"{plugin}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == part:
            text = ast.literal_eval(node.value)
            assert isinstance(text, str)
            return text
    raise LookupError(f"{plugin} has no {part}")


def find_needs(value: Any) -> set[str]:
    """Return the link types and features that these options need and some kernels lack."""
    if isinstance(value, list):
        return set().union(*map(find_needs, value))
    if not isinstance(value, dict):
        return set()
    needs = set().union(*map(find_needs, value.values()))
    needs |= (
        {"bridge_vlan"}
        if value.keys() & {"vlan", "vlans", "vlan_filtering", "vlan_default_pvid"}
        else set()
    )
    return needs | ({"netem"} if value.get("impairment", {}).keys() - {"rate"} else set())


def expect_refusals(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make a task expect the error for a link type that is missing, or for a container."""
    expected: list[dict[str, Any]] = []
    for task in tasks:
        kind = task.get("redblue.netns.netns_link", {}).get("type")
        if "attach" in task.get("redblue.netns.netns", {}):
            refused = "\"attach.container: 'web': \" in refused.msg"
            expected += [
                {**task, "register": "refused", "ignore_errors": True},
                {"name": "It does not run", "ansible.builtin.assert": {"that": [refused]}},
            ]
        elif kind is None or has_type(kind):
            expected.append(task)
        else:
            result = {
                "that": [
                    "refused is failed",
                    (
                        f"refused.msg == \"type: '{kind}': "
                        f"{UNSUPPORTED} (module \" ~ refused.msg.split('module ')[1]"
                    ),
                ]
            }
            expected += [
                {**task, "register": "refused", "ignore_errors": True},
                {"name": "It is refused for just that", "ansible.builtin.assert": result},
            ]
    return expected


def read_tasks(module: str, is_complete: bool) -> list[dict[str, Any]]:
    """The tasks of its EXAMPLES, and what they do on this kernel. On a complete one all run."""
    tasks = yaml.safe_load(read_examples(f"modules/{module}"))
    assert tasks and any(f"redblue.netns.{module}" in task for task in tasks)
    supported = [task for task in tasks if not any(map(lacks_feature, find_needs(task)))]
    return expect_refusals(tasks if is_complete else supported)


def play_examples(at: Path, modules: list[str], *arguments: str) -> list[str]:
    """Run the examples of each module, on a host of the inventory that has its name.

    :returns: the modules of which no task failed, and some changed something.
    """
    has_switch = "ovs_bridge" in modules
    if has_switch:
        require_open_vswitch()
    # Check mode takes a bridge of Open vSwitch that does not exist yet for a Linux bridge.
    is_complete = has_switch and not arguments
    plays = [
        {
            "name": f"Examples of {module}",
            "hosts": module,
            "gather_facts": False,
            "module_defaults": {"redblue.netns.ovs_bridge": {"datapath_type": "netdev"}},
            "tasks": read_tasks(module, is_complete),
        }
        for module in modules
    ]
    here = LOCALHOST["all"]["hosts"]["here"]
    sources = write_inventory(at, {"all": {"hosts": dict.fromkeys(modules, here)}})
    book = at / "examples.yml"
    book.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    script = (
        f"set -eu\nmount -t tmpfs -o mode=755 tmpfs /run/netns\nip link set lo up\n{LAN}\n"
        f"{BOOTED}\n{START_SCRIPT if has_switch else ''}\n"
        f"ansible-playbook {shlex.join([*arguments, *sources, str(book)])}"
    )
    done = subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    ended = re.findall(r"^(\w+) +: ok=.* changed=(\d+) .* failed=0 ", done.stdout, re.MULTILINE)
    return sorted(module for module, count in ended if int(count))


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(own_process: None, tmp_path: Path, module: str) -> None:
    assert play_examples(tmp_path, [module]) == [module]


@pytest.mark.parametrize("has_switch", [False, True])
def test_examples_run_in_check_mode(own_process: None, tmp_path: Path, has_switch: bool) -> None:
    """Check mode changes nothing, so one command runs all of them on one host."""
    modules = [module for module in MODULES if (module == "ovs_bridge") == has_switch]
    assert play_examples(tmp_path, modules, "--check") == modules


@pytest.mark.parametrize("module", ["linux_bridge", "veth"])
def test_examples_run_without_ansible(host: None, module: str) -> None:
    """A tenth of the time of the test with Ansible, for the virtual machine with its
    complete kernel.
    """
    subprocess.run(["bash", "-euc", LAN], check=True)
    for task in yaml.safe_load(read_examples(f"modules/{module}")):
        (name,) = (key.rpartition(".")[2] for key in task if key.startswith("redblue.netns."))
        if not any(map(lacks_feature, find_needs(task))):
            for item in task.get("loop", [""]):
                raw = json.loads(
                    json.dumps(task[f"redblue.netns.{name}"]).replace("{{ item }}", item)
                )
                assert run(name, check=True, **raw)["changed"] and run(name, **raw)["changed"]


SAMPLED = ("actions", "commands", "diff")


def _without_macs(result: Any) -> str:
    """Return the text without MAC addresses, digests and alignment."""
    return " ".join(
        re.sub("(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|-[0-9a-f]{16}", "-", json.dumps(result))
        .replace("\\\\\\n", " ")
        .replace("\\t", " ")
        .split()
    )


@pytest.mark.parametrize(
    "module",
    [
        "dnat",
        "linux_bridge",
        "masquerade",
        "netns",
        "netns_policy",
        "netns_route",
        "netns_service",
        "ovs_bridge",
        "veth",
    ],
)
def test_samples_equal_the_result_of_an_example(
    controller_facts: dict[str, Any], module: str
) -> None:
    with open_vswitch() if module == "ovs_bridge" else contextlib.nullcontext():
        samples, results = _read_samples(module), _run_examples(module)
    assert samples in results


def _run_example(name: str, options: Raw) -> Any:
    """Run a task; for Open vSwitch with its own switch, as if it were the kernel's."""
    if name != "ovs_bridge":
        return run(name, **options)
    return json.loads(
        json.dumps(run(name, **options, datapath_type="netdev")).replace("netdev", "system")
    )


def _read_samples(module: str) -> dict[str, str]:
    returned = yaml.safe_load(read_examples(f"modules/{module}", "RETURN"))
    return {part: _without_macs(returned[part]["sample"]) for part in SAMPLED}


def _run_examples(module: str) -> list[dict[str, str]]:
    """The results of all tasks in the examples, as far as there are samples of them."""
    subprocess.run(["bash", "-euc", LAN], check=True)
    results = []
    for task in yaml.safe_load(read_examples(f"modules/{module}")):
        if not any(key.startswith("redblue.netns.") for key in task):
            continue
        if "attach" in task.get("redblue.netns.netns", {}):
            continue  # This host has no container.
        (name,) = (key.rpartition(".")[2] for key in task if key.startswith("redblue.netns."))
        is_lacking = module != "ovs_bridge" and any(map(lacks_feature, find_needs(task)))
        for item in [] if is_lacking else task.get("loop", [""]):
            options = json.dumps(task[f"redblue.netns.{name}"]).replace("{{ item }}", item)
            result = _run_example(name, json.loads(options))
            results.append({part: _without_macs(result[part]) for part in SAMPLED})
    return results


@pytest.mark.skipif(not IS_REAL_ROOT, reason="no other user to become")
def test_examples_of_the_become_plugin_run(host: None, tmp_path: Path) -> None:
    run("topology", **LAB)
    tasks = yaml.safe_load(read_examples("become/netns"))
    results = play(
        tmp_path,
        HOSTS,
        [{"name": "Examples", "hosts": "routers", "gather_facts": False, "tasks": tasks}],
    )["r1"]
    assert {name: result["ended"] for name, result in results.items()} == dict.fromkeys(
        results, "ok"
    ) and len(results) == 4


EXPECTED = {
    "netns_red": ["red.r1"],
    "netns_bridge_v_net_0": ["red.r1", "blue.r1"],
    "netns_of_routers": ["r1_blue", "r1_red"],
}


@pytest.mark.parametrize("number, group", list(enumerate(EXPECTED)))
def test_examples_of_the_inventory_plugin_are_accepted(
    host: None, tmp_path: Path, number: int, group: str
) -> None:
    run("topology", **LAB)
    config = list(yaml.safe_load_all(read_examples("inventory/netns")))[number]
    (tmp_path / "topologies").mkdir()
    (tmp_path / "topologies" / "r1.yml").write_text(yaml.safe_dump(LAB), encoding="utf-8")
    done = run_ansible(["ansible-inventory", "--list", *write_inventory(tmp_path, HOSTS, config)])
    assert done.stderr == "" and json.loads(done.stdout)[group]["hosts"] == EXPECTED[group]
