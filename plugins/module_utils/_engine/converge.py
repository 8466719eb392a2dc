# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way from a wish to an answer: lock, observe, plan, and, outside check mode, apply, verify, or undo."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import Any, ContextManager, Dict, List, Optional, Protocol, Sequence, Set, Tuple

from . import _errors, _kinds, _model, _rules
from ._changes import Change, Thing, links_among
from ._impairment import Impairment, is_none
from ._plan import Plan, plan
from ._probe import Asked, Probe
from ._probe_report import compose_asked, say_failed
from ._say import say_change
from ._signals import undisturbed
from ._there import Scope, There
from ._undo import differs, undo
from ._vlans import PortVlans
from ._wish import Wish

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


def _places(thing: Thing) -> Set[Optional[str]]:
    if isinstance(thing, _model.Veth):
        # An end of this pair may still lie on the host.
        return {thing.end.netns, thing.peer.netns, None}
    if isinstance(thing, (_model.Netns, _model.Stale)):
        return {thing.name}
    if isinstance(thing, _model.Link) and (thing.home is not None or thing.parent is not None or thing.kind in _kinds.UPPER):
        # What is taken comes from the host, and what sits on a link is made in the namespace of that.
        return {thing.netns, None, *([thing.parent[0]] if thing.parent else [])}
    return {thing.netns}


def _scope_of_ends(wish: Wish) -> Dict[str, Any]:
    """What is asked for on links, and what the kernel must have for it."""
    impairments = [thing for thing in wish.present if isinstance(thing, Impairment) and not is_none(thing)]
    vlans = [thing for thing in wish.present if isinstance(thing, PortVlans)]
    bridges = [thing.options for thing in wish.present if isinstance(thing, _model.Link) and isinstance(thing.options, _kinds.BridgeOptions)]
    filtering = any(options.vlan_filtering or options.vlan_default_pvid is not None for options in bridges)
    return {
        "vlans": frozenset(thing.netns for thing in vlans),
        "impairments": frozenset(thing.netns for thing in impairments),
        "features": frozenset({thing.kind for thing in impairments} | ({"bridge_vlan"} if vlans or filtering else set())),
    }


def _settings_of(things: Sequence[Thing]) -> Set[Tuple[Optional[str], str]]:
    """The kernel parameters that are wanted, and those that the kernel sets with what is wanted."""
    wanted: Set[Tuple[Optional[str], str]] = {(thing.netns, thing.key_path) for thing in things if isinstance(thing, _model.Sysctl)}
    # Of a link that comes, whether it will take its addresses.
    wanted |= {(end.netns, _model.INET6_OF_NEW) for end in links_among(things) if any(":" in address for address in end.addresses or ())}
    return wanted | {(thing.netns, _model.REDIRECTS) for thing in things if isinstance(thing, _model.Link) and thing.kind == "wireguard"}


def scope_of(wish: Wish) -> Scope:
    """What has to be observed for a wish, and no more."""
    things = (*wish.present, *wish.absent)
    namespaces: Set[Optional[str]] = set()
    for thing in things:
        namespaces |= _places(thing)
    if wish.lab is not None:
        namespaces.add(None)
    namespaces |= {netns for probe in wish.probes for _parameter, netns in probe.places if "/" not in (netns or "")}
    doomed = {thing.name for thing in wish.absent if isinstance(thing, _model.Netns)}
    if doomed or any(isinstance(thing, _model.Link) and thing.name != "lo" for thing in wish.absent):
        namespaces.add(None)
    nat = {thing.netns for thing in things if isinstance(thing, _rules.RULES)}
    # A port that goes takes along what guards it.
    nat |= {end.netns for end in links_among(wish.absent)}
    if wish.lab is not None:
        nat.add(None)
    routed = {one for one in namespaces if one is not None or any(not isinstance(thing, (_model.Netns, _model.Resolver, _model.Sysctl)) for thing in things)}
    return Scope(
        namespaces=frozenset(namespaces),
        routes=frozenset(routed),
        sysctls=frozenset(_settings_of(things)),
        resolvers=frozenset(doomed | {thing.netns for thing in things if isinstance(thing, _model.Resolver)}),
        nat=frozenset(nat | doomed),
        listening=frozenset(thing.netns for thing in wish.present if isinstance(thing, _rules.Dnat)),
        processes=frozenset(doomed),
        all_namespaces=wish.sweep,
        lab=wish.lab,
        **_scope_of_ends(wish),
        backend=wish.backend if any(isinstance(thing, _rules.RULES) and not isinstance(thing, _rules.Guarded) for thing in wish.present) else None,
        makes=frozenset(
            (thing.place, thing.kind) for thing in wish.present if isinstance(thing, _model.Link) and thing.kind in _kinds.NATURES and thing.kind is not None
        ),
        takes=frozenset(thing.home.name or thing.name for thing in wish.present if isinstance(thing, _model.Link) and thing.home is not None),
        nat6=frozenset(thing.netns for thing in things if isinstance(thing, (_rules.Masquerade, _rules.Dnat)) and thing.family == 6),
    )


def _observe(host: Host, scope: Scope) -> There:
    """What is there at the places that a wish names; everywhere, if something is where nobody looked."""
    there = host.observe(scope)
    if not scope.all_namespaces and _is_elsewhere(scope, there):
        return host.observe(_model.replace(scope, all_namespaces=True))
    return there


def _is_elsewhere(scope: Scope, there: There) -> bool:
    """Whether a cable of the lab leads away from these places, or an interface of the host that is wanted may have been taken to another."""
    known = {link.home.name if link.home is not None else link.name for link in there.links.values() if link.netns is None or link.home is not None}
    away = scope.lab is not None and any(link.owner == scope.lab and link.kind == "veth" and link.peer is None for link in there.links.values())
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
            raise _errors.Failed("done, but not there afterwards: " + "; ".join(say_change(change) for change in left[:10]))
        if waited > SWEEP_PATIENCE and not swept and all(change.after is None for change in left):
            host.apply(left, journal)
            swept = True
        time.sleep(0.02)


def _undo(host: Host, scope: Scope, journal: Sequence[Change], there: There) -> List[str]:
    """Undo what was done; what of it is not as it was afterwards, as sentences."""
    stuck = undo(host, journal, there)
    if stuck:
        with contextlib.suppress(_errors.NetnsError, OSError):
            now = _observe(host, scope)
            stuck = [(change, words) for change, words in stuck if differs(change, there, now)]
    return [f"{say_change(change)} ({words})" for change, words in stuck]


def _ask(wish: Wish, host: Host) -> List[Asked]:
    """What the users want to know: not how it is set, but whether packets arrive."""
    asked = host.ask(wish.probes) if wish.probes else []
    if not all(one.ok for one in asked):
        raise _errors.Unexpected(say_failed(asked), probes=[compose_asked(one) for one in asked])
    return asked


def _give_up(error: BaseException, wish: Wish, host: Host, scope: Scope, journal: Sequence[Change], there: There) -> _errors.Failed:
    """Undo what was done, unless the user wants to look at it; what to tell him."""
    parts = [str(error) or type(error).__name__]
    done = [say_change(change) for change in journal if not change.implied]
    kind = "probe" if isinstance(error, _errors.Unexpected) else "error"
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
    return _errors.Failed(". ".join(parts), **details)


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
