# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules use of Ansible works. ``make cores`` runs this with each supported version."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any
from unittest import mock

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS
from ansible_collections.redblue.netns.plugins.module_utils._module.ansible_api import (
    MAX_MESSAGE,
    declare,
    limit_message,
    load_options,
    missing_library_message,
)
from ansible_collections.redblue.netns.tests.unit.support.specifications import MODULES

SECRET = "GAcJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJUY="

_INVOCATION = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
"""Has the options returned, which ansible-core does since 2.21 only if it is configured so."""

_PROGRAM = """
import sys, syslog
sys.path[:0] = {path!r}
sys.argv = ["module"]
syslog.syslog = lambda *words: print(*words, file=sys.stderr)
from ansible_collections.redblue.netns.plugins.module_utils._module import ansible_api, base
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.{module} import {spec}
module, params = base.open_module({spec}, lambda params: None)
module.warn("careful")
module.exit_json(
    changed=False,
    params=params,
    diff=ansible_api.wants_diff(module),
    verbosity=ansible_api.verbosity(module),
    check=base.assume_missing(module),
)
"""


def run_module(module: str, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The result of a module that returns its validated options, and what it logs."""
    program = _PROGRAM.format(path=sys.path, module=module, spec=f"{module.upper()}_SPEC")
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {**_INVOCATION, **options}}),
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout), done.stderr


def test_options_are_validated_as_written() -> None:
    assert run_module("netns", {"name": 1e3})[0]["msg"].startswith("name: 1000.0: is a number")
    assert run_module("netns", {"name": False})[0]["msg"].startswith("name: False: is a boolean")


def test_the_result_has_what_ansible_adds() -> None:
    result, log = run_module("netns", {"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}})
    assert result["params"]["sysctls"] == {"net.ipv4.ip_forward": 1}
    assert result["params"]["state"] == "present"
    assert result["invocation"]["module_args"]["name"] == "red"
    assert "careful" in str(result["warnings"]) and "Invoked with" in log and "name=red" in log


def test_a_similar_option_is_suggested() -> None:
    result, _log = run_module("netns", {"name": "red", "nameserver": ["192.0.2.1"]})
    assert result["failed"]
    assert result["msg"].startswith("unsupported option 'nameserver'; did you mean 'nameservers'?")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, (False, 0, False)),
        ({"_ansible_diff": True}, (True, 0, False)),
        ({"_ansible_verbosity": 3}, (False, 3, False)),
        ({"_ansible_check_mode": True}, (False, 0, True)),
    ],
)
def test_settings_of_the_task_are_known(settings: dict[str, Any], expected: Any) -> None:
    result, _log = run_module("netns", {"name": "red", **settings})
    assert (result["diff"], result["verbosity"], result["check"]) == expected


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("netns_link", {"name": "wg0", "private_key": SECRET}),
        ("netns_link", {"name": "wg0", "private_key": [SECRET]}),
        ("netns_link", {"name": "wg0", "privat_key": SECRET}),
        ("netns_link", {"name": "wg0", "peers": [{"preshared_key": SECRET}]}),
        ("topology", {"name": "lab", "netns_link": [{"name": "wg0", "private_key": SECRET}]}),
        ("topology", {"name": "lab", "netns_link": [{"name": "wg0", "private-key": SECRET}]}),
        ("netns_doctor_info", {"topology": {"netns_link": [{"private_key": SECRET}]}}),
    ],
)
def test_secrets_are_neither_returned_nor_logged(module: str, options: dict[str, Any]) -> None:
    result, log = run_module(module, options)
    assert "Invoked with" in log and "invocation" in result
    assert SECRET not in json.dumps(result) + log


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("netns_link", {"name": "wg0", "peers": f"preshared_key={SECRET}"}),
        ("netns_link", {"name": "wg0", "peers": f'{{"preshared_key": "{SECRET}", "x": 1}}'}),
        ("topology", {"name": "lab", "netns_link": f"name=wg0 private_key={SECRET}"}),
        (
            "topology",
            {"name": "lab", "netns_link": f'[{{"name": "w", "private_key": "{SECRET}"}}]'},
        ),
        ("netns_doctor_info", {"topology": f'{{"netns_link": [{{"private_key": "{SECRET}"}}]}}'}),
    ],
)
def test_secrets_in_texts_are_neither_returned_nor_logged(
    module: str, options: dict[str, Any]
) -> None:
    result, log = run_module(module, options)
    assert "Invoked with" in log and "invocation" in result
    shown = json.dumps({**result, "params": None})
    assert SECRET not in shown + log


def test_a_failure_has_all_errors() -> None:
    result, _log = run_module("netns", {"name": 7, "nameserver": "192.0.2.1"})
    lines = result["msg"].splitlines()
    assert lines == [
        "2 errors:",
        "- unsupported option 'nameserver'; did you mean 'nameservers'?",
        "- name: 7: is a number, not a string; put it in quotes",
    ]
    assert len(result["errors"]) == 2


def test_a_long_message_is_cut_and_its_rest_is_in_a_key() -> None:
    names = [{"name": f"red{number}"} for number in range(100)]
    result, _log = run_module("netns", {"name": "red", **{f"option_{n}": 1 for n in range(25)}})
    assert len(result["msg"]) <= MAX_MESSAGE and len(result["errors"]) == 25
    assert result["msg"].endswith("(complete in the result's key errors)")
    result, _log = run_module("netns", {"name": "red", **{f"option_{n}": 1 for n in range(99)}})
    assert result["msg"].startswith("30 errors or more:") and len(result["msg"]) <= MAX_MESSAGE
    assert limit_message("x" * MAX_MESSAGE, {}) == {"msg": "x" * MAX_MESSAGE}
    long = limit_message("word " * 300, {})
    assert len(long["msg"]) <= MAX_MESSAGE and long["errors"] == ["word " * 300]
    result, _log = run_module("topology", {"name": "lab", "netns": names, "purge": "x" * 5000})
    assert len(result["msg"]) <= MAX_MESSAGE and "is not a boolean" in result["msg"]


@pytest.mark.parametrize("module", MODULES)
def test_the_whole_specification_is_declared(module: str) -> None:
    with (
        mock.patch.object(basic.AnsibleModule, "__init__", side_effect=LookupError) as declared,
        pytest.raises(LookupError),
    ):
        declare(MODULES[module])
    arguments = declared.call_args.kwargs
    assert arguments["argument_spec"] is MODULES[module].options
    assert arguments.items() >= MODULES[module].rules.items() and arguments["supports_check_mode"]


def test_a_tool_that_reads_the_specification_passes_no_options() -> None:
    with mock.patch.object(basic, "_load_params", return_value=None):
        assert load_options() is None


def test_a_missing_library_is_named_with_the_reason() -> None:
    message = missing_library_message("pyroute2", "for links of type vlan")
    assert "(pyroute2)" in message and "This is required for links of type vlan." in message
