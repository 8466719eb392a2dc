# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From NAT things to chains of our own for iptables and ip6tables; _ipt_things.py goes back. Pure.

In iptables an ACCEPT is final for every rule behind it, whoever wrote that. Our guard therefore only drops or returns: as with
a table of our own in nftables, what others forbid stays forbidden.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..._model.addresses import family_of
from ..._model.errors import Failed
from ..._model.nat import (
    Dnat,
    ForwardingEnabled,
    IntegratedFirewall,
    Isolation,
    Masquerade,
    NatResource,
    SavedSysctl,
    SpoofCheck,
)
from ..._model.ownership import MARK
from ..._model.rulesets import sort_rules
from ..comments import mark_of, write_device
from ..dnat import LOOPBACK, TO_MANY, Entry, entries

PRE, OUT, POST, FWD, IN = "REDBLUE-PRE", "REDBLUE-OUT", "REDBLUE-POST", "REDBLUE-FWD", "REDBLUE-IN"
CHAINS = {
    FWD: ("filter", "FORWARD"),
    IN: ("filter", "INPUT"),
    PRE: ("nat", "PREROUTING"),
    OUT: ("nat", "OUTPUT"),
    POST: ("nat", "POSTROUTING"),
}
"""Our chains, each with its table and the chain that jumps to it. The guard comes first: nothing may pass before it stands."""

_MODULES = {
    "--dst-type": "addrtype",
    "--src-type": "addrtype",
    "--ctstate": "conntrack",
    "--dst-range": "iprange",
    "--src-range": "iprange",
    "--physdev-is-bridged": "physdev",
    "--comment": "comment",
}
_PLAIN = re.compile(r"[A-Za-z0-9 ._:/,-]*")


class IptablesRule(NamedTuple):
    """One rule: its options, each with its values and its "!", in no particular order, for the variants list them differently."""

    options: Tuple[str, ...]
    comment: str


IptablesRules = Dict[str, List[IptablesRule]]
"""The rules of one family by chain of ours; chains without rules are left out."""


def make_rule(*options: Optional[str], comment: str = MARK) -> IptablesRule:
    """A rule of those of the options that there are."""
    return IptablesRule(tuple(option for option in options if option), comment)


def write_rule(rule: IptablesRule) -> str:
    """A rule as iptables-restore reads it, behind -A CHAIN."""
    words = []
    # The protocol stands before its ports, the target and its own options at the end.
    for option in sorted(
        rule.options,
        key=lambda option: (
            option.startswith("-j") + 2 * option.startswith("--to-"),
            not option.startswith("-p"),
        ),
    ):
        name = option.split()[1] if option.startswith("!") else option.split()[0]
        module = (
            next((text[3:] for text in rule.options if text.startswith("-p ")), "")
            if name == "--dport"
            else _MODULES.get(name)
        )
        words.append(f"-m {module} {option}" if module else option)
    comment = f'-m comment --comment "{rule.comment}"'
    target = next(index for index, word in enumerate(words) if word.startswith("-j"))
    text = " ".join([*words[:target], comment, *words[target:]])
    if not all(
        _PLAIN.fullmatch(part.replace("!", "").replace("[", "").replace("]", ""))
        for part in (*rule.options, rule.comment)
    ):
        raise Failed(f"{text!r} cannot be written for iptables")
    return text


def _range(network: str) -> str:
    net = ipaddress.ip_network(network)
    return f"{net[0]}-{net[-1]}"


def _source(network: Optional[str]) -> Optional[str]:
    # iptables forgets a source that is everybody; as a range it keeps it.
    return (
        None
        if network is None
        else f"--src-range {_range(network)}"
        if network.endswith("/0")
        else f"-s {network}"
    )


