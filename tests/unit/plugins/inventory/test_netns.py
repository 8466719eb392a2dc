# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts, groups and variables that the inventory plugin adds, with topologies from files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab

FLEET = {
    "all": {
        "children": {
            "web": {"hosts": {"web1": {"ansible_host": "192.0.2.1", "rack": "a"}, "web2": {}}},
            "db": {"hosts": {"db1": None}},
        }
    }
}
LAB = bridge_lab(["red", "blue"])


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Any]:
    """A function that writes and reads an inventory: the hosts, and after them the namespaces."""

    def read(config: dict[str, Any], fleet: Any = None, topology: Any = None) -> InventoryManager:
        write(config, fleet or FLEET, LAB if topology is None else topology)
        return InventoryManager(
            DataLoader(), [str(tmp_path / "hosts.yml"), str(tmp_path / "lab.netns.yml")]
        )

    def write(config: dict[str, Any], fleet: Any, topology: Any) -> None:
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump(fleet, sort_keys=False))
        (tmp_path / "lab.yml").write_text(json.dumps(topology))
        (tmp_path / "lab.netns.yml").write_text(
            yaml.safe_dump({"plugin": "redblue.netns.netns", "src": "lab.yml", **config})
        )

    return read


@pytest.fixture
def parse(tmp_path: Path, read: Callable[..., Any]) -> Callable[..., Any]:
    """The same by the plugin itself, which raises an error where Ansible would only warn."""

    def parse(config: dict[str, Any], fleet: Any = None, topology: Any = None) -> InventoryManager:
        read(config, fleet, topology)
        inventory = InventoryData()
        loader = DataLoader()
        for source in ("hosts.yml", "lab.netns.yml"):
            path = str(tmp_path / source)
            plugin = inventory_loader.get(
                "ansible.builtin.yaml" if source == "hosts.yml" else "redblue.netns.netns"
            )
            assert plugin.verify_file(path)
            plugin.parse(inventory, loader, path)
            inventory.reconcile_inventory()
        return inventory

    return parse


def names(inventory: InventoryManager, pattern: str) -> list[str]:
    return [host.name for host in inventory.get_hosts(pattern)]


def test_every_namespace_of_every_host_is_a_host_in_its_groups(read: Callable[..., Any]) -> None:
    inventory = read({})
    assert names(inventory, "netns") == [
        "red.web1",
        "blue.web1",
        "red.web2",
        "blue.web2",
        "red.db1",
        "blue.db1",
    ]
    assert names(inventory, "netns_red") == ["red.web1", "red.web2", "red.db1"]
    assert names(inventory, "netns_on_web1") == ["red.web1", "blue.web1"]
    assert names(inventory, "netns_bridge_v_net_0") == names(inventory, "netns")
    assert names(inventory, "all:!netns") == ["web1", "web2", "db1"]
    assert names(inventory, "web") == ["web1", "web2"]


def test_a_host_has_the_variables_to_run_tasks_inside(read: Callable[..., Any]) -> None:
    variables = read({}).get_host("red.web1").get_vars()
    connection = variables.pop("ansible_connection")
    assert (
        '"ssh" if ansible_become | bool and '
        'ansible_become_method == "redblue.netns.netns" else undef(' in connection
    )
    assert {
        name: value
        for name, value in variables.items()
        if not name.startswith("inventory_") and name != "group_names"
    } == {
        "ansible_become": True,
        "ansible_become_method": "redblue.netns.netns",
        "ansible_netns": "red",
        "ansible_host": "192.0.2.1",
        "netns_host": "web1",
        "netns_host_groups": ["web"],
        "netns_bridges": ["v-net-0"],
        "netns_addresses": ["192.168.15.1/24"],
    }
    assert read({}).get_host("red.web2").get_vars()["ansible_host"] == "web2"


def test_it_has_the_connection_variables_of_its_host(
    read: Callable[..., Any], tmp_path: Path
) -> None:
    for path, text in (
        ("group_vars/web.yml", "ansible_port: 2222\nsecret: s\nansible_password: '{{ secret }}'"),
        ("host_vars/web1.yml", "ansible_port: 22"),
    ):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    fleet = {
        "web": {
            "vars": {"ansible_user": "deploy", "ansible_become_method": "sudo"},
            "hosts": {"web1": {"ansible_connection": "local"}},
        }
    }
    variables = read({}, fleet).get_host("red.web1").get_vars()
    assert (
        variables["ansible_user"],
        variables["ansible_port"],
        variables["ansible_become_method"],
    ) == ("deploy", 22, "redblue.netns.netns")
    assert (
        variables["ansible_password"] == '{{ hostvars["web1"]["ansible_password"] }}'
        and "secret" not in variables
    )
    assert variables["ansible_connection"].startswith('{{ "local" if ')


def test_a_connection_that_is_a_template_stays_guarded(read: Callable[..., Any]) -> None:
    fleet = {"web": {"hosts": {"web1": {"ansible_connection": "{{ how }}", "how": "local"}}}}
    connection = read({}, fleet).get_host("red.web1").get_vars()["ansible_connection"]
    assert connection.startswith(
        '{{ hostvars["web1"]["ansible_connection"] if ansible_become | '
        "bool and ansible_become_method == "
    )


def test_a_composed_connection_stays_guarded(read: Callable[..., Any]) -> None:
    variables = (
        read({"compose": {"ansible_connection": "'lo' ~ 'cal'", "again": "ansible_netns"}})
        .get_host("red.web1")
        .get_vars()
    )
    assert (
        variables["ansible_connection"].startswith('{{ "local" if ansible_become | bool and ')
        and variables["again"] == "red"
    )


