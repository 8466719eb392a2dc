# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Features of the kernel, which some kinds need."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.scope import Scope


def observe_features(scope: Scope, current: CurrentState) -> None:
    """Read what the kernel lacks for the desired state.

    It is the step of the observer of each kind that has features or new links in its scope. A type
    of which there is a link needs no look at the kernel's modules.
    """
    new = {kind for ref, kind in scope.creates if ref not in current.links}
    new -= {link.kind for link in current.links.values()}
    if new or scope.features:
        from .._host.kernel_features import lacks_feature, lacks_type

        missing = [*filter(lacks_type, new), *filter(lacks_feature, scope.features)]
        current.missing_features = frozenset(missing)
