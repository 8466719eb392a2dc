# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module ships what it uses: the files of the kinds of resources that it can meet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.noted_rules import (
    READING_MODULES,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.verified import (
    RENDERING_MODULES,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.scope import Scope
from ansible_collections.redblue.netns.plugins.module_utils._observe.scope import scope_of
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.tests.unit.support.parsers import PARSERS
from ansible_collections.redblue.netns.tests.unit.support.shipped_files import list_shipped

RULES = ("_firewall/", "_plan/nat", "_plan/forwarding", "_apply/firewall", "_render/nat")
WANTED_LINKS = (
    "_plan/veths",
    "_plan/links.py",
    "_plan/bridges",
    "_plan/link_type_checks",
    "_plan/link_changes",
    "_plan/link_ids",
    "_plan/link_removal",
    "_plan/addresses",
)
SERVICES = ("_observe/services", "_host/units", "_model/service_units")
OVS = ("_apply/ovs", "_host/ovs.py", "_model/ovs_dump")
PROCESSES = (
    "_observe/process_requirements",
    "_model/name_servers",
    "_model/process_units",
    "_host/readiness",
    "_host/transient_units",
)
TOPOLOGIES = ("_plan/purge", "_plan/replacements", "_plan/unwanted", "_plan/probes")
TASK_FILES = ("_params/src_file", "_params/files")
LISTENERS = ("_observe/listeners", "_host/listeners", "_netlink/listeners")
LINK_NEEDS = ("_host/kernel_features", "_observe/moved_links", "_observe/traffic_control")
LINKS = ("_apply/veths", "_render/links", "_plan/physical_links")
PROBES = ("_probe/",)
READERS = ("_doctor/", "_info/")
CHANGES = ("_apply/", "_engine/", "_kinds/", "_host/supervisor", "_observe/moved_links")

OTHERS = (RULES, WANTED_LINKS, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES)
NEEDS = (LISTENERS, LINK_NEEDS, TASK_FILES)
NOT_SHIPPED = {
    "netns": (*OTHERS, *NEEDS),
    "netns_route": (*OTHERS, *NEEDS, LINKS),
    "netns_cni": (*OTHERS, *NEEDS),
    "netns_link": (RULES, TOPOLOGIES, PROBES, READERS, SERVICES, PROCESSES, LISTENERS),
    "linux_bridge": (RULES, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES, LISTENERS),
    "veth": (TOPOLOGIES, PROBES, READERS, SERVICES, PROCESSES, TASK_FILES),
    "masquerade": (WANTED_LINKS, LINKS, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES),
    "dnat": (WANTED_LINKS, LINKS, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES),
    "netns_policy": (*OTHERS[1:], TASK_FILES),  # It has rules.
    "netns_service": (RULES, WANTED_LINKS, LINKS, TOPOLOGIES, PROBES, READERS, OVS, PROCESSES),
    "topology": (READERS,),
}


@pytest.mark.parametrize("module", ["netns_doctor_info", "netns_info", "netns_probe_info"])
def test_a_module_that_changes_nothing_ships_nothing_that_changes(module: str) -> None:
    assert [file for file in sorted(list_shipped(module)) if file.startswith(CHANGES)] == []


@pytest.mark.parametrize("module", NOT_SHIPPED)
def test_a_module_does_not_ship_what_it_does_not_meet(module: str) -> None:
    unused = tuple(prefix for group in NOT_SHIPPED[module] for prefix in group)
    shipped = list_shipped(module)
    assert "_module/state.py" in shipped
    assert [file for file in sorted(shipped) if file.startswith(unused)] == []


READ_BY = {
    "listeners": "_host/listeners.py",
    "features": "_host/kernel_features.py",
    "creates": "_host/kernel_features.py",
    "takes": "_observe/moved_links.py",
    "veth_ends": "_observe/moved_links.py",
    "services": "_observe/services.py",
    "ovs": "_host/ovs.py",
    "wanted_names": "_observe/attached_netns.py",
}
"""What a scope names, and the file that reads it. Kinds bring these files."""

TASKS: list[tuple[str, dict[str, Any]]] = [
    ("netns", {"name": "web", "attach": {"pid": 7}}),
    ("veth", {"name": "one", "impairment": {"loss": "1%"}, "peer": {"name": "two"}}),
    ("linux_bridge", {"name": "br0", "vlan_filtering": True}),
    ("netns_link", {"name": "tunnel", "type": "vxlan", "id": 7, "remote": "192.0.2.1"}),
    ("netns_link", {"name": "eth1", "netns": "red", "type": "physical"}),
    ("netns_route", {"netns": "red", "destination": "default", "gateway": "192.0.2.1"}),
    ("masquerade", {"source": "10.1.0.0/24"}),
    ("dnat", {"destination_port": 80, "to_destination": "10.1.0.2:80"}),
    ("netns_policy", {"topology": "lab", "name": "web", "netns": ["red"], "ingress": []}),
    ("netns_service", {"name": "web.service", "netns": "red", "publish": [{"port": 80}]}),
    ("ovs_bridge", {"name": "br0"}),
    ("netns_cni", {"netns": "red", "ifname": "eth0", "network": "lan"}),
]


def read_scope(module: str, raw: dict[str, Any]) -> Scope:
    spec, parse = PARSERS[module]
    return scope_of(parse(validate(raw, spec)))


@pytest.mark.parametrize(("module", "raw"), TASKS)
def test_a_module_ships_what_reads_what_its_tasks_depend_on(
    module: str, raw: dict[str, Any]
) -> None:
    scope = read_scope(module, raw)
    assert {file for name, file in READ_BY.items() if getattr(scope, name)} <= list_shipped(module)


@pytest.mark.parametrize("name", READ_BY)
def test_some_task_depends_on_each_thing_that_a_kind_reads(name: str) -> None:
    assert any(getattr(read_scope(module, raw), name) for module, raw in TASKS)


@pytest.mark.parametrize(
    "module", [*NOT_SHIPPED, "netns_info", "netns_probe_info", "netns_confirm"]
)
def test_annotations_bring_only_files_of_types(module: str) -> None:
    """Ansible sends also what is only imported while types are checked."""
    named = list_shipped(module) - list_shipped(module, with_annotations=False)
    assert [file for file in named if not file.startswith(("_model/", "_params/specs/"))] == []


def test_topology_ships_all_kinds() -> None:
    shipped = list_shipped("topology")
    for prefix in (
        *RULES,
        *WANTED_LINKS,
        *TOPOLOGIES,
        *LINKS,
        *PROBES,
        *SERVICES,
        *OVS,
        *PROCESSES,
    ):
        assert any(file.startswith(prefix) for file in shipped), prefix


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("_firewall/nftables/noted_rules.py", READING_MODULES),
        ("_firewall/policy/verified.py", RENDERING_MODULES),
    ],
)
def test_what_a_note_depends_on_is_shipped(file: str, named: tuple[str, ...]) -> None:
    """A note names modules as texts, which Ansible does not follow."""
    shipping = {module: list_shipped(module) for module in NOT_SHIPPED}
    paths = {f"{name.replace('.', '/')}.py" for name in named}
    assert any(file in shipped for shipped in shipping.values())
    assert {
        module for module, shipped in shipping.items() if file in shipped and paths - shipped
    } == set()
