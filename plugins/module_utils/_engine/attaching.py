# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is changed when CNI plugins have attached members of a topology whose policies limit them.

Until then nobody knows which addresses they have. So these changes are planned in the middle of a
run, after the plugins. Until they are made, the host lets in nothing from the new member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.cni import CniAttachment
from .._model.errors import describe_exception
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.netns import Sysctl
from .._model.resources import RulesetPart
from .._plan.kinds import steps
from .._plan.plan import plan
from .observe import observe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.links import LinkRef
    from .._model.scope import Scope
    from .converge import Outcome
    from .host import Host


def split_at_attached(changes: Sequence[Change]) -> tuple[Sequence[Change], Sequence[Change]]:
    """The changes up to the last one by which plugins attach a namespace, and those after it."""
    for index in range(len(changes), 0, -1):
        if isinstance(changes[index - 1].after, CniAttachment):
            return changes[:index], changes[index:]
    return (), changes


def attach_first(
    host: Host,
    desired: DesiredState,
    scope: Scope,
    changes: Sequence[Change],
    journal: list[Change],
) -> tuple[list[Change], list[Change]]:
    """Make the changes up to the last attachment, and plan what the rules need of the attached.

    :returns: that, and all that is left to be done, which begins with it.
    """
    first, others = split_at_attached(changes)
    host.apply(first, journal)
    followers = [*filter(_follows_attached, plan(desired, observe(host, scope)).changes)]
    return followers, [*followers, *(change for change in others if change not in followers)]


def note_followers(
    outcome: Outcome, followers: Sequence[Change], links: Mapping[LinkRef, Link]
) -> None:
    """Add to an outcome the changes that followed from what was attached.

    :param links: the links after the run.
    """
    first, others = split_at_attached(outcome.plan.changes)
    others = [change for change in others if change not in followers]
    outcome.plan = replace(outcome.plan, changes=(*first, *followers, *others))
    places = {
        (change.after.netns, change.after.ifname)
        for change in first
        if isinstance(change.after, CniAttachment)
    }
    outcome.attached = [link for ref, link in links.items() if ref in places]


def _follows_attached(change: Change) -> bool:
    before, after = change.before, change.after
    if isinstance(before, Link) and isinstance(after, Link):
        return replace(before, isolated=after.isolated) == after
    return isinstance(change.resource, (RulesetPart, Sysctl))


def guard_attached_again(
    host: Host, scope: Scope, journal: Sequence[Change], before: CurrentState
) -> list[str]:
    """Guard the ports of members that a rollback attached again.

    :param journal: the changes that were undone.
    :returns: what did not work, as sentences.
    """
    if steps.list_moved_guards is None or not before.rulesets:
        return []
    if not any(isinstance(each.before, CniAttachment) for each in journal):
        return []
    try:
        changes = [*steps.list_moved_guards(before, observe(host, scope))]
        if changes:
            host.apply(changes, [])
    except Exception as error:
        return [f"the guards of bridge ports for policies ({describe_exception(error)})"]
    return []
