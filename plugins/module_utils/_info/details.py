# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The details that netns_info returns beside the topology."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from .._model.current_state import CurrentState
from .._model.forwarding import FORWARDING_ON_BY_US
from .._model.link_options import WireguardOptions
from .._model.nat import Ruleset
from .._model.wireguard_keys import derive_public
from .._params.specs.netns_info import SUBSETS
from .collect import HostInfo
from .topology import HOST, compose_topology, rule_items, show_peer, trim


def _plain(resource: Any, but: Sequence[str] = ("netns",)) -> Dict[str, Any]:
    item = {}
    for key, value in vars(resource).items():
        if value is None or key in but:
            continue
        if isinstance(value, WireguardOptions):
            public = derive_public(value.private_key) if value.private_key else None
            peers = [show_peer(peer) for peer in value.peers or ()]
            value = trim(
                {
                    "public_key": public,
                    "listen_port": value.listen_port,
                    "fwmark": value.fwmark,
                    "peers": peers,
                }
            )
        elif key in ("options", "saved"):
            value = trim(
                {
                    name: list(one) if isinstance(one, tuple) else one
                    for name, one in vars(value).items()
                }
            )
        elif key in ("peer", "parent"):
            value = {"netns": value[0] or HOST, "name": value[1]}
        elif key == "nexthops":
            value = [trim(vars(hop)) for hop in value]
        elif isinstance(value, tuple):
            value = list(value)
        item[key] = value
    return item


def compose_info(sight: HostInfo, subset: Set[str]) -> Dict[str, Any]:
    """What ``netns_info`` returns."""
    current = sight.current
    links: Dict[str, List[Dict[str, Any]]] = {}
    for link in current.links.values():
        links.setdefault(link.netns or HOST, []).append(_plain(link))
    parts: Dict[str, Any] = {
        "links": links,
        "routes": {
            name or HOST: [_plain(route) for route in routes]
            for name, routes in current.routes.items()
        },
        "neighbours": {
            name or HOST: [_plain(entry) for entry in entries]
            for name, entries in sight.neighbours.items()
        },
        "nat": {
            name or HOST: _compose_nat(ruleset)
            for name, ruleset in (*current.rulesets.items(), *_flushed(current))
        },
        "processes": {
            name or HOST: [_plain(process) for process in processes]
            for name, processes in sight.processes.items()
        },
        "sysctls": {name or HOST: values for name, values in sight.sysctls.items()},
    }
    return {
        "topology": compose_topology(current),
        **{name: parts[name] for name in SUBSETS if name in subset},
        "stale": sorted(name for name, what in current.unusable_names.items() if what == "stale"),
        "complete": not sight.reasons,
        "reasons": sight.reasons
        + [
            f"/run/netns/{name} is {what}"
            for name, what in sorted(current.unusable_names.items())
            if what != "stale"
        ],
    }


def _flushed(current: CurrentState) -> List[Tuple[Optional[str], Ruleset]]:
    """Where forwarding was opened by us, and no rule of ours is left that would say so."""
    opened = {
        netns
        for (netns, key), value in current.sysctls.items()
        if key.endswith("/forwarding") and value == FORWARDING_ON_BY_US
    }
    return [
        (netns, Ruleset("", damaged=True))
        for netns in sorted(opened - current.rulesets.keys(), key=str)
    ]


def _compose_nat(ruleset: Ruleset) -> Dict[str, Any]:
    masquerades, dnats = rule_items(ruleset)
    return {
        "backend": ruleset.backend,
        "damaged": ruleset.damaged,
        "masquerade": masquerades,
        "dnat": dnats,
    }
