# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network configurations of CNI (its SPEC.md, section 1): checks, and what plugins get of them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from .cni import ConfigText
from .errors import Refused
from .lazy_pattern import compile_lazily

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping, Sequence

VERSIONS = ("0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0")
"""The versions of the specification with lists of plugins, the oldest first."""
_FIRST_WITH_CHECK, _FIRST_WITH_STATUS = "0.4.0", "1.1.0"
STACKING = ("ipvlan", "macvlan", "vlan")
"""Plugins that make an interface above a link of the host, and nothing else on the host."""
NETWORK_NAME = compile_lazily(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PLUGIN = compile_lazily(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_MAX_DEPTH = 32
_RESERVED = ("runtimeConfig", "prevResult")
_RESERVED_PREFIX = "cni.dev/"


def parse_network(parameter: str, value: Any) -> tuple[str, ConfigText]:
    """The name of a network, and its configuration as JSON, with its keys in order.

    The configuration of a single plugin becomes a list of one, as libcni does it.

    :raises Refused: it breaks a rule of the specification.
    """
    if not isinstance(value, dict):
        raise Refused(parameter, value, "is no network configuration, which is a dictionary")
    check_json(parameter, value)
    if "plugins" not in value and "type" in value:
        names = ("name", "cniVersion")
        value = {**{name: value[name] for name in names if name in value}, "plugins": [value]}
    name = _check_text(
        f"{parameter}.name", value.get("name"), NETWORK_NAME, "begins with a letter or digit"
    )
    _check_versions(parameter, value)
    for flag in ("disableCheck", "disableGC", "loadOnlyInlinedPlugins"):
        if not isinstance(value.get(flag, False), bool):
            raise Refused(f"{parameter}.{flag}", value[flag], "is not true or false")
    plugins = value.get("plugins")
    if not isinstance(plugins, list) or not plugins:
        raise Refused(f"{parameter}.plugins", plugins, "is not a list of at least one plugin")
    for index, plugin in enumerate(plugins):
        _check_plugin(f"{parameter}.plugins[{index}]", plugin)
    return name, ConfigText(compose_json(value))


def compose_json(value: Any) -> str:
    """A value as JSON, the same text for equal values."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def check_json(parameter: str, value: Any, depth: int = 0) -> None:
    """Check that a value can be written as JSON.

    :raises Refused: it cannot.
    """
    if depth > _MAX_DEPTH:
        raise Refused(parameter, "...", f"is nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise Refused(parameter, key, "is a key that is no text; quote it")
            check_json(f"{parameter}.{key}", item, depth + 1)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            check_json(f"{parameter}[{index}]", item, depth + 1)
    elif not (value is None or isinstance(value, (str, int)) or _is_number(value)):
        raise Refused(parameter, str(value), "cannot be written as JSON")


def _is_number(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _check_text(parameter: str, value: Any, pattern: re.Pattern[str], start: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        rule = f"is not a text of letters, digits and _ . - that {start}"
        raise Refused(parameter, value, rule)
    return value


def _check_versions(parameter: str, network: Mapping[str, Any]) -> None:
    known = ", ".join(VERSIONS)
    if network.get("cniVersion") not in VERSIONS and not list_versions(network):
        rule = f"is none of the supported versions: {known}; write it in quotes"
        raise Refused(f"{parameter}.cniVersion", network.get("cniVersion"), rule)
    versions = network.get("cniVersions", [])
    if not isinstance(versions, list) or not all(isinstance(item, str) for item in versions):
        raise Refused(f"{parameter}.cniVersions", versions, "is not a list of versions")


def _check_plugin(parameter: str, plugin: Any) -> None:
    if not isinstance(plugin, dict):
        raise Refused(parameter, plugin, "is not a dictionary")
    start = "is the name of a program"
    _check_text(f"{parameter}.type", plugin.get("type"), _PLUGIN, start)
    ipam = plugin.get("ipam")
    if isinstance(ipam, dict) and ipam.get("type"):
        _check_text(f"{parameter}.ipam.type", ipam["type"], _PLUGIN, start)
    for key in plugin:
        if key in _RESERVED or key.startswith(_RESERVED_PREFIX):
            rule = "is reserved: it is written for the plugin when that is run"
            raise Refused(f"{parameter}.{key}", plugin[key], rule)
    capabilities = plugin.get("capabilities", {})
    if not isinstance(capabilities, dict):
        raise Refused(f"{parameter}.capabilities", capabilities, "is not a dictionary")


def list_versions(network: Mapping[str, Any]) -> list[str]:
    """The versions that a configuration supports, the newest first."""
    listed = network.get("cniVersions")
    versions = [network.get("cniVersion"), *(listed if isinstance(listed, list) else ())]
    return [version for version in reversed(VERSIONS) if version in versions]


def list_programs(network: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The plugins that a configuration names, each with the path of the option."""
    programs = []
    for index, plugin in enumerate(network["plugins"]):
        path = f"plugins[{index}]"
        programs.append((f"{path}.type", str(plugin["type"])))
        ipam = plugin.get("ipam")
        if isinstance(ipam, dict) and ipam.get("type"):
            programs.append((f"{path}.ipam.type", str(ipam["type"])))
    return programs


def list_bridges(network: Mapping[str, Any]) -> list[str]:
    """The bridges of which a configuration makes ports."""
    return [
        str(plugin.get("bridge", "cni0"))
        for plugin in network["plugins"]
        if plugin["type"] == "bridge"
    ]


def list_takers(network: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The plugins that take a link from the host: all of it, or all packets that it receives."""
    return [
        plugin
        for plugin in network["plugins"]
        if plugin["type"] == "host-device"
        or (plugin["type"] == "macvlan" and plugin.get("mode") == "passthru")
    ]


def choose_version(network: Mapping[str, Any], supported: Iterable[Sequence[str]]) -> str | None:
    """The newest version that a configuration and all of its plugins support."""
    sets = [set(versions) for versions in supported]
    return next(
        (version for version in list_versions(network) if all(version in each for each in sets)),
        None,
    )


def has_check(version: str) -> bool:
    """Whether plugins can be asked whether an attachment is as they left it."""
    return VERSIONS.index(version) >= VERSIONS.index(_FIRST_WITH_CHECK)


def has_status(version: str) -> bool:
    """Whether plugins know STATUS and GC."""
    return VERSIONS.index(version) >= VERSIONS.index(_FIRST_WITH_STATUS)


def list_capabilities(network: Mapping[str, Any]) -> set[str]:
    """The capabilities that plugins of a configuration have."""
    return {
        str(name)
        for plugin in network["plugins"]
        for name, is_supported in plugin.get("capabilities", {}).items()
        if is_supported is True
    }


def compose_request(
    network: Mapping[str, Any],
    index: int,
    version: str,
    capabilities: Mapping[str, Any],
    previous: Any = None,
) -> dict[str, Any]:
    """What a plugin reads from standard input (SPEC.md, section 3).

    :param previous: the result of the plugin before it, or of the attachment.
    """
    plugin = dict(network["plugins"][index])
    own = plugin.pop("capabilities", {})
    plugin.update(name=network["name"], cniVersion=version)
    given = {name: value for name, value in capabilities.items() if own.get(name) is True}
    if given:
        plugin["runtimeConfig"] = given
    if previous is not None:
        plugin["prevResult"] = previous
    return plugin


def with_addresses(request: Mapping[str, Any], result: str | None) -> dict[str, Any]:
    """A request for the same addresses as an attachment had (CONVENTIONS.md of CNI)."""
    decoded = json.loads(result) if result else {}
    ips = [str(ip["address"]).partition("/")[0] for ip in decoded.get("ips") or ()]
    if not ips:
        return dict(request)
    args = request.get("args")
    args = args if isinstance(args, dict) else {}
    known = args.get("cni")
    return {
        **request,
        "args": {**args, "cni": {**(known if isinstance(known, dict) else {}), "ips": ips}},
    }


def without_mtu(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request for an interface with the MTU of the link below."""
    return {key: value for key, value in request.items() if key != "mtu"}
