# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for bridges whose members policies limit: nothing passes from port to port.

The tables of policies can go all at once. Ports that are isolated stay so, and a bridge forwards
nothing between them. So members find each other only through the host, which answers for each of
them, and whose forwarding is guarded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import family_of
from .._model.errors import Refused
from .._model.forwarding import list_proxy_sysctls
from .._model.netns import Sysctl
from .._model.network_policies import POLICY_GUARDS, PortGuard, SourceCheck, as_recorded
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.resources import NatResource, PolicyPart
    from .projection import Projection


def plan_policy_ports(
    projection: Projection, before: Iterable[NatResource], after: Iterable[NatResource]
) -> None:
    """Plan that guarded ports of members are isolated, and those that are no longer guarded not.

    Also plan that the host answers for the members behind them, and no longer does.
    """
    before, after = _list_own(projection, before), _list_own(projection, after)
    _plan_isolation(projection, before, after)
    wanted = {setting[0]: setting for setting in _list_settings(after)}
    for key, value, default in wanted.values():
        current = projection.sysctls.get((None, key), projection.sysctls.get((None, default)))
        if current != value:
            changed = Sysctl(None, key, value)
            projection.replace(Sysctl(None, key, current), changed, Phase.OPEN_FORWARDING)
    for key, value, default in _list_settings(before):
        inherited = projection.sysctls.get((None, default))
        is_left = (None, key.split("/")[3]) in projection.links and key not in wanted
        if is_left and inherited and projection.sysctls.get((None, key)) == value != inherited:
            changed = Sysctl(None, key, inherited)
            projection.replace(Sysctl(None, key, value), changed, Phase.CLOSE_FORWARDING)


def check_policy_ports(projection: Projection) -> None:
    """Check that the task opens no port that policies of others have isolated.

    :raises Refused: it opens one.
    """
    closed = {
        (rule.netns, rule.interface): rule
        for ruleset in projection.current.rulesets.values()
        for rule in ruleset.resources
        if isinstance(rule, PortGuard) and rule.mac and rule.owner != projection.request.lab
    }
    for link in projection.request.links if closed else ():
        if link.isolated is False and link.ref in closed:
            rule = f"policies of topology {closed[link.ref].owner} have port {link.name} isolated"
            raise Refused("isolated", False, rule)


def _list_own(projection: Projection, rules: Iterable[NatResource]) -> list[PolicyPart]:
    """The guards of the topology: those of others say nothing about this run."""
    owner = projection.request.owner
    return [rule for rule in rules if isinstance(rule, POLICY_GUARDS) and rule.owner == owner]


def _list_settings(rules: list[PolicyPart]) -> list[tuple[str, str, str]]:
    """The sysctls for the interfaces by which the host answers for members."""
    return [
        setting
        for rule in rules
        if isinstance(rule, SourceCheck) and rule.shared
        for setting in list_proxy_sysctls(
            rule.interface, sorted({family_of(text) for text in as_recorded(rule).addresses})
        )
    ]


def _plan_isolation(
    projection: Projection, before: list[PolicyPart], after: list[PolicyPart]
) -> None:
    wanted = _find_ports(after)
    for ref in sorted(wanted, key=str):
        port = projection.links[ref]
        if not port.isolated:
            projection.change(port, Phase.ALTER, isolated=True)
    options = {link.ref: link.isolated for link in projection.request.links}
    for ref in sorted(_find_ports(before) - wanted, key=str):
        port_then = projection.links.get(ref)
        if port_then is not None and port_then.isolated and not options.get(ref):
            projection.change(port_then, Phase.ALTER, isolated=False)


def _find_ports(rules: list[PolicyPart]) -> set[tuple[str | None, str]]:
    return {
        (rule.netns, rule.interface) for rule in rules if isinstance(rule, PortGuard) and rule.mac
    }
