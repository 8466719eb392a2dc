# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT resources are completed by the routes of the host."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Dnat,
    ForwardingEnabled,
    Masquerade,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import NatResource
from ansible_collections.redblue.netns.plugins.module_utils._plan.nat_interfaces import complete_nat
from ansible_collections.redblue.netns.tests.unit.support.rules import LAB, WEB


def test_a_resource_is_completed_by_the_longest_prefix() -> None:
    routes = [
        ("192.168.0.0/16", "wide"),
        ("192.168.15.0/24", "lab0"),
        ("192.168.15.2/32", "blue0"),
        ("fd00::/8", "six"),
        ("192.168.15.5/24", "second"),
    ]
    six = Masquerade(None, "fd00:15::/64")
    wider, nowhere = Masquerade(None, "192.0.0.0/8"), Dnat(None, "tcp", (1, 1), "10.0.0.1", (1, 1))
    record = ForwardingEnabled(None, 4, "eth0")
    rules: list[NatResource] = [LAB, WEB, six, wider, nowhere, record]
    done = complete_nat(rules, routes)
    assert [getattr(resource, "device", "-") for resource in done] == [
        "lab0",
        "blue0",
        "six",
        None,
        None,
        "-",
    ]


def test_a_device_without_a_route_is_dropped() -> None:
    (completed,) = complete_nat([Masquerade(None, "10.0.0.0/24", device="gone")], [])
    assert isinstance(completed, Masquerade) and completed.device is None


class CountedRoutes(list[tuple[str, str]]):
    """A list that counts how often its items are read."""

    reads = 0

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for item in super().__iter__():
            self.reads += 1
            yield item


def test_completion_reads_each_route_once() -> None:
    resources = [
        Dnat(None, "tcp", (port, port), f"10.{port % 250}.0.2", (80, 80)) for port in range(1, 5001)
    ]
    routes = CountedRoutes(
        (f"10.{number // 250}.{number % 250}.0/24", f"if{number}") for number in range(1000)
    )
    completed = complete_nat(resources, routes)
    assert [resource.device for resource in completed[:3]] == ["if250", "if500", "if750"]
    assert routes.reads == 1000
