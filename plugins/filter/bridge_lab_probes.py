# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lab promises, as packets that must arrive and packets that must not. Pure."""

from __future__ import annotations

import ipaddress
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import PROBE_SPEC

Item = Dict[str, Any]

_FEW = 8
"""Among so many namespaces every one is asked for from every other; among more, each asks for the next."""

_OPTIONS = tuple(option for option in PROBE_SPEC if option != "expect")


def _ask(netns: Optional[str], to: str, reached: bool, **more: Any) -> Item:
    """A probe as netns_probe takes it."""
    return {
        **({} if netns is None else {"netns": netns}),
        "to": to,
        **more,
        "expect": "reachable" if reached else "unreachable",
    }


def _address(text: str) -> str:
    return text.split("/")[0]


def _neighbours(one: Item, other: Item) -> List[str]:
    """The other's addresses that lie in a network of this one."""
    networks = [ipaddress.ip_interface(text).network for text in one["addresses"]]
    return [
        _address(text)
        for text in other["addresses"]
        if any(ipaddress.ip_address(_address(text)) in network for network in networks)
    ]


def _pairs(ends: Sequence[Item]) -> Iterator[Tuple[Item, Item]]:
    if len(ends) <= _FEW:
        return ((one, other) for one in ends for other in ends if one is not other)
    return zip(ends, [*ends[1:], ends[0]])


def _among(ends: Sequence[Item]) -> Iterator[Item]:
    for one, other in _pairs(ends):
        apart = bool(one["peer"].get("isolated") and other["peer"].get("isolated"))
        for address in _neighbours(one, other):
            yield _ask(one["netns"], address, not apart)


def _with_the_host(ends: Sequence[Item], host: Item) -> Iterator[Item]:
    for end in ends:
        for address in _neighbours(end, host):
            yield _ask(end["netns"], address, True)
        for address in _neighbours(host, end):
            yield _ask(None, address, True)


def _with_nobody(ends: Sequence[Item], host: Item) -> Iterator[Item]:
    """An address that nobody has: a probe that cannot fail proves nothing."""
    taken = {_address(text) for end in (*ends, host) for text in end["addresses"]}
    for end in ends[:1]:
        for text in end["addresses"]:
            network = ipaddress.ip_interface(text).network
            last = int(network.broadcast_address) - (network.version == 4)
            free = (
                ipaddress.ip_address(number)
                for number in range(last, int(network.network_address), -1)
            )
            yield from (_ask(end["netns"], str(address), False) for address in _first(free, taken))


def _first(addresses: Iterator[Any], taken: Any) -> List[Any]:
    return [
        address
        for address in [next((one for one in addresses if str(one) not in taken), None)]
        if address is not None
    ]


def _loopbacks(ends: Sequence[Item]) -> Iterator[Item]:
    """The loopback of a namespace is not that of the host."""
    for end in ends[:1]:
        for here, current in ((end["netns"], None), (None, end["netns"])):
            yield _ask(
                here, "127.0.0.1", False, port=0, listen_at={"netns": current} if current else {}
            )


def _forwards(lab: Mapping[str, Any], ends: Sequence[Item], host: Item) -> Iterator[Item]:
    """What the host itself can ask for: a forward that is not kept to an interface or to senders. And a port next to it, which is not forwarded."""
    owners = {_address(text): end["netns"] for end in ends for text in end["addresses"]}
    for item in lab["dnat"]:
        target, port = _split(item["to_destination"], str(item["destination_port"]))
        asked = [_address(text) for text in host["addresses"] if (":" in text) == (":" in target)]
        asked = [item["destination"]] if item.get("destination") else asked[:1]
        protocol = item.get("protocol", "tcp")
        if (
            protocol not in ("tcp", "udp")
            or item.get("in_interface")
            or item.get("source")
            or not item.get("from_host", True)
            or target not in owners
        ):
            continue
        for address in asked:
            at = {"netns": owners[target], "address": target}
            published = _first_port(str(item["destination_port"]))
            yield _ask(
                None,
                address,
                True,
                protocol=protocol,
                port=published,
                listen_at={**at, "port": port},
            )
            yield _ask(None, address, False, protocol=protocol, port=0, listen_at=at)


def _split(target: str, port: str) -> Tuple[str, int]:
    """Address and first port of a forward's target."""
    if target.startswith("["):
        address, _bracket, tail = target[1:].partition("]")
    elif target.count(":") == 1:
        address, _colon, tail = target.partition(":")
    else:
        address, tail = target, ""
    return address, _first_port(tail.lstrip(":") or port)


def _first_port(ports: str) -> int:
    return int(ports.replace("-", ":").partition(":")[0])


def _own(parameter: str, value: Any, reached: bool) -> Iterator[Item]:
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence):
        raise AnsibleFilterError(f"bridge_lab_probes: {parameter}: {value!r}: is not a list")
    for index, item in enumerate(value):
        if not isinstance(item, Mapping) or not isinstance(item.get("to"), str):
            raise AnsibleFilterError(
                f"bridge_lab_probes: {parameter}[{index}]: {item!r}: is not a dictionary with the address to reach in 'to'"
            )
        unknown = sorted(set(item) - set(_OPTIONS))
        if unknown:
            raise AnsibleFilterError(
                f"bridge_lab_probes: {parameter}[{index}].{unknown[0]}: there is no such option; there are {', '.join(_OPTIONS)}"
            )
        yield _ask(
            item.get("netns"),
            **_modernise({option: one for option, one in item.items() if option != "netns"}),
            reached=reached,
        )


def _modernise(item: Item) -> Item:
    """As the options were before there was the module: ``listen`` with the place, and in it ``to``."""
    place = item.get("listen")
    if not isinstance(place, Mapping):
        return item
    at = {
        "address" if option == "to" else option: one
        for option, one in place.items()
        if one is not None
    }
    return {**{option: one for option, one in item.items() if option != "listen"}, "listen_at": at}


def bridge_lab_probes(lab: Any, reach: Any = (), no_reach: Any = ()) -> List[Item]:
    """The probes for what the filter ``bridge_lab`` made, and for what the user wants to be reached, or not, besides."""
    if not isinstance(lab, Mapping) or "veth" not in lab:
        raise AnsibleFilterError(
            f"bridge_lab_probes: {lab!r}: is not what the filter bridge_lab makes"
        )
    bridge = next((link["name"] for link in lab["linux_bridge"]), None)
    ends = [end for end in lab["veth"] if end.get("netns")]
    on_host = [*lab["linux_bridge"], *(end for end in lab["veth"] if not end.get("netns"))]
    host = {
        "addresses": [
            text for link in on_host if link["name"] == bridge for text in link.get("addresses", ())
        ]
    }
    return [
        *_among(ends),
        *_with_the_host(ends, host),
        *_with_nobody(ends, host),
        *_loopbacks(ends),
        *_forwards(lab, ends, host),
        *_own("reach", reach, True),
        *_own("no_reach", no_reach, False),
    ]


class FilterModule:
    """What Ansible asks a filter file for."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"bridge_lab_probes": bridge_lab_probes}
