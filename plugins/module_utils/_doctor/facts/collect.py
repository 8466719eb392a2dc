# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draws the chart of a host: looks at everything, once."""

from __future__ import annotations

from typing import Container, Optional, Set

from ..._firewall.listing import Listing
from ..._host.machine import may_administer
from ..._host.netns import inside_netns, list_netns_names
from ..._host.netns_handles import Room, Rooms
from ..._host.sysctl import read_sysctl
from ..._model.changes import links_among
from ..._model.desired_state import Wish
from ..._model.fast_replace import replace
from ..._model.links import Place
from ..._netlink.fib_rules import read_rule
from ..._netlink.qdisc import GETQDISC, dump_qdiscs, read_impairment
from ..._observe.link_states import dump_policy_rules, read_dad, read_idle, read_states
from ..._observe.observer import Observer
from ..._observe.routes import read_neighbours
from ..._observe.scope import Scope, scope_of
from ..firewall.read import read_filters
from .files import asks_resolved, find_stub, has_nscd, read_limits, read_managers
from .gateways import ask_gateways
from .host_facts import Chart


def _scope(wish: Optional[Wish], names: Set[Optional[str]]) -> Scope:
    every = frozenset(names)
    nat = every if may_administer() else frozenset()
    everything = Scope(
        every,
        routes=every,
        nat=nat,
        resolvers=frozenset(name for name in every if name),
        listening=nat & {None},
    )
    if wish is None or not nat:
        return everything
    asked = scope_of(wish)
    return replace(
        everything,
        namespaces=every | asked.namespaces,
        routes=every | asked.routes,
        nat=every | asked.nat,
        resolvers=everything.resolvers | asked.resolvers,
        listening=asked.listening | {None},
        sysctls=asked.sysctls,
        nat6=asked.nat6,
        backend=asked.backend,
        lab=asked.lab,
    )


def draw_chart(handles: Rooms, wish: Optional[Wish]) -> Chart:
    """Everything that the checks want to know."""
    reasons = []
    names: Set[Optional[str]] = {None, *list_netns_names()}
    if not may_administer():
        reasons.append(
            "without CAP_SYS_ADMIN namespaces cannot be entered, and without CAP_NET_ADMIN rules cannot be read"
        )
        names = {None}
    declared = (
        frozenset(end.place for end in links_among(wish.present))
        if wish is not None
        else frozenset()
    )
    chart = Chart(Observer(handles).observe(_scope(wish, names)), declared, reasons=reasons)
    rooms = [handles.of(name) for name in (None, *sorted(chart.there.namespaces))]
    grounds = chart.grounds()
    for room in rooms:
        _look_into(room, chart, grounds, not reasons)
    ask_gateways(chart, {room.netns: room for room in rooms})
    chart.limits = list(read_limits())
    chart.managed = read_managers(
        {link.name: rooms[0].indexes[link.name] for link in chart.on(None) if link.name != "lo"}
    )
    chart.nscd, chart.stub, chart.resolve = has_nscd(), find_stub(), asks_resolved()
    return chart


def _look_into(room: Room, chart: Chart, grounds: Container[Place], privileged: bool) -> None:
    links = chart.on(room.netns)
    names = {room.indexes[link.name]: link.name for link in links}
    if any(link.kind == "bridge" for link in links):
        chart.states.update(read_states(room, names))
    if any(link.home is not None or link.place in grounds for link in links):
        chart.idle |= read_idle(room, names)
    if any(":" in text for link in links for text in link.addresses or ()):
        chart.dad_failed |= read_dad(room, names)
    if room.impaired:
        messages = room.socket.dump(GETQDISC, dump_qdiscs())
        found = filter(None, (read_impairment(room.netns, names, data) for data in messages))
        chart.impairments.update({(one.netns, one.link): one for one in found})
    chart.rules[room.netns] = tuple(filter(None, map(read_rule, dump_policy_rules(room))))
    chart.neighbours[room.netns] = read_neighbours(room)
    with inside_netns(room.descriptor):
        for link in links:
            for family, setting in (
                ("ipv4", "rp_filter"),
                ("ipv4", "arp_ignore"),
                ("ipv6", "disable_ipv6"),
            ):
                _note(chart, room.netns, f"net/{family}/conf/{link.name}/{setting}")
        for key in (
            "net/ipv4/conf/all/rp_filter",
            "net/ipv4/conf/all/arp_ignore",
            "net/bridge/bridge-nf-call-iptables",
            "net/bridge/bridge-nf-call-ip6tables",
        ):
            _note(chart, room.netns, key)
        if privileged:
            chart.filters[room.netns] = read_filters(Listing())


def _note(chart: Chart, netns: Optional[str], key: str) -> None:
    value = read_sysctl(key)
    if value is not None:
        chart.settings[netns, key] = value
