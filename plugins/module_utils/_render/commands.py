# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as the commands that a person would have typed: in order, ready to paste into bash as root."""

from __future__ import annotations

import shlex
from typing import Dict, List, Optional, Sequence, cast

from .._firewall.firewall import Firewall
from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import Change, is_nat_resource
from .._model.current_state import CurrentState
from .._model.impairments import Impairment, shrinks_burst
from .._model.link_alias import alias_differs, write_alias
from .._model.link_options import TunOptions, WireguardOptions
from .._model.links import IPV6_SETTINGS, Link, Veth, changed_flags
from .._model.netns import Netns, Resolver, StaleName, Sysctl
from .._model.ownership import write_mark
from .._model.resolv_conf import compose_resolver, resolver_path
from .._model.routes import MAIN_TABLE, Nexthop, Route
from .._model.rulesets import alter_ruleset, group_by_netns
from .iproute2 import bridge_words, tc_words, tuntap, type_options, wg


def _at(netns: Optional[str]) -> str:
    return "" if netns is None else f" -n {netns}"


def _ip(netns: Optional[str]) -> str:
    return f"ip{_at(netns)}"


def _within(netns: Optional[str]) -> str:
    return "" if netns is None else f"ip netns exec {netns} "


def _on_off(value: object) -> str:
    return "on" if value else "off"


def _mark_words(link: Link) -> List[str]:
    # What is made has never been elsewhere: its alias is a mark and nothing else.
    return (
        []
        if link.owner is None
        else [f"{_ip(link.netns)} link set dev {link.name} alias {write_mark(link.owner)}"]
    )


def _creation_words(link: Link) -> str:
    words = f"name {link.name}"
    created = (
        ("address", link.mac),
        ("mtu", link.mtu),
        ("txqueuelen", link.txqueuelen),
        ("numtxqueues", link.queues),
        ("numrxqueues", link.queues),
    )
    for option, value in created:
        words += "" if value is None else f" {option} {value}"
    return words


def _create(resource: object) -> List[str]:
    if isinstance(resource, Netns):
        return [
            f"ip netns add {resource.name}",
            *_mark_words(Link(resource.name, "lo", owner=resource.owner)),
        ]
    if isinstance(resource, Link):
        return [*_create_link(resource), *_mark_words(resource)]
    pair = cast(Veth, resource)
    end, peer = (pair.end, pair.peer) if pair.end.netns is None else (pair.peer, pair.end)
    add = f"{_ip(end.netns)} link add {_creation_words(end)} type veth peer {_creation_words(peer)}{_across(end.netns, peer.netns)}"
    return [add, *_mark_words(end), *_mark_words(peer)]


def _create_link(link: Link) -> List[str]:
    if isinstance(link.options, TunOptions):
        words = _creation_words(link)[len(f"name {link.name}") :]
        return [
            f"{_ip(link.netns)} {tuntap(link, link.options)}",
            *([f"{_ip(link.netns)} link set dev {link.name}{words}"] if words else []),
        ]
    netns, parent = link.parent or (link.netns, "")
    on = f" link {parent}" if parent and link.kind != "vxlan" else ""
    within = f" dev {parent}" if parent and link.kind == "vxlan" else ""
    options = "" if link.kind == "wireguard" else type_options(link.kind or "", link.options, None)
    return [
        f"{_ip(netns)} link add{on} {_creation_words(link)}{_across(netns, link.netns)} type {link.kind}{options}{within}"
    ]


def _across(here: Optional[str], current: Optional[str]) -> str:
    """What sends a link from one namespace to another; the host's is the one in which the shell is."""
    return "" if here == current else " netns $$" if current is None else f" netns {current}"


def _sysctl(netns: Optional[str], values: Dict[str, str]) -> str:
    # With slashes sysctl takes interface names that have dots.
    keys = {path: path if "." in path else path.replace("/", ".") for path in values}
    return f"{_within(netns)}sysctl -qw " + " ".join(
        shlex.quote(f"{keys[path]}={value}") for path, value in values.items()
    )


def _alter(before: Link, after: Link) -> List[str]:
    if before.ref != after.ref:
        name = "" if before.name == after.name else f" name {after.name}"
        return [
            f"{_ip(before.netns)} link set dev {before.name}{_across(before.netns, after.netns)}{name}"
        ]
    words = ""
    for option, name in (("address", "mac"), ("mtu", "mtu"), ("txqueuelen", "txqueuelen")):
        value = getattr(after, name)
        words += "" if value is None or value == getattr(before, name) else f" {option} {value}"
    for name in ("arp", "promisc"):
        value = getattr(after, name)
        words += (
            "" if value is None or value == getattr(before, name) else f" {name} {_on_off(value)}"
        )
    if (after.bridge is not None and after.bridge != before.bridge) or (after.vrf or "") != (
        before.vrf or ""
    ):
        words += (
            f" master {after.bridge or after.vrf}" if after.bridge or after.vrf else " nomaster"
        )
    if alias_differs(before, after):
        words += f" alias {shlex.quote(write_alias(after))}"
    if after.up != before.up and after.up is not None:
        words += " up" if after.up else " down"
    lines = [f"{_ip(after.netns)} link set dev {after.name}{words}"] if words else []
    if after.link_local not in (None, before.link_local):
        lines.append(
            f"{_ip(after.netns)} link set dev {after.name} addrgenmode {'eui64' if after.link_local else 'none'}"
        )
    if isinstance(after.options, WireguardOptions):
        lines += [
            f"{_within(after.netns)}{line}" for line in wg(after, before.options, after.options)
        ]
    elif after.options != before.options:
        options = type_options(after.kind or "", after.options, before.options)
        lines += (
            [f"{_ip(after.netns)} link set dev {after.name} type {after.kind}{options}"]
            if options
            else []
        )
    flags = [f"{name} {_on_off(value)}" for name, value in changed_flags(before, after).items()]
    if flags:
        lines.append(f"bridge{_at(after.netns)} link set dev {after.name} {' '.join(flags)}")
    news = [
        name for name in IPV6_SETTINGS if getattr(after, name) not in (None, getattr(before, name))
    ]
    values = {f"net/ipv6/conf/{after.name}/{name}": str(int(getattr(after, name))) for name in news}
    return lines + ([_sysctl(after.netns, values)] if values else [])


