# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT rules as items of a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.nat import describe_ports, describe_target
from .._model.nat import Dnat, Masquerade, Ruleset
from .items import Item, drop_none

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.forward_counters import ForwardCounter


def compose_masquerades(ruleset: Ruleset) -> list[Item]:
    """The masquerades as options of ``masquerade``."""
    return [
        drop_none(
            {
                "netns": resource.netns,
                "source": [resource.source],
                "out_interface": resource.out_interface,
                "destination_except": list(resource.destination_except) or None,
                "to_source": resource.to_source,
                "translate": None if resource.translated else False,
            }
        )
        for resource in ruleset.resources
        if isinstance(resource, Masquerade)
    ]


def compose_dnats(ruleset: Ruleset) -> list[Item]:
    """The forwarded ports as options of ``dnat``."""
    return [
        drop_none(
            {
                "netns": resource.netns,
                **_identify(resource),
                "hairpin": resource.hairpin,
                "from_host": resource.from_host,
            }
        )
        for resource in ruleset.resources
        if isinstance(resource, Dnat)
    ]


def _identify(forward: Dnat) -> Item:
    return {
        "protocol": forward.protocol,
        "destination_port": describe_ports(forward.ports),
        "to_destination": describe_target(forward),
        "in_interface": forward.in_interface,
        "destination": forward.destination,
        "source": list(forward.source) or None,
    }


def compose_counters(counters: Iterable[ForwardCounter]) -> list[Item]:
    """What port forwards have counted, each with what distinguishes it."""
    return [
        drop_none(
            {
                "owner": counter.forward.owner,
                **_identify(counter.forward),
                "packets": counter.packets,
                "bytes": counter.octets,
            }
        )
        for counter in counters
    ]
