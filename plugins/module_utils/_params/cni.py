# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates attachments to networks of CNI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .._model.cni import NO_CAPABILITIES, PLUGIN_PATH, CniAttachment
from .._model.cni_networks import NETWORK_NAME, check_json, compose_json, parse_network
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.lazy_pattern import compile_lazily
from .names import check_link_name, check_netns_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .specs.netns_cni import CniLists, CniParams

_ARGUMENT = compile_lazily(r"[A-Za-z0-9_.-]+")
_MAX_FILE_NAME = 240


def parse_attachments(sources: Sequence[tuple[str, CniLists]], lab: str) -> list[CniAttachment]:
    """Return the attachments of a topology.

    :raises Refused: an interface of a namespace occurs twice, or an option breaks a rule.
    """
    attachments: dict[tuple[Any, ...], CniAttachment] = {}
    for prefix, source in sources:
        for index, item in enumerate(source["cni"] or ()):
            path = f"{prefix}cni[{index}]"
            if item["network"] is None:
                raise Refused(f"{path}.network", None, "is required")
            attachment = replace(parse_attachment(f"{path}.", item), owner=lab)
            if attachment.key in attachments:
                rule = f"is listed twice for namespace {attachment.netns}"
                raise Refused(f"{path}.ifname", attachment.ifname, rule)
            attachments[attachment.key] = attachment
    return list(attachments.values())


def parse_attachment(prefix: str, params: CniParams) -> CniAttachment:
    """The attachment that an item describes.

    :param prefix: what the paths of its options begin with.
    :raises Refused: an option breaks a rule.
    """
    netns = check_netns_name(f"{prefix}netns", params["netns"])
    ifname = params["ifname"]
    if ifname != "lo":  # The plugin loopback sets that up.
        ifname = check_link_name(f"{prefix}ifname", ifname)
    network, config = _parse_network(f"{prefix}network", params["network"])
    attachment = CniAttachment(
        netns,
        ifname,
        network,
        config,
        _parse_args(f"{prefix}args", params["args"] or {}),
        _parse_capabilities(f"{prefix}capabilities", params["capabilities"]),
        _parse_path(f"{prefix}plugin_path", params["plugin_path"]),
    )
    if len(network) + len(attachment.container_id) + len(ifname) > _MAX_FILE_NAME:
        rule = f"is too long: with the names of namespace and interface more than {_MAX_FILE_NAME}"
        raise Refused(f"{prefix}network", network, rule)
    return attachment


def _parse_network(parameter: str, value: Any) -> tuple[str, Any]:
    """(name, configuration) of a network; the configuration is None if it is a file's."""
    if value is None:
        return "", None  # A task that detaches a namespace needs none.
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise Refused(parameter, value, "is no JSON") from None
    if not isinstance(value, str):
        return parse_network(parameter, value)
    if not NETWORK_NAME.fullmatch(value):
        rule = "is neither the name of a network in /etc/cni/net.d nor a network configuration"
        raise Refused(parameter, value, rule)
    return value, None


def _parse_args(parameter: str, args: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for name, value in args.items():
        if not _ARGUMENT.fullmatch(str(name)):
            raise Refused(parameter, name, "is not a name of letters, digits and _ . -")
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise Refused(f"{parameter}.{name}", value, "is not a text; quote the value")
        text = str(value)
        if not text.isprintable() or ";" in text or "=" in text or not text:
            raise Refused(f"{parameter}.{name}", value, "is empty, or has one of ; and =")
        pairs.append((str(name), text))
    return tuple(sorted(pairs))


def _parse_capabilities(parameter: str, value: Mapping[str, Any] | None) -> str:
    if not value:
        return NO_CAPABILITIES
    check_json(parameter, value)
    _check_mappings(f"{parameter}.portMappings", value.get("portMappings", []))
    return compose_json(value)


def _check_mappings(parameter: str, mappings: Any) -> None:
    """Check what CONVENTIONS.md of CNI says: with another port, a plugin could not even undo it."""
    if not isinstance(mappings, (list, tuple)):
        raise Refused(parameter, mappings, "is no list")
    for index, mapping in enumerate(mappings):
        path = f"{parameter}[{index}]"
        if not isinstance(mapping, dict):
            raise Refused(path, mapping, "is no dictionary with hostPort and containerPort")
        for name in ("hostPort", "containerPort"):
            port = mapping.get(name)
            if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 1 << 16:
                raise Refused(f"{path}.{name}", port, "is no port, a number from 1 to 65535")


def _parse_path(parameter: str, directories: Sequence[str] | None) -> tuple[str, ...]:
    if not directories:
        return PLUGIN_PATH
    for index, directory in enumerate(directories):
        if not directory.startswith("/") or ":" in directory or not directory.isprintable():
            rule = "is not the absolute path of a directory, without colons"
            raise Refused(f"{parameter}[{index}]", directory, rule)
    return tuple(directories)
