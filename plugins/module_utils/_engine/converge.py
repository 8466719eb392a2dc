# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way from a wish to an answer: lock, observe, plan, and, outside check mode, apply, verify, or undo."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import ContextManager, Dict, List, Protocol, Sequence

from .._apply.rollback import differs, undo
from .._host.signals import undisturbed
from .._model.changes import Change
from .._model.current_state import There
from .._model.desired_state import Wish
from .._model.errors import Failed, NetnsError, Unexpected
from .._model.fast_replace import replace
from .._model.probes import Asked, Probe
from .._observe.scope import Scope, scope_of
from .._plan.plan import Plan, plan
from .._render.actions import say_change
from .._render.probes import compose_asked, say_failed

VERIFY_PATIENCE = 10.0
SWEEP_PATIENCE = 2.0


class Host(Protocol):
    """A host, real or not."""

    def lock(self, create: bool) -> ContextManager[None]: ...

    def observe(self, scope: Scope) -> There: ...

    def apply(self, changes: Sequence[Change], journal: List[Change]) -> None: ...

    def await_links(self) -> None: ...

    def ask(self, probes: Sequence[Probe]) -> List[Asked]: ...


@dataclass
class Outcome:
    """What was planned (and, outside check mode, done), how long it took in seconds, and what came of the probes."""

    there: There
    drawn: Plan
    timings: Dict[str, float] = field(default_factory=dict)
    asked: List[Asked] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.drawn.changes)


def _observe(host: Host, scope: Scope) -> There:
    """What is there at the places that a wish names; everywhere, if something is where nobody looked."""
    there = host.observe(scope)
    if not scope.all_namespaces and _is_elsewhere(scope, there):
        return host.observe(replace(scope, all_namespaces=True))
    return there


def _is_elsewhere(scope: Scope, there: There) -> bool:
    """Whether a cable of the lab leads away from these places, or an interface of the host that is wanted may have been taken to another."""
    known = {
        link.home.name if link.home is not None else link.name
        for link in there.links.values()
        if link.netns is None or link.home is not None
    }
    away = scope.lab is not None and any(
        link.owner == scope.lab and link.kind == "veth" and link.peer is None
        for link in there.links.values()
    )
    return away or not scope.takes <= known


def _verify(wish: Wish, host: Host, scope: Scope, journal: List[Change]) -> None:
    """The plan answers for itself: drawn again, it must be empty. The wait is for what the kernel does later (a namespace ends, a link carries).

    What should have gone along with a namespace and does not, because somebody holds that open, is removed by itself.
    """
    start = time.monotonic()
    swept = False
    while True:
        left = plan(wish, _observe(host, scope)).changes
        if not left:
            host.await_links()
            return
        waited = time.monotonic() - start
        if waited > VERIFY_PATIENCE:
            raise Failed(
                "done, but not there afterwards: "
                + "; ".join(say_change(change) for change in left[:10])
            )
        if waited > SWEEP_PATIENCE and not swept and all(change.after is None for change in left):
            host.apply(left, journal)
            swept = True
        time.sleep(0.02)


def _undo(host: Host, scope: Scope, journal: Sequence[Change], there: There) -> List[str]:
    """Undo what was done; what of it is not as it was afterwards, as sentences."""
    stuck = undo(host, journal, there)
    if stuck:
        with contextlib.suppress(NetnsError, OSError):
            now = _observe(host, scope)
            stuck = [(change, words) for change, words in stuck if differs(change, there, now)]
    return [f"{say_change(change)} ({words})" for change, words in stuck]


def _ask(wish: Wish, host: Host) -> List[Asked]:
    """What the users want to know: not how it is set, but whether packets arrive."""
    asked = host.ask(wish.probes) if wish.probes else []
    if not all(one.ok for one in asked):
        raise Unexpected(say_failed(asked), probes=[compose_asked(one) for one in asked])
    return asked


def _give_up(
    error: BaseException,
    wish: Wish,
    host: Host,
    scope: Scope,
    journal: Sequence[Change],
    there: There,
) -> Failed:
    """Undo what was done, unless the user wants to look at it; what to tell him."""
    parts = [str(error) or type(error).__name__]
    done = [say_change(change) for change in journal if not change.implied]
    kind = "probe" if isinstance(error, Unexpected) else "error"
    details = getattr(error, "details", {})
    if not done:
        parts.append("nothing had been changed")
    elif kind not in wish.rollback_on:
        parts.append(f"left as it is, for rollback_on does not name {kind}: {'; '.join(done)}")
        details = {**details, "changed": True}
    if kind in wish.rollback_on and journal:
        stuck = _undo(host, scope, journal, there)
        parts += [f"undone: {'; '.join(done)}"] if done else []
        if stuck:
            parts.append(f"could not be undone: {'; '.join(stuck)}")
            details = {**details, "changed": True}
    return Failed(". ".join(parts), **details)


def converge(wish: Wish, host: Host, check: bool) -> Outcome:
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
        scope = scope_of(wish)
        there = _observe(host, scope)
        lap("observe")
        drawn = plan(wish, there, assume=check)
        lap("plan")
        if check:
            return Outcome(there, drawn, timings)
        journal: List[Change] = []
        try:
            if drawn.changes:
                host.apply(drawn.changes, journal)
                lap("apply")
                _verify(wish, host, scope, journal)
                lap("verify")
            asked = _ask(wish, host)
            if asked:
                lap("probe")
        except (Exception, KeyboardInterrupt) as error:
            with undisturbed():
                failure = _give_up(error, wish, host, scope, journal, there)
            raise failure from error
        return Outcome(there, drawn, timings, asked)
