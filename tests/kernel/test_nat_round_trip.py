# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random rulesets are read back as they were written, with both backends."""

from __future__ import annotations

import subprocess

from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.host_access import (
    HostAccess,
    order_allowed,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Dnat,
    ForwardingEnabled,
    Isolation,
    Masquerade,
    Ruleset,
    SavedSysctl,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import NatResource
from ansible_collections.redblue.netns.plugins.module_utils._model.rulesets import sort_rules
from hypothesis import given
from hypothesis import strategies as st

from support.private_host import private_host

LONG = "l" * 64
ROUTED = ("0.0.0.0/0", "::/0", "172.16.0.0/12", "172.31.0.9/32", "fd00:99::/32")


def _networks(family: int) -> st.SearchStrategy[str]:
    if family == 6:
        return st.sampled_from(("fd00::/8", "fd00:15::/64", "2001:db8::9/128"))
    return st.sampled_from(
        ("10.0.0.0/8", "10.1.0.0/16", "192.168.15.0/24", "192.0.2.9/32", "198.51.100.128/25")
    )


@st.composite
def _masquerades(draw: st.DrawFn) -> Masquerade:
    family = draw(st.sampled_from((4, 6)))
    translated = draw(st.booleans())
    excepted = st.sets(_networks(family), max_size=2 if translated else 0)
    to_source = (
        ("192.0.2.7", "192.0.2.9-192.0.2.20", "192.0.2.16-192.0.2.31")
        if family == 4
        else ("2001:db8::7", "2001:db8::9-2001:db8::14", "2001:db8::10-2001:db8::1f")
    )
    return Masquerade(
        None,
        draw(_networks(family)),
        draw(st.sampled_from((None, "eth0", "up"))),
        tuple(sorted(draw(excepted))),
        draw(st.sampled_from((None, *to_source) if translated else (None,))),
        translated,
        draw(st.sampled_from((None, "lab0", "a.very_long-if0"))),
        draw(st.sampled_from(("", "lab", LONG))),
    )


@st.composite
def _dnats(draw: st.DrawFn) -> Dnat:
    family = draw(st.sampled_from((4, 6)))
    first, last = draw(st.sampled_from(((80, 80), (81, 83), (443, 443), (65534, 65535), (1, 2))))
    shift = draw(st.sampled_from((0, 0, -first + 1, 65535 - last)))
    sources = st.sets(
        _networks(family) | st.just("0.0.0.0/0" if family == 4 else "::/0"), max_size=3
    )
    return Dnat(
        None,
        draw(st.sampled_from(("tcp", "udp", "sctp"))),
        (first, last),
        "192.168.15.2" if family == 4 else "fd00:15::2",
        (first + shift, last + shift),
        draw(st.sampled_from((None, "eth0", "lab0"))),
        draw(st.sampled_from((None, "192.0.2.2" if family == 4 else "2001:db8::2"))),
        tuple(sorted(draw(sources))),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.sampled_from((None, "lab0", "a.very_long-if0"))),
        draw(st.sampled_from(("", "lab", LONG))),
    )


@st.composite
def _isolated(draw: st.DrawFn) -> Isolation:
    # Networks of different interfaces do not overlap: a plan ensures that.
    number = draw(st.integers(1, 3))
    networks = (
        f"10.{number}.0.0/16",
        f"10.{number + 10}.0.1/32",
        f"fd00:{number}::/64",
        f"fd00:{number + 10}::1/128",
    )
    return Isolation(
        None,
        f"lab{number}",
        tuple(sorted(draw(st.sets(st.sampled_from(networks), min_size=1)))),
        draw(st.sampled_from(("lab", "a.b-c_1", LONG))),
        tuple(sorted(draw(st.sets(st.sampled_from(ROUTED))))),
    )


@st.composite
def _host_accesses(draw: st.DrawFn) -> HostAccess:
    words = draw(
        st.sets(st.sampled_from(("icmp", "53/udp", "53/tcp", "1-65535/sctp", "80-81/tcp")))
    )
    established = bool(words) or draw(st.booleans())
    return HostAccess(
        None,
        draw(st.sampled_from(("lab0", "lab1", "lab2", "a.very_long-if0"))),
        order_allowed({*words, "established"} if established else ()),
        draw(st.sampled_from(("lab", "a.b-c_1", LONG))),
    )


_forwarding_enabled = st.sampled_from(
    (
        ForwardingEnabled(None, 4, "eth0"),
        ForwardingEnabled(None, 4, "lab0"),
        ForwardingEnabled(None, 6, "all"),
    )
)
_saved_sysctls = st.sampled_from(
    (
        SavedSysctl(None, "eth0", "accept_ra"),
        SavedSysctl(None, "eth0", "forwarding"),
        SavedSysctl(None, "default", "forwarding"),
    )
)
_resource_lists = st.lists(
    _masquerades()
    | _dnats()
    | _forwarding_enabled
    | _saved_sysctls
    | _isolated()
    | _host_accesses(),
    min_size=1,
    max_size=12,
    unique_by=lambda resource: resource.key,
)


def make_ruleset(name: str, resources: list[NatResource]) -> Ruleset:
    """Make a rule set as a plan does: nftables looks up routes itself, and needs no default."""
    if name == "nftables":
        resources = [
            replace(
                resource,
                routed=tuple(text for text in resource.routed if not text.endswith("/0")),
            )
            if isinstance(resource, Isolation)
            else resource
            for resource in resources
        ]
    return Ruleset(name, sort_rules(resources))


@given(
    resources=_resource_lists,
    others=_resource_lists,
    name=st.sampled_from(("nftables", "iptables")),
)
def test_a_ruleset_is_read_back_as_written(
    own_process: None, resources: list[NatResource], others: list[NatResource], name: str
) -> None:
    first, second = make_ruleset(name, resources), make_ruleset(name, others)
    with private_host():
        before: Ruleset | None = None
        for after in (first, second, first, None):
            Firewall().replace_ruleset(before, after)
            assert Firewall().observe_ruleset(None) == after
            before = after
            if name == "nftables":
                listed = subprocess.run(
                    ["nft", "list", "ruleset"], check=True, capture_output=True, text=True
                ).stdout
                subprocess.run(["nft", "-c", "-f", "-"], input=listed, text=True, check=True)
