# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of policies: who may talk to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, TypedDict

from ..._model.network_policies import ACTIONS, ALLOW, ANY, DROP, PROTOCOLS, REJECT
from ..specification import Specification

if TYPE_CHECKING:
    from ..specification import Options


class PeerParams(TypedDict):
    netns: str | None
    lab: str | None
    network: str | None
    host: bool | None
    address_set: str | None


class EntryParams(TypedDict):
    protocol: str
    ports: list[str] | None
    log: bool
    action: str


# "from" is a keyword.
IngressParams = TypedDict(
    "IngressParams",
    {
        "from": Optional[list[PeerParams]],
        "protocol": str,
        "ports": Optional[list[str]],
        "log": bool,
        "action": str,
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


class AddressSetParams(TypedDict):
    name: str
    addresses: list[str]


_PEER_KINDS = ("netns", "lab", "network", "host", "address_set")

PEER = Specification(
    PeerParams,
    {
        "netns": {"type": "str"},
        "lab": {"type": "str"},
        "network": {"type": "str"},
        "host": {"type": "bool"},
        "address_set": {"type": "str"},
    },
    mutually_exclusive=[_PEER_KINDS],
    required_one_of=[_PEER_KINDS],
)

_ENTRY: Options = {
    "protocol": {"type": "str", "choices": list(PROTOCOLS), "default": ANY},
    "ports": {"type": "list", "elements": "str"},
    "log": {"type": "bool", "default": False},
    "action": {"type": "str", "choices": list(ACTIONS), "default": ALLOW},
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
