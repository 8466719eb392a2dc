# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies a plan, verifies it, and rolls it back if anything fails."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Callable

# What LinuxHost loads when it needs it is loaded here, before the first change: a process without a
# free file descriptor could not load it for a rollback.
from .._apply import (  # noqa: F401  # pylint: disable=unused-import  # loaded ahead
    announcements,
    applier,
    restore,
)
from .._apply.rollback import roll_back
from .._host.signals import signals_deferred
from .._model.changes import Change, list_leaving_links
from .._model.errors import Failed, Killed, NotConfirmed, ProbeFailed, describe_exception
from .._model.persistence import HostFile
from .._model.processes import LabProcess
from .._observe import carrier  # noqa: F401  # pylint: disable=unused-import  # loaded ahead
from .._plan.announcements import list_announcements, list_moved_back
from .._plan.plan import plan
from .._render.actions import describe_change
from . import doubt
from .attaching import attach_first, guard_attached_again
from .host import Intent
from .observe import observe
from .preservation import Preservation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.announcements import Announcement
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.links import Link, LinkRef
    from .._model.netns import Sysctl
    from .._model.probes import ProbeResult
    from .._model.scope import Scope
    from .._plan.plan import Plan
    from .host import Host, RunProbes
    from .path_guard import PathGuard

VERIFY_PATIENCE = 10.0
"""Seconds that the kernel has to finish what it does asynchronously."""
REMOVAL_PATIENCE = 2.0
"""Seconds after which what should have gone with a namespace is removed by itself."""
_PAUSE, _PAUSE_A_CHANGE, _LONGEST_PAUSE = 0.02, 0.0003, 0.5


