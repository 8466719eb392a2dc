# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameters that a namespace does not have, or not with each value: check mode says so too."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted

CONGESTION = "net.ipv4.tcp_congestion_control"


def assert_refused(key: str, value: object, rule: str) -> None:
    """In a namespace that does not exist yet, and in one that does."""
    sh("ip netns add old")
    before = take_snapshot()
    for name in ("new", "old"):
        for check in (True, False):
            with pytest.raises(Refused, match=rule):
                run("netns", check, name=name, sysctls={key: value})
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("key", ["base_reachable_time_ms", "gc_thresh3", "app_solicit"])
def test_neighbours_have_no_default_in_a_namespace(host: None, key: str) -> None:
    sh("ip netns add probe; ! ip netns exec probe test -e /proc/sys/net/ipv4/neigh/default")
    assert_refused(f"net.ipv4.neigh.default.{key}", 1000, "there is no such parameter")


def test_a_congestion_control_must_be_allowed_in_namespaces(host: None) -> None:
    names = sh("sysctl -n net.ipv4.tcp_available_congestion_control").split()
    allowed = sh("sysctl -n net.ipv4.tcp_allowed_congestion_control").split()
    for name in allowed:
        run_as_predicted("netns", name=f"of-{name}", sysctls={CONGESTION: name})
    forbidden = [name for name in names if name not in allowed]
    if not forbidden:
        pytest.skip("each loaded congestion control is allowed")
    assert_refused(CONGESTION, forbidden[0], "tcp_allowed_congestion_control on the host")


def test_a_congestion_control_that_the_kernel_lacks_is_refused(host: None) -> None:
    assert_refused(
        CONGESTION,
        "nonesuch",
        "the kernel (has no such|has not loaded)",
    )
