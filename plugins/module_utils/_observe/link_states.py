# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the operational state of links and addresses, and policy rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.files import raise_shortage
from .._netlink.addresses import dump_addresses, read_dad_failure, read_host_scope
from .._netlink.link_filters import read_link_filters
from .._netlink.link_queries import dump_links
from .._netlink.link_replies import read_missing_carrier, read_port_state
from .._netlink.policy_rules import dump_rules, read_rule

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle
    from .._model.links import LinkRef
    from .._model.policy_rules import PolicyRule
    from .._netlink.link_replies import PortState


def read_policy_rules(handle: NetnsHandle) -> tuple[PolicyRule, ...]:
    """The policy rules of a namespace."""
    try:
        messages = handle.socket.dump(dump_rules())
    except OSError as error:
        raise_shortage(error)
        # A kernel without CONFIG_IP_MULTIPLE_TABLES has none.
        return ()
    return tuple(filter(None, map(read_rule, messages)))


def read_port_states(handle: NetnsHandle) -> dict[LinkRef, PortState]:
    """The states of bridge ports."""
    names = handle.indexes.names
    states = filter(None, map(read_port_state, handle.socket.dump(dump_links())))
    return {(handle.netns, names[port.ifindex]): port for port in states if port.ifindex in names}


def read_port_flags(handle: NetnsHandle) -> dict[LinkRef, dict[str, bool]]:
    """The flags of bridge ports that are not the default ones, by bridge(8)'s names."""
    names = handle.indexes.names
    found = {}
    for data in handle.socket.dump(dump_links()):
        link = read_link_filters(data)
        if link.port_flags and link.ifindex in names:
            found[handle.netns, names[link.ifindex]] = link.port_flags
    return found


def read_no_carrier(handle: NetnsHandle) -> set[LinkRef]:
    """The links that are up and have no carrier."""
    names = handle.indexes.names
    found: set[LinkRef] = set()
    for data in handle.socket.dump(dump_links()):
        index = read_missing_carrier(data)
        if index is not None and index in names:
            found.add((handle.netns, names[index]))
    return found


def read_host_scopes(handle: NetnsHandle) -> set[tuple[LinkRef, str]]:
    """The IPv4 addresses (with length) of scope host, but for those of the loopback."""
    names = handle.indexes.names
    found = [read_host_scope(data) or (0, "") for data in handle.socket.dump(dump_addresses())]
    return {
        ((handle.netns, names[index]), address)
        for index, address in found
        if names.get(index, "lo") != "lo"
    }


def read_dad_failures(handle: NetnsHandle) -> set[tuple[LinkRef, str]]:
    """The addresses (without length) for which duplicate address detection failed."""
    names = handle.indexes.names
    found: set[tuple[LinkRef, str]] = set()
    for data in handle.socket.dump(dump_addresses()):
        index, address = read_dad_failure(data) or (0, "")
        if index in names:
            found.add(((handle.netns, names[index]), address))
    return found
