# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns conforming parameters into probes. Pure: whether what they name is there is seen when it is asked."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Dict, List, Optional, Sequence

from .._model.addresses import family_of
from .._model.errors import Refused
from .._model.probes import Listening, Probe
from .._params.validators import (
    check_address,
    check_link_name,
    check_netns_name,
    check_range,
    check_search_domain,
)

Params = Dict[str, Any]

MAX_PROBES = 20000
"""Packets and connections of one task."""
_MOST_OF_A_PROBE, _SHORTEST, _LONGEST, _MOST_BYTES = 1000, 0.01, 60.0, 1400
_PORTS = {"http": 80, "dns": 53}
_FOR = {
    "path_mtu": ("icmp",),
    "listen": ("tcp", "udp", "http"),
    "listen_at": ("tcp", "udp", "http"),
    "port": ("tcp", "udp", "http", "dns"),
    "payload": ("tcp", "udp"),
    "answer": ("tcp", "udp", "http", "dns"),
    "path": ("http",),
    "host": ("http",),
    "status": ("http",),
    "query": ("dns",),
    "record": ("dns",),
}
"""Which protocols an option is for."""
_PAGE, _HOST = re.compile(r"/[!-~]{0,2000}"), re.compile(r"[A-Za-z0-9_.:\[\]-]{1,255}")


def check_netns(parameter: str, value: Optional[str]) -> Optional[str]:
    """A namespace's name, or the path of its file; ``None`` is the host."""
    if value is not None and value.startswith("/"):
        if len(value) > 4096 or not value.isprintable():
            raise Refused(parameter, value, "is not the path of a namespace's file")
        return value
    return None if value is None else check_netns_name(parameter, value)


def _check_to(path: str, params: Params) -> Params:
    """``address`` or ``to_netns``, and ``family``."""
    family = {"ipv4": 4, "ipv6": 6, None: None}[params["family"]]
    to = params["to"]
    try:
        ipaddress.ip_address(to.partition("%")[0])
    except ValueError:
        return {"to_netns": check_netns(f"{path}.to", to), "family": family}
    address = check_address(f"{path}.to", to)
    ip = ipaddress.ip_address(address)
    if ip.is_unspecified or ip.is_multicast or address == "255.255.255.255":
        raise Refused(
            f"{path}.to",
            to,
            "is not the address of a single host (unspecified, multicast or broadcast)",
        )
    if family not in (None, family_of(address)):
        raise Refused(f"{path}.family", params["family"], f"is not that of {address}")
    if ip.version == 6 and ip.is_link_local and params["interface"] is None:
        raise Refused(f"{path}.to", to, "is a link-local address, which needs interface")
    return {"address": address, "family": family_of(address)}


def _check_from(path: str, params: Params, family: Optional[int]) -> Params:
    """``source`` and ``interface``."""
    source, interface = params["source"], params["interface"]
    if source is not None:
        source = check_address(f"{path}.source", source)
        if family not in (None, family_of(source)):
            raise Refused(f"{path}.source", source, "is not of the family that is asked")
    if interface is not None and interface != "lo":
        interface = check_link_name(f"{path}.interface", interface)
    return {
        "source": source,
        "interface": interface,
        "family": family if source is None else family_of(source),
    }


def _check_protocol(path: str, params: Params) -> str:
    protocol: str = params["protocol"] or ("icmp" if params["port"] is None else "tcp")
    for option, protocols in _FOR.items():
        if protocol not in protocols and params.get(option) not in (None, False):
            raise Refused(
                f"{path}.{option}",
                params[option],
                f"says nothing to protocol {protocol}; it is for {', '.join(protocols)}",
            )
    if protocol in ("tcp", "udp") and params["port"] is None:
        raise Refused(f"{path}.port", None, f"is required for protocol {protocol}")
    if protocol == "dns" and params["query"] is None:
        raise Refused(f"{path}.query", None, "is required for protocol dns")
    return protocol


