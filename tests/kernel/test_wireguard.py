# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard links: encrypted tunnels, their keys, and what the kernel sets with them."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.wireguard_keys import (
    Key,
    derive_public,
)

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.kernel_link_types import need_type
from support.links import RED_AND_BLUE, link_in_each
from support.pings import ping, reaches
from support.snapshot import differences, take_snapshot
from support.tasks import Result, prove, run


def key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.mark.parametrize("underlay", ["the host's", "their own"])
def test_wireguard_connects_two_namespaces(tmp_path: Path, underlay: str) -> None:
    need_type("wireguard")
    keys, shared = {"red": key(), "blue": key()}, key()
    (tmp_path / "red.key").write_text(keys["red"] + "\n")
    veth = {
        "name": "below",
        "netns": "red",
        "addresses": ["10.0.0.1/24"],
        "peer": {"name": "below", "netns": "blue", "addresses": ["10.0.0.2/24"]},
    }
    if underlay == "the host's":
        del veth["netns"]
    red, blue = link_in_each(type="wireguard")
    red.update(
        private_key_file=str(tmp_path / "red.key"),
        listen_port=51820,
        **({} if underlay == "the host's" else {"link_netns": "red"}),
    )
    blue.update(private_key=keys["blue"], listen_port=51821, link_netns="blue")
    for end, peer, number in ((red, "blue", 2), (blue, "red", 1)):
        networks = [f"10.3.0.{number}/32", f"fd00:3::{number}/128"]
        end["peers"] = [
            {
                "public_key": derive_public(Key(keys[peer])),
                "preshared_key": shared,
                "allowed_ips": networks,
            }
        ]
    red["peers"][0].update(endpoint="10.0.0.2:51821", persistent_keepalive=25)
    blue["peers"][0].update(endpoint="10.0.0.1:51820")
    lab = {**RED_AND_BLUE, "veth": [veth], "netns_link": [red, blue]}
    done = prove("topology", **lab)
    assert reaches("red", "10.3.0.2") and reaches("red", "fd00:3::2")
    _hide(done, keys["red"], keys["blue"], shared)
    _hide(gather_info(), keys["red"], keys["blue"], shared)
    before = take_snapshot()
    # Another peer replaces this one; a rollback restores the tunnel.
    for number in range(3):
        other = [{"public_key": derive_public(Key(key())), "allowed_ips": ["10.3.0.2/32"]}]
        message = fail_at_change(
            number,
            INTERRUPT,
            **{
                **lab,
                "netns_link": [{**red, "peers": other, "listen_port": 4444, "fwmark": 7}, blue],
            },
        )
        assert "could not be undone" not in message
        assert reaches("red", "10.3.0.2") and differences(before, take_snapshot()) == {}
        assert not run("topology", **lab)["changed"]
    assert run("netns_link", name="leg", netns="blue", type="wireguard", private_key=key())[
        "actions"
    ] == ["leg in namespace blue: set private_key (hidden)"]
    assert run("topology", **lab)["actions"] == ["leg in namespace blue: set private_key (hidden)"]
    assert run("netns_link", name="leg", netns="blue", type="wireguard", peers=[])["actions"] == [
        f"leg in namespace blue: remove peer {derive_public(Key(keys['red']))}"
    ]
    # A link that is added again by a rollback has its keys and peers again.
    assert run("topology", **lab)["changed"]
    for number in range(
        len(run("topology", check=True, name="lab", state="absent")["actions"]) + 4
    ):
        assert "could not be undone" not in fail_at_change(
            number, INTERRUPT, name="lab", state="absent"
        )
        # The peer that was deleted makes a new handshake; the other goes on for 15 s with keys that
        # its peer has lost.
        ways = (("red", "10.3.0.2"), ("blue", "10.3.0.1"))
        assert any(ping(*way) for way in ways * 5) and not run("topology", **lab)["changed"], number


def _hide(result: Result, *secrets: str) -> None:
    assert not any(secret in repr(result) for secret in secrets)


def test_sysctls_that_the_kernel_sets_with_a_tunnel_are_reported_and_restored() -> None:
    need_type("wireguard")
    before = take_snapshot()
    told = run("netns_link", check=True, name="leg", type="wireguard")["diff"]
    assert (
        "net.ipv4.conf.all.send_redirects = 1 on the host" in told["before"]
        and "net.ipv4.conf.all.send_redirects = 0 on the host" in told["after"]
    )
    assert "could not be undone" not in fail_at_change(
        4, INTERRUPT, name="lab", isolate=False, netns_link=[{"name": "leg", "type": "wireguard"}]
    )
    assert differences(before, take_snapshot()) == {}


def test_a_wireguard_link_has_a_thousand_peers() -> None:
    need_type("wireguard")
    peers = [
        {
            "public_key": base64.b64encode(number.to_bytes(32, "big")).decode(),
            "allowed_ips": [f"10.{number // 256}.{number % 256}.0/24"],
        }
        for number in range(1, 1001)
    ]
    prove("netns_link", name="leg", type="wireguard", peers=peers)
    assert len(gather_info()["topology"]["netns_link"][0]["peers"]) == 1000
    prove("netns_link", name="leg", type="wireguard", peers=peers[:3])
