# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module ships what it uses: the files of the kinds of resources that it can meet."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.noted_rules import (
    READING_MODULES,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.verified import (
    RENDERING_MODULES,
)
from ansible_collections.redblue.netns.tests.unit.support.shipped_files import list_shipped

RULES = ("_firewall/", "_plan/nat", "_plan/forwarding", "_apply/firewall", "_render/nat")
WANTED_LINKS = (
    "_plan/veths",
    "_plan/links.py",
    "_plan/bridges",
    "_plan/link_type_checks",
    "_plan/link_changes",
    "_plan/link_ids",
    "_plan/addresses",
)
SERVICES = ("_observe/services", "_host/units", "_model/service_units")
OVS = ("_apply/ovs", "_host/ovs.py", "_model/ovs_dump")
PROCESSES = ("_observe/process_requirements", "_model/name_servers", "_host/readiness")
TOPOLOGIES = ("_plan/purge", "_plan/replacements", "_plan/unwanted")
LINKS = ("_apply/veths", "_render/links", "_plan/link_removal", "_plan/physical_links")
PROBES = ("_probe/",)
READERS = ("_doctor/", "_info/")

NOT_SHIPPED = {
    "netns": (RULES, WANTED_LINKS, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES),
    "netns_route": (
        RULES,
        WANTED_LINKS,
        LINKS,
        TOPOLOGIES,
        PROBES,
        READERS,
        SERVICES,
        OVS,
        PROCESSES,
    ),
    "netns_link": (RULES, TOPOLOGIES, PROBES, READERS, SERVICES, PROCESSES),
    "linux_bridge": (RULES, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES),
    "veth": (TOPOLOGIES, PROBES, READERS, SERVICES, PROCESSES),
    "masquerade": (WANTED_LINKS, LINKS, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES),
    "dnat": (WANTED_LINKS, LINKS, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES),
    "netns_policy": (WANTED_LINKS, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES),
    "netns_service": (RULES, WANTED_LINKS, LINKS, TOPOLOGIES, PROBES, READERS, OVS, PROCESSES),
    "netns_cni": (RULES, WANTED_LINKS, TOPOLOGIES, PROBES, READERS, SERVICES, OVS, PROCESSES),
    "topology": (READERS,),
}


@pytest.mark.parametrize("module", NOT_SHIPPED)
def test_a_module_does_not_ship_what_it_does_not_meet(module: str) -> None:
    unused = tuple(prefix for group in NOT_SHIPPED[module] for prefix in group)
    shipped = list_shipped(module)
    assert "_module/state.py" in shipped
    assert [file for file in sorted(shipped) if file.startswith(unused)] == []


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