@pytest.mark.parametrize(
    "hosts, expected",
    [
        (["web2"], ["red.web2"]),
        (["db", "web2", "web"], ["red.db1", "red.web2", "red.web1"]),
        (["localhost"], ["red.localhost"]),
    ],
)
def test_only_the_hosts_of_the_option(read: Callable[..., Any], hosts: Any, expected: Any) -> None:
    assert names(read({"hosts": hosts}), "netns_red") == expected


def test_an_inventory_without_hosts_means_the_controller(read: Callable[..., Any]) -> None:
    inventory = read({}, {"all": {}})
    assert names(inventory, "netns") == ["red.localhost", "blue.localhost"]
    assert (
        inventory.get_host("red.localhost")
        .get_vars()["ansible_connection"]
        .startswith('{{ "local" if ')
    )


def test_each_host_may_have_its_own_file(read: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "web1.yml").write_text("netns: [{name: green}]")
    config = {"src": "{{ kind }}/{{ inventory_hostname }}.yml", "hosts": ["web1"]}
    assert names(read(config, {"all": {"hosts": {"web1": {"kind": "web"}}}}), "netns") == [
        "green.web1"
    ]


def test_constructed(read: Callable[..., Any]) -> None:
    config = {
        "name": "netns_host ~ '_' ~ ansible_netns",
        "compose": {
            "address": "netns_addresses | first | split('/') | first",
            "place": "rack | default('nowhere')",
        },
        "groups": {"first_rack": "place == 'a'", "reds": "ansible_netns == 'red'"},
        "keyed_groups": [
            {"key": "netns_host_groups", "prefix": "of"},
            {"key": "ansible_netns", "prefix": "", "separator": ""},
        ],
    }
    inventory = read(config)
    assert names(inventory, "first_rack") == ["web1_red", "web1_blue"]
    assert (
        names(inventory, "reds") == names(inventory, "red") == ["web1_red", "web2_red", "db1_red"]
    )
    assert names(inventory, "of_db") == ["db1_red", "db1_blue"]
    assert inventory.get_host("web1_red").get_vars()["address"] == "192.168.15.1"


def test_two_names_with_one_group_name_are_warned_of(
    read: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = []
    monkeypatch.setattr(
        "ansible.utils.display.Display.warning",
        lambda self, message, *args, **kwargs: messages.append(message),
    )
    inventory = read(
        {"hosts": ["web1"]}, topology={"netns": [{"name": "a-b"}, {"name": "a_b"}, {"name": "red"}]}
    )
    assert names(inventory, "netns_a_b") == ["a-b.web1", "a_b.web1"]
    assert [message for message in messages if "netns_a_b" in message] == [
        "group netns_a_b: contains the network namespaces named a-b and the network namespaces "
        "named a_b, because the characters in which their names differ are replaced in the names "
        "of groups",
    ]


@pytest.mark.parametrize(
    "config, words",
    [
        ({"hosts": ["wbe1"]}, ["hosts: 'wbe1'", "neither a host nor a group"]),
        ({"name": "ansible_netns"}, ["name: 'red'", "network namespace red of web2"]),
        ({"name": "netns_host"}, ["name: 'web1'", "already a host of the inventory"]),
        ({"name": "''"}, ["name: ''"]),
        ({"name": "nowhere"}, ["nowhere"]),
        ({"src": "none.yml", "on_error": "fail"}, ["web1: src: ", "none.yml"]),
        ({"src": "{{ nowhere }}.yml", "on_error": "fail"}, ["web1: src: ", "nowhere"]),
        ({"strict": True, "compose": {"x": "nowhere"}}, ["x", "red.web1"]),
        (
            {"compose": {"ansible_netns": "'blue'"}},
            ["compose: 'ansible_netns'", "cannot be set"],
        ),
        ({"compose": {"ansible_become": "false"}}, ["compose: 'ansible_become'"]),
        ({"compose": {"ansible_become_method": "'sudo'"}}, ["compose: 'ansible_become_method'"]),
        ({"on_error": "perhaps"}, ["on_error"]),
        ({"forks": "many"}, ["forks"]),
    ],
)
def test_invalid_options_are_refused(
    parse: Callable[..., Any], config: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(AnsibleError) as caught:
        parse(config)
    for word in words:
        assert word in str(caught.value)


def test_the_message_names_the_wrong_option_of_a_topology(parse: Callable[..., Any]) -> None:
    with pytest.raises(AnsibleError) as caught:
        parse({"on_error": "fail"}, topology={"netns": [{"name": "a b"}]})
    assert "web1: netns[0].name: 'a b'" in str(caught.value)


def test_a_missing_file_is_warned_of_and_other_hosts_are_read(
    read: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = []
    monkeypatch.setattr(
        "ansible.utils.display.Display.warning",
        lambda self, message, *args, **kwargs: messages.append(message),
    )
    (tmp_path / "web2.yml").write_text("netns: [{name: red}]")
    assert names(read({"src": "{{ inventory_hostname }}.yml", "hosts": ["web"]}), "netns") == [
        "red.web2"
    ]
    assert (
        len(messages) == 1
        and messages[0].startswith("web1: src: ")
        and messages[0].endswith(
            "The inventory does not contain the network namespaces of this host."
        )
    )


@pytest.mark.parametrize(
    "name, ours",
    [
        ("a.netns.yml", True),
        ("netns.yaml", True),
        ("netns.yml", True),
        ("hosts.yml", False),
        ("netns.json", False),
    ],
)
def test_the_names_of_its_files(tmp_path: Path, name: str, ours: bool) -> None:
    (tmp_path / name).write_text("plugin: redblue.netns.netns")
    assert inventory_loader.get("redblue.netns.netns").verify_file(str(tmp_path / name)) is ours
