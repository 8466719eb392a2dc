# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of policies: who may talk to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from ..._model.fast_typing import TypedDict
from ..._model.network_policies import ACTIONS, ALLOW, ANY, DROP, PEER_KINDS, PROTOCOLS, REJECT
from ..specification import STATE, Specification

if TYPE_CHECKING:
    from ..specification import Options


class PeerParams(TypedDict):
    netns: str | None
    lab: str | None
    network: str | None
    host: bool | None
    address_set: str | None
    dns: str | None


class LimitParams(TypedDict):
    rate: str | None
    burst: int
    connections: int | None


class EntryParams(TypedDict):
    protocol: str
    ports: list[str] | None
    log: bool
    action: str
    limit: LimitParams | None


# "from" is a keyword.
IngressParams = TypedDict(
    "IngressParams",
    {
        "from": Optional[list[PeerParams]],
        "protocol": str,
        "ports": Optional[list[str]],
        "log": bool,
        "action": str,
        "limit": Optional[LimitParams],
    },
)


class EgressParams(EntryParams):
    to: list[PeerParams] | None


class PolicyParams(TypedDict):
    name: str
    netns: list[str] | None
    ingress: list[IngressParams] | None
    egress: list[EgressParams] | None
    refuse: str
    audit: bool
    nflog: int | None


class AddressSetParams(TypedDict):
    name: str
    addresses: list[str]


class PolicyLists(TypedDict):
    """Of the lists of a topology, see ``ItemLists``, those of policies."""

    address_sets: list[AddressSetParams] | None
    policy: list[PolicyParams] | None


class NetnsPolicyParams(PolicyParams):
    topology: str
    address_sets: list[AddressSetParams] | None
    state: str


PEER = Specification(
    PeerParams,
    {
        "netns": {"type": "str"},
        "lab": {"type": "str"},
        "network": {"type": "str"},
        "host": {"type": "bool"},
        "address_set": {"type": "str"},
        "dns": {"type": "str"},
    },
    mutually_exclusive=[PEER_KINDS],
    required_one_of=[PEER_KINDS],
)

LIMIT = Specification(
    LimitParams,
    {
        "rate": {"type": "str"},
        "burst": {"type": "int", "default": 5},
        "connections": {"type": "int"},
    },
    required_one_of=[("rate", "connections")],
)

_ENTRY: Options = {
    "protocol": {"type": "str", "choices": list(PROTOCOLS), "default": ANY},
    "ports": {"type": "list", "elements": "str"},
    "log": {"type": "bool", "default": False},
    "action": {"type": "str", "choices": list(ACTIONS), "default": ALLOW},
    "limit": LIMIT.as_dict(),
}

INGRESS_ENTRY = Specification(IngressParams, {"from": PEER.as_list(), **_ENTRY})
EGRESS_ENTRY = Specification(EgressParams, {"to": PEER.as_list(), **_ENTRY})

POLICY_ITEM = Specification(
    PolicyParams,
    {
        "name": {"type": "str", "required": True},
        "netns": {"type": "list", "elements": "str"},
        "ingress": INGRESS_ENTRY.as_list(),
        "egress": EGRESS_ENTRY.as_list(),
        "refuse": {"type": "str", "choices": [REJECT, DROP], "default": REJECT},
        "audit": {"type": "bool", "default": False},
        "nflog": {"type": "int"},
    },
    required_one_of=[("ingress", "egress")],
)

ADDRESS_SET_ITEM = Specification(
    AddressSetParams,
    {
        "name": {"type": "str", "required": True},
        "addresses": {"type": "list", "elements": "str", "required": True},
    },
)

NETNS_POLICY_SPEC = Specification(
    NetnsPolicyParams,
    {
        "topology": {"type": "str", "required": True},
        **POLICY_ITEM.options,
        "address_sets": ADDRESS_SET_ITEM.as_list(),
        **STATE,
    },
)
