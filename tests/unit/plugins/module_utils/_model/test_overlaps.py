# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Overlapping networks, found at once and by comparing each with each."""

from __future__ import annotations

from itertools import combinations

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import network_of
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link
from ansible_collections.redblue.netns.plugins.module_utils._model.overlaps import find_overlaps
from hypothesis import given
from hypothesis import strategies as st

_IPV4 = st.builds(
    "10.0.{}.{}/{}".format, st.integers(0, 3), st.integers(0, 255), st.integers(8, 32)
)
_IPV6 = st.builds("fd00::{:x}/{}".format, st.integers(0, 63), st.integers(112, 128))
_LINKS = st.lists(
    st.tuples(
        st.sampled_from([None, "red"]),
        st.sampled_from([None, "blue"]),
        st.lists(_IPV4 | _IPV6, max_size=3),
    ),
    max_size=8,
)


@given(_LINKS)
def test_pairs_of_links_are_those_found_by_comparing_each_with_each(
    declared: list[tuple[str | None, str | None, list[str]]],
) -> None:
    links = [
        Link(netns, f"eth{index}", vrf=vrf, addresses=tuple(addresses))
        for index, (netns, vrf, addresses) in enumerate(declared)
    ]
    expected = {
        frozenset({one.ref, other.ref})
        for one, other in combinations(links, 2)
        if (one.netns, one.vrf) == (other.netns, other.vrf)
        for network in map(network_of, one.addresses or ())
        for other_network in map(network_of, other.addresses or ())
        if network.overlaps(other_network)
        and max(network.prefixlen, other_network.prefixlen) < network.max_prefixlen
    }
    found = list(find_overlaps(links))
    assert {frozenset(link.ref for _network, link in pair) for pair in found} == expected
    for outer, inner in found:
        assert outer[0].supernet_of(inner[0])  # type: ignore[arg-type]  # of one family
