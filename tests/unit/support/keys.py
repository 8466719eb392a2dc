# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard keys of the tests."""

from __future__ import annotations

import base64


def encode(text: str) -> str:
    """Return a key, given in hexadecimal, in base64."""
    return base64.b64encode(bytes.fromhex(text)).decode()
