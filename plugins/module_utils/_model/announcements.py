# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of which neighbours have to be told that another MAC address has them."""

from __future__ import annotations

from .fast_typing import NamedTuple


class Announcement(NamedTuple):
    """An address that is at a link now, with the MAC address of that link."""

    netns: str | None
    link: str
    mac: str
    address: str
    """Without a prefix length. ``""``: all IPv6 addresses that the link has."""
