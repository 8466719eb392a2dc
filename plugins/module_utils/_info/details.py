# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The details that netns_info returns beside the topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .._model.forwarding import FORWARDING_ON_BY_US
from .._model.link_options import WireguardOptions
from .._model.nat import Ruleset
from .._params.specs.netns_info import SUBSETS
from .items import HOST, Item, drop_none
from .links import compose_peer
from .nat import compose_counters, compose_dnats, compose_masquerades
from .policies import compose_all_policies
from .processes import compose_states
from .topology import compose_topology

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._model.current_state import CurrentState
    from .collect import HostInfo


def _compose_wireguard(options: WireguardOptions) -> Item:
    """The options of a WireGuard link without its private key."""
    return drop_none(
        {
            "public_key": options.public_key,
            "listen_port": options.listen_port,
            "fwmark": options.fwmark,
            "peers": [compose_peer(peer) for peer in options.peers or ()],
        }
    )


def _plain_sequence(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _plain_value(key: str, value: Any) -> Any:
    """The value of an attribute in the types of JSON."""
    if isinstance(value, WireguardOptions):
        return _compose_wireguard(value)
    if key in ("options", "saved"):
        attributes = vars(value).items()
        return drop_none({name: _plain_sequence(attribute) for name, attribute in attributes})
    if key in ("peer", "parent"):
        netns, name = value
        return {"netns": netns or HOST, "name": name}
    if key == "nexthops":
        return [drop_none(vars(hop)) for hop in value]
    return _plain_sequence(value)


def _plain(resource: Any) -> Item:
    """The attributes of a dataclass that are set, without its namespace."""
    return {
        key: _plain_value(key, value)
        for key, value in vars(resource).items()
        if value is not None and key != "netns"
    }


def _plain_by_netns(
    resources: Mapping[str | None, Iterable[Any]],
) -> dict[str, list[Item]]:
    return {
        netns or HOST: [_plain(resource) for resource in of_netns]
        for netns, of_netns in resources.items()
    }


def _compose_links(info: HostInfo) -> dict[str, list[Item]]:
    links: dict[str, list[Item]] = {}
    for link in info.current.links.values():
        links.setdefault(link.netns or HOST, []).append(_plain(link))
    return links


def _compose_nat(info: HostInfo) -> dict[str, Item]:
    rulesets = {**info.current.rulesets, **_find_flushed(info.current)}
    return {
        netns or HOST: {
            **_compose_ruleset(ruleset),
            "counters": compose_counters(info.forward_counters.get(netns, ())),
        }
        for netns, ruleset in rulesets.items()
    }


def _compose_ruleset(ruleset: Ruleset) -> Item:
    return {
        "backend": ruleset.backend,
        "damaged": ruleset.damaged,
        "masquerade": compose_masquerades(ruleset),
        "dnat": compose_dnats(ruleset),
    }


def _compose_policies(info: HostInfo) -> list[Item]:
    ruleset = info.current.rulesets.get(None)
    return compose_all_policies(ruleset.resources if ruleset else (), info.policy_counts)


def _find_flushed(current: CurrentState) -> dict[str | None, Ruleset]:
    """Namespaces in which this collection enabled forwarding, and none of its rules exists."""
    with_forwarding = {
        netns
        for (netns, key), value in current.sysctls.items()
        if key.endswith("/forwarding") and value == FORWARDING_ON_BY_US
    }
    flushed = sorted(with_forwarding - current.rulesets.keys(), key=str)
    return {netns: Ruleset("", damaged=True) for netns in flushed}


_SUBSET_COMPOSERS: dict[str, Callable[[HostInfo], Any]] = {
    "links": _compose_links,
    "routes": lambda info: _plain_by_netns(info.current.routes),
    "neighbours": lambda info: _plain_by_netns(info.neighbours),
    "nat": _compose_nat,
    "policies": _compose_policies,
    "persistent": lambda info: info.persistent,
    "processes": lambda info: _plain_by_netns(info.processes),
    "topology_processes": lambda info: compose_states(info.current, info.listeners),
    "services": lambda info: info.services,
    "attachments": lambda info: info.attachments,
    "sysctls": lambda info: {netns or HOST: values for netns, values in info.sysctls.items()},
}
"""By the choices of option ``gather_subset``."""


def _describe_unusable_names(current: CurrentState) -> Sequence[str]:
    return [
        f"/run/netns/{name} is {state}"
        for name, state in sorted(current.unusable_names.items())
        if state != "stale"
    ]


def compose_info(info: HostInfo, subset: set[str]) -> dict[str, Any]:
    """The result of ``netns_info``.

    :param subset: the details to return, of ``SUBSETS``.
    """
    names = info.current.unusable_names
    return {
        "topology": compose_topology(info.current),
        **{name: _SUBSET_COMPOSERS[name](info) for name in SUBSETS if name in subset},
        "stale": sorted(name for name, state in names.items() if state == "stale"),
        "complete": not info.reasons,
        "reasons": [*info.reasons, *_describe_unusable_names(info.current)],
    }
