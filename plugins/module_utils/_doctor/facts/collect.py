# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draws the chart of a host: looks at everything, once."""

from __future__ import annotations

import socket
import struct
from typing import Container, Dict, Iterable, Optional, Set, Tuple

from . import _chart_files, _ip_rules, _machine, _model, _namespaces, _qdisc, _requests, _settings
from . import _vocabulary as words
from ._changes import links_among
from ._chart import Chart
from ._chart_ask import ask_gateways
from ._chart_filters import read_filters
from ._converge import scope_of
from ._kernel import Kernel
from ._listing import Listing
from ._netlink import read_attributes
from ._rooms import Room, read_neighbours
from ._there import Scope
from ._wish import Wish

_LINK_BODY, _ADDRESS_BODY = 32, 24
"""Where the attributes of a message begin, behind nlmsghdr and ifinfomsg or ifaddrmsg."""
_DAD_FAILED = 0x08
_UP, _LOWER_UP = 0x1, 0x10000
_PORT_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")


def _scope(host: Kernel, wish: Optional[Wish], names: Set[Optional[str]]) -> Scope:
    every = frozenset(names)
    nat = every if _machine.may_administer() else frozenset()
    everything = Scope(every, routes=every, nat=nat, resolvers=frozenset(name for name in every if name), listening=nat & {None})
    if wish is None or not nat:
        return everything
    asked = scope_of(wish)
    return _model.replace(
        everything, namespaces=every | asked.namespaces, routes=every | asked.routes, nat=every | asked.nat, resolvers=everything.resolvers | asked.resolvers,
        listening=asked.listening | {None}, sysctls=asked.sysctls, nat6=asked.nat6, backend=asked.backend, lab=asked.lab,
    )


def draw_chart(host: Kernel, wish: Optional[Wish]) -> Chart:
    """Everything that the checks want to know."""
    reasons = []
    names: Set[Optional[str]] = {None, *_namespaces.list_names()}
    if not _machine.may_administer():
        reasons.append("without CAP_SYS_ADMIN namespaces cannot be entered, and without CAP_NET_ADMIN rules cannot be read")
        names = {None}
    declared = frozenset(end.place for end in links_among(wish.present)) if wish is not None else frozenset()
    chart = Chart(host.observe(_scope(host, wish, names)), declared, reasons=reasons)
    rooms = [host.rooms.of(name) for name in (None, *sorted(chart.there.namespaces))]
    grounds = chart.grounds()
    for room in rooms:
        _look_into(room, chart, grounds, not reasons)
    ask_gateways(chart, {room.netns: room for room in rooms})
    chart.limits = list(_chart_files.read_limits())
    chart.managed = _chart_files.read_managers({link.name: rooms[0].indexes[link.name] for link in chart.on(None) if link.name != "lo"})
    chart.nscd, chart.stub, chart.resolve = _chart_files.has_nscd(), _chart_files.find_stub(), _chart_files.asks_resolved()
    return chart


def _look_into(room: Room, chart: Chart, grounds: Container[_model.Place], privileged: bool) -> None:
    links = chart.on(room.netns)
    names = {room.indexes[link.name]: link.name for link in links}
    if any(link.kind == "bridge" for link in links):
        chart.states.update(_read_states(room, names))
    if any(link.home is not None or link.place in grounds for link in links):
        chart.idle |= _read_idle(room, names)
    if any(":" in text for link in links for text in link.addresses or ()):
        chart.dad_failed |= _read_dad(room, names)
    if room.impaired:
        messages = room.socket.dump(_qdisc.GETQDISC, _qdisc.dump_qdiscs())
        found = filter(None, (_qdisc.read_impairment(room.netns, names, data) for data in messages))
        chart.impairments.update({(one.netns, one.link): one for one in found})
    chart.rules[room.netns] = tuple(filter(None, map(_ip_rules.read_rule, _dump_rules(room))))
    chart.neighbours[room.netns] = read_neighbours(room)
    with _namespaces.inside(room.descriptor):
        for link in links:
            for family, setting in (("ipv4", "rp_filter"), ("ipv4", "arp_ignore"), ("ipv6", "disable_ipv6")):
                _note(chart, room.netns, f"net/{family}/conf/{link.name}/{setting}")
        for key in ("net/ipv4/conf/all/rp_filter", "net/ipv4/conf/all/arp_ignore", "net/bridge/bridge-nf-call-iptables", "net/bridge/bridge-nf-call-ip6tables"):
            _note(chart, room.netns, key)
        if privileged:
            chart.filters[room.netns] = read_filters(Listing())


def _note(chart: Chart, netns: Optional[str], key: str) -> None:
    value = _settings.read_sysctl(key)
    if value is not None:
        chart.settings[netns, key] = value


def _dump_rules(room: Room) -> Iterable[bytes]:
    try:
        return room.socket.dump(_ip_rules.GETRULE, _ip_rules.dump_rules())
    except OSError:
        # A kernel with one table of routes has none.
        return ()


def _read_states(room: Room, names: Dict[int, str]) -> Dict[_model.Place, str]:
    found: Dict[_model.Place, str] = {}
    for data in room.socket.dump(_requests.GETLINK, _requests.dump_links()):
        info = read_attributes(read_attributes(data, _LINK_BODY).get(words.LINK.number("IFLA_LINKINFO"), b""))
        if info.get(words.LINK_INFO.number("IFLA_INFO_SLAVE_KIND"), b"").rstrip(b"\0") == b"bridge":
            port = read_attributes(info.get(words.LINK_INFO.number("IFLA_INFO_SLAVE_DATA"), b""))
            state = port.get(words.PORT.number("IFLA_BRPORT_STATE"))
            index: int = struct.unpack_from("=i", data, 20)[0]
            if state and index in names:
                found[room.netns, names[index]] = _PORT_STATES[state[0]]
    return found


def _read_idle(room: Room, names: Dict[int, str]) -> Set[_model.Place]:
    found = set()
    for data in room.socket.dump(_requests.GETLINK, _requests.dump_links()):
        index, flags = struct.unpack_from("=iI", data, _LINK_BODY - 12)
        if flags & _UP and not flags & _LOWER_UP and index in names:
            found.add((room.netns, names[index]))
    return found


def _read_dad(room: Room, names: Dict[int, str]) -> Set[Tuple[_model.Place, str]]:
    found = set()
    for data in room.socket.dump(_requests.GETADDR, _requests.dump_addresses()):
        family, _length, flags, _scope, index = struct.unpack_from("=BBBBI", data, 16)
        address = read_attributes(data, _ADDRESS_BODY).get(words.ADDRESS.number("IFA_ADDRESS"))
        if family == socket.AF_INET6 and flags & _DAD_FAILED and address and index in names:
            found.add(((room.netns, names[index]), socket.inet_ntop(family, address)))
    return found
