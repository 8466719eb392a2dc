# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are found where they belong and where they do not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.secrets import (
    find_secrets,
    may_be_secret,
)

KEY = "GAcJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJUY="


def test_secrets_are_found_at_any_depth() -> None:
    assert find_secrets({"a": [{"private_key": {"b": [1, "x"]}}], "c": "y"}) == {"1", "x"}


@pytest.mark.parametrize(
    "name",
    [
        "private_key",
        "privateKey",
        "privatekey",
        "PrivateKey",
        "private-key",
        "privte_kye",
        "privat",
        "presharedkey",
        "preshared_key",
        "pre_shared_key",
        "psk",
        "key",
        "secret",
        "password",
    ],
)
def test_a_misspelt_name_may_be_that_of_a_secret(name: str) -> None:
    assert may_be_secret(name)
    assert find_secrets({"peers": [{name: "hunter22"}]}, is_invalid=True) == {"hunter22"}


@pytest.mark.parametrize("name", ["public_key", "publicKey", "private_key_file", "name", "mode"])
def test_names_of_other_options_are_not_secret(name: str) -> None:
    assert not may_be_secret(name)


@pytest.mark.parametrize(
    "options",
    [
        {"peers": f"public_key=x preshared_key={KEY}"},
        {"netns_link": [f"name: wg0\nprivate_key: {KEY}"]},
        {"netns_link": f'{{"private_key": "{KEY}"}}'},
        {"topology": {"netns_link": [{"private_key_file": KEY}]}},
        {"name": KEY},
        {"private_key": {KEY: None}},
        {"addresses": f"PrivateKey = {KEY}"},
    ],
)
def test_a_key_in_a_wrong_place_is_found_and_not_shown(options: dict[str, Any]) -> None:
    found = find_secrets(options, is_invalid=True)
    assert any(KEY in text for text in found)
    ((name, value),) = options.items()
    message = str(Refused(name, value, "is wrong"))
    assert KEY not in message and "(hidden)" in message


def test_a_text_in_the_place_of_a_list_with_secrets_is_not_shown() -> None:
    assert "hunter22" in find_secrets({"peers": "hunter22"}, is_invalid=True)
    error = Refused("netns_link[0].peers", "hunter22", "is a string, not a list")
    assert str(error) == "netns_link[0].peers: '(hidden)': is a string, not a list"


def test_the_value_of_a_secret_option_is_never_shown() -> None:
    error = Refused("range[0].netns_link[0].privateKey", "{hunter22", "is not a pattern")
    assert str(error) == "range[0].netns_link[0].privateKey: '(hidden)': is not a pattern"
    assert str(Refused("private_key", None, "is required")) == "private_key: None: is required"


def test_a_message_shows_what_is_no_secret() -> None:
    assert str(Refused("peers[0].public_key", KEY, "is twice")) == (
        f"peers[0].public_key: '{KEY}': is twice"
    )
    assert str(Refused("netns", "red", "is a string, not a list")) == (
        "netns: 'red': is a string, not a list"
    )
    assert str(Refused("mtu", [1], "is a list")) == "mtu: [1]: is a list"


def test_secrets_in_a_network_configuration_are_found_by_their_keys() -> None:
    plugin = {"type": "fabric", "etcd": {"password": "hunter2", "endpoints": ["10.0.0.1"]}}
    network = {"name": "pods", "plugins": [{**plugin, "secure": True, "apiKey": "abcdef"}]}
    assert find_secrets({"network": network, "netns": "pod"}) == {"hunter2", "abcdef"}
    assert find_secrets({"cni": [{"network": network}]}) == {"hunter2", "abcdef"}
    assert find_secrets({"network": "pods"}) == set()
