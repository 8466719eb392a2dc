# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From NAT resources to chains of our own for iptables and ip6tables; parse.py goes back. Pure.

In iptables an ACCEPT is final: rules of others that follow are not evaluated. Our FORWARD rules
therefore only drop or return. As with a table of our own in nftables, what others forbid stays
forbidden.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ..._model.addresses import join_port
from ..._model.fast_typing import NamedTuple
from ..._model.host_access import HostAccess
from ..._model.nat import Dnat, Isolation, Masquerade, SavedSysctl
from ..._model.ownership import MARK
from ..._model.rulesets import sort_rules
from ..comments import write_interface_note, write_owner_mark
from ..dnat import DnatMatch, list_matches
from ..resources import LOOPBACK, NEVER_MASQUERADED, of_type, order_masquerades
from .families import families_of
from .forward_chain import (
    CLEAR_MARK,
    antispoofing_rules,
    match_out_interface,
    render_forward_chain,
    render_marks,
    untracked_rules,
)
from .input_chains import forged_source_rules, host_access_rules
from .matches import address_range, match_ports, match_source
from .rule import IptablesRule, IptablesRules, make_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..._model.resources import NatResource


class ChainPlace(NamedTuple):
    """The table of a chain of ours, and the chain that jumps to it."""

    table: str
    parent: str


PRE, OUT, POST = "REDBLUE-PRE", "REDBLUE-OUT", "REDBLUE-POST"
FWD, IN, HOST = "REDBLUE-FWD", "REDBLUE-IN", "REDBLUE-HOST"
MARK_PRE, MARK_IN = "REDBLUE-MARK", "REDBLUE-UNMARK"
SPOOF_IN, SPOOF_FWD = "REDBLUE-SPOOF-IN", "REDBLUE-SPOOF-FWD"
RAW = "REDBLUE-RAW"
CHAINS = MappingProxyType(
    {
        RAW: ChainPlace("raw", "PREROUTING"),
        IN: ChainPlace("filter", "INPUT"),
        HOST: ChainPlace("filter", "INPUT"),
        MARK_PRE: ChainPlace("mangle", "PREROUTING"),
        SPOOF_IN: ChainPlace("mangle", "INPUT"),
        MARK_IN: ChainPlace("mangle", "INPUT"),
        FWD: ChainPlace("mangle", "FORWARD"),
        SPOOF_FWD: ChainPlace("mangle", "FORWARD"),
        PRE: ChainPlace("nat", "PREROUTING"),
        OUT: ChainPlace("nat", "OUTPUT"),
        POST: ChainPlace("nat", "POSTROUTING"),
    }
)
"""Our chains. The filter rules come first: nothing may be translated before they are in place."""


