# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads lists and dictionaries from texts, as Ansible does for all modules.

A list is separated by commas. A dictionary is JSON or key=value. Commands such as
``ansible -m redblue.netns.veth -a 'addresses=10.0.0.1/24'`` can pass only texts.
"""

from __future__ import annotations

import json
from typing import Any

from .._model.errors import Refused

EXAMPLES = {
    "impairment": "{delay: 10ms}",
    "listen_at": "{netns: red, port: 80}",
    "matrix": "{lab: lab}",
    "peer": "{name: NAME}",
    "persist": "{watch: report}",
    "sysctls": "{net.ipv4.ip_forward: 1}",
    "topology": "{name: lab}",
    "netns": "{name: red}",
    "linux_bridge": "{name: br0}",
    "veth": "{name: veth-red, netns: red, peer: {name: veth-red-br}}",
    "netns_link": "{name: eth1, netns: red, type: physical}",
    "netns_route": "{netns: red, destination: default, gateway: 192.168.15.5}",
    "masquerade": "{source: 192.168.15.0/24}",
    "dnat": "{destination_port: 8080, to_destination: 192.168.15.2:80}",
    "probes": "{netns: red, to: 192.168.15.2}",
    "nexthops": "{gateway: 192.168.15.5}",
}
"""The right form of options that are dictionaries, or lists of these."""


def read_list(text: str) -> list[Any]:
    """Return the items of a list: separated by commas, or JSON in brackets."""
    if text.lstrip().startswith("["):
        parsed = _read_json(text)
        if parsed is not None:
            return parsed
    return [item.strip() for item in text.split(",")]


def _read_json(text: str) -> list[Any] | None:
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, list) else None


def read_dict(path: str, text: str) -> dict[str, Any]:
    """Return a dictionary that is written as JSON or as key=value.

    :raises Refused: the text is neither, with an example of the right form.
    """
    try:
        from ansible.module_utils.common.validation import check_type_dict
    except ImportError:  # Programs without Ansible have dictionaries, and as texts only JSON.
        check_type_dict = json.loads
    try:
        parsed = check_type_dict(text.strip())
    except (TypeError, ValueError):
        parsed = None
    if not isinstance(parsed, dict):
        name = path.rpartition(".")[2].partition("[")[0]
        example = EXAMPLES.get(name, "{KEY: VALUE}").replace("NAME", text)
        raise Refused(path, text, f"is a string, not a dictionary; write {example}")
    return parsed
