# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan while it is drawn up: steps in phases, notes and warnings."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from .._model.changes import Change
from .._model.fast_replace import replace
from .._model.links import Link, LinkRef
from .._model.routes import Route
from .phases import Phase

if TYPE_CHECKING:
    from .._model.resources import Resource

Step = tuple[Phase, Change]


class PlanBuilder:
    """Collects the steps of a plan.

    Only ``Projection`` records steps, so that it stays in step with them.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.notes: list[str] = []
        """What check mode assumes."""
        self.warnings: list[str] = []
        self._dropped_routes: dict[tuple[Any, ...], Step] = {}

    def record(
        self,
        phase: Phase,
        before: Resource | None,
        after: Resource | None,
        implied: bool = False,
    ) -> None:
        """Append a step. ``implied``: the kernel takes it by itself as part of another step."""
        self.steps.append((phase, Change(before, after, implied)))

    def record_dropped_route(self, route: Route, phase: Phase) -> None:
        """Append the implied removal of a route, which ``take_dropped_route`` may withdraw."""
        self.record(phase, route, None, implied=True)
        self._dropped_routes[route.key] = self.steps[-1]

    def take_dropped_route(self, wanted: Route) -> Route | None:
        """Withdraw the removal of a route that goes with its link, after a wanted one replaces it.

        :returns: the route, which the wanted one replaces instead; None if no such route is dropped
            or if it is dropped before routes are added.
        """
        step = self._dropped_routes.get(wanted.key)
        if step is None or step[0] < Phase.ROUTE:
            return None
        self.steps.remove(step)
        del self._dropped_routes[wanted.key]
        route = step[1].before
        return route if isinstance(route, Route) else None

    def move_parent_of_removed(self, parent: LinkRef, ref: LinkRef, phase: Phase) -> None:
        """Correct later removals of links whose parent moves in an earlier phase.

        Removals are planned first. On rollback the link is created on its parent where the parent
        is at that time.
        """
        for index, (later, change) in enumerate(self.steps):
            removed = change.before
            if (
                later > phase
                and change.after is None
                and isinstance(removed, Link)
                and removed.parent == parent
            ):
                moved = Change(replace(removed, parent=ref), None, change.implied)
                self.steps[index] = (later, moved)

    def changes(self) -> list[Change]:
        """The changes in the order in which they are applied: by phase, then as planned."""
        return [change for _phase, change in sorted(self.steps, key=itemgetter(0))]
