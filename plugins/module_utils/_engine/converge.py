# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a desired state to a result: lock, observe, plan and, outside check mode, a transaction."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable, Protocol

from .._model.errors import NetnsError
from .._model.fast_dataclass import dataclass, field
from .._observe.scope import scope_of
from .._plan.plan import Plan, project
from .observe import look_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.links import Link
    from .._model.probes import ProbeResult
    from .host import Host, RunProbes
    from .path_guard import PathGuard
    from .transaction import Transaction


@dataclass
class Outcome:
    """A plan that was made and, outside check mode, applied."""

    current: CurrentState
    plan: Plan
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds of each stage."""
    probe_results: list[ProbeResult] = field(default_factory=list)
    warnings: Sequence[str] = ()
    """What the host warns of, besides the plan's warnings."""
    attached: Sequence[Link] = ()
    """The interfaces that plugins of CNI made in this run, which policies are about."""

    @property
    def changed(self) -> bool:
        return bool(self.plan.changes)


class Confirmer(Protocol):
    """Has a run undone that is not confirmed."""

    def begin(self) -> None:
        """Called before the first change. It may go on in another process.

        :raises Killed: in a process that is to undo what another one was killed at.
        """

    def wait(self, outcome: Outcome) -> None:
        """Called with the outcome after changes. It returns when the run is confirmed.

        :raises NotConfirmed: the run has to be undone.
        """


class Stopwatch:
    """Seconds of the stages of a run, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._start = time.monotonic()

    def lap(self, name: str) -> None:
        """End the stage of that name; the next begins."""
        now = time.monotonic()
        self.seconds[name] = round(now - self._start, 4)
        self._start = now


def converge(
    desired: DesiredState,
    host: Host,
    check: bool,
    run_probes: RunProbes | None = None,
    confirm: Confirmer | None = None,
) -> Outcome:
    """Bring a host to the desired state. In check mode, stop at the plan.

    :param run_probes: Runs the probes of the desired state. Only ``topology`` has probes, so that
        other modules do not carry what sends packets.
    :param confirm: What confirms the run, if it has to be undone without a confirmation.

    :raises Refused: The desired state breaks a rule. Nothing was touched.
    :raises Failed: Something did not work. What had been done was rolled back; the message names
        what could not be.
    """
    stopwatch = Stopwatch()
    host.lab = desired.lab
    with host.lock(create=not check):
        stopwatch.lap("lock")
        recovered = host.recover(check)
        if recovered:
            return _warn_of(
                recovered, lambda: _converge(desired, host, check, run_probes, confirm, stopwatch)
            )
        return _converge(desired, host, check, run_probes, confirm, stopwatch)


def _warn_of(warnings: Sequence[str], run: Callable[[], Outcome]) -> Outcome:
    """Run, and add warnings to the outcome, or to the error."""
    try:
        outcome = run()
    except NetnsError as error:
        error.details = {**error.details, "warnings": list(warnings)}
        raise
    outcome.warnings = [*warnings, *outcome.warnings]
    return outcome


def _converge(
    desired: DesiredState,
    host: Host,
    check: bool,
    run_probes: RunProbes | None,
    confirm: Confirmer | None,
    stopwatch: Stopwatch,
) -> Outcome:
    host.begin("observe")
    current, scope = look_first(host, scope_of(desired))
    stopwatch.lap("observe")
    planned, guard = _plan(desired, host, current, check, stopwatch)
    outcome = Outcome(current, planned, stopwatch.seconds)
    outcome.warnings = guard.warnings if guard is not None else ()
    if not check:
        try:
            if planned.changes or desired.probes:
                # A run that changes nothing is spared loading what applies and renders changes.
                from .transaction import Transaction

                begin = None if confirm is None else confirm.begin
                transaction = Transaction(
                    desired, host, scope, current, stopwatch.lap, run_probes, guard, begin
                )
                _run_transaction(transaction, host, outcome, confirm)
        finally:
            host.settle()
    return outcome


def _run_transaction(
    transaction: Transaction, host: Host, outcome: Outcome, confirm: Confirmer | None
) -> None:
    changes = outcome.plan.changes

    def complete(results: list[ProbeResult]) -> None:
        outcome.probe_results = results
        outcome.warnings = [*host.warnings, *outcome.warnings, *transaction.warnings]
        if transaction.followers:
            from .attaching import note_followers

            note_followers(outcome, transaction.followers, transaction.links)
        if confirm is not None and changes:
            confirm.wait(outcome)

    transaction.run(outcome.plan, complete)


def _plan(
    desired: DesiredState, host: Host, current: CurrentState, check: bool, stopwatch: Stopwatch
) -> tuple[Plan, PathGuard | None]:
    """Plan, and check that the plan does not cut off the host if it touches what that depends on.

    :raises Refused: It does.
    """
    planned, after = project(desired, current, assume=check)
    stopwatch.lap("plan")
    if not planned.changes:
        return planned, None
    from .._plan.host_changes import may_cut_off_host

    if not may_cut_off_host(planned.changes, current.links):
        return planned, None
    from .path_guard import PathGuard

    return planned, PathGuard(desired, host, current, planned.changes, after)
