# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bridge and the veth pairs of a lab. Pure."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from ansible_collections.redblue.netns.plugins.module_utils._params.names import LINK_NAME_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .namespaces import LabNamespace
    from .options import Item


def _link_name(name: str, suffix: str, used: set[str]) -> str:
    """``veth-NAME`` with a suffix.

    A name that is longer than the kernel's limit, or is used already, keeps its first letters and
    ends with a digest. The same input always gives the same name.
    """
    longest = LINK_NAME_BYTES - len("veth-" + suffix)
    middle, attempt = name, 0
    while len(middle) > longest or f"veth-{middle}{suffix}" in used:
        digest = hashlib.sha256(f"{attempt} {name}".encode()).digest()
        letters = base64.b32encode(digest).decode().lower()
        middle, attempt = name[: longest - 5] + letters[:5], attempt + 1
    used.add(f"veth-{middle}{suffix}")
    return f"veth-{middle}{suffix}"


def compose_veth_pairs(
    namespaces: Sequence[LabNamespace], bridge: str, switch_netns: str | None
) -> list[Item]:
    """A veth pair from each namespace to the bridge."""
    # A name with a digest must not be that of a namespace whose name is short enough.
    ports = {
        namespace.name: f"veth-{namespace.name}-br"
        for namespace in namespaces
        if len(f"veth-{namespace.name}-br") <= LINK_NAME_BYTES
    }
    used = {bridge, *ports.values()}
    pairs = []
    for namespace in namespaces:
        name = namespace.name
        port: Item = {
            "name": ports[name] if name in ports else _link_name(name, "-br", used),
            "bridge": bridge,
        }
        if switch_netns is not None:
            port["netns"] = switch_netns
        if "mtu" in namespace.end_options:
            port["mtu"] = namespace.end_options["mtu"]
        end = {
            "name": _link_name(name, "", set()),
            "netns": name,
            "addresses": namespace.addresses,
        }
        peer = {**port, **namespace.port_options}
        pairs.append({**end, **namespace.end_options, "peer": peer})
    return pairs


def compose_bridge(
    bridge: str, addresses: list[str], switch_netns: str | None
) -> tuple[list[Item], list[Item]]:
    """The bridge, and the veth pair from its namespace to the host if it is in one."""
    if switch_netns is None:
        return [{"name": bridge, "addresses": addresses}], []
    uplink = {
        "name": bridge,
        "addresses": addresses,
        "peer": {"name": f"{bridge[:10]}-host", "netns": switch_netns, "bridge": bridge},
    }
    return [{"name": bridge, "netns": switch_netns}], [uplink]
