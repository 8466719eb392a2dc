# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of packet filters: who drops what is forwarded, bridged or answered, in which table, chain and rule."""

from __future__ import annotations

import ipaddress
from typing import Any, FrozenSet, Iterator, List, Optional, Sequence, Tuple, cast

from . import _model, _rules
from ._chart import Chart, Verdict
from ._draft import say_where
from ._findings import ERROR, INFO, WARNING, Finding, all_traffic, traffic, within
from ._plan_nat import CLOSED, forwarding_key

_ROUTED, _OWN = ("prerouting", "forward", "postrouting", "ingress", "egress"), ("input", "output")


def _shows(verdict: Verdict, netns: Optional[str]) -> str:
    chain, table = verdict.place.split()[1], verdict.place.partition("of table ")[2].rpartition(" (")[0]
    if verdict.tool == "nft":
        return f"{within(netns)}nft -a list chain {table} {chain}"
    return f"{within(netns)}{verdict.tool} -t {table} -S {chain}"


def _named(patterns: Sequence[str], names: FrozenSet[str]) -> bool:
    """Whether one of these names is meant; a + or * at the end stands for the rest."""
    return any(name == text or (text[-1:] in "+*" and name.startswith(text[:-1])) for text in patterns for name in names)


def _among(texts: Sequence[str], networks: Sequence[_model.Network]) -> bool:
    for text in texts:
        try:
            given = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return False
        if any(given.version == one.version and given.overlaps(cast(Any, one)) for one in networks):
            return True
    return False


def _meets(verdict: Verdict, names: FrozenSet[str], networks: Sequence[_model.Network]) -> List[bool]:
    """Of each limit of a rule, whether this traffic is within it."""
    return [
        *(_named(patterns, names) for patterns in (verdict.came_by, verdict.leaves_by) if patterns),
        *(_among(texts, networks) for texts in (verdict.source, verdict.to) if texts),
    ]


def _admitted(chart: Chart, netns: Optional[str], verdict: Verdict, names: FrozenSet[str]) -> bool:
    """Whether every one of these was let through there on our request."""
    rules = chart.there.nat[netns].things if netns in chart.there.nat else ()
    told = {
        thing.interface for thing in rules if isinstance(thing, _rules.Admitted) and thing.firewall == verdict.firewall
        and (verdict.firewall == "firewalld" or any(post.startswith(f"{verdict.tool}:") for post in thing.posts))
    }
    return bool(names) and names <= told


def _severity(verdict: Verdict, names: FrozenSet[str], chart: Chart, netns: Optional[str]) -> Optional[Tuple[str, str]]:
    """How bad a verdict is for what goes through there, and what it does."""
    networks = chart.networks(netns)
    met = _meets(verdict, names, networks)
    if met:
        # A rule for what goes between the lab and somebody else drops a part of the lab's traffic.
        return (WARNING if verdict.more or not all(met) else ERROR, "filter_drop") if any(met) else None
    if _admitted(chart, netns, verdict, names):
        return None
    spoken = [text for text in verdict.accepts if any(name in text.replace('"', " ").split() for name in names)]
    return (INFO, "filter_unclear") if spoken or verdict.more else (ERROR, "filter_drop")


def _forwards(chart: Chart, netns: Optional[str], names: FrozenSet[str], family: int) -> bool:
    interfaces = ["all"] if family == 6 else list(names)
    return any(chart.there.sysctls.get((netns, forwarding_key(family, name)), CLOSED) not in (CLOSED, None) for name in interfaces)


def _bridges(chart: Chart, family: int) -> bool:
    """Whether the host's filters are shown what a bridge there carries from one port to another."""
    key = "net/bridge/bridge-nf-call-iptables" if family == 4 else "net/bridge/bridge-nf-call-ip6tables"
    ports = [link.bridge for link in chart.on(None) if link.bridge and link.peer and link.peer[0]]
    return chart.settings.get((None, key)) == "1" and len(set(ports)) < len(ports)


def _has(chart: Chart, names: FrozenSet[str], family: int) -> bool:
    """Whether what goes by these links has addresses of that family."""
    return any(network.version == family for network in chart.networks(None)) or not chart.networks(None) and bool(names)


