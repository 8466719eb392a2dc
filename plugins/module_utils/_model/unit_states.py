# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd says about units. Only what looks at units needs it."""

from __future__ import annotations

from .fast_typing import NamedTuple
from .services import UNKNOWN


class UnitState(NamedTuple):
    """What systemd says about a unit."""

    name: str
    """Its name: another one if it was asked for by an alias."""
    load: str = ""
    """The state of its files: loaded, not-found, masked ... Empty: nothing is known of it."""
    is_active: bool = False
    is_enabled: bool = False
    has_failed: bool = False
    """Also if it is about to be started again."""
    lost_netns: bool = False
    """Whether it could not be started because its namespace was missing."""
    needs_reload: bool = False
    """Whether systemd has yet to read its files again."""
    has_loaded: bool = False
    """Whether systemd has read a drop-in of this collection for it, which may be gone."""
    bound_to_lab: str = ""
    """The unit of a topology with which it is stopped, as far as systemd has read its files."""
    configured: str = ""
    """The file of the namespace that its files name; empty if they name none."""
    has_private_network: bool = False
    place: str | None = UNKNOWN
    """The namespace in which it runs, or what ``services`` says of others; None: the host."""
    sees_other_files: bool = False
    """Whether its processes see other files in /etc than those of the namespace."""
