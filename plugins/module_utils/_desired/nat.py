# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of masquerade and dnat to the desired state."""

from __future__ import annotations

import ipaddress
from typing import List

from .._model.addresses import family_of
from .._model.changes import Resource
from .._model.desired_state import DesiredState
from .._model.errors import Refused
from .._model.nat import Dnat, Masquerade
from .._params.validators import (
    check_gateway,
    check_link_name,
    check_network,
    check_ports,
    check_senders,
    check_target,
)
from .common import Params, allowances, check_netns, check_unique, desired_state_for


def masquerade_resources(params: Params, prefix: str = "") -> List[Resource]:
    """One thing for each source network."""
    out = params["out_interface"]
    sources = check_unique(
        f"{prefix}source",
        [check_senders(f"{prefix}source[{i}]", text) for i, text in enumerate(params["source"])],
    )
    given = params["destination_except"] or ()
    excepted = check_unique(
        f"{prefix}destination_except",
        [check_network(f"{prefix}destination_except[{i}]", text) for i, text in enumerate(given)],
    )
    for index, text in enumerate(excepted):
        if sources and all(family_of(text) != family_of(source) for source in sources):
            raise Refused(
                f"{prefix}destination_except[{index}]",
                text,
                f"is of no family of source ({', '.join(sources)})",
            )
    to_source = (
        None
        if params["to_source"] is None
        else check_gateway(f"{prefix}to_source", params["to_source"])
    )
    if not sources:
        raise Refused(f"{prefix}source", [], "names no network")
    resources: List[Resource] = []
    for index, source in enumerate(sources):
        if ipaddress.ip_network(source).prefixlen == 0:
            raise Refused(
                f"{prefix}source[{index}]",
                source,
                "is everybody; name the networks that shall leave through this host",
            )
        if to_source is not None and family_of(to_source) != family_of(source):
            raise Refused(f"{prefix}to_source", to_source, f"is not of the family of {source}")
        resources.append(
            Masquerade(
                netns=check_netns(params, prefix),
                source=source,
                out_interface=None
                if out is None
                else check_link_name(f"{prefix}out_interface", out),
                destination_except=tuple(
                    sorted(net for net in excepted if family_of(net) == family_of(source))
                ),
                to_source=to_source,
            )
        )
    return resources


def dnat_resources(params: Params, prefix: str = "") -> List[Resource]:
    """A port forward; to remove one, its identity is enough, and without a target the family is not known: both are meant."""
    if params["to_destination"] is None:
        if params.get("state", "present") == "present":
            raise Refused(f"{prefix}to_destination", None, "is required")
        hints = [text for text in (params["destination"], *(params["source"] or ())) if text]
        anywhere = [
            text
            for text in ("192.0.2.1", "2001:db8::1")
            if not hints or family_of(text) == family_of(hints[0])
        ]
        return [
            resource
            for text in anywhere
            for resource in dnat_resources({**params, "to_destination": text}, prefix)
        ]
    ports = check_ports(f"{prefix}destination_port", params["destination_port"])
    address, to_ports = check_target(f"{prefix}to_destination", params["to_destination"], ports)
    destination = (
        None
        if params["destination"] is None
        else check_gateway(f"{prefix}destination", params["destination"])
    )
    sources = check_unique(
        f"{prefix}source",
        [
            check_senders(f"{prefix}source[{i}]", text)
            for i, text in enumerate(params["source"] or ())
        ],
    )
    for option, values in (
        ("destination", [destination] if destination else []),
        ("source", list(sources)),
    ):
        for value in values:
            if family_of(value) != family_of(address):
                raise Refused(
                    f"{prefix}{option}",
                    value,
                    f"is not of the family of {address}; forwards do not cross from IPv4 to IPv6",
                )
    device = params["in_interface"]
    return [
        Dnat(
            netns=check_netns(params, prefix),
            protocol=params["protocol"],
            ports=ports,
            to_address=address,
            to_ports=to_ports,
            in_interface=None
            if device is None
            else check_link_name(f"{prefix}in_interface", device),
            destination=destination,
            source=tuple(sorted(sources)),
            hairpin=params["hairpin"],
            from_host=params["from_host"],
        )
    ]


def parse_masquerade(params: Params) -> DesiredState:
    return desired_state_for(params, masquerade_resources(params))


def parse_dnat(params: Params) -> DesiredState:
    resources = dnat_resources(params)
    return desired_state_for(params, resources, allowances(params, resources))
