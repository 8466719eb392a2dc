# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The matrix of policies: equal addresses are one group, and ports are ranges without gaps."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    DROP,
    INGRESS,
    Entry,
    NetworkPolicy,
    Peer,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.policy_matrix import (
    Flows,
    MatrixRow,
    Place,
    compute_matrix,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.policy_verdicts import (
    PolicyVerdicts,
)

MEMBERS = [Place(f"n{number}", f"10.0.0.{number}") for number in range(1, 200)]
HOST = Place("host", "10.0.0.254")
OUTSIDE = [Place("198.51.100.0/24", "198.51.100.1", True), Place("elsewhere", "203.0.113.1", True)]
NAMES = tuple(place.name for place in MEMBERS)


def compute(*entries: Entry) -> list[MatrixRow]:
    addresses = tuple(place.address for place in MEMBERS)
    policy = NetworkPolicy(None, "p", None, ingress=entries, addresses=addresses)
    places = [*MEMBERS, HOST, *OUTSIDE]
    rows = compute_matrix(PolicyVerdicts([policy], {HOST.address}), places)
    assert rows is not None
    return rows


def test_equal_addresses_are_one_group() -> None:
    rows = compute(Entry((Peer("network", "198.51.100.0/24"),)))
    refused = (Flows("any", (), INGRESS, ("p",)),)
    assert rows == [
        MatrixRow(4, NAMES, NAMES, refused),
        MatrixRow(4, ("host",), NAMES, refused),
        MatrixRow(4, ("198.51.100.0/24",), NAMES, (Flows("any", (), None, ("p",)),)),
        MatrixRow(4, ("elsewhere",), NAMES, refused),
    ]


def test_ports_are_ranges_without_gaps() -> None:
    rows = compute(
        Entry(protocol="tcp", ports=((80, 80), (81, 90))),
        Entry(protocol="tcp", ports=((85, 85),), action=DROP),
        Entry(protocol="udp"),
    )
    assert rows[0].flows == (
        Flows("tcp", ((0, 79), (85, 85), (91, 65535)), INGRESS, ("p",)),
        Flows("tcp", ((80, 84), (86, 90)), None, ("p",)),
        Flows("udp", (), None, ("p",)),
        Flows("any", (), INGRESS, ("p",)),
    )
