# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard keys: 32 bytes, in base64. Secret ones are never shown."""

from __future__ import annotations

import base64
from typing import Optional

_PRIME = 2**255 - 19
_A24 = 121665
_BASE_POINT = 9


class Key:
    """A private or preshared key. ``path`` is the file that it was read from, if any.

    It is not a dataclass, so that code that formats all attributes of a resource does not show it.
    """

    __slots__ = ("path", "secret")

    def __init__(self, secret: str, path: Optional[str] = None) -> None:
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


def derive_public(private: Key) -> str:
    """The public key that belongs to a private one, in base64."""
    scalar = base64.b64decode(clamp(private).secret)
    return base64.b64encode(
        _multiply(int.from_bytes(scalar, "little"), _BASE_POINT).to_bytes(32, "little")
    ).decode("ascii")


def _multiply(scalar: int, point: int) -> int:
    """The Montgomery ladder of RFC 7748, section 5."""
    x2, z2, x3, z3, swapped = 1, 0, point, 1, 0
    for position in reversed(range(255)):
        bit = scalar >> position & 1
        if swapped ^ bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swapped = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % _PRIME, b * b % _PRIME, d * a % _PRIME, c * b % _PRIME
        difference = aa - bb
        x3, z3 = (da + cb) ** 2 % _PRIME, point * (da - cb) ** 2 % _PRIME
        x2, z2 = aa * bb % _PRIME, difference * (aa + _A24 * difference) % _PRIME
    if swapped:
        x2, z2 = x3, z3
    return x2 * pow(z2, _PRIME - 2, _PRIME) % _PRIME
