# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our nftables table in the making: what sets, maps and chains there can be, and nft's words."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from ..._model.nat import SAVED_SYSCTLS, Masquerade
from ..._model.ownership import MARK
from ..dnat import FAMILIES
from .table import Chain, Element, Key, NftRule, Set, Table

_CHAINS = {
    "prerouting": ("nat", "prerouting", -100, "accept"),
    "output": ("nat", "output", -100, "accept"),
    "postrouting": ("nat", "postrouting", 100, "accept"),
    "forward": ("filter", "forward", 0, "accept"),
    "spoofed": ("filter", "prerouting", -150, "accept"),
}
IP = {4: "ip", 6: "ip6"}
_PORT = ("inet_proto", "inet_service")
PORT_WORDS = "meta l4proto . th dport"


def _types(family: int) -> Dict[str, Tuple[Key, Key]]:
    """The sets and maps of one family, by name: keys and data. ``to`` has the destination in its key, ``in`` the interface.

    What comes by an interface is not translated where ``own`` has it; by one that is ``closed``, only where ``let`` has it.
    The host's own connections ask the same maps as those of all others, but for the keys in ``outside``, and then ``host``.
    """
    address = "ipv4_addr" if family == 4 else "ipv6_addr"
    target = (address, "inet_service")
    return {
        f"forward{family}_in_to": (("ifname", address, *_PORT), target),
        f"forward{family}_to": ((address, *_PORT), target),
        f"forward{family}_in": (("ifname", *_PORT), target),
        f"forward{family}": (_PORT, target),
        f"own{family}_to": (("ifname", address, *_PORT), ()),
        f"own{family}": (("ifname", *_PORT), ()),
        f"closed{family}_to": (("ifname",), ()),
        f"closed{family}": (("ifname",), ()),
        f"let{family}_to": (("ifname", address, *_PORT), ()),
        f"let{family}": (("ifname", *_PORT), ()),
        f"outside{family}_to": ((address, *_PORT), ()),
        f"outside{family}": (_PORT, ()),
        f"host{family}_to": ((address, *_PORT), target),
        f"host{family}": (_PORT, target),
        f"hairpin{family}": (("ifname", "ifname", address, *_PORT), ()),
        f"self{family}": ((address, address, *_PORT), ()),
        f"opened{family}": (("ifname",), ()),
        f"bridged{family}": (("ifname", "ifname"), ()),
        f"networks{family}": ((address,), ()),
    }


_TYPES = {name: types for family in FAMILIES for name, types in _types(family).items()}
_NAMES: Tuple[Key, Key] = (("ifname",), ())
INSIDE, RECORDS = "isolated", {setting: f"kept_{setting}" for setting in SAVED_SYSCTLS}
"""The interfaces of labs that are isolated, whosever they are; and those of which a setting is to be set back."""


class TableBuilder:
    """A table in the making."""

    def __init__(self) -> None:
        self.sets: Dict[str, Set] = {
            name: Set(*types, name.startswith("networks")) for name, types in _TYPES.items()
        }
        self.sets.update((name, Set(*_NAMES)) for name in (INSIDE, *RECORDS.values()))
        self.rules: Dict[str, List[NftRule]] = {name: [] for name in _CHAINS}

    def put(self, name: str, key: Key, data: Key = (), comment: str = "") -> bool:
        """Add an element unless its key is taken; tells whether it was added."""
        element = Element(data, comment)
        return self.sets.setdefault(name, Set(*_NAMES)).elements.setdefault(key, element) is element

    def rule(self, chain: str, *parts: Optional[str], comment: str = MARK) -> None:
        self.rules[chain].append(NftRule(tuple(part for part in parts if part), comment))

    def table(self) -> Table:
        return Table(
            {name: known for name, known in self.sets.items() if known.elements},
            {name: Chain(_CHAINS[name], rules) for name, rules in self.rules.items() if rules},
        )


def plain(network: str) -> str:
    """A network as nft lists it: that of one host without its length."""
    address, _slash, length = network.partition("/")
    return address if length == ("128" if ":" in address else "32") else network


def ways_out(resource: Masquerade) -> Optional[str]:
    """The interfaces by which a source network leaves."""
    if resource.out_interface:
        return f'oifname "{resource.out_interface}"'
    return f'oifname != "{resource.device}"' if resource.device else None
