# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether this kernel has a link type: found by making a link in a network of its own."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

_VETH_PAIR = "ip link add name port0 type veth peer name port1"
_MAKE = {
    "bond": "ip link add name test0 type bond",
    "dummy": "ip link add name test0 type dummy",
    "ifb": "ip link add name test0 type ifb",
    "ipvlan": f"{_VETH_PAIR}; ip link add link port0 name test0 type ipvlan mode l2",
    "macvlan": f"{_VETH_PAIR}; ip link add link port0 name test0 type macvlan mode bridge",
    "physical": _VETH_PAIR,
    "tap": "ip tuntap add dev test0 mode tap",
    "tun": "ip tuntap add dev test0 mode tun",
    "vlan": f"{_VETH_PAIR}; ip link add link port0 name test0 type vlan id 5",
    "vrf": "ip link add name test0 type vrf table 5",
    "vxlan": "ip link add name test0 type vxlan id 5 dstport 4789",
    "wireguard": "ip link add name test0 type wireguard",
}
_UNKNOWN = ("Unknown device type", "Operation not supported", "open: No such file or directory")
UNSUPPORTED = "this kernel has no links of this type"


@cache
def has_type(kind: str) -> bool:
    """Whether such a link can be made; the only accepted error is a missing type."""
    done = subprocess.run(
        ["unshare", "--net", "bash", "-euc", _MAKE[kind]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode or any(message in done.stderr for message in _UNKNOWN), done.stderr
    return not done.returncode


def need_type(kind: str) -> None:
    """Skip the calling test on a kernel without this link type."""
    if not has_type(kind):
        pytest.skip(f"this kernel has no links of type {kind}")
