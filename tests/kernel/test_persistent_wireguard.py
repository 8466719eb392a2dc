# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A persistent topology with WireGuard over a switch in a namespace is back after a boot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.kernel_link_types import need_type
from support.persistence import call, persist, remove_all
from support.pings import reaches
from support.wireguard import new_key, public_key

HOSTS = {"red": 1, "blue": 2}


def declare(at: Path) -> dict[str, Any]:
    """A topology whose private keys are in files."""
    keys = {name: new_key() for name in HOSTS}
    veth, links = [], []
    for name, number in HOSTS.items():
        (at / name).write_text(f"{keys[name]}\n", encoding="utf-8")
        port = {"name": f"to-{name}", "netns": "switch", "bridge": "br0"}
        address = f"10.8.0.{number}/24"
        veth.append({"name": "eth0", "netns": name, "addresses": [address], "peer": port})
        other = next(item for item in HOSTS if item != name)
        peer = {
            "public_key": public_key(keys[other]),
            "allowed_ips": [f"10.9.0.{HOSTS[other]}/32"],
            "endpoint": f"10.8.0.{HOSTS[other]}:51820",
        }
        link = {"name": "wg0", "netns": name, "link_netns": name, "type": "wireguard"}
        options = {"private_key_file": str(at / name), "listen_port": 51820, "peers": [peer]}
        links.append({**link, **options, "addresses": [f"10.9.0.{number}/24"]})
    return {
        "name": "tunnels",
        "netns": [{"name": name} for name in (*HOSTS, "switch")],
        "linux_bridge": [{"name": "br0", "netns": "switch"}],
        "veth": veth,
        "netns_link": links,
    }


def test_a_tunnel_over_a_switch_in_a_namespace_is_back(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    need_type("wireguard")
    persist(controller_facts, **declare(tmp_path))
    assert reaches("red", "10.9.0.2")
    remove_all([*HOSTS, "switch"])
    applied = call("apply", "--all")
    assert applied.returncode == 0, applied.stderr
    assert reaches("red", "10.9.0.2") and reaches("blue", "10.9.0.1")
    assert call("check").stdout == "tunnels: as declared\n"