def _hop_words(hop: Nexthop) -> str:
    words = f" via {hop.gateway}" if hop.gateway else ""
    words += f" dev {hop.device}" if hop.device else ""
    return words + (" onlink" if hop.onlink else "")


def _route(verb: str, route: Route) -> str:
    family = " -6" if ":" in route.destination else ""
    destination = "default" if route.destination in ("0.0.0.0/0", "::/0") else route.destination
    kind = "" if route.type in (None, "unicast") else f"{route.type} "
    words = f"{_ip(route.netns)}{family} route {verb} {kind}{destination}"
    words += _hop_words(Nexthop(route.gateway, route.device, 1, bool(route.onlink)))
    words += f" table {route.table}" if route.table != MAIN_TABLE else ""
    words += f" metric {route.metric}" if route.metric else ""
    words += f" proto {route.protocol}"
    words += f" src {route.source}" if route.source else ""
    words += (
        f" scope {route.scope}"
        if route.scope and verb != "del" and ":" not in route.destination
        else ""
    )
    words += f" mtu {route.mtu}" if route.mtu is not None else ""
    return words + "".join(
        f" nexthop{_hop_words(hop)} weight {hop.weight}" for hop in route.nexthops or ()
    )


def _alter_route(before: Optional[Route], after: Route) -> List[str]:
    if before is not None and ":" in after.destination and (before.nexthops or after.nexthops):
        return [_route("del", before), _route("add", after)]
    return [_route("add" if before is None else "replace", after)]


def _remove(resource: object) -> List[str]:
    if isinstance(resource, (Netns, StaleName)):
        return [f"ip netns delete {resource.name}"]
    if isinstance(resource, Resolver):
        return [
            f"rm {resolver_path(resource.netns)}",
            f"rmdir --ignore-fail-on-non-empty /etc/netns/{resource.netns} /etc/netns",
        ]
    link = resource.end if isinstance(resource, Veth) else cast(Link, resource)
    return [f"{_ip(link.netns)} link delete dev {link.name}"]


def _impair(
    before: Optional[Impairment], after: Optional[Impairment], tc: str, link: str
) -> List[str]:
    if after is None:
        return [f"{tc} del {link} root"]
    old = [f"{tc} del {link} root"] if before and shrinks_burst(before, after) else []
    return [*old, f"{tc} replace {link} {tc_words(before, after)}"]


def _command(change: Change) -> List[str]:
    before, after, resource = change.before, change.after, change.resource
    if isinstance(resource, Address):
        nodad = " nodad" if ":" in resource.address and after is not None else ""
        return [
            f"{_ip(resource.netns)} addr {'add' if after is not None else 'del'} {resource.address} dev {resource.link}{nodad}"
        ]
    if isinstance(resource, Route):
        return (
            [_route("del", resource)]
            if after is None
            else _alter_route(cast(Optional[Route], before), resource)
        )
    if isinstance(resource, PortVlans):
        return bridge_words(cast(PortVlans, before), resource, f"bridge{_at(resource.netns)}")
    if isinstance(resource, Impairment):
        return _impair(
            cast(Optional[Impairment], before),
            cast(Optional[Impairment], after),
            f"tc{_at(resource.netns)} qdisc",
            f"dev {resource.link}",
        )
    if isinstance(resource, Sysctl):
        return (
            []
            if resource.value is None
            else [_sysctl(resource.netns, {resource.key_path: resource.value})]
        )
    if isinstance(after, Resolver):
        text = " ".join(shlex.quote(line) for line in compose_resolver(after).splitlines())
        return [
            f"mkdir -p /etc/netns/{after.netns}",
            f"printf '%s\\n' {text} > {resolver_path(after.netns)}",
        ]
    if isinstance(before, Link) and isinstance(after, Link):
        return _alter(before, after)
    if after is None:
        return _remove(before)
    return [*(_remove(before) if before is not None else []), *_create(after)]


def render_commands(
    changes: Sequence[Change], current: CurrentState, firewall: Optional[Firewall] = None
) -> List[str]:
    """The commands for these changes, on a host where that is there.

    :param firewall: that of the run, if there is one: it has rendered the rules already.
    """
    firewall = firewall or Firewall()
    rulesets = dict(current.rulesets)
    lines: List[str] = []
    rules: List[Change] = []

    def flush() -> None:
        for netns, group in group_by_netns(rules):
            before = rulesets.get(netns)
            after = alter_ruleset(before, group, current.backends.get(netns, "nftables"))
            lines.extend(firewall.render_commands(before, after, _within(netns)))
        rules.clear()

    for change in changes:
        if change.implied:
            continue
        if is_nat_resource(change.resource):
            rules.append(change)
            continue
        flush()
        lines += _command(change)
    flush()
    return lines


def count_changes(changes: Sequence[Change]) -> Dict[str, int]:
    """How many things are made, altered and removed."""
    counts = {"made": 0, "altered": 0, "removed": 0}
    for change in changes:
        if not change.implied:
            counts[
                "made"
                if change.before is None
                else "removed"
                if change.after is None
                else "altered"
            ] += 1
    return counts
