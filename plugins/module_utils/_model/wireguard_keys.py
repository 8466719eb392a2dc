# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard keys: 32 bytes, in base64. Secret ones are never shown."""

from __future__ import annotations

import base64


class Key:
    """A private or preshared key. ``path`` is the file that it was read from, if any.

    It is not a dataclass, so that code that formats all attributes of a resource does not show it.
    """

    __slots__ = ("path", "secret")

    def __init__(self, secret: str, path: str | None = None) -> None:
        self.secret = secret
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.secret == other.secret

    def __hash__(self) -> int:
        return hash(self.secret)

    def __repr__(self) -> str:
        return "(hidden)"


def clamp(key: Key) -> Key:
    """A private key as the kernel stores it (RFC 7748, section 5: decodeScalar25519)."""
    scalar = bytearray(base64.b64decode(key.secret))
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return Key(base64.b64encode(scalar).decode("ascii"), key.path)
