# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two labs on a host, one of them with the option host_access."""

from __future__ import annotations

from typing import Any

from support.flows import flow_lab
from support.tasks import predicted_part, run

FLUSH = {
    "nftables": "nft flush chain inet redblue_netns host_access",
    "iptables": "iptables -F REDBLUE-HOST",
    "legacy": "ip6tables-legacy -F REDBLUE-HOST",
}


def build_labs(backend: str, host_access: Any, **options: Any) -> dict[str, Any]:
    """Build the lab with this option beside another one, and return the lab's options."""
    name = "nftables" if backend == "nftables" else "iptables"
    run("topology", **flow_lab("other", 16, ("green",), name))
    lab = flow_lab("lab", 15, ("red", "blue"), name, host_access=host_access, **options)
    foreseen = run("topology", check=True, **lab)
    assert predicted_part(foreseen) == predicted_part(run("topology", **lab))
    assert not run("topology", **lab)["changed"]
    return lab
