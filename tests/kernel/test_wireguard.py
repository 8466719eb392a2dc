# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard links: encrypted tunnels, their keys, and what the kernel sets with them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.kernel_link_types import need_type
from support.links import RED_AND_BLUE, link_in_each
from support.pings import ping, reaches
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, Result, run, run_as_predicted
from support.wireguard import new_key, public_key

pytestmark = pytest.mark.usefixtures("host")

RFC_7748_KEYS = [
    (
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    ),
    (
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    ),
]
"""Section 6.1."""


@pytest.mark.parametrize(("private", "public"), RFC_7748_KEYS)
def test_the_public_key_is_read_from_the_kernel(private: str, public: str) -> None:
    need_type("wireguard")
    private, public = (base64.b64encode(bytes.fromhex(text)).decode() for text in (private, public))
    link: Raw = {"name": "leg", "netns": "red", "type": "wireguard", "private_key": private}
    run("netns", name="red")
    run("netns_link", **link)
    links = gather_info(gather_subset=["links"])["links"]["red"]
    (shown,) = [item for item in links if item["name"] == "leg"]
    assert shown["options"]["public_key"] == public
    assert public_key(private) == public
    # It follows from the private key, so it is no change by itself.
    assert not run("netns_link", **link)["changed"]


class Tunnel:
    """A tunnel between red and blue: its topology, and the secrets in it."""

    def __init__(self, tmp_path: Path, underlay: str) -> None:
        self.keys, self.shared = {"red": new_key(), "blue": new_key()}, new_key()
        (tmp_path / "red.key").write_text(self.keys["red"] + "\n")
        veth = {
            "name": "below",
            "netns": "red",
            "addresses": ["10.0.0.1/24"],
            "peer": {"name": "below", "netns": "blue", "addresses": ["10.0.0.2/24"]},
        }
        self.red, self.blue = link_in_each(type="wireguard")
        self.red.update(private_key_file=str(tmp_path / "red.key"), listen_port=51820)
        if underlay == "the host's":
            del veth["netns"]
        else:
            self.red.update(link_netns="red")
        self.blue.update(private_key=self.keys["blue"], listen_port=51821, link_netns="blue")
        self.red["peers"] = [
            {
                **self._peer("blue", 2),
                "endpoint": "10.0.0.2:51821",
                "persistent_keepalive": 25,
            }
        ]
        self.blue["peers"] = [{**self._peer("red", 1), "endpoint": "10.0.0.1:51820"}]
        self.topology = {**RED_AND_BLUE, "veth": [veth], "netns_link": [self.red, self.blue]}

    def _peer(self, name: str, number: int) -> dict[str, Any]:
        return {
            "public_key": public_key(self.keys[name]),
            "preshared_key": self.shared,
            "allowed_ips": [f"10.3.0.{number}/32", f"fd00:3::{number}/128"],
        }

    @property
    def secrets(self) -> tuple[str, ...]:
        return (*self.keys.values(), self.shared)


def check_rollback(tunnel: Tunnel) -> None:
    """Another peer replaces this one; a rollback restores the tunnel."""
    before = take_snapshot()
    for number in range(3):
        other = [{"public_key": public_key(new_key()), "allowed_ips": ["10.3.0.2/32"]}]
        red = {**tunnel.red, "peers": other, "listen_port": 4444, "fwmark": 7}
        changed = {**tunnel.topology, "netns_link": [red, tunnel.blue]}
        message = fail_at_change(number, INTERRUPT, **changed)
        assert "could not be undone" not in message
        assert reaches("red", "10.3.0.2") and differences(before, take_snapshot()) == {}
        assert not run("topology", **tunnel.topology)["changed"]


def check_rollback_of_removal(tunnel: Tunnel) -> None:
    """A link that is added again by a rollback has its keys and peers again."""
    absent = {"name": "lab", "state": "absent"}
    for number in range(len(run("topology", check=True, **absent)["actions"]) + 4):
        assert "could not be undone" not in fail_at_change(number, INTERRUPT, **absent)
        # The peer that was deleted makes a new handshake; the other goes on for 15 s with keys
        # that its peer has lost.
        pings = (("red", "10.3.0.2"), ("blue", "10.3.0.1"))
        assert any(ping(*target) for target in pings * 5), number
        assert not run("topology", **tunnel.topology)["changed"], number


@pytest.mark.parametrize("underlay", ["the host's", "their own"])
def test_wireguard_connects_two_namespaces(tmp_path: Path, underlay: str) -> None:
    need_type("wireguard")
    tunnel = Tunnel(tmp_path, underlay)
    lab = tunnel.topology
    done = run_as_predicted("topology", **lab)
    assert reaches("red", "10.3.0.2") and reaches("red", "fd00:3::2")
    assert_hidden(done, *tunnel.secrets)
    assert_hidden(gather_info(), *tunnel.secrets)
    check_rollback(tunnel)
    blue: Raw = {"name": "leg", "netns": "blue", "type": "wireguard"}
    hidden = ["leg in namespace blue: set private_key (hidden)"]
    assert run("netns_link", **blue, private_key=new_key())["actions"] == hidden
    assert run("topology", **lab)["actions"] == hidden
    red_key = public_key(tunnel.keys["red"])
    removed = [f"leg in namespace blue: remove peer {red_key}"]
    assert run("netns_link", **blue, peers=[])["actions"] == removed
    assert run("topology", **lab)["changed"]
    check_rollback_of_removal(tunnel)


def assert_hidden(result: Result, *secrets: str) -> None:
    assert not any(secret in repr(result) for secret in secrets)


def test_sysctls_that_the_kernel_sets_with_a_tunnel_are_reported_and_restored() -> None:
    need_type("wireguard")
    before = take_snapshot()
    diff = run("netns_link", check=True, name="leg", type="wireguard")["diff"]
    assert (
        "net.ipv4.conf.all.send_redirects = 1 on the host" in diff["before"]
        and "net.ipv4.conf.all.send_redirects = 0 on the host" in diff["after"]
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
    run_as_predicted("netns_link", name="leg", type="wireguard", peers=peers)
    assert len(gather_info()["topology"]["netns_link"][0]["peers"]) == 1000
    run_as_predicted("netns_link", name="leg", type="wireguard", peers=peers[:3])
