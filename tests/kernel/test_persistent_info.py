# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""netns_info returns the persistent topologies of a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.info import gather_info
from support.persistence import PERSISTENT_LAB, write_lab_file
from support.tasks import run


def test_netns_info_lists_persistent_topologies(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    assert gather_info()["persistent"] == []
    persist = {"watch": "report", "prometheus": str(tmp_path / "lab.prom")}
    run("topology", **{**PERSISTENT_LAB, "persist": persist}, _controller=controller_facts)
    write_lab_file("broken", "{")
    broken, lab = gather_info()["persistent"]
    assert broken == {"name": "broken", "readable": False}
    assert lab.pop("at").endswith("Z")
    expected = {"by": "ada@controller", "version": "1.0.0", **persist}
    assert lab == {"name": "lab", "readable": True, **expected}
    assert gather_info(netns=["red"])["persistent"] == []
