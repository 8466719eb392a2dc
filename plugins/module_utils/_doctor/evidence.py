# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command that shows how a thing stands, of all that a topology may differ in. Pure."""

from __future__ import annotations

from shlex import quote
from typing import Any, Callable, Dict, Optional

from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import Change, Resource
from .._model.current_state import CurrentState
from .._model.impairments import Impairment
from .._model.links import Link, Veth
from .._model.netns import Netns, Resolver, StaleName, Sysctl
from .._model.resolv_conf import resolver_path
from .._model.routes import MAIN_TABLE, Route
from .findings import describe_sysctl, ip, tool, within

_NFTABLES, _IPTABLES = "nft list table inet redblue_netns", "iptables-save; {}ip6tables-save"


def _show_route(route: Route) -> str:
    family, table = (
        " -6" if ":" in route.destination else "",
        "" if route.table == MAIN_TABLE else f" table {route.table}",
    )
    return f"{ip(route.netns)}{family} route show {'default' if route.destination in ('0.0.0.0/0', '::/0') else route.destination}{table}"


def _show_sysctl(sysctl: Sysctl) -> str:
    return describe_sysctl(sysctl.netns, sysctl.key_path)


_SHOW_COMMANDS: Dict[type, Callable[[Any], str]] = {
    Netns: lambda netns: f"ls -l {quote(f'/run/netns/{netns.name}')}",
    StaleName: lambda netns: f"ls -l {quote(f'/run/netns/{netns.name}')}",
    Link: lambda link: f"{ip(link.netns)} -d link show dev {quote(link.name)}",
    Veth: lambda veth: f"{ip(veth.end.netns)} link show dev {quote(veth.end.name)}",
    Address: lambda address: f"{ip(address.netns)} addr show dev {quote(address.link)}",
    Route: _show_route,
    Sysctl: _show_sysctl,
    Resolver: lambda resolver: f"cat {quote(resolver_path(resolver.netns))}",
    Impairment: lambda impairment: (
        f"{tool('tc', impairment.netns)} qdisc show dev {quote(impairment.link)}"
    ),
    PortVlans: lambda port: f"{tool('bridge', port.netns)} vlan show dev {quote(port.link)}",
}


def show_command(change: Change, current: CurrentState) -> str:
    """What to type to see what the change would begin with."""
    resource: Resource = change.resource if change.before is None else change.before
    if type(resource) in _SHOW_COMMANDS:
        return _SHOW_COMMANDS[type(resource)](resource)
    netns = getattr(resource, "netns", None)
    return show_rules_command(netns, current.backends.get(netns))


def show_rules_command(netns: Optional[str], backend: Optional[str]) -> str:
    """What to type to see the rules of this collection."""
    return within(netns) + (_IPTABLES.format(within(netns)) if backend == "iptables" else _NFTABLES)
