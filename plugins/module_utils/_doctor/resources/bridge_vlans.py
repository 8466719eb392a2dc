# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of bridge ports."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.bridge_vlans import PortVlans
from ..commands import iproute2_command
from . import dispatch

if TYPE_CHECKING:
    from ..._model.current_state import CurrentState


@dispatch.show_command.register(PortVlans)
def _show_command(resource: PortVlans, _current: CurrentState) -> str:
    return f"{iproute2_command('bridge', resource.netns)} vlan show dev {quote(resource.link)}"
