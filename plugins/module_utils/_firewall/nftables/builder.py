# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds our nftables table: its sets, maps and chains, and nft's words for matches."""

from __future__ import annotations

from ..._model.nat import SAVED_SYSCTLS, Masquerade
from ..._model.ownership import MARK
from ..resources import FAMILIES
from .table import BaseChain, ChainHeader, Fields, NftRule, NftSet, NftTable, SetElement

_CHAINS = {
    "prerouting": ChainHeader("nat", "prerouting", -100, "accept"),
    "output": ChainHeader("nat", "output", -100, "accept"),
    "postrouting": ChainHeader("nat", "postrouting", 100, "accept"),
    # Before the mark is cleared.
    "forward": ChainHeader("filter", "forward", -1001, "accept"),
    "forged": ChainHeader("filter", "input", -10, "accept"),
    "host_access": ChainHeader("filter", "input", 0, "accept"),
    "untracked": ChainHeader("filter", "prerouting", -300, "accept"),
    "spoofed": ChainHeader("filter", "prerouting", -150, "accept"),
    "marked": ChainHeader("filter", "prerouting", 1000, "accept"),
    "unmarked_input": ChainHeader("filter", "input", -1000, "accept"),
    "unmarked_forward": ChainHeader("filter", "forward", -1000, "accept"),
}
IP = {4: "ip", 6: "ip6"}
_PORT = ("inet_proto", "inet_service")
PORT_KEY = "meta l4proto . th dport"


def _types(family: int) -> dict[str, tuple[Fields, Fields]]:
    """Return the sets and maps of one family by name, with the types of their keys and data.

    ``_to`` in a name: the destination address is in the key; ``_in``: the incoming interface.

    - forward: the target of a port forwarding.
    - own: not redirected if it arrives by this interface, which leads to the target itself.
    - closed: nothing that arrives by this interface is redirected, except what is in ``let``.
    - outside: not redirected if it comes from the host itself; ``host`` has targets for the host.
    - hairpin, self: redirected back into the network, or to the host, from which it came.
    - opened: interfaces on which we enabled forwarding; ``bridged`` pairs each with itself.
    - lab_networks: the networks of isolated labs: interface, address and length. nft has no type
      for a length, and ports hold numbers.
    - networks: all addresses in these. Networks may be nested, and intervals may not overlap.
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
        f"lab_networks{family}": (("ifname", address, "inet_service"), ()),
        f"networks{family}": ((address,), ()),
    }


_TYPES = {name: types for family in FAMILIES for name, types in _types(family).items()}
_INTERFACES: tuple[Fields, Fields] = (("ifname",), ())
TARGET_MAPS = ("forward", "host4", "host6")
"""Begin the names of the maps that have the targets of port forwardings."""
ISOLATED_SET = "isolated"
"""The set of the interfaces of all isolated labs."""
HOST_ACCESS_SETS = "host_access"
"""Begins the names of the sets of interfaces with limited access to the host."""
SYSCTL_SETS = {setting: f"kept_{setting}" for setting in SAVED_SYSCTLS}
"""The sets of the interfaces of which a sysctl is to be restored, by the sysctl."""


def host_access_set(number: int) -> str:
    """Return the name of the set of interfaces for which the same is allowed."""
    return f"{HOST_ACCESS_SETS}{number}"


class TableBuilder:
    """A table that is being built. Sets without elements and chains without rules are left out."""

    def __init__(self) -> None:
        self.sets: dict[str, NftSet] = {
            name: NftSet(*types, name.startswith("networks"), counted=name.startswith(TARGET_MAPS))
            for name, types in _TYPES.items()
        }
        for name in (ISOLATED_SET, *SYSCTL_SETS.values()):
            self.sets[name] = NftSet(*_INTERFACES)
        self.rules: dict[str, list[NftRule]] = {name: [] for name in _CHAINS}

    def add_element(self, name: str, key: Fields, data: Fields = (), comment: str = "") -> bool:
        """Add an element; a set that has no type of its own holds interfaces.

        :return: false if the key is taken; the element is not added then.
        """
        element = SetElement(data, comment)
        nft_set = self.sets.setdefault(name, NftSet(*_INTERFACES))
        return nft_set.elements.setdefault(key, element) is element

    def add_rule(self, chain: str, *statements: str | None, comment: str = MARK) -> None:
        """Append a rule to a chain; ``None`` among the statements is left out."""
        rule = NftRule(tuple(statement for statement in statements if statement), comment)
        self.rules[chain].append(rule)

    def build(self) -> NftTable:
        """Return the table."""
        return NftTable(
            {name: nft_set for name, nft_set in self.sets.items() if nft_set.elements},
            {name: BaseChain(_CHAINS[name], rules) for name, rules in self.rules.items() if rules},
        )


def shorten_network(network: str) -> str:
    """Return a network as nft lists it: that of a single host without its length."""
    address, _slash, length = network.partition("/")
    return address if length == ("128" if ":" in address else "32") else network


def match_out_interface(masquerade: Masquerade) -> str | None:
    """Return the match of the interfaces by which a masqueraded network leaves; ``None`` is any."""
    if masquerade.out_interface:
        return f'oifname "{masquerade.out_interface}"'
    return f'oifname != "{masquerade.device}"' if masquerade.device else None


def match_source(masquerade: Masquerade) -> str:
    """Return the match of a masquerade's source network."""
    return f"{IP[masquerade.family]} saddr {shorten_network(masquerade.source)}"
