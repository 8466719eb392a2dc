# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT rules as items of a topology. Pure."""

from __future__ import annotations

from .._describe.nat import describe_ports, describe_target
from .._model.nat import Dnat, Masquerade, Ruleset
from .items import Item, drop_none


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
                "protocol": resource.protocol,
                "destination_port": describe_ports(resource.ports),
                "to_destination": describe_target(resource),
                "in_interface": resource.in_interface,
                "destination": resource.destination,
                "source": list(resource.source) or None,
                "hairpin": resource.hairpin,
                "from_host": resource.from_host,
            }
        )
        for resource in ruleset.resources
        if isinstance(resource, Dnat)
    ]
