# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probes that test a lab: what must be reachable, and what must not be. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Union

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.host_access import (
    ESTABLISHED,
    ICMP,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.host_access import (
    check_host_access,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_probe_info import (
    PROBE,
)

from .options import Item, read_item, read_list, read_text

_FULL_MESH = 8
"""Up to so many namespaces, each probes each other one. With more, each probes the next one."""

_OPTIONS = tuple(option for option in PROBE.options if option != "expect")

_Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


@dataclass(frozen=True)
class LabEnd:
    """A namespace, or the host (None), with its addresses in the lab (ADDRESS/LENGTH)."""

    netns: str | None
    addresses: Sequence[str]
    isolated: bool = False

    def in_network_of(self, other: LabEnd) -> list[str]:
        """Its addresses that are in a network of another end, without prefix lengths."""
        networks = [ipaddress.ip_interface(text).network for text in other.addresses]
        found = [text.split("/")[0] for text in self.addresses]
        return [
            address
            for address in found
            if any(ipaddress.ip_address(address) in network for network in networks)
        ]


class HostReach(NamedTuple):
    """Whether the host answers pings of the lab, and the lab those of the host.

    ``ports``: whether the host is reached on all ports.
    """

    pings: bool = True
    replies: bool = True
    ports: bool = True


_OPEN_HOST = HostReach()


def read_host_access(value: Any) -> HostReach:
    """What the option host_access means for probes.

    :raises Refused: the value is not valid.
    """
    words = [
        str(word) if isinstance(word, int) else read_text("host_access", word)
        for word in read_list("host_access", value)
    ]
    allowed = check_host_access("host_access", words)
    if allowed is None:
        return HostReach()
    return HostReach(ICMP in allowed, ESTABLISHED in allowed, ports=False)


def compose_probes(lab: Mapping[str, Any], reach: HostReach = _OPEN_HOST) -> Iterator[Item]:
    """The probes that every lab must pass.

    :param lab: the output of the filter bridge_lab.
    :param reach: what the lab and the host reach of each other.
    """
    ends, host = list_ends(lab)
    yield from _probe_namespaces(ends)
    yield from _probe_host(ends, host, reach)
    yield from _probe_unused_address(ends, host)
    yield from _probe_loopback(ends)
    for forward in lab["dnat"]:
        yield from _probe_forward(forward, ends, host, reach.replies)


def list_ends(lab: Mapping[str, Any]) -> tuple[list[LabEnd], LabEnd]:
    """The ends of a lab in namespaces, and the host's.

    :param lab: the output of the filter bridge_lab.
    """
    bridges = [*lab["linux_bridge"], *lab.get("ovs_bridge", ())]
    bridge = next((link["name"] for link in bridges), None)
    ends = [
        LabEnd(pair["netns"], pair["addresses"], bool(pair["peer"].get("isolated")))
        for pair in lab["veth"]
        if pair.get("netns")
    ]
    uplinks = [pair for pair in lab["veth"] if not pair.get("netns")]
    addresses: list[str] = []
    for link in [*bridges, *uplinks]:
        if link["name"] == bridge:
            addresses += link.get("addresses", ())
    return ends, LabEnd(None, addresses)


def _probe(netns: str | None, to: str, reachable: bool, **options: Any) -> Item:
    """A probe in the form of netns_probe_info."""
    probe: Item = {} if netns is None else {"netns": netns}
    expect = "reachable" if reachable else "unreachable"
    return {**probe, "to": to, **options, "expect": expect}


def probe_ports(
    lab: Mapping[str, Any], ports: Sequence[tuple[str, int]], reach: HostReach
) -> Iterator[Item]:
    """Probes of these ports, as (protocol, port), between namespaces, and from and to the host.

    On the host only TCP is probed, where a service that already listens answers as well.
    """
    ends, host = list_ends(lab)
    pairs = [(one, other) for one, other in _pairs(ends) if not (one.isolated and other.isolated)]
    if reach.ports:
        pairs += [(host, end) for end in ends]
        pairs += [(end, host) for end in ends]
    for sender, receiver in pairs:
        listen_at = {} if receiver.netns is None else {"netns": receiver.netns}
        for address in receiver.in_network_of(sender):
            for protocol, port in ports:
                if receiver.netns is not None or protocol == "tcp":
                    options = {"protocol": protocol, "port": port, "listen_at": listen_at}
                    yield _probe(sender.netns, address, True, **options)


def _pairs(ends: Sequence[LabEnd]) -> Iterator[tuple[LabEnd, LabEnd]]:
    if len(ends) > _FULL_MESH:
        yield from zip(ends, [*ends[1:], ends[0]])
        return
    for sender in ends:
        yield from ((sender, receiver) for receiver in ends if receiver is not sender)


def _probe_namespaces(ends: Sequence[LabEnd]) -> Iterator[Item]:
    """Namespaces reach each other, except through two isolated ports."""
    for sender, receiver in _pairs(ends):
        reachable = not (sender.isolated and receiver.isolated)
        for address in receiver.in_network_of(sender):
            yield _probe(sender.netns, address, reachable)


def _probe_host(ends: Sequence[LabEnd], host: LabEnd, reach: HostReach) -> Iterator[Item]:
    """Namespaces reach the host, and the host reaches them, unless the host is closed to them."""
    for end in ends:
        for address in host.in_network_of(end):
            yield _probe(end.netns, address, reach.pings)
        for address in end.in_network_of(host):
            yield _probe(None, address, reach.replies)


def _probe_unused_address(ends: Sequence[LabEnd], host: LabEnd) -> Iterator[Item]:
    """An address that is not in use is unreachable: a test that cannot fail proves nothing."""
    used = {text.split("/")[0] for end in (*ends, host) for text in end.addresses}
    for end in ends[:1]:
        for text in end.addresses:
            address = _last_unused(ipaddress.ip_interface(text), used)
            if address is not None:
                yield _probe(end.netns, str(address), False)


def _last_unused(
    interface: ipaddress.IPv4Interface | ipaddress.IPv6Interface, used: set[str]
) -> _Address | None:
    """The last address of the interface's network that is not in use."""
    network = interface.network
    last = int(network.broadcast_address) - (network.version == 4)
    for number in range(last, int(network.network_address), -1):
        address = ipaddress.ip_address(number)
        if str(address) not in used:
            return address
    return None


def _probe_loopback(ends: Sequence[LabEnd]) -> Iterator[Item]:
    """A listener on the loopback of the host is not reached in a namespace, and vice versa."""
    for end in ends[:1]:
        yield _probe(end.netns, "127.0.0.1", False, port=0, listen_at={})
        yield _probe(None, "127.0.0.1", False, port=0, listen_at={"netns": end.netns})


def _probe_forward(
    forward: Item, ends: Sequence[LabEnd], host: LabEnd, replies: bool
) -> Iterator[Item]:
    """A forwarded port answers on the host, and a port that is not forwarded does not.

    :param replies: whether replies of the lab reach the host.

    Only if the host itself may use the forward: not if it is limited to an interface or senders.
    """
    ports = str(forward["destination_port"])
    target, port = _split_target(forward["to_destination"], ports)
    owners = {text.split("/")[0]: end.netns for end in ends for text in end.addresses}
    protocol = forward.get("protocol", "tcp")
    limited = forward.get("in_interface") or forward.get("source")
    if limited or not forward.get("from_host", True) or target not in owners:
        return
    if protocol not in ("tcp", "udp"):
        return
    own = [text.split("/")[0] for text in host.addresses if (":" in text) == (":" in target)]
    listen_at = {"netns": owners[target], "address": target}
    for address in [forward["destination"]] if forward.get("destination") else own[:1]:
        yield _probe(
            None,
            address,
            replies,
            protocol=protocol,
            port=_first_port(ports),
            listen_at={**listen_at, "port": port},
        )
        yield _probe(None, address, False, protocol=protocol, port=0, listen_at=listen_at)


def _split_target(target: str, ports: str) -> tuple[str, int]:
    """The address and the first port of a forward's target, or else of the forward itself."""
    if target.startswith("["):
        address, _bracket, tail = target[1:].partition("]")
    elif target.count(":") == 1:
        address, _colon, tail = target.partition(":")
    else:
        address, tail = target, ""
    return address, _first_port(tail.lstrip(":") or ports)


def _first_port(ports: str) -> int:
    return int(ports.replace("-", ":").partition(":")[0])


def read_probes(parameter: str, value: Any, reachable: bool) -> Iterator[Item]:
    """The probes that a user listed, with what is expected of them.

    :raises Refused: with the path of the value that is wrong.
    """
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence):
        raise Refused(parameter, value, "is not a list")
    for index, given in enumerate(value):
        path = f"{parameter}[{index}]"
        item = read_item(path, given, _OPTIONS)
        if not isinstance(item.get("to"), str):
            raise Refused(path, given, "needs the address to reach in the option to")
        yield _probe(item.pop("netns", None), item.pop("to"), reachable, **_modernize(item))


def _modernize(item: Item) -> Item:
    """A probe in whose older form ``listen`` is ``listen_at``, and its ``address`` is ``to``."""
    listen = item.get("listen")
    if not isinstance(listen, Mapping):
        return item
    listen_at = {option: value for option, value in listen.items() if value is not None}
    if "to" in listen_at:
        listen_at["address"] = listen_at.pop("to")
    rest = {option: value for option, value in item.items() if option != "listen"}
    return {**rest, "listen_at": listen_at}
