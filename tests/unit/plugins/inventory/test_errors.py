# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors and warnings of the inventory plugin."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible_collections.redblue.netns.tests.unit.support.inventories import names


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
    "config, message",
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
    parse: Callable[..., Any], config: dict[str, Any], message: list[str]
) -> None:
    with pytest.raises(AnsibleError) as caught:
        parse(config)
    for word in message:
        assert word in str(caught.value)


def test_an_inventory_without_hosts_is_an_error(parse: Callable[..., Any]) -> None:
    with pytest.raises(AnsibleError, match="hosts: 'all': the inventory has no hosts so far"):
        parse({}, {"all": {}})


@pytest.mark.parametrize(
    "config",
    [
        {"hosts": ["wbe1"]},
        {"src": "none.yml"},
        {"src": "{{ nowhere }}.yml"},
        {"compose": {"x": "nowhere"}},
        {"name": "nowhere"},
        {"forks": "many"},
    ],
)
def test_an_error_ends_the_run_only_if_strict(
    read: Callable[..., Any], config: dict[str, Any]
) -> None:
    assert [host.name for host in read(config).get_hosts("web1")] == ["web1"]
    with pytest.raises(AnsibleError, match=r"Completely failed to parse .*lab\.netns\.yml"):
        read({**config, "strict": True})


def test_an_error_of_a_host_ends_the_run_by_the_option_on_error(read: Callable[..., Any]) -> None:
    with pytest.raises(AnsibleError, match="Completely failed to parse"):
        read({"src": "none.yml", "on_error": "fail"})


def test_an_inventory_without_errors_is_read_if_strict(read: Callable[..., Any]) -> None:
    assert len(names(read({"strict": True}), "netns")) == 6


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


def test_an_error_in_a_file_does_not_show_its_content(
    parse: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "other.yml").write_text("password: [s3cret")
    with pytest.raises(AnsibleError) as caught:
        parse({"src": "other.yml", "on_error": "fail"})
    assert "other.yml: is neither JSON nor YAML" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_only_a_regular_file_is_read(parse: Callable[..., Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in ("fifo", "/dev/zero", "."):
        with pytest.raises(AnsibleError, match="is not a regular file"):
            parse({"src": path, "on_error": "fail"})
