# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guards of the ports of members that CNI plugins attached again: the ports have other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.changes import Change
from .._model.fast_replace import replace
from .._model.network_policies import PortGuard, is_damaged
from .attached_members import make_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.cni import CniAttachment
    from .._model.current_state import CurrentState
    from .._model.links import Link


def list_moved_guards(before: CurrentState, now: CurrentState) -> Iterator[Change]:
    """The changes that guard ports as they were guarded before their members were detached.

    The addresses stay those of before: policies know these. A member with others sends nothing.

    :param before: the host before a run that was undone.
    """
    ruleset = now.rulesets.get(None)
    guards = {
        rule.interface: rule
        for rule in (ruleset.resources if ruleset else ())
        if isinstance(rule, PortGuard) and rule.netns is None and not is_damaged(rule)
    }
    for key, attachment in before.attachments.items():
        old, again = _find_port(attachment, before), now.attachments.get(key)
        port = None if again is None else _find_port(again, now)
        guard = None if old is None else guards.get(old.name)
        if old is None or guard is None or again is None or port is None or port.name == old.name:
            continue
        mac = make_link(again).mac or guard.mac
        moved = replace(guard, interface=port.name, mac=mac)
        yield Change(port, replace(port, isolated=True))
        yield Change(guard, None)
        yield Change(None, moved)


def _find_port(attachment: CniAttachment, current: CurrentState) -> Link | None:
    """The bridge port of an attachment on the host."""
    link = current.links.get((attachment.netns, attachment.ifname))
    return current.links.get(link.peer) if link is not None and link.peer else None
