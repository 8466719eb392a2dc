# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What plugins of CNI write (its SPEC.md, section 5). It is data of a program, and checked."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from .cni_networks import VERSIONS
from .fast_typing import NamedTuple
from .text import escape_text

_MAX_ITEMS = 1000
_LONGEST = 1000
"""Letters of a message that are shown."""


class PluginError(NamedTuple):
    """What a plugin answers when it fails."""

    code: int | None
    message: str
    details: str

    def __str__(self) -> str:
        code = "" if self.code is None else f" (code {self.code})"
        details = f": {self.details}" if self.details else ""
        return f"{self.message}{details}{code}"


def parse_error(output: bytes, errors: bytes, status: str) -> PluginError:
    """The error of a plugin; without one in the form of the specification, what it wrote.

    :param status: how it ended, in words.
    """
    decoded = _decode(output)
    if isinstance(decoded, dict) and isinstance(decoded.get("msg"), str):
        code = decoded.get("code")
        known = code if isinstance(code, int) and not isinstance(code, bool) else None
        return PluginError(known, _show(decoded["msg"]), _show(str(decoded.get("details") or "")))
    text = (errors.strip() or output.strip()).decode(errors="replace")
    return PluginError(None, status, _show(text))


def parse_result(output: bytes, version: str) -> dict[str, Any]:
    """The result of ADD.

    :raises ValueError: it is not what the specification says; with the reason.
    """
    decoded = _decode(output)
    if not isinstance(decoded, dict):
        raise ValueError("is no JSON object")
    if decoded.get("cniVersion") not in VERSIONS:
        raise ValueError(
            f"has the cniVersion {_show(repr(decoded.get('cniVersion')))}, not {version!r}"
        )
    interfaces = _list_of(decoded, "interfaces")
    for interface in interfaces:
        for name in ("name", "mac", "sandbox"):
            if not isinstance(interface.get(name, ""), str):
                raise ValueError(f"has an interface whose {name} is no text")
    for ip in _list_of(decoded, "ips"):
        _check_ip(ip, len(interfaces))
    for route in _list_of(decoded, "routes"):
        _check_network(route.get("dst"), strict=False)
    if not isinstance(decoded.get("dns") or {}, dict):
        raise ValueError("has dns that is no object")
    return decoded


def parse_versions(output: bytes) -> tuple[str, ...]:
    """The result of VERSION.

    :raises ValueError: it is not what the specification says; with the reason.
    """
    decoded = _decode(output)
    versions = decoded.get("supportedVersions") if isinstance(decoded, dict) else None
    if not isinstance(versions, list) or not all(isinstance(item, str) for item in versions):
        raise ValueError("has no list supportedVersions")
    return tuple(versions[:_MAX_ITEMS])


def find_mac(result: str | None, netns: str, ifname: str) -> str | None:
    """The MAC address of the interface in the namespace; None if the result has none."""
    for interface in json.loads(result or "{}").get("interfaces") or ():
        sandbox = str(interface.get("sandbox") or "")
        if interface.get("name") == ifname and sandbox.rpartition("/")[2] == netns:
            return str(interface.get("mac") or "").lower() or None
    return None


def list_addresses(result: str | None, netns: str, ifname: str) -> list[str]:
    """The addresses of the interface in the namespace, as ADDRESS/LENGTH."""
    decoded = json.loads(result or "{}")
    interfaces = decoded.get("interfaces") or []
    found = []
    for ip in decoded.get("ips") or ():
        index = ip.get("interface")
        interface = interfaces[index] if isinstance(index, int) else {}
        if interface.get("name", ifname) == ifname and interface.get("sandbox", netns):
            found.append(str(ip["address"]))
    return found


def _decode(output: bytes) -> Any:
    try:
        return json.loads(output, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None


def _refuse_constant(name: str) -> None:
    """Python reads NaN and Infinity, which are no JSON: the next plugin could not read them."""
    raise ValueError(f"{name} is no JSON")


def _list_of(result: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = result.get(name) or []
    if not isinstance(items, list) or len(items) > _MAX_ITEMS:
        raise ValueError(f"has {name} that are no list, or too long a one")
    if not all(isinstance(item, dict) for item in items):
        raise ValueError(f"has {name} of which one is no object")
    return items


def _check_ip(ip: dict[str, Any], count: int) -> None:
    _check_network(ip.get("address"), strict=True)
    index = ip.get("interface")
    if index is not None and (not isinstance(index, int) or not 0 <= index < count):
        raise ValueError(f"has an address of interface {_show(repr(index))}, which is not listed")


def _check_network(value: Any, strict: bool) -> None:
    try:
        if not isinstance(value, str) or (strict and "/" not in value):
            raise ValueError
        ipaddress.ip_interface(value)
    except ValueError:
        raise ValueError(f"has {_show(repr(value))} in the place of an address") from None


def _show(text: str) -> str:
    shown = escape_text(text, allowed="\n")
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} ..."
