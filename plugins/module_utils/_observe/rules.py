# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads rule sets for modules that only look: what it needs is loaded when there are some."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .observer import Handles
    from .scope import Scope


def observe_rules(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """Read the rules that the scope names into the current state."""
    from .._firewall.firewall import Firewall
    from .nat import observe_nat

    observe_nat(scope, handles, Firewall(), current)
