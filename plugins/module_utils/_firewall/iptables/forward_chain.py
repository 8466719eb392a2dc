# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of iptables that limit forwarding, and those that mark what may be forwarded. Pure.

Both are in the table mangle, which has chains before the routing decision and after it. So a flush
of that table removes both, and policy routing drops packets without the mark (``guard/render.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import Network, family_of, network_of
from ..._model.guard_rules import GUARD_MARK
from ..._model.nat import Dnat, ForwardingEnabled, Isolation, Masquerade
from ..comments import write_interface_note, write_owner_mark
from ..resources import of_type, order_masquerades
from .rule import IptablesRule, make_rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ..._model.resources import NatResource

_UNMARKED = "--mark 0x0"
_EVERY_BIT = "0xffffffff"
CLEAR_MARK = make_rule(f"--mark {GUARD_MARK:#x}", "-j MARK", f"--set-xmark 0x0/{_EVERY_BIT}")
"""The first rule in input and forward, so that the rules of others do not meet the mark."""


def match_out_interface(masquerade: Masquerade) -> str | None:
    """Return the match of the interfaces by which a masqueraded network leaves; ``None`` is any."""
    if masquerade.out_interface:
        return f"-o {masquerade.out_interface}"
    return f"! -o {masquerade.device}" if masquerade.device else None


def antispoofing_rules(isolations: Sequence[Isolation], family: int) -> Iterator[IptablesRule]:
    """Drop packets with a lab's source address that do not arrive by the lab's interface.

    Others on its Ethernet segment are let through: with br_netfilter these are also packets that a
    bridge passes between its ports. The host's own packets to itself arrive by the loopback
    interface. Of networks within each other the smallest comes first, as in a routing table.
    """
    owners: dict[Network, list[Isolation]] = {}
    for isolation in isolations:
        for network in map(network_of, isolation.networks):
            if network.version == family:
                owners.setdefault(network, []).append(isolation)
    for network in sorted(owners, key=lambda network: (-network.prefixlen, network)):
        is_shared = len(owners[network]) > 1 or _is_nested(network, owners)
        for isolation in owners[network]:
            for name in (*(isolation.interface,) * is_shared, *isolation.joined):
                yield _antispoofing_rule(isolation, network, f"-i {name}", "-j RETURN")
        for isolation in owners[network]:
            yield _antispoofing_rule(
                isolation,
                network,
                f"! -i {isolation.interface}",
                "--src-type UNICAST",
                "-j DROP",
            )


def _is_nested(network: Network, networks: Collection[Network]) -> bool:
    """Return whether a network lies within another one of these."""
    lengths = {other.prefixlen for other in networks if other.prefixlen < network.prefixlen}
    start = network.network_address
    return any(network_of(f"{start}/{length}") in networks for length in lengths)


def _antispoofing_rule(isolation: Isolation, network: Network, *options: str) -> IptablesRule:
    comment = write_interface_note(isolation, isolation.interface)
    return make_rule(f"-s {network}", *options, comment=comment)


def untracked_rules(isolation: Isolation) -> Iterator[IptablesRule]:
    """Keep NAT away from what a bridge passes on to a lab's interface by a cable."""
    comment = write_interface_note(isolation, isolation.interface)
    for name in isolation.untracked:
        yield make_rule(f"-i {name}", "-j CT", "--notrack", comment=comment)


def render_forward_chain(
    resources: Sequence[NatResource], br_netfilter: bool
) -> list[IptablesRule]:
    """Return the rules that limit forwarding.

    Where we enabled forwarding, only our traffic is forwarded: the rest is dropped as if forwarding
    were still disabled. Traffic into and out of an isolated lab is dropped, however it was enabled.
    """
    forwarding = of_type(resources, ForwardingEnabled)
    isolations = of_type(resources, Isolation)
    if not forwarding and not isolations:
        return []
    masquerades = order_masquerades(resources)
    rules: list[IptablesRule] = [CLEAR_MARK]
    if br_netfilter:
        # br_netfilter shows what a bridge passes between its ports; that is not forwarding. If
        # br_netfilter is not loaded, this rule would load it, for all bridges of the host.
        rules.append(make_rule("--physdev-is-bridged", "-j RETURN"))
    if any(isinstance(resource, (Masquerade, Dnat)) for resource in resources):
        rules.append(make_rule("--ctstate RELATED,ESTABLISHED", "-j RETURN"))
        # Translated connections were published on purpose, by us or by others; their destination is
        # no longer the one that the sender used.
        rules.append(make_rule("--ctstate DNAT", "-j RETURN"))
    for isolation in isolations:
        for other in isolations:
            if other.owner == isolation.owner:
                interfaces = (f"-i {isolation.interface}", f"-o {other.interface}")
                rules.append(make_rule(*interfaces, "-j RETURN"))
    rules += [_isolation_rule("-o", isolation) for isolation in isolations]
    rules += [_return_masqueraded(masquerade) for masquerade in masquerades]
    rules += [_isolation_rule("-i", isolation) for isolation in isolations]
    for entry in forwarding:
        interface = None if entry.interface == "all" else f"-i {entry.interface}"
        rules.append(make_rule(interface, "-j DROP"))
    return rules


def _isolation_rule(direction: str, isolation: Isolation) -> IptablesRule:
    comment = f"{write_owner_mark(isolation)} isolated"
    return make_rule(f"{direction} {isolation.interface}", "-j DROP", comment=comment)


def _return_masqueraded(masquerade: Masquerade) -> IptablesRule:
    return make_rule(
        f"-i {masquerade.device}" if masquerade.device else None,
        f"-s {masquerade.source}",
        match_out_interface(masquerade),
        "-j RETURN",
        comment=write_owner_mark(masquerade),
    )


def render_marks(resources: Sequence[NatResource], family: int) -> list[IptablesRule]:
    """Return the rules that mark what the forward chain may let pass."""
    isolated = {isolation.interface for isolation in of_type(resources, Isolation)}
    if not isolated and not of_type(resources, ForwardingEnabled):
        return []
    dnats = of_type(resources, Dnat)
    matches: list[tuple[str | None, ...]] = []
    if any(isinstance(resource, (Masquerade, Dnat)) for resource in resources):
        matches.append(("--ctstate RELATED,ESTABLISHED",))
        # The first packet of a connection has not been translated here: the rules that forward
        # ports, ours and those of others, match packets to the host.
        matches.append(("--dst-type LOCAL",))
    addresses = dict.fromkeys(dnat.destination for dnat in dnats if dnat.destination)
    matches += [(f"-d {address}/{128 if ':' in address else 32}",) for address in addresses]
    matches += [(f"-i {name}",) for name in sorted(isolated)]
    # With br_netfilter prerouting sees the bridge below a VLAN which has the address.
    matches += [
        (f"-i {name}", f"-s {network}")
        for isolation in of_type(resources, Isolation)
        for name in sorted({*isolation.joined} - {*isolation.untracked})
        for network in isolation.networks
        if family_of(network) == family
    ]
    for masquerade in order_masquerades(resources):
        if masquerade.device not in isolated:
            device = f"-i {masquerade.device}" if masquerade.device else None
            matches.append((device, f"-s {masquerade.source}"))
    return [_set_mark(*match) for match in matches]


def _set_mark(*match: str | None) -> IptablesRule:
    target = f"--set-xmark {GUARD_MARK:#x}/{_EVERY_BIT}"
    return make_rule(_UNMARKED, *match, "-j MARK", target)