def _host(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"


def _ports(first: int, last: int) -> str:
    return f"--dport {first}" if first == last else f"--dport {first}:{last}"


def _to(dnat: Dnat) -> str:
    """The target; a shifted range is written with the port from which it is counted."""
    if dnat.ports == dnat.to_ports:
        return f"--to-destination {dnat.to_address}"
    address = f"[{dnat.to_address}]" if ":" in dnat.to_address else dnat.to_address
    first, last = dnat.to_ports
    return f"--to-destination {address}:{first}" + (
        "" if first == last else f"-{last}/{dnat.ports[0]}"
    )


def _forward(dnat: Dnat, limits: Iterable[Optional[str]], comment: str) -> IptablesRule:
    return make_rule(
        *limits, f"-p {dnat.protocol}", _ports(*dnat.ports), "-j DNAT", _to(dnat), comment=comment
    )


def _not_loopback(dnat: Dnat) -> str:
    return f"! -d {LOOPBACK[dnat.family]}"


def _pre(entry: Entry) -> IptablesRule:
    dnat = entry.dnat
    came_by = (
        f"-i {entry.came_by}" if entry.came_by else f"! -i {entry.not_by}" if entry.not_by else None
    )
    to = (
        [f"-d {_host(dnat.destination)}"]
        if dnat.destination
        else ["--dst-type LOCAL", _not_loopback(dnat)]
    )
    return _forward(
        dnat, [came_by, _source(entry.source), *to], entry.note or f"{mark_of(dnat)} hairpin"
    )


def _out(dnat: Dnat) -> IptablesRule:
    to = f"-d {_host(dnat.destination)}" if dnat.destination else _not_loopback(dnat)
    return _forward(dnat, [to, "--dst-type LOCAL"], mark_of(dnat))


def _hairpin(dnat: Dnat) -> Iterator[IptablesRule]:
    target = _host(dnat.to_address)
    # A connection back to its own sender never has an interface of entry here when br_netfilter shows it.
    for limits in ((f"-i {dnat.device}", f"-o {dnat.device}"), (f"-s {target}",)):
        yield make_rule(
            *limits,
            f"-d {target}",
            f"-p {dnat.protocol}",
            _ports(*dnat.to_ports),
            "--ctstate DNAT",
            "-j MASQUERADE",
            comment=mark_of(dnat),
        )


def ways_out(resource: Masquerade) -> Optional[str]:
    """The interfaces by which a source network leaves."""
    return (
        f"-o {resource.out_interface}"
        if resource.out_interface
        else f"! -o {resource.device}"
        if resource.device
        else None
    )


def _masquerade(resource: Masquerade) -> IptablesRule:
    kept = (*TO_MANY[resource.family], *resource.destination_except)
    action = (
        ("-j SNAT", f"--to-source {resource.to_source}")
        if resource.to_source
        else ("-j MASQUERADE",)
    )
    return make_rule(
        f"-s {resource.source}",
        f"! -d {resource.source}",
        *(f"! --dst-range {_range(network)}" for network in kept),
        ways_out(resource),
        *action,
        comment=write_device(resource),
    )


def _spoofed(resource: Isolation, family: int) -> Iterator[IptablesRule]:
    """What has a lab's address as its source and does not come by its interface; the loopback brings what the host tells itself."""
    for network in resource.networks:
        if family_of(network) == family:
            yield make_rule(
                f"-s {network}",
                f"! -i {resource.interface}",
                "--src-type UNICAST",
                "-j DROP",
                comment=write_device(resource),
            )


def _render_forward_chain(
    rules_there: bool,
    masquerades: Sequence[Masquerade],
    isolated: Sequence[Isolation],
    opened: Sequence[ForwardingEnabled],
    bridges_filtered: bool,
) -> List[IptablesRule]:
    """Forwarding that we turned on is for our traffic only: the rest is dropped as if it were still off.

    So is, whoever turned it on, what goes into an isolated lab or comes from one.
    """
    if not opened and not isolated:
        return []
    rules = []
    if rules_there:
        # Translated means published, by us or by another on purpose, and the target is no longer what the sender wrote.
        rules = [
            make_rule("--ctstate RELATED,ESTABLISHED", "-j RETURN"),
            make_rule("--ctstate DNAT", "-j RETURN"),
        ]
    if bridges_filtered:
        # br_netfilter shows us what a bridge carries among its own ports; that is no forwarding. Where br_netfilter is not
        # loaded this rule would load it, for all bridges of the machine.
        rules.append(make_rule("--physdev-is-bridged", "-j RETURN"))
    for one in isolated:
        rules += [
            make_rule(f"-i {one.interface}", f"-o {other.interface}", "-j RETURN")
            for other in isolated
            if other.owner == one.owner
        ]
    rules += [
        make_rule(f"-o {one.interface}", "-j DROP", comment=f"{mark_of(one)} isolated")
        for one in isolated
    ]
    for resource in masquerades:
        came_by = f"-i {resource.device}" if resource.device else None
        rules.append(
            make_rule(
                came_by,
                f"-s {resource.source}",
                ways_out(resource),
                "-j RETURN",
                comment=mark_of(resource),
            )
        )
    rules += [
        make_rule(f"-i {one.interface}", "-j DROP", comment=f"{mark_of(one)} isolated")
        for one in isolated
    ]
    return rules + [
        make_rule(None if resource.interface == "all" else f"-i {resource.interface}", "-j DROP")
        for resource in opened
    ]


def _is_of(family: int, resource: NatResource) -> bool:
    if isinstance(resource, SavedSysctl):
        return family == 6
    return isinstance(resource, Isolation) or (
        not isinstance(resource, (IntegratedFirewall, SpoofCheck)) and resource.family == family
    )


def render_iptables(
    resources: Iterable[NatResource], family: int, bridges_filtered: bool
) -> IptablesRules:
    """The chains of one family that do what the things say."""
    mine = [resource for resource in sort_rules(resources) if _is_of(family, resource)]
    dnats = [resource for resource in mine if isinstance(resource, Dnat)]
    masquerades = sorted(
        (resource for resource in mine if isinstance(resource, Masquerade)),
        key=lambda resource: (
            -int(resource.source.partition("/")[2]),
            resource.out_interface is None,
        ),
    )
    opened = [resource for resource in mine if isinstance(resource, ForwardingEnabled)]
    isolated = [resource for resource in mine if isinstance(resource, Isolation)]
    spoofed = [rule for resource in isolated for rule in _spoofed(resource, family)]
    # Behind all else, where nothing comes by: what is to be set back.
    records = [
        make_rule(f"-i {resource.interface}", "-j RETURN", comment=f"{MARK} {resource.setting}")
        for resource in mine
        if isinstance(resource, SavedSysctl)
    ]
    hosts = sorted(
        (dnat for dnat in dnats if dnat.from_host), key=lambda dnat: dnat.destination is None
    )
    chains = {
        FWD: [
            *spoofed,
            *_render_forward_chain(
                bool(dnats or masquerades), masquerades, isolated, opened, bridges_filtered
            ),
            *records,
        ],
        IN: spoofed,
        PRE: [_pre(entry) for entry in entries(mine)],
        OUT: [_out(dnat) for dnat in hosts],
        POST: [rule for dnat in dnats if dnat.hairpin and dnat.device for rule in _hairpin(dnat)]
        + [_masquerade(resource) for resource in masquerades],
    }
    return {chain: rules for chain, rules in chains.items() if rules}
