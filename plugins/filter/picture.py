# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A topology as a picture in plain text: bridges, and who hangs on them. Pure."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ansible.errors import AnsibleFilterError

Item = Dict[str, Any]
Cable = Tuple[Item, Item]


def _box(netns: Optional[str]) -> str:
    return f"[ {netns or 'host'} ]"


def _words(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part)


def _addresses(link: Item) -> str:
    return ", ".join(link.get("addresses") or ())


def _say_link(link: Item) -> str:
    return _words(link["name"], _addresses(link), "" if link.get("up", True) else "(down)")


def _say_route(route: Item) -> str:
    hops = route.get("nexthops") or [route]
    destination = "default" if route["destination"] in ("0.0.0.0/0", "::/0") else route["destination"]
    words = [destination if route.get("type", "unicast") == "unicast" else f"{route['type']} {destination}"]
    for hop in hops:
        words += [f"via {hop['gateway']}"] if hop.get("gateway") else []
        words += [f"dev {hop['device']}"] if hop.get("device") and not hop.get("gateway") else []
    return " ".join(words)


def _align(rows: Iterable[Sequence[str]]) -> List[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows]


class _Picture:
    def __init__(self, topology: Mapping[str, Any], links: Sequence[Item]) -> None:
        self.bridges: List[Item] = list(topology.get("linux_bridge") or ())
        self.cables: List[Cable] = [(veth, veth["peer"]) for veth in topology.get("veth") or ()]
        self.routes: List[Item] = list(topology.get("netns_route") or ())
        self.nat: List[Tuple[Optional[str], str]] = [
            *((item.get("netns"), _say_masquerade(item)) for item in topology.get("masquerade") or ()),
            *((item.get("netns"), _say_forward(item)) for item in topology.get("dnat") or ()),
        ]
        self.names: List[str] = [item["name"] for item in topology.get("netns") or ()]
        ours = {link["name"] for link in (*self.bridges, *(end for cable in self.cables for end in cable)) if not link.get("netns")}
        self.others = [link for link in links if link.get("addresses") and link["name"] not in ours and link["name"] != "lo"]

    def draw(self) -> List[str]:
        lines: List[str] = []
        busy = {bridge.get("netns") for bridge in self.bridges} | {netns for netns, line in self.nat}
        for place in [None, *(name for name in self.names if name in busy)]:
            lines += [*self._place(place), ""]
        direct = [cable for cable in self.cables if not any(end.get("bridge") for end in cable)]
        rows = [
            (_box(one.get("netns")) + "--", _say_link(one), "=====", _say_link(other), "--" + _box(other.get("netns")), self._routes(one, other))
            for one, other in direct
        ]
        lines += [*_align(rows), ""] if rows else []
        joined = {end.get("netns") for cable in self.cables for end in cable}
        alone = [name for name in self.names if name not in joined]
        lines += [f"{_box(name)}  nothing but its loopback" for name in alone]
        return lines if alone else lines[:-1]

    def _routes(self, *ends: Item) -> str:
        routes = [_say_route(route) for end in ends for route in self.routes if end.get("netns") and route.get("netns") == end["netns"]]
        return ", ".join(dict.fromkeys(routes))

    def _place(self, place: Optional[str]) -> List[str]:
        lines = [_box(place)]
        if place is None:
            lines += [f"  | {_say_link(link)}" for link in self.others]
            lines += [f"  | {_say_route(route)}" for route in self.routes if not route.get("netns")]
        lines += [f"  | {line}" for netns, line in self.nat if netns == place]
        for bridge in [item for item in self.bridges if item.get("netns") == place]:
            lines += ["  |", f"  +--( {bridge['name']} )  {_words('bridge', _addresses(bridge))}", *self._ports(bridge)]
        return lines

    def _ports(self, bridge: Item) -> List[str]:
        rows = []
        for one, other in self.cables:
            for port, far in ((one, other), (other, one)):
                if port.get("bridge") == bridge["name"] and port.get("netns") == bridge.get("netns"):
                    there = _box(far.get("netns")) if not far.get("bridge") else f"( {far['bridge']} ) in {_box(far.get('netns'))}"
                    rows.append((port["name"], "=====", _say_link(far), f"--{there}", self._routes(far)))
        return [line for row in _align(rows) for line in ("        |", f"        +-- {row}")]


def _limits(item: Item) -> str:
    words = [f"from {', '.join(item['source'])}"] if item.get("source") and "to_destination" in item else []
    words += [f"arriving at {item['in_interface']}"] if item.get("in_interface") else []
    words += [f"for {item['destination']}"] if item.get("destination") else []
    return " ".join(words)


def _say_forward(item: Item) -> str:
    return _words("forward:", item.get("protocol", "tcp"), item["destination_port"], _limits(item), "->", item["to_destination"])


def _say_masquerade(item: Item) -> str:
    sources = item["source"] if isinstance(item["source"], str) else ", ".join(item["source"])
    return _words("masquerade:", sources, "->", item.get("out_interface") or "every way out")


def picture(topology: Any, links: Any = ()) -> str:
    """The picture of a topology, in the options of the module ``topology``; ``links`` are the host's, for the addresses it has besides."""
    if not isinstance(topology, Mapping):
        raise AnsibleFilterError(f"picture: {topology!r}: is not a topology")
    try:
        return "\n".join(_Picture(topology, list(links)).draw())
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(f"picture: is not a topology as the module topology takes it: {error!r}") from error


class FilterModule:
    """What Ansible asks a filter file for."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"picture": picture}
