# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads our chains from what iptables-save lists, and NAT resources from these. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model import nat
from ..._model.fast_dataclass import dataclass, field
from ..._model.host_access import ESTABLISHED, ICMP, HostAccess, order_allowed
from ..._model.lazy_pattern import compile_lazily
from ..._model.ownership import MARK, read_mark
from ..comments import is_marked, read_dnat_note, read_interface_note
from ..dnat import DnatFragment, join_fragments
from ..icmp_types import ECHO_REQUEST
from ..networks import networks_of_range
from ..resources import NEVER_MASQUERADED
from .input_chains import ROUTED
from .render import CHAINS, FWD, HOST, IN, POST, PRE, RAW, SPOOF_IN, ChainPlace, render_iptables
from .rule import IptablesRule, IptablesRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..._model.resources import NatResource

_WORD = compile_lazily(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_ECHO_REQUESTS = ((str(ECHO_REQUEST[4]), None), (None, str(ECHO_REQUEST[6])))
_TARGET = compile_lazily(
    r"(?:\[(?P<bracketed>[^\]]+)\]|(?P<dotted>[0-9.]+)(?=:)|(?P<alone>[0-9a-f.:]+$))"
    r"(?::(?P<port>[0-9]+)(?:-[0-9]+/[0-9]+)?)?"
)


@dataclass
class LiveRules:
    """Our part of the rules of one family.

    ``chains`` has the chains that exist, with their rules; ``jumps`` the number of marked jumps to
    each.
    """

    chains: IptablesRules = field(default_factory=dict)
    jumps: dict[str, int] = field(default_factory=dict)

    @property
    def is_marked(self) -> bool:
        """Whether any rule or jump carries our mark."""
        return any(self.jumps.values()) or any(
            is_marked(rule.comment) for rules in self.chains.values() for rule in rules
        )

    @property
    def has_rules(self) -> bool:
        """Whether any of the chains has rules."""
        return any(self.chains.values())


def _parse_rule(text: str) -> IptablesRule:
    """Parse a listed rule, without its chain. ``-m`` is left out: it follows from the options."""
    options: list[str] = []
    comment = ""
    words = [match[1] if match[2] is None else match[2] for match in _WORD.finditer(text)]
    index = 0
    while index < len(words):
        start = index
        index += 2 if words[index] == "!" else 1
        while index < len(words) and words[index] != "!" and not words[index].startswith("-"):
            index += 1
        group = words[start:index]
        if group[0] == "--comment":
            comment = " ".join(group[1:])
        elif group[0] != "-m":
            options.append(" ".join(group))
    return IptablesRule(tuple(options), comment)


def read_iptables_rules(text: str, places: Mapping[str, ChainPlace] = CHAINS) -> LiveRules:
    """Read these chains, and the marked jumps to them, from what iptables-save lists."""
    live = LiveRules()
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            chain = line[1:].partition(" ")[0]
            if chain in places and places[chain].table == table:
                live.chains.setdefault(chain, [])
        elif line.startswith("-A "):
            chain, _space, rule = line[3:].partition(" ")
            if chain in places and places[chain].table == table:
                live.chains.setdefault(chain, []).append(_parse_rule(rule))
                continue
            target = rule.rpartition("-j ")[2]
            jump = IptablesRule((f"-j {target}",), MARK)
            if places.get(target) == (table, chain) and _parse_rule(rule) == jump:
                live.jumps[target] = live.jumps.get(target, 0) + 1
    return live


def _options_by_name(rule: IptablesRule) -> dict[str, str]:
    """Return the values by option, as ``-s`` or ``! -d``; those of a repeated option are joined."""
    found: dict[str, str] = {}
    for option in rule.options:
        words = option.split()
        length = 2 if words[0] == "!" else 1
        name, value = " ".join(words[:length]), " ".join(words[length:])
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def _network_of_range(span: str) -> str:
    first, last = span.split("-")
    return ",".join(networks_of_range(first, last))


def _read_source(options: Mapping[str, str]) -> str | None:
    """Return the source network of a rule; None is any."""
    if "--src-range" in options:
        return _network_of_range(options["--src-range"])
    return options.get("-s")


def _read_masquerades(rules: list[IptablesRule], netns: str | None) -> Iterator[nat.Masquerade]:
    for rule in rules:
        note, options = read_interface_note(rule.comment), _options_by_name(rule)
        if note is None or "-s" not in options:
            continue
        source = options["-s"]
        excluded = tuple(map(_network_of_range, options.get("! --dst-range", "").split()))
        always_excluded = NEVER_MASQUERADED[6 if ":" in source else 4]
        yield nat.Masquerade(
            netns,
            source,
            out_interface=options.get("-o"),
            destination_except=excluded[len(always_excluded) :],
            to_source=options.get("--to-source"),
            translated=options.get("-j") != "RETURN",
            device=note.interface,
            owner=note.owner,
        )


def _read_fragments(rules: list[IptablesRule]) -> Iterator[DnatFragment]:
    for rule in rules:
        note, options = read_dnat_note(rule.comment), _options_by_name(rule)
        target = _TARGET.fullmatch(options.get("--to-destination", ""))
        if note is None or target is None or not options.get("--dport"):
            continue
        source = _read_source(options)
        port = int(options["--dport"].partition(":")[0])
        yield DnatFragment(
            note,
            in_interface=options.get("-i"),
            source=source,
            destination=options["-d"].partition("/")[0] if "-d" in options else None,
            protocol=options.get("-p", ""),
            first_port=port,
            to_address=target["bracketed"] or target["dotted"] or target["alone"],
            to_port=int(target["port"] or port),
        )


def _read_forwarding(
    rules: list[IptablesRule], netns: str | None, family: int
) -> Iterator[nat.ForwardingEnabled]:
    for rule in rules:
        if "-j DROP" in rule.options and rule.comment == MARK:
            yield nat.ForwardingEnabled(netns, family, _options_by_name(rule).get("-i", "all"))


def _read_isolations(chains: IptablesRules, netns: str | None) -> Iterator[nat.Isolation]:
    """Read the isolated interfaces, with their networks of this family."""
    networks: dict[str, list[str]] = {}
    routed: dict[str, list[str]] = {}
    joined: dict[str, set[str]] = {}
    untracked: dict[str, set[str]] = {}
    for rule in chains.get(RAW, []):
        note, options = read_interface_note(rule.comment), _options_by_name(rule)
        if note is not None and note.interface is not None:
            untracked.setdefault(note.interface, set()).add(options.get("-i", ""))
    for rule in (*chains.get(SPOOF_IN, []), *chains.get(IN, [])):
        note, options = read_interface_note(rule.comment), _options_by_name(rule)
        source = _read_source(options)
        if note is None or note.interface is None or source is None:
            continue
        if options.get("-j") == "DROP":
            networks.setdefault(note.interface, []).append(source)
        elif note.interface == ROUTED:
            routed.setdefault(options.get("-i", ""), []).append(source)
        elif options.get("-i") != note.interface:
            joined.setdefault(note.interface, set()).add(options.get("-i", ""))
    for rule in chains.get(FWD, []):
        mark, _space, word = rule.comment.partition(" ")
        interface = _options_by_name(rule).get("-o")
        if word == "isolated" and interface is not None:
            own_networks, behind, segment, passing = (
                tuple(sorted(found.get(interface, ())))
                for found in (networks, routed, joined, untracked)
            )
            owner = read_mark(mark)
            yield nat.Isolation(netns, interface, own_networks, owner, behind, segment, passing)


def _read_host_accesses(rules: list[IptablesRule], netns: str | None) -> Iterator[HostAccess]:
    allowed: dict[str, list[str]] = {}
    for rule in rules:
        options = _options_by_name(rule)
        interface = options.get("-i", "")
        words = allowed.setdefault(interface, [])
        if options.get("-j") == "DROP":
            yield HostAccess(netns, interface, order_allowed(words), read_mark(rule.comment))
        elif "--dport" in options:
            words.append(f"{options['--dport'].replace(':', '-')}/{options.get('-p')}")
        elif "--ctdir" in options:
            words.append(ESTABLISHED)
        elif (options.get("--icmp-type"), options.get("--icmpv6-type")) in _ECHO_REQUESTS:
            words.append(ICMP)


def _read_saved_sysctls(rules: list[IptablesRule], netns: str | None) -> Iterator[nat.SavedSysctl]:
    for rule in rules:
        for setting in nat.SAVED_SYSCTLS:
            if rule.comment == f"{MARK} {setting}":
                yield nat.SavedSysctl(netns, _options_by_name(rule).get("-i", ""), setting)


def normalize(rules: IptablesRules) -> dict[str, list[IptablesRule]]:
    """Sort the options of each rule, so that rules with the same meaning are equal."""
    return {
        chain: [IptablesRule(tuple(sorted(rule.options)), rule.comment) for rule in listed]
        for chain, listed in rules.items()
    }


def parse_resources(live: LiveRules, netns: str | None, family: int) -> list[NatResource]:
    """Read the resources of one family from our chains."""
    found: list[NatResource] = []
    found += _read_masquerades(live.chains.get(POST, []), netns)
    found += join_fragments(netns, _read_fragments(live.chains.get(PRE, [])))
    forward_rules = live.chains.get(FWD, [])
    found += _read_forwarding(forward_rules, netns, family)
    found += _read_isolations(live.chains, netns)
    found += _read_host_accesses(live.chains.get(HOST, []), netns)
    found += _read_saved_sysctls(forward_rules, netns)
    return found


def is_complete(
    live: LiveRules, resources: Iterable[NatResource], family: int, br_netfilter: bool
) -> bool:
    """Return whether our chains of one family are exactly what these resources render."""
    wanted = render_iptables(resources, family, br_netfilter)
    chains_are_equal = normalize(wanted) == normalize(live.chains)
    return chains_are_equal and live.jumps == dict.fromkeys(wanted, 1)