def _check_words(path: str, params: Params) -> Params:
    """What is sent, and what has to be answered."""
    for option in ("payload", "answer"):
        size = len((params[option] or "").encode())
        if size > _MOST_BYTES:
            raise Refused(
                f"{path}.{option}", params[option], f"is {size} bytes long, at most {_MOST_BYTES}"
            )
    for option, rule, words in (
        ("path", _PAGE, "is not a path as /index.html, in ASCII without spaces"),
        ("host", _HOST, "is not the name of a host"),
    ):
        if params[option] is not None and not rule.fullmatch(params[option]):
            raise Refused(f"{path}.{option}", params[option], words)
    if params["query"] not in (None, "."):
        check_search_domain(f"{path}.query", params["query"])
    for index, status in enumerate(params["status"] or ()):
        check_range(f"{path}.status[{index}]", status, 100, 599)
    return {
        "payload": params["payload"] or "",
        "answer": params["answer"],
        "page": params["path"] or "/",
        "host": params["host"],
        "statuses": tuple(params["status"] or (200,)),
        "query": params["query"] or "",
        "record": params["record"] or "A",
    }


def _check_how(path: str, params: Params) -> Params:
    """All that is the same for a matrix."""
    protocol = _check_protocol(path, params)
    check_range(f"{path}.count", params["count"], 1, _MOST_OF_A_PROBE)
    check_range(f"{path}.port", params["port"], 0, 65535)
    if not _SHORTEST <= params["timeout"] <= _LONGEST:
        raise Refused(
            f"{path}.timeout",
            params["timeout"],
            f"is a number of seconds from {_SHORTEST:g} to {_LONGEST:g}",
        )
    return {
        "protocol": protocol,
        "port": _PORTS.get(protocol) if params["port"] is None else params["port"],
        "reachable": params["expect"] == "reachable",
        "count": params["count"],
        "timeout": params["timeout"],
        "path_mtu": params["path_mtu"],
        **_check_words(path, params),
    }


def _check_listening(path: str, params: Params, target: Params) -> Optional[Listening]:
    at = params.get("listen_at")
    if at is not None:
        address = (
            None
            if at["address"] is None
            else check_address(f"{path}.listen_at.address", at["address"])
        )
        check_range(f"{path}.listen_at.port", at["port"], 0, 65535)
        return Listening(check_netns(f"{path}.listen_at.netns", at["netns"]), address, at["port"])
    if params["listen"] and "address" in target:
        raise Refused(
            f"{path}.listen",
            True,
            f"nothing tells where {target['address']} is; name the namespace in to, or in listen_at.netns",
        )
    return Listening(target["to_netns"]) if params["listen"] else None


def probe_of(path: str, params: Params) -> Probe:
    """One probe of a list."""
    if params["name"] is not None and not params["name"].isprintable():
        raise Refused(f"{path}.name", params["name"], "is not printable")
    target = _check_to(path, params)
    way = _check_from(path, params, target["family"])
    how = _check_how(path, params)
    listening = _check_listening(path, params, target)
    if how["port"] == 0 and listening is None:
        raise Refused(
            f"{path}.port", 0, "is any port that is free, which needs listen or listen_at"
        )
    return Probe(
        path,
        netns=check_netns(f"{path}.netns", params["netns"]),
        name=params["name"],
        listening=listening,
        **{**target, **way, **how},
    )


def count_probes(parameter: str, probes: List[Probe]) -> List[Probe]:
    """The same, if they are not too many."""
    total = sum(probe.count for probe in probes)
    if total > MAX_PROBES:
        raise Refused(
            parameter,
            total,
            f"so many packets and connections are too many for one task, which takes {MAX_PROBES}",
        )
    return probes


def probes_of(items: Sequence[Params], prefix: str = "") -> List[Probe]:
    """A list of them."""
    return [probe_of(f"{prefix}probes[{index}]", item) for index, item in enumerate(items)]


def matrix_of(places: Sequence[Optional[str]], params: Params) -> List[Probe]:
    """Everyone asks everyone else."""
    if len(places) < 2:
        raise Refused("matrix.netns", list(places), "names less than two who could ask each other")
    how = _check_how("matrix", params)
    family = {"ipv4": 4, "ipv6": 6, None: None}[params["family"]]
    if how["port"] == 0 and not params["listen"]:
        raise Refused("matrix.port", 0, "is any port that is free, which needs listen")
    return [
        Probe(
            "matrix.netns",
            netns=one,
            to_netns=other,
            family=family,
            listed=False,
            listening=Listening(other) if params["listen"] else None,
            **how,
        )
        for one in places
        for other in places
        if one != other
    ]
