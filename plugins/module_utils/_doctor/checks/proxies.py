# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of proxy ARP and proxy NDP: whether the kernel answers for others where it is set up to.

It answers only where it forwards. For ARP it also looks up the route of the address, as that of a
packet without a mark. Where a topology enabled forwarding, the guard of its rules drops those.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._firewall.firewall import Firewall
from ..._model.addresses import family_of
from ..._model.changes import Change
from ..._model.forwarding import FORWARDING_OFF, FORWARDING_ON, forwarding_key
from ..._model.nat import ForwardingEnabled, Isolation
from ..._model.routes import MAIN_TABLE
from ..._render.commands import render_commands
from ..commands import ip_command, sysctl_command
from ..findings import WARNING, Finding, format_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import Link
    from ..facts.host_facts import HostFacts

_MAX_LINES = 100


def check_proxies(facts: HostFacts) -> Iterator[Finding]:
    """Links on which the kernel should answer for others, and does not."""
    for link in facts.current.links.values():
        if link.name == "lo" or not link.up:
            continue
        proxied = _list_proxied(facts, link, 4)
        if proxied or (_is_set(facts, link, "net/ipv4/conf/{}/proxy_arp") and _leads(facts, link)):
            yield from _check_arp(facts, link, proxied)
        proxied = _list_proxied(facts, link, 6)
        if proxied:
            yield from _check_ndp(facts, link, proxied)


def _list_proxied(facts: HostFacts, link: Link, family: int) -> list[str]:
    """The addresses that ``ip neigh add proxy`` names on a link."""
    return [
        entry.address
        for entry in facts.proxies.get(link.netns, ())
        if entry.device == link.name and family_of(entry.address) == family
    ]


def _is_set(facts: HostFacts, link: Link, key: str) -> bool:
    """Whether a parameter is on for a link or for all of its namespace."""
    values = (facts.sysctls.get((link.netns, key.format(name)), "0") for name in (link.name, "all"))
    return any(value != "0" for value in values)


def _leads(facts: HostFacts, link: Link) -> bool:
    """Whether there is something to answer for: a network that another link leads to."""
    return any(
        route.table == MAIN_TABLE
        and family_of(route.destination) == 4
        and route.device not in (None, "lo", link.name)
        for route in facts.current.routes.get(link.netns, ())
    )


def _describe_proxied(proxied: list[str]) -> str:
    more = f" and {len(proxied) - 1} more" if len(proxied) > 1 else ""
    return f"{proxied[0]}{more}" if proxied else "addresses that are behind other interfaces"


def _finding(
    link: Link, family: int, proxied: list[str], reason: str, shown: str, remedy: str
) -> Finding:
    protocol = "ARP" if family == 4 else "neighbour discovery"
    how = f"{ip_command(link.netns, family)} neigh show proxy dev {quote(link.name)}"
    if not proxied:
        how = sysctl_command(link.netns, f"net/ipv4/conf/{link.name}/proxy_arp")
    return Finding(
        "proxy_silent",
        WARNING,
        format_ref((link.netns, f"ipv{family}:{link.name}")),
        f"{link.name} {describe_location(link.netns)} is set up to answer {protocol} for "
        f"{_describe_proxied(proxied)}, and stays silent: {reason}",
        f"{how}; {shown}",
        remedy,
        depends_on=frozenset({link.ref}),
    )


def _check_arp(facts: HostFacts, link: Link, proxied: list[str]) -> Iterator[Finding]:
    key = forwarding_key(4, link.name)
    enable = sysctl_command(link.netns, key, FORWARDING_ON)
    if facts.current.sysctls.get((link.netns, key)) == FORWARDING_OFF:
        reason = "it does not forward IPv4 packets"
        yield _finding(link, 4, proxied, reason, f"{sysctl_command(link.netns, key)}: 0", enable)
        return
    ruleset = facts.current.rulesets.get(link.netns)
    resources = ruleset.resources if ruleset is not None else ()
    # Members of an isolated lab pass the guard on their own interface.
    isolated = any(
        isinstance(each, Isolation) and each.interface == link.name for each in resources
    )
    enabled = ForwardingEnabled(link.netns, 4, link.name)
    if enabled in resources and not isolated:
        reason = (
            "a topology enabled forwarding there for its own traffic, and what guards it drops the "
            "look-up of the address"
        )
        shown = f"{ip_command(link.netns)} rule: from all iif {link.name} blackhole"
        yield _finding(link, 4, proxied, reason, shown, _enable_for_all(facts, enabled, enable))


def _enable_for_all(facts: HostFacts, enabled: ForwardingEnabled, enable: str) -> str:
    """Enable forwarding for everybody, so that no rules limit it to what a topology needs."""
    change = Change(enabled, None)
    lines = [enable]
    lines += "\n".join(
        render_commands((change,), facts.current, Firewall().render_commands)
    ).splitlines()
    if len(lines) > _MAX_LINES:
        return f"{enable}  # and run the task again"
    return "\n".join((*lines, "# or instead of the lines from the second on, run the task again"))


def _check_ndp(facts: HostFacts, link: Link, proxied: list[str]) -> Iterator[Finding]:
    if not _is_set(facts, link, "net/ipv6/conf/{}/proxy_ndp"):
        key = f"net/ipv6/conf/{link.name}/proxy_ndp"
        yield _finding(
            link,
            6,
            proxied,
            "proxy_ndp is off",
            f"{sysctl_command(link.netns, key)}: 0",
            sysctl_command(link.netns, key, "1"),
        )
    for name in ("all", link.name):
        key = forwarding_key(6, name)
        if facts.sysctls.get((link.netns, key)) == FORWARDING_OFF:
            yield _finding(
                link,
                6,
                proxied,
                "it does not forward IPv6 packets",
                f"{sysctl_command(link.netns, key)}: 0",
                sysctl_command(link.netns, key, FORWARDING_ON),
            )
            return
