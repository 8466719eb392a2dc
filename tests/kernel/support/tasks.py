# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a task from its options to its result, without Ansible."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._engine.converge import converge
from ansible_collections.redblue.netns.plugins.module_utils._engine.host import Host
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall
from ansible_collections.redblue.netns.plugins.module_utils._model.desired_state import DesiredState
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.probes import Probe, ProbeResult
from ansible_collections.redblue.netns.plugins.module_utils._module.persistence import (
    add_controller,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.src_file import read_source
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.plugins.module_utils._results.outcome import compose_result
from ansible_collections.redblue.netns.plugins.module_utils._results.policies import policy_results
from ansible_collections.redblue.netns.plugins.module_utils._results.topology import (
    check_results,
    run_probes,
    topology_results,
)
from ansible_collections.redblue.netns.tests.unit.support.parsers import PARSERS

if TYPE_CHECKING:
    from ansible_collections.redblue.netns.plugins.module_utils._render.commands import RenderRules

Raw = dict[str, Any]
Result = dict[str, Any]


def parse_task(module: str, raw: Raw) -> DesiredState:
    """Return the desired state of a task; options are validated as the module does.

    :param raw: its options, and as ``_controller`` what the action plugin tells the module.
    """
    spec, parse = PARSERS[module]
    options = {name: value for name, value in raw.items() if name != "_controller"}
    desired = parse(validate(read_source(options), spec))
    persistence = desired.persistence
    if persistence is None or not persistence.wanted:
        return desired
    persistence = add_controller(persistence, raw.get("_controller"))
    return replace(desired, persistence=persistence)


def _run_probes(host: Any, probes: Sequence[Probe]) -> list[ProbeResult]:
    if isinstance(host, LinuxHost):
        return run_probes(host.handles, probes)
    return check_results(host.probe(probes))


def _find_renderer(host: Host) -> RenderRules:
    """The renderer of rule sets of a host that may be a fake."""
    if isinstance(host, LinuxHost) and host.rules is not None:
        return host.rules.render_commands
    return Firewall().render_commands


def run_on(host: Host, module: str, check: bool = False, **raw: Any) -> Result:
    """Run a task on this host."""
    desired = parse_task(module, raw)
    outcome = converge(desired, host, check, partial(_run_probes, host))
    result = compose_result(outcome, render_rules=_find_renderer(host))
    if module == "topology":
        result.update(topology_results(outcome, desired))
    if module == "netns_policy":
        result.update(policy_results(outcome, desired))
    return {**result, "warnings": [*outcome.plan.warnings, *outcome.warnings]}


def run(module: str, check: bool = False, **raw: Any) -> Result:
    """Run a task on the host in which this process is."""
    host = LinuxHost()
    try:
        return run_on(host, module, check, **raw)
    finally:
        host.close()


def predicted_part(result: Result) -> Result:
    """The part of a result that check mode predicts."""
    return {name: result[name] for name in ("changed", "actions", "commands", "diff", "warnings")}


LAB: Raw = {
    "name": "lab",
    "netns": [{"name": "red"}, {"name": "blue"}],
    "linux_bridge": [{"name": "v-net-0", "addresses": ["192.168.15.5/24", "fd00:15::5/64"]}],
    "veth": [
        {
            "name": "veth-red",
            "netns": "red",
            "addresses": ["192.168.15.1/24", "fd00:15::1/64"],
            "peer": {"name": "veth-red-br", "bridge": "v-net-0"},
        },
        {
            "name": "veth-blue",
            "netns": "blue",
            "addresses": ["192.168.15.2/24", "fd00:15::2/64"],
            "peer": {"name": "veth-blue-br", "bridge": "v-net-0"},
        },
    ],
    "netns_route": [
        {"netns": "red", "destination": "default", "gateway": "192.168.15.5"},
        {"netns": "blue", "destination": "default", "gateway": "192.168.15.5"},
        {"netns": "blue", "destination": "default", "gateway": "fd00:15::5"},
    ],
    "masquerade": [{"source": "192.168.15.0/24"}, {"source": "fd00:15::/64"}],
    "dnat": [
        {"destination_port": "80", "to_destination": "192.168.15.2:80"},
        {"destination_port": 81, "to_destination": "[fd00:15::2]:80"},
    ],
}
"""The lab of the guides, with both address families."""

LAB_WITHOUT_DNAT: Raw = {**LAB, "dnat": []}

LAB_ABSENT: Raw = {"name": "lab", "state": "absent"}


def with_green(lab: Raw) -> Raw:
    """A lab with a third member, which has an IPv4 address only."""
    green = {
        "name": "veth-green",
        "netns": "green",
        "addresses": ["192.168.15.3/24"],
        "peer": {"name": "veth-green-br", "bridge": "v-net-0"},
    }
    return {**lab, "netns": [*lab["netns"], {"name": "green"}], "veth": [*lab["veth"], green]}


def run_as_predicted(module: str, **raw: Any) -> Result:
    """Assert a change that check mode predicts and after which nothing is left to do."""
    checked = run(module, check=True, **raw)
    done = run(module, **raw)
    assert predicted_part(checked) == predicted_part(done) and done["changed"]
    assert not run(module, **raw)["changed"]
    return done
