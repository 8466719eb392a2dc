# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the ways by which the host is reached: before a plan is applied, and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._plan.lockout import check_lockout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._plan.host_state import HostState
    from .host import Host


class PathGuard:
    """The paths to the SSH client and to the default gateways."""

    def __init__(
        self,
        desired: DesiredState,
        host: Host,
        current: CurrentState,
        changes: Sequence[Change],
        after: HostState,
    ) -> None:
        """Check that a plan keeps them.

        :param after: the host as it will be after these changes.
        :raises Refused: it does not.
        """
        self._host = host
        paths = host.observe_paths(current)
        self._expected, self.warnings = check_lockout(desired, changes, current, after, paths)

    def verify(self) -> None:
        """Ask the kernel whether they are as they were expected to be after the plan.

        :raises Failed: one is not.
        """
        expected = [
            (path.target, path.devices) for path in self._expected if path.target.path is not None
        ]
        answers = self._host.ask_paths([target.flow for target, _devices in expected])
        for (target, devices), now in zip(expected, answers):
            before = target.path
            if before is None or before.type != "unicast":
                continue
            if now.type != before.type or (now.device or "") not in devices:
                place = target.flow.destination
                raise Failed(
                    f"done, but the host reaches {place} by {now.device or 'no interface'} and "
                    f"not by {before.device} any more"
                )