def _about(chart: Chart, netns: Optional[str], verdict: Verdict) -> Iterator[Finding]:
    ways = chart.ways_in(None) if netns is None else frozenset(link.name for link in chart.on(netns) if link.name != "lo")
    names = frozenset([*ways, *(link.name for link in chart.on(netns) if link.bridge in ways)])
    if not ways:
        return
    families = [family for family in verdict.families if netns is not None or _has(chart, names, family)]
    routed = [family for family in families if _forwards(chart, netns, ways, family)]
    bridged = [family for family in families if netns is None and _bridges(chart, family)]
    check, what = "filter_drop", "what is forwarded"
    if verdict.hook in _OWN:
        # A host that takes nothing is a host with a firewall; a rule that names a lab, or a namespace that takes nothing, is something else.
        if netns is None and (not verdict.rule or not any(_meets(verdict, names, chart.networks(netns)))):
            return
        what = "what comes in" if verdict.hook == "input" else "what is sent"
    elif not (routed or bridged or "bridge" in verdict.place.split() or "netdev" in verdict.place.split()):
        return
    elif not routed and bridged:
        check, what = "br_netfilter", "what a bridge carries among its ports, which br_netfilter shows it,"
    found = _severity(verdict, names if _meets(verdict, names, chart.networks(netns)) else ways, chart, netns)
    if found is None:
        return
    severity, word = found
    word = check if word == "filter_drop" else word
    rule = f"the rule {verdict.rule}" if verdict.rule else "the policy of"
    subject = f"{verdict.place}{'' if netns is None else f' {say_where(netns)}'}{f': {verdict.rule}' if verdict.rule else ''}"
    said = f"{rule} in {verdict.place}" if verdict.rule else f"{rule} {verdict.place}"
    doubt = "" if severity == ERROR else "; whether rules of its own accept it, or its other conditions spare it, cannot be told"
    yield Finding(
        word, severity, subject, f"{said} {say_where(netns)} drops {what}{doubt}", f"{_shows(verdict, netns)}: {verdict.rule or 'policy DROP'}",
        _mend(verdict, word, netns), at=_stops(verdict, netns) if severity == ERROR else frozenset(),
    )


def _stops(verdict: Verdict, netns: Optional[str]) -> FrozenSet[_model.Place]:
    """What nobody is heard through: below IP it drops ARP as well, and where it takes nothing, or lets nothing out, the questions and answers of IPv6."""
    if "bridge" in verdict.place.split() or "netdev" in verdict.place.split():
        links = frozenset(traffic((netns, name), family) for name in (*verdict.came_by, *verdict.leaves_by) for family in (4, 6))
        return links or (frozenset() if verdict.source or verdict.to else all_traffic(netns, (4, 6)))
    return all_traffic(netns, (6,)) if verdict.hook in _OWN and 6 in verdict.families and not verdict.rule else frozenset()


def _mend(verdict: Verdict, word: str, netns: Optional[str]) -> str:
    if word == "br_netfilter":
        family = "iptables" if verdict.families == (4,) or verdict.families == (4, 6) else "ip6tables"
        return f"sysctl -w net.bridge.bridge-nf-call-{family}=0, or option integrate: {verdict.firewall}, or a switch in a namespace"
    if verdict.rule or netns is not None:
        return "take that rule away, or accept this traffic before it" if verdict.rule else "accept this traffic there, or let the policy accept"
    return f"option integrate: {verdict.firewall} (modules topology, masquerade, dnat), which has that chain accept the lab's traffic and no more"


def check_filters(chart: Chart) -> Iterator[Finding]:
    """Every chain and rule that drops."""
    for netns, filters in chart.filters.items():
        for verdict in filters.verdicts:
            yield from _about(chart, netns, verdict)
        for complaint in filters.unread:
            yield Finding(
                "filter_unclear", INFO, f"rules {say_where(netns)}", f"not all rules {say_where(netns)} could be read", complaint,
                "install the program, or mend what it says",
            )


def check_unhooked(chart: Chart) -> Iterator[Finding]:
    """DOCKER-USER is asked before Docker's own rules; where nobody asks it, what is accepted there is in vain."""
    for netns, filters in chart.filters.items():
        for program in filters.unhooked:
            yield Finding(
                "docker_user_unhooked", ERROR if chart.ways_in(netns) else WARNING, f"DOCKER-USER of {program}",
                f"the chain DOCKER-USER is there ({program}) {say_where(netns)}, and FORWARD does not jump to it: what it accepts is dropped all the same",
                f"{within(netns)}{program} -S FORWARD: no -j DOCKER-USER",
                f"{within(netns)}{program} -I FORWARD -j DOCKER-USER, or restart Docker; then run the topology again (option integrate: docker)",
            )
