# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of NAT: from the options of masquerade and dnat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import family_of
from .._model.errors import Refused
from .._model.nat import Dnat, Masquerade
from .._params.address_pools import check_pool
from .._params.addresses import check_gateway, check_network, check_source_network
from .._params.names import check_link_name, check_optional
from .._params.ports import check_ports, check_target
from .._params.unique import check_unique
from .common import allowances, check_netns, desired_state_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .._params.specs.dnat import DnatParams, DnatTaskParams
    from .._params.specs.masquerade import MasqueradeParams, MasqueradeTaskParams

_ANY_TARGETS = ("192.0.2.1", "2001:db8::1")
"""Targets that stand for any target of their family. RFC 5737 and RFC 3849 reserve them."""


def masquerade_resources(params: MasqueradeParams, state: str, prefix: str = "") -> list[Resource]:
    """Return the masquerading of each source network."""
    sources = _check_sources(f"{prefix}source", params["source"])
    if not sources:
        raise Refused(f"{prefix}source", [], "is empty; write at least one network")
    excepted = _check_excepted(params, sources, prefix)
    to_source = check_optional(check_pool, f"{prefix}to_source", params["to_source"])
    _check_translation(params, prefix)
    out_interface = params["out_interface"]
    check_optional(check_link_name, f"{prefix}out_interface", out_interface)
    netns = check_netns(f"{prefix}netns", params["netns"])
    resources: list[Resource] = []
    for index, source in enumerate(sources):
        family = family_of(source)
        _check_length(f"{prefix}source[{index}]", source)
        if to_source is not None and family_of(to_source) != family:
            rule = f"is not of the address family of {source}"
            raise Refused(f"{prefix}to_source", to_source, rule)
        resources.append(
            Masquerade(
                netns=netns,
                source=source,
                out_interface=out_interface,
                destination_except=tuple(net for net in excepted if family_of(net) == family),
                to_source=to_source,
                translated=params["translate"],
            )
        )
    return resources


def _check_length(parameter: str, network: str) -> None:
    length = network.rpartition("/")[2]
    if length in ("0", "1"):
        meant = "means all addresses" if length == "0" else "is half of all addresses"
        rule = f"{meant}; write the networks to be masqueraded, or routed without NAT"
        raise Refused(parameter, network, rule)


def _check_translation(params: MasqueradeParams, prefix: str) -> None:
    for option in ("to_source", "destination_except"):
        if not params["translate"] and params[option]:
            rule = f"excludes {option}, because nothing is translated"
            raise Refused(f"{prefix}translate", False, rule)


def routed_resources(networks: Sequence[str]) -> list[Resource]:
    """Return the networks of the option ``routed``, which leave without NAT."""
    sources = _check_sources("routed", networks)
    for index, source in enumerate(sources):
        _check_length(f"routed[{index}]", source)
    return [Masquerade(None, source, translated=False) for source in sources]


def _check_sources(parameter: str, values: Sequence[str]) -> tuple[str, ...]:
    return check_unique(
        parameter,
        [check_source_network(f"{parameter}[{index}]", text) for index, text in enumerate(values)],
    )


def _check_excepted(
    params: MasqueradeParams, sources: Sequence[str], prefix: str
) -> tuple[str, ...]:
    """Return the networks of ``destination_except``, sorted."""
    parameter = f"{prefix}destination_except"
    excepted = check_unique(
        parameter,
        [
            check_network(f"{parameter}[{index}]", text)
            for index, text in enumerate(params["destination_except"] or ())
        ],
    )
    for index, text in enumerate(excepted):
        if all(family_of(text) != family_of(source) for source in sources):
            rule = f"is not of the address family of source ({', '.join(sources)})"
            raise Refused(f"{parameter}[{index}]", text, rule)
    return tuple(sorted(excepted))


def dnat_resources(params: DnatParams, state: str, prefix: str = "") -> list[Resource]:
    """Port forwarding.

    To remove it, its protocol, port and destination are enough. Without a target its address
    family may not be known. Then both families are meant.
    """
    if params["to_destination"] is not None:
        return [_parse_dnat(params, params["to_destination"], prefix)]
    if state == "present":
        raise Refused(f"{prefix}to_destination", None, "is required")
    addresses = [text for text in (params["destination"], *(params["source"] or ())) if text]
    return [
        _parse_dnat(params, target, prefix)
        for target in _ANY_TARGETS
        if not addresses or family_of(target) == family_of(addresses[0])
    ]


def _parse_dnat(params: DnatParams, target: str, prefix: str) -> Dnat:
    ports = check_ports(f"{prefix}destination_port", params["destination_port"])
    address, to_ports = check_target(f"{prefix}to_destination", target, ports)
    destination = _check_destination(f"{prefix}destination", params["destination"], target)
    sources = _check_sources(f"{prefix}source", params["source"] or ())
    options = [("source", text) for text in sources]
    if destination is not None:
        options.insert(0, ("destination", destination))
    for option, text in options:
        if family_of(text) != family_of(address):
            rule = f"is not of the address family of {address}; NAT does not cross families"
            raise Refused(f"{prefix}{option}", text, rule)
    return Dnat(
        netns=check_netns(f"{prefix}netns", params["netns"]),
        protocol=params["protocol"],
        ports=ports,
        to_address=address,
        to_ports=to_ports,
        in_interface=check_optional(
            check_link_name, f"{prefix}in_interface", params["in_interface"]
        ),
        destination=destination,
        source=tuple(sorted(sources)),
        hairpin=params["hairpin"],
        from_host=params["from_host"],
    )


def _check_destination(parameter: str, value: str | None, target: str) -> str | None:
    """Check the address to which clients connect. Others write what stands for all, or for none."""
    if value in ("0.0.0.0", "::", "*"):
        raise Refused(parameter, value, "means each address; leave destination out")
    if value is not None and (value.startswith("127.") or value in ("::1", "localhost")):
        rule = (
            f"is a loopback address, which is not forwarded; the host itself reaches {target} "
            "without a forward, and publish of netns_service publishes a port at a loopback address"
        )
        raise Refused(parameter, value, rule)
    return check_optional(check_gateway, parameter, value)


def parse_masquerade(params: MasqueradeTaskParams) -> DesiredState:
    """Return the desired state of a task of the module masquerade."""
    resources = masquerade_resources(params, params["state"])
    return desired_state_for(params["state"], resources, (), params["backend"], params["integrate"])


def parse_dnat(params: DnatTaskParams) -> DesiredState:
    """Return the desired state of a task of the module dnat."""
    resources = dnat_resources(params, params["state"])
    return desired_state_for(
        params["state"],
        resources,
        allowances(params, resources[0]),
        params["backend"],
        params["integrate"],
    )
