# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT in one namespace, whichever tool holds it: which backend, what is there, and how it is replaced.

The rules of the calling thread's network namespace are meant: a program that is run inherits it.
"""

from __future__ import annotations

from types import ModuleType
from typing import List, NamedTuple, Optional, Sequence, Tuple

from .._model.errors import Failed, Refused
from .._model.fast_replace import replace
from .._model.nat import ForeignForward, IntegratedFirewall, NatResource, Ruleset, SpoofCheck
from .._model.rulesets import sort_rules
from .integrate import dispatch
from .listing import Listing

BACKENDS = ("nftables", "iptables")
_NOT_IN_RULESET = (IntegratedFirewall, SpoofCheck)
"""What stands elsewhere than the rules of NAT do."""


def open_backend(name: str) -> ModuleType:
    """Read only when it is needed: most tasks need none of them, and hardly any needs both."""
    if name == "nftables":
        from .nftables import backend as nftables

        return nftables
    from .iptables import backend as iptables

    return iptables


def _open_spoofchk() -> ModuleType:
    from . import spoofchk

    return spoofchk


def _have_spoof_checks(current: Sequence[NatResource], wanted: Sequence[NatResource]) -> bool:
    return any(isinstance(resource, SpoofCheck) for resource in (*current, *wanted))


def _other(backend: str) -> ModuleType:
    return open_backend("iptables" if backend == "nftables" else "nftables")


def observe_ruleset(netns: Optional[str], listing: Optional[Listing] = None) -> Optional[Ruleset]:
    """Our rules, in whichever backend they are; in both, somebody left remains, which counts as damage. And what others were told of them."""
    listing = listing or Listing()
    if listing.is_empty:
        return None
    ours = _observe(netns, listing)
    beside = (
        *dispatch.observe(netns, ours.resources if ours else (), listing),
        *_open_spoofchk().observe(netns, listing),
    )
    if not beside:
        return ours
    return (
        replace(ours, resources=sort_rules((*ours.resources, *beside)))
        if ours
        else Ruleset("", sort_rules(beside))
    )


def _observe(netns: Optional[str], listing: Listing) -> Optional[Ruleset]:
    mine = open_backend("nftables").observe(netns, listing)
    theirs = open_backend("iptables").observe(netns, listing) if listing.iptables else None
    if mine and theirs:
        return replace(mine, damaged=True)
    return mine or theirs


def read_claims(listing: Listing) -> Tuple[ForeignForward, ...]:
    """The ports that others forward here."""
    if listing.is_empty:
        return ()
    from .foreign_forwards import read_foreign_forwards as read

    return read(listing)


def survey_firewalls(listing: Listing) -> dispatch.Survey:
    """Others who have a say in what is forwarded here."""
    return dispatch.Survey() if listing.is_empty else dispatch.survey(listing)


class Choice(NamedTuple):
    """A backend, and why it."""

    backend: str
    reason: str


def choose_backend(wanted: str, current: Optional[Ruleset]) -> Choice:
    """The backend for a namespace: the one asked for, else the one in use, else nftables, else iptables."""
    if wanted != "auto":
        reason = open_backend(wanted).available()
        if reason is not None:
            raise Refused("backend", wanted, reason)
        return Choice(wanted, "it was asked for")
    if current is not None and current.backend:
        return Choice(current.backend, "it holds rules of this collection already")
    reasons: List[str] = []
    for name in BACKENDS:
        reason = open_backend(name).available()
        if reason is None:
            return Choice(name, "; ".join(["it works here", *reasons]))
        reasons.append(f"{name}: {reason}")
    raise Refused(
        "backend",
        wanted,
        "no backend works here, and NAT needs one, as does isolate: " + "; ".join(reasons),
    )


def _needs(after: Optional[Ruleset]) -> bool:
    return after is not None and bool(after.resources)


def _own(ruleset: Optional[Ruleset]) -> Optional[Ruleset]:
    """What stands in chains of our own."""
    if ruleset is None or not any(
        isinstance(resource, _NOT_IN_RULESET) for resource in ruleset.resources
    ):
        return ruleset
    resources = tuple(
        resource for resource in ruleset.resources if not isinstance(resource, _NOT_IN_RULESET)
    )
    return replace(ruleset, resources=resources) if resources else None


def replace_rules(before: Optional[Ruleset], after: Optional[Ruleset]) -> None:
    """One set of rules in the place of another, without a moment between: the new is there before the old goes, where they differ in backend."""
    _replace(_own(before), _own(after))
    current, wanted = before.resources if before else (), after.resources if after else ()
    dispatch.replace_rules(current, wanted)
    if _have_spoof_checks(current, wanted):
        _open_spoofchk().replace_rules(current, wanted)


def _replace(before: Optional[Ruleset], after: Optional[Ruleset]) -> None:
    if before == after or (before is None and not _needs(after)):
        return
    backend = (
        after.backend
        if after is not None and after.resources
        else before.backend
        if before
        else "nftables"
    )
    same = before if before is not None and before.backend == backend else None
    open_backend(backend).replace_rules(same, after)
    if before is None or (before.backend == backend and not before.damaged and _needs(after)):
        return
    other = _other(backend)
    remains = other.observe(before.resources[0].netns if before.resources else None, Listing())
    if remains is None:
        return
    try:
        other.replace_rules(remains, None)
    except Failed:
        open_backend(backend).replace_rules(after, same)
        raise


def commands(before: Optional[Ruleset], after: Optional[Ruleset], prefix: str = "") -> List[str]:
    """What replace() does, as a person would type it into bash."""
    typed = _commands(_own(before), _own(after), prefix)
    current, wanted = before.resources if before else (), after.resources if after else ()
    typed += dispatch.commands(current, wanted, prefix)
    return typed + (
        _open_spoofchk().commands(current, wanted, prefix)
        if _have_spoof_checks(current, wanted)
        else []
    )


def _commands(before: Optional[Ruleset], after: Optional[Ruleset], prefix: str) -> List[str]:
    backend = (
        after.backend
        if after is not None and after.resources
        else before.backend
        if before
        else "nftables"
    )
    same = before if before is not None and before.backend == backend else None
    typed: List[str] = open_backend(backend).commands(same, after, prefix) if same != after else []
    if before is not None and before.backend != backend:
        typed += open_backend(before.backend).commands(before, None, prefix)
    return typed
