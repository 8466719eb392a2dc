# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way from a wish to an answer: lock, observe, plan, and, outside check mode, apply, verify, or undo."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import ContextManager, Dict, List, Protocol, Sequence

from .._apply.rollback import differs, roll_back
from .._host.signals import signals_deferred
from .._model.changes import Change
from .._model.current_state import CurrentState
from .._model.desired_state import DesiredState
from .._model.errors import Failed, NetnsError, ProbeFailed
from .._model.fast_replace import replace
from .._model.probes import Probe, ProbeResult
from .._observe.scope import Scope, scope_of
from .._plan.plan import Plan, plan
from .._render.actions import describe_change
from .._render.probes import compose_result, describe_failed

VERIFY_PATIENCE = 10.0
REMOVAL_PATIENCE = 2.0


class Host(Protocol):
    """A host, real or not."""

    def lock(self, create: bool) -> ContextManager[None]: ...

    def observe(self, scope: Scope) -> CurrentState: ...

    def apply(self, changes: Sequence[Change], journal: List[Change]) -> None: ...

    def await_links(self) -> None: ...

    def probe(self, probes: Sequence[Probe]) -> List[ProbeResult]: ...


@dataclass
class Outcome:
    """What was planned (and, outside check mode, done), how long it took in seconds, and what came of the probes."""

    current: CurrentState
    plan: Plan
    timings: Dict[str, float] = field(default_factory=dict)
    probe_results: List[ProbeResult] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.plan.changes)


def _observe(host: Host, scope: Scope) -> CurrentState:
    """What is there at the places that a wish names; everywhere, if something is where nobody looked."""
    current = host.observe(scope)
    if not scope.all_namespaces and _is_elsewhere(scope, current):
        return host.observe(replace(scope, all_namespaces=True))
    return current


def _is_elsewhere(scope: Scope, current: CurrentState) -> bool:
    """Whether a cable of the lab leads away from these places, or an interface of the host that is wanted may have been taken to another."""
    known = {
        link.saved.name if link.saved is not None else link.name
        for link in current.links.values()
        if link.netns is None or link.saved is not None
    }
    away = scope.lab is not None and any(
        link.owner == scope.lab and link.kind == "veth" and link.peer is None
        for link in current.links.values()
    )
    return away or not scope.takes <= known


def _verify(desired: DesiredState, host: Host, scope: Scope, journal: List[Change]) -> None:
    """The plan answers for itself: drawn again, it must be empty. The wait is for what the kernel does later (a namespace ends, a link carries).

    What should have gone along with a namespace and does not, because somebody holds that open, is removed by itself.
    """
    start = time.monotonic()
    swept = False
    while True:
        left = plan(desired, _observe(host, scope)).changes
        if not left:
            host.await_links()
            return
        waited = time.monotonic() - start
        if waited > VERIFY_PATIENCE:
            raise Failed(
                "done, but not there afterwards: "
                + "; ".join(describe_change(change) for change in left[:10])
            )
        if waited > REMOVAL_PATIENCE and not swept and all(change.after is None for change in left):
            host.apply(left, journal)
            swept = True
        time.sleep(0.02)


def _roll_back(
    host: Host, scope: Scope, journal: Sequence[Change], current: CurrentState
) -> List[str]:
    """Undo what was done; what of it is not as it was afterwards, as sentences."""
    stuck = roll_back(host, journal, current)
    if stuck:
        with contextlib.suppress(NetnsError, OSError):
            now = _observe(host, scope)
            stuck = [(change, words) for change, words in stuck if differs(change, current, now)]
    return [f"{describe_change(change)} ({words})" for change, words in stuck]


def _run_probes(desired: DesiredState, host: Host) -> List[ProbeResult]:
    """What the users want to know: not how it is set, but whether packets arrive."""
    asked = host.probe(desired.probes) if desired.probes else []
    if not all(one.ok for one in asked):
        raise ProbeFailed(describe_failed(asked), probes=[compose_result(one) for one in asked])
    return asked


def _fail(
    error: BaseException,
    desired: DesiredState,
    host: Host,
    scope: Scope,
    journal: Sequence[Change],
    current: CurrentState,
) -> Failed:
    """Undo what was done, unless the user wants to look at it; what to tell him."""
    parts = [str(error) or type(error).__name__]
    done = [describe_change(change) for change in journal if not change.implied]
    kind = "probe" if isinstance(error, ProbeFailed) else "error"
    details = getattr(error, "details", {})
    if not done:
        parts.append("nothing had been changed")
    elif kind not in desired.rollback_on:
        parts.append(f"left as it is, for rollback_on does not name {kind}: {'; '.join(done)}")
        details = {**details, "changed": True}
    if kind in desired.rollback_on and journal:
        stuck = _roll_back(host, scope, journal, current)
        parts += [f"undone: {'; '.join(done)}"] if done else []
        if stuck:
            parts.append(f"could not be undone: {'; '.join(stuck)}")
            details = {**details, "changed": True}
    return Failed(". ".join(parts), **details)


def converge(desired: DesiredState, host: Host, check: bool) -> Outcome:
    """Bring the host to what is wished; in check mode stop at the plan.

    :raises Refused: the wish breaks a rule; nothing was touched.
    :raises Failed: something did not work; what had been done was undone, and the message says what could not be.
    """
    timings: Dict[str, float] = {}
    clock = time.monotonic()

    def lap(name: str) -> None:
        nonlocal clock
        now = time.monotonic()
        timings[name] = round(now - clock, 4)
        clock = now

    with host.lock(create=not check):
        lap("lock")
        scope = scope_of(desired)
        current = _observe(host, scope)
        lap("observe")
        drawn = plan(desired, current, assume=check)
        lap("plan")
        if check:
            return Outcome(current, drawn, timings)
        journal: List[Change] = []
        try:
            if drawn.changes:
                host.apply(drawn.changes, journal)
                lap("apply")
                _verify(desired, host, scope, journal)
                lap("verify")
            asked = _run_probes(desired, host)
            if asked:
                lap("probe")
        except (Exception, KeyboardInterrupt) as error:
            with signals_deferred():
                failure = _fail(error, desired, host, scope, journal, current)
            raise failure from error
        return Outcome(current, drawn, timings, asked)
