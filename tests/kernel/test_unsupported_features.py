# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Features that this kernel lacks are refused before any change, in check mode too.

On a complete kernel these tests are skipped.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.snapshot import differences, take_snapshot
from support.tasks import run

CASES: list[tuple[str, str, dict[str, Any], str]] = [
    (
        "bridge_vlan",
        "linux_bridge",
        {"name": "sw", "vlan_filtering": True},
        "VLANs in bridges, which sw needs: .* CONFIG_BRIDGE_VLAN_FILTERING",
    ),
    (
        "bridge_vlan",
        "linux_bridge",
        {"name": "sw", "vlan_default_pvid": 7},
        "VLANs in bridges, which sw needs",
    ),
    (
        "netem",
        "veth",
        {"name": "a", "peer": {"name": "b"}, "impairment": {"delay": "1ms"}},
        "netem, which a needs: it was built without CONFIG_NET_SCH_NETEM",
    ),
    (
        "tbf",
        "veth",
        {"name": "a", "peer": {"name": "b", "impairment": {"rate": "1mbit"}}},
        "tbf, which b needs: it was built without CONFIG_NET_SCH_TBF",
    ),
]


@pytest.mark.parametrize(("feature", "module", "options", "message"), CASES)
def test_a_missing_feature_of_the_kernel_is_refused(
    host: None, feature: str, module: str, options: dict[str, Any], message: str
) -> None:
    if not lacks_feature(feature):
        pytest.skip(f"this kernel has {feature}")
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match=f"this kernel has no {message}"):
            run(module, check=check, **options)
    assert differences(before, take_snapshot()) == {}


def test_vlan_filtering_false_needs_no_feature(host: None) -> None:
    assert run("linux_bridge", name="sw", vlan_filtering=False)["changed"]
    assert not run("linux_bridge", name="sw", vlan_filtering=False)["changed"]
