# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys of WireGuard for tests."""

from __future__ import annotations

import base64
import os
import subprocess

from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import (
    WireguardOptions,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.wireguard_keys import Key
from ansible_collections.redblue.netns.plugins.module_utils._netlink.wireguard import (
    alter_wireguard,
    read_wireguard,
)

_LINK = "keys0"


def _encode(key: str) -> str:
    return base64.b64encode(bytes.fromhex(key)).decode()


CLIENT_KEY = _encode("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
CLIENT_PUBLIC_KEY = _encode("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f")
PROVIDER_KEY = _encode("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
"""The second key of RFC 7748, section 6.1, whose public key the guide has."""


def new_key() -> str:
    """A random key, in base64."""
    return base64.b64encode(os.urandom(32)).decode()


def public_key(private_key: str) -> str:
    """Return the public key of a private one, which the kernel derives on a temporary link."""
    subprocess.run(["ip", "link", "add", _LINK, "type", "wireguard"], check=True)
    try:
        alter_wireguard(_LINK, None, WireguardOptions(private_key=Key(private_key)))
        options = read_wireguard(_LINK)
    finally:
        subprocess.run(["ip", "link", "del", _LINK], check=True)
    assert options is not None and options.public_key is not None
    return options.public_key
