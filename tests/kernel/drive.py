# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a module's raw parameters to its result, without Ansible: what every test does."""

from __future__ import annotations

from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils import _nft_rules, _topology, _wish, _wish_links
from ansible_collections.redblue.netns.plugins.module_utils._args import ITEM_SPECS, STATE, TOPOLOGY_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._conform import conform
from ansible_collections.redblue.netns.plugins.module_utils._converge import Host, converge
from ansible_collections.redblue.netns.plugins.module_utils._kernel import Kernel
from ansible_collections.redblue.netns.plugins.module_utils._module import compose_result
from ansible_collections.redblue.netns.plugins.module_utils._source import read_source

Raw = dict[str, Any]
Result = dict[str, Any]


def wish_for(module: str, raw: Raw) -> _wish.Wish:
    """What a task asks for; refused as the module would refuse it."""
    if module == "topology":
        return _topology.wish_topology(conform(read_source(raw), {**TOPOLOGY_SPEC, **STATE}))
    wish: _wish.Wish = getattr(_wish_links if module == "netns_link" else _wish, f"wish_{module}")(conform(raw, {**ITEM_SPECS[module], **STATE}))
    return wish


def run_on(host: Host, module: str, check: bool = False, **raw: Any) -> Result:
    """One task on this host, which remembers nothing of the one before."""
    _nft_rules.remembered.clear()
    wish = wish_for(module, raw)
    outcome = converge(wish, host, check)
    result = compose_result(outcome)
    if module == "topology":
        result.update(_topology.finish_topology(outcome, wish))
    return {**result, "warnings": list(outcome.drawn.warnings)}


def run(module: str, check: bool = False, **raw: Any) -> Result:
    """One task on the host in which this process lives."""
    host = Kernel()
    try:
        return run_on(host, module, check, **raw)
    finally:
        host.close()


def told(result: Result) -> Result:
    """What check mode must say just as the run does."""
    return {name: result[name] for name in ("changed", "actions", "commands", "diff")}


LAB: Raw = {
    "name": "lab",
    "netns": [{"name": "red"}, {"name": "blue"}],
    "linux_bridge": [{"name": "v-net-0", "addresses": ["192.168.15.5/24", "fd00:15::5/64"]}],
    "veth": [
        {"name": "veth-red", "netns": "red", "addresses": ["192.168.15.1/24", "fd00:15::1/64"], "peer": {"name": "veth-red-br", "bridge": "v-net-0"}},
        {"name": "veth-blue", "netns": "blue", "addresses": ["192.168.15.2/24", "fd00:15::2/64"], "peer": {"name": "veth-blue-br", "bridge": "v-net-0"}},
    ],
    "netns_route": [
        {"netns": "red", "destination": "default", "gateway": "192.168.15.5"},
        {"netns": "blue", "destination": "default", "gateway": "192.168.15.5"},
        {"netns": "blue", "destination": "default", "gateway": "fd00:15::5"},
    ],
    "masquerade": [{"source": "192.168.15.0/24"}, {"source": "fd00:15::/64"}],
    "dnat": [{"destination_port": "80", "to_destination": "192.168.15.2:80"}, {"destination_port": 81, "to_destination": "[fd00:15::2]:80"}],
}
"""The page's lab, in both families."""