def _with_length(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"


def _target(dnat: Dnat) -> str:
    """Return the target; a shifted range has the original port at which it begins."""
    if dnat.ports == dnat.to_ports:
        return f"--to-destination {dnat.to_address}"
    first, last = dnat.to_ports
    target = f"--to-destination {join_port(dnat.to_address, first)}"
    return target if first == last else f"{target}-{last}/{dnat.ports[0]}"


def _redirect(dnat: Dnat, matches: Iterable[str | None], comment: str) -> IptablesRule:
    protocol, ports = f"-p {dnat.protocol}", match_ports(*dnat.ports)
    return make_rule(*matches, protocol, ports, "-j DNAT", _target(dnat), comment=comment)


def _not_loopback(dnat: Dnat) -> str:
    return f"! -d {LOOPBACK[dnat.family]}"


def _prerouting_rule(match: DnatMatch) -> IptablesRule:
    dnat = match.dnat
    interface = None
    if match.in_interface:
        interface = f"-i {match.in_interface}"
    elif match.not_in_interface:
        interface = f"! -i {match.not_in_interface}"
    if dnat.destination:
        destination = [f"-d {_with_length(dnat.destination)}"]
    else:
        destination = ["--dst-type LOCAL", _not_loopback(dnat)]
    comment = match.comment or f"{write_owner_mark(dnat)} hairpin"
    return _redirect(dnat, [interface, match_source(match.source), *destination], comment)


def _output_rule(dnat: Dnat) -> IptablesRule:
    if dnat.destination:
        destination = f"-d {_with_length(dnat.destination)}"
    else:
        destination = _not_loopback(dnat)
    return _redirect(dnat, [destination, "--dst-type LOCAL"], write_owner_mark(dnat))


def _hairpin_rules(dnat: Dnat) -> Iterator[IptablesRule]:
    target = _with_length(dnat.to_address)
    # With br_netfilter a connection back to its own sender has no incoming interface here, so the
    # second rule matches it by its source.
    for interface_or_source in ((f"-i {dnat.device}", f"-o {dnat.device}"), (f"-s {target}",)):
        yield make_rule(
            *interface_or_source,
            f"-d {target}",
            f"-p {dnat.protocol}",
            match_ports(*dnat.to_ports),
            "--ctstate DNAT",
            "-j MASQUERADE",
            comment=write_owner_mark(dnat),
        )


def _masquerade_rule(masquerade: Masquerade) -> IptablesRule:
    comment = write_interface_note(masquerade, masquerade.device)
    if not masquerade.translated:
        # Less specific rules come later, and do not translate it either.
        source, out_interface = f"-s {masquerade.source}", match_out_interface(masquerade)
        return make_rule(source, out_interface, "-j RETURN", comment=comment)
    excluded = (*NEVER_MASQUERADED[masquerade.family], *masquerade.destination_except)
    action = ["-j MASQUERADE"]
    if masquerade.to_source:
        action = ["-j SNAT", f"--to-source {masquerade.to_source}"]
    return make_rule(
        f"-s {masquerade.source}",
        f"! -d {masquerade.source}",
        *(f"! --dst-range {address_range(network)}" for network in excluded),
        match_out_interface(masquerade),
        *action,
        comment=comment,
    )


def _saved_sysctl_rule(saved: SavedSysctl) -> IptablesRule:
    """Return a rule without effect, at the end of its chain, whose comment names the sysctl."""
    return make_rule(f"-i {saved.interface}", "-j RETURN", comment=f"{MARK} {saved.setting}")


def _mark_chains(resources: Sequence[NatResource], family: int) -> IptablesRules:
    marks = render_marks(resources, family)
    return {MARK_PRE: marks, MARK_IN: [CLEAR_MARK]} if marks else {}


def _postrouting_rules(own: Sequence[NatResource]) -> list[IptablesRule]:
    rules: list[IptablesRule] = []
    for dnat in of_type(own, Dnat):
        if dnat.hairpin and dnat.device:
            rules += _hairpin_rules(dnat)
    return [*rules, *map(_masquerade_rule, order_masquerades(own))]


def render_iptables(
    resources: Iterable[NatResource], family: int, br_netfilter: bool
) -> IptablesRules:
    """Return the chains of one family for these resources.

    :param br_netfilter: whether br_netfilter shows bridged packets to iptables.
    """
    own = [resource for resource in sort_rules(resources) if family in families_of(resource)]
    dnats = of_type(own, Dnat)
    from_host = [dnat for dnat in dnats if dnat.from_host]
    from_host.sort(key=lambda dnat: dnat.destination is None)
    forged_sources: list[IptablesRule] = []
    untracked: list[IptablesRule] = []
    for isolation in of_type(own, Isolation):
        untracked += untracked_rules(isolation)
        forged_sources += forged_source_rules(isolation, family)
    antispoofing = [*antispoofing_rules(of_type(own, Isolation), family)]
    host_access: list[IptablesRule] = []
    for access in of_type(own, HostAccess):
        host_access += host_access_rules(access, family)
    chains = {
        FWD: [
            *render_forward_chain(own, br_netfilter),
            *map(_saved_sysctl_rule, of_type(own, SavedSysctl)),
        ],
        RAW: untracked,
        IN: forged_sources,
        SPOOF_IN: antispoofing,
        SPOOF_FWD: antispoofing,
        HOST: host_access,
        **_mark_chains(own, family),
        PRE: [_prerouting_rule(match) for match in list_matches(own)],
        OUT: [_output_rule(dnat) for dnat in from_host],
        POST: _postrouting_rules(own),
    }
    return {chain: rules for chain, rules in chains.items() if rules}