class Transaction:
    """One run on a host: all of a plan is applied and verified, or none of it stays."""

    def __init__(
        self,
        desired: DesiredState,
        host: Host,
        scope: Scope,
        before: CurrentState,
        lap: Callable[[str], None],
        run_probes: RunProbes | None,
        guard: PathGuard | None = None,
        begin: Callable[[], None] | None = None,
    ) -> None:
        self._desired = desired
        self._host = host
        self._scope = scope
        self._before = before
        self._lap = lap
        self._run_probes = run_probes
        self._guard = guard
        self._begin = begin if begin is not None else lambda: None
        """Called before the first change."""
        self._journal: list[Change] = []
        self._are_removed_ended = False
        self._preservation = Preservation(host)
        self.links: dict[LinkRef, Link] = {}
        """The links as they were observed last."""
        self._announced: list[Announcement] = []
        self._is_confirmed = desired.confirm_timeout is None
        self.warnings: list[str] = []
        """What did not work, although the run did."""
        self.followers: list[Change] = []
        """The changes that were due when plugins of CNI had attached namespaces."""
        self._awaits_attached = False

    def run(self, planned: Plan, complete: Callable[[list[ProbeResult]], None]) -> None:
        """Apply changes, verify them and run the probes of the desired state.

        :param complete: Called at the end with the results of the probes. What it raises undoes
            the run.
        :raises Failed: Something did not work; ``rollback_on`` says whether it was rolled back.
        """
        changes: Sequence[Change] = planned.changes
        last: list[Change] = []
        self._awaits_attached = planned.awaits_attached
        try:
            if not self._is_confirmed:
                # A boot before the confirmation must find what was declared before.
                last = [change for change in changes if isinstance(change.resource, HostFile)]
                changes = self._leave_out_last(changes)
            if changes:
                self._apply(changes)
            elif last:
                self._begin()
            results: list[ProbeResult] = []
            if self._desired.probes or not self._is_confirmed:
                # Others may change something while the run waits.
                self._preservation.note_dropped()
            if self._run_probes is not None and self._desired.probes:
                results = self._run_probes(self._desired.probes)
                self._lap("probe")
            self._complete(complete, results)
            if last:
                self._host.apply(last, self._journal)
                self._verify()
            self._host.forget_record()
        except BaseException as error:
            with signals_deferred():
                if isinstance(error, Killed):
                    self._take_over(planned.changes)
                failure = self._fail(error)
                self._host.end_removed()
            raise failure from error

    def _apply(self, changes: Sequence[Change]) -> None:
        lost: list[Sysctl] = []
        if any(map(list_leaving_links, changes)):
            # A link that a rollback creates again, or moves back, gets them last.
            lost = self._host.read_lost_sysctls(changes)
            self._journal += [Change(sysctl, None, implied=True) for sysctl in lost]
        self._preservation.capture(changes, self._before)
        self._host.record(Intent(changes, self._before, lost, self._preservation.states))
        self._begin()
        self._host.begin("apply", len(changes) + len(self._journal))
        left = changes
        if self._awaits_attached:
            where = (self._host, self._desired, self._scope)
            self.followers, left = attach_first(*where, changes, self._journal)
        self._host.apply(left, self._journal)
        dropped = self._preservation.give_back(changes)
        missing = self._host.restore_contents()
        self.warnings += [f"the kernel dropped {what}" for what in dropped]
        self.warnings += [f"not given back to the host: {what}" for what in missing]
        self._lap("apply")
        self._host.begin("verify")
        started = [change.after for change in changes if isinstance(change.after, LabProcess)]
        self._host.await_ready(started)
        self._verify()
        if any(map(doubt.is_reset_by_carrier, changes)):
            self._verify()
        if self._guard is not None:
            self._guard.verify()
        self._announce(list_announcements(self._before.links, self.links, changes))
        self._lap("verify")

    def _take_over(self, planned: Sequence[Change]) -> None:
        """Complete the journal with what a process has changed that was killed."""
        self._host.reopen()
        self._journal += doubt.list_doubtful(
            planned, self._journal, self._before, lambda: observe(self._host, self._scope)
        )

    def _complete(
        self, complete: Callable[[list[ProbeResult]], None], results: list[ProbeResult]
    ) -> None:
        """Call ``complete``. Whatever ends the wait for a confirmation undoes the run."""
        try:
            complete(results)
            self._is_confirmed = True
        except Killed:
            raise
        except Exception as error:
            raise NotConfirmed(describe_exception(error)) from error
        except BaseException as error:
            raise NotConfirmed(f"{describe_exception(error)} before it was confirmed") from error

    def _verify(self) -> None:
        """Plan again on what is there now. That plan must be empty.

        The kernel ends namespaces and starts links asynchronously, so it has some time for it. A
        process that holds a namespace open keeps what is in it: that is removed by itself. What
        others changed is followed once also if the first look took all of the time.
        """
        start = time.monotonic()
        removed = followed = False
        while True:
            looked = time.monotonic()
            left = self._plan_again(start)
            if not left:
                self._host.await_carrier()
                return
            waited = time.monotonic() - start
            follows = all(map(doubt.follows_others, left))
            if waited > VERIFY_PATIENCE and (followed or not follows):
                raise doubt.report_left(left)
            removals = waited > REMOVAL_PATIENCE and all(change.after is None for change in left)
            if follows or (removals and not removed):
                self._host.apply(left, self._journal)
            followed, removed = followed or follows, removed or removals
            # To look all the time would keep the kernel from it: 1,000 links take a while.
            pause = max(_PAUSE, min(len(left) * _PAUSE_A_CHANGE, _LONGEST_PAUSE))
            time.sleep(max(pause, time.monotonic() - looked))

    def _plan_again(self, start: float) -> Sequence[Change]:
        """What is left to be done.

        Until the host has been observed once, namespaces that were removed can be restored whole.
        Then they end, and a failure to observe it is no reason to undo it: it is tried again.
        """
        while True:
            try:
                current = observe(self._host, self._scope)
                self.links = current.links
                left = self._leave_out_last(plan(self._desired, current).changes)
            except Failed:
                if not self._are_removed_ended or time.monotonic() - start > VERIFY_PATIENCE:
                    raise
                time.sleep(_PAUSE)
                continue
            if not self._are_removed_ended:
                self._host.end_removed()
                self._are_removed_ended = True
            return left

    def _leave_out_last(self, changes: Sequence[Change]) -> Sequence[Change]:
        """The changes without those that come after the confirmation."""
        if self._is_confirmed:
            return changes
        return [change for change in changes if not isinstance(change.resource, HostFile)]

    def _announce(self, moved: Sequence[Announcement]) -> None:
        """Tell neighbours of addresses that moved. If that fails, they find out by themselves."""
        if not moved:
            return
        self._announced += moved
        self.warnings += map(doubt.describe_unannounced, self._host.announce(moved))

    def _fail(self, error: BaseException) -> Failed:
        """Roll back if ``rollback_on`` names this kind of error, and say what was done."""
        kind = "probe" if isinstance(error, ProbeFailed) else "error"
        is_undone = kind in self._desired.rollback_on or isinstance(error, NotConfirmed)
        stuck = self._roll_back() if is_undone and self._journal else []
        if not stuck:
            self._host.forget_record()
        # Only now: to compose a message can fail, too.
        parts = [describe_exception(error)]
        details: dict[str, object] = dict(getattr(error, "details", {}))
        done = "; ".join(describe_change(change) for change in self._journal if not change.implied)
        if not done:
            parts.append("nothing had been changed")
        if is_undone:
            if done:
                parts.append(f"undone: {done}")
                if self._are_removed_ended:
                    parts += doubt.list_lost_contents(self._journal)
            if stuck:
                parts.append(f"could not be undone: {'; '.join(stuck)}")
                details["changed"] = True
        elif done:
            parts.append(f"left as it is, because rollback_on does not name {kind}: {done}")
            details["changed"] = True
        return doubt.choose_failure(error, is_restored=not stuck)(". ".join(parts), **details)

    def _roll_back(self) -> list[str]:
        """Undo the journal; a sentence for each change that is not as it was afterwards."""
        self._host.begin("roll back")
        with contextlib.suppress(Exception):  # Then all is given back.
            self._preservation.exclude_changed_by_others()
        with contextlib.suppress(Exception):  # They are given back afterwards.
            self._preservation.restore_addresses()
        self._host.stop_keeping()
        stuck = roll_back(
            self._host, self._journal, self._before, lambda: observe(self._host, self._scope)
        )
        lost = self._restore()
        lost += guard_attached_again(self._host, self._scope, self._journal, self._before)
        if self._announced:
            with contextlib.suppress(Exception):  # Neighbours find out by themselves.
                links = observe(self._host, self._scope).links
                self._host.announce(list_moved_back(self._announced, links))
        if stuck:
            stuck = doubt.drop_undone(stuck, self._before, lambda: observe(self._host, self._scope))
        return [
            *lost,
            *(f"{describe_change(change)} ({reason})" for change, reason in stuck),
        ]

    def _restore(self) -> list[str]:
        """Give back what the kernel dropped; in words what it does not accept."""
        try:
            return self._preservation.restore()
        except Exception as error:
            return [f"what the kernel dropped ({describe_exception(error)})"]
