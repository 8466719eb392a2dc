# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes: from the options of netns_probe_info and topology.

Whether a namespace exists is found out when the probe is run.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from .._model.addresses import family_of
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.fast_typing import NamedTuple
from .._model.lazy_pattern import compile_lazily
from .._model.probes import Listening, Probe
from .._params.addresses import check_address
from .._params.names import (
    check_link_name,
    check_netns_name,
    check_optional,
    check_range,
    check_search_domain,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._params.specs.netns_probe_info import MatrixParams, ProbeParams, ProbeSettingsParams

MAX_PROBES = 20000
"""Packets and connections of one task."""
_MAX_COUNT = 1000
_MIN_TIMEOUT, _MAX_TIMEOUT = 0.01, 60.0
_MAX_PAYLOAD_BYTES = 1400
_DEFAULT_PORTS = {"http": 80, "dns": 53}
_PROTOCOLS_OF_OPTION = {
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
_FAMILIES = {"ipv4": 4, "ipv6": 6}
_URL = compile_lazily(
    r"(?P<scheme>https?://)?(?:\[(?P<bracketed>[^\]]+)\]|(?P<host>[\w.-]+))"
    r"(?::(?P<port>\d+))?(?P<path>/\S*)?"
)
_HTTP_PATH = compile_lazily(r"/[!-~]{0,2000}")
_HTTP_HOST = compile_lazily(r"[A-Za-z0-9_.:\[\]-]{1,255}")


class _Target(NamedTuple):
    """An address, or a namespace (None is the host), and the address family if it is known."""

    address: str | None
    netns: str | None
    family: int | None


def check_netns_or_path(parameter: str, value: str | None) -> str | None:
    """Check and return the name of a namespace or the path of its file; None is the host."""
    if value is None or not value.startswith("/"):
        return check_optional(check_netns_name, parameter, value)
    if len(value) > 4096 or not value.isprintable():
        raise Refused(parameter, value, "is not the path of a namespace's file")
    return value


def _parse_target(path: str, params: ProbeParams) -> _Target:
    to, family = params["to"], _FAMILIES.get(params["family"] or "")
    try:
        ipaddress.ip_address(to.partition("%")[0])
    except ValueError:
        _refuse_port_in_target(f"{path}.to", to)
        return _Target(None, check_netns_or_path(f"{path}.to", to), family)
    address = check_address(f"{path}.to", to)
    ip = ipaddress.ip_address(address)
    if ip.is_unspecified or ip.is_multicast or address == "255.255.255.255":
        rule = "is not the address of a single host (unspecified, multicast or broadcast)"
        raise Refused(f"{path}.to", to, rule)
    if family not in (None, family_of(address)):
        raise Refused(f"{path}.family", params["family"], f"is not the family of {address}")
    if ip.version == 6 and ip.is_link_local and params["interface"] is None:
        raise Refused(f"{path}.to", to, "is a link-local address, which needs interface")
    return _Target(address, None, family_of(address))


def _refuse_port_in_target(parameter: str, to: str) -> None:
    """Refuse a target that is written as in a URL, with the right form."""
    match = _URL.fullmatch(to)
    if match and (match["scheme"] or match["port"]):
        host = (match["bracketed"] or match["host"]).strip()
        form = f"write to: {host}"
        if match["scheme"] or match["path"]:
            form += " and protocol: http"
        if match["port"]:
            form += f" and port: {match['port']}"
        if match["path"]:
            form += f" and path: {match['path']}"
        raise Refused(parameter, to, f"is neither an address nor the name of a namespace; {form}")


def _check_source(path: str, params: ProbeParams, family: int | None) -> str | None:
    source = check_optional(check_address, f"{path}.source", params["source"])
    if source is not None and family not in (None, family_of(source)):
        raise Refused(f"{path}.source", source, "is not of the address family of the target")
    return source


def _check_interface(path: str, params: ProbeParams) -> str | None:
    interface = params["interface"]
    if interface is None or interface == "lo":
        return interface
    return check_link_name(f"{path}.interface", interface)


def _check_protocol(path: str, params: ProbeSettingsParams) -> str:
    """Return the protocol, which is icmp without a port and tcp with one if it is omitted."""
    protocol = params["protocol"] or ("icmp" if params["port"] is None else "tcp")
    values: Mapping[str, object] = params
    for option, protocols in _PROTOCOLS_OF_OPTION.items():
        if protocol not in protocols and values.get(option) not in (None, False):
            rule = f"is not supported for protocol {protocol}, only for {', '.join(protocols)}"
            raise Refused(f"{path}.{option}", values[option], rule)
    return protocol


def _check_contents(path: str, params: ProbeSettingsParams) -> None:
    """Check what is sent, and what is expected in the answer."""
    for option, text in (("payload", params["payload"]), ("answer", params["answer"])):
        size = len((text or "").encode())
        if size > _MAX_PAYLOAD_BYTES:
            rule = f"is {size} bytes long; at most {_MAX_PAYLOAD_BYTES} are supported"
            raise Refused(f"{path}.{option}", text, rule)
    if params["path"] is not None and not _HTTP_PATH.fullmatch(params["path"]):
        rule = "is not a path such as /index.html, in ASCII without spaces"
        raise Refused(f"{path}.path", params["path"], rule)
    if params["host"] is not None and not _HTTP_HOST.fullmatch(params["host"]):
        raise Refused(f"{path}.host", params["host"], "is not the name of a host")
    if params["query"] not in (None, "."):
        check_optional(check_search_domain, f"{path}.query", params["query"])
    for index, status in enumerate(params["status"] or ()):
        check_range(f"{path}.status[{index}]", status, 100, 599)


def _parse_settings(path: str, params: ProbeSettingsParams) -> Probe:
    """Return a probe with the options that a matrix has too. It has no target yet."""
    protocol = _check_protocol(path, params)
    check_range(f"{path}.count", params["count"], 1, _MAX_COUNT)
    check_range(f"{path}.port", params["port"], 0, 65535)
    if not _MIN_TIMEOUT <= params["timeout"] <= _MAX_TIMEOUT:
        rule = f"is not a number of seconds between {_MIN_TIMEOUT:g} and {_MAX_TIMEOUT:g}"
        raise Refused(f"{path}.timeout", params["timeout"], rule)
    _check_contents(path, params)
    return Probe(
        path,
        netns=None,
        family=_FAMILIES.get(params["family"] or ""),
        protocol=protocol,
        port=_DEFAULT_PORTS.get(protocol) if params["port"] is None else params["port"],
        reachable=params["expect"] == "reachable",
        count=params["count"],
        timeout=params["timeout"],
        path_mtu=params["path_mtu"],
        payload=params["payload"] or "",
        answer=params["answer"],
        page=params["path"] or "/",
        host=params["host"],
        statuses=tuple(params["status"] or (200,)),
        query=params["query"] or "",
        record=params["record"] or "A",
    )


def _parse_listening(path: str, params: ProbeParams, target: _Target) -> Listening | None:
    """Where the module answers the probe itself."""
    listen_at = params["listen_at"]
    if listen_at is not None:
        check_range(f"{path}.listen_at.port", listen_at["port"], 0, 65535)
        return Listening(
            check_netns_or_path(f"{path}.listen_at.netns", listen_at["netns"]),
            check_optional(check_address, f"{path}.listen_at.address", listen_at["address"]),
            listen_at["port"],
        )
    if not params["listen"]:
        return None
    if target.address is not None:
        rule = f"the namespace of {target.address} is not known"
        raise Refused(f"{path}.listen", True, f"{rule}; write it in to, or in listen_at.netns")
    return Listening(target.netns)


def parse_probe(path: str, params: ProbeParams) -> Probe:
    """Return a probe of a list. ``path`` is its path there, such as ``probes[2]``."""
    if params["name"] is not None and not params["name"].isprintable():
        raise Refused(f"{path}.name", params["name"], "is not printable")
    target = _parse_target(path, params)
    source = _check_source(path, params, target.family)
    interface = _check_interface(path, params)
    settings = _parse_settings(path, params)
    listening = _parse_listening(path, params, target)
    if settings.port == 0 and listening is None:
        rule = "means any free port, which needs listen or listen_at"
        raise Refused(f"{path}.port", 0, rule)
    return replace(
        settings,
        netns=check_netns_or_path(f"{path}.netns", params["netns"]),
        address=target.address,
        to_netns=target.netns,
        name=params["name"],
        family=target.family if source is None else family_of(source),
        source=source,
        interface=interface,
        listening=listening,
    )


def check_probe_count(parameter: str, probes: list[Probe]) -> list[Probe]:
    """Return the same probes.

    :raises Refused: they are more packets and connections than a task may have.
    """
    total = sum(probe.count for probe in probes)
    if total > MAX_PROBES:
        rule = f"is the number of packets and connections; a task may have at most {MAX_PROBES}"
        raise Refused(parameter, total, rule)
    return probes


def parse_probe_list(items: Sequence[ProbeParams], prefix: str = "") -> list[Probe]:
    """Return the probes of an option ``probes``."""
    return [parse_probe(f"{prefix}probes[{index}]", item) for index, item in enumerate(items)]


def matrix_probes(namespaces: Sequence[str | None], params: MatrixParams) -> list[Probe]:
    """Return a probe from each namespace to each other; None is the host."""
    if len(namespaces) < 2:
        rule = "has less than two namespaces to probe between"
        raise Refused("matrix.netns", list(namespaces), rule)
    settings = _parse_settings("matrix", params)
    if settings.port == 0 and not params["listen"]:
        raise Refused("matrix.port", 0, "means any free port, which needs listen")
    settings = replace(settings, path="matrix.netns", listed=False)
    return [
        replace(
            settings,
            netns=netns,
            to_netns=to_netns,
            listening=Listening(to_netns) if params["listen"] else None,
        )
        for netns in namespaces
        for to_netns in namespaces
        if netns != to_netns
    ]
