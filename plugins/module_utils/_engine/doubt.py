# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a transaction finds out about changes: which are in doubt, due to others, or lost."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Callable

from .._apply.rollback import differs
from .._describe.places import describe_location
from .._model.errors import Failed, Unverified
from .._model.forwarding import VALID_MARK
from .._model.nat import SAVED_SYSCTLS, ForwardingEnabled, IntegratedFirewall, SavedSysctl
from .._model.netns import Netns, Sysctl
from .._model.sysctl_effects import is_ipv6_mtu
from .._render.actions import describe_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.announcements import Announcement
    from .._model.changes import Change
    from .._model.current_state import CurrentState

_MAX_LISTED = 10


def list_doubtful(
    planned: Sequence[Change],
    journal: Sequence[Change],
    before: CurrentState,
    observe: Callable[[], CurrentState],
) -> list[Change]:
    """The changes that a process may have made that was killed.

    :param journal: the changes that are known to be made.
    """
    known = set(map(id, journal))
    doubtful = [change for change in planned if id(change) not in known]
    with contextlib.suppress(Exception):  # Then all are undone. Undoing some fails.
        now = observe()
        return [change for change in doubtful if differs(change, before, now)]
    return doubtful


def drop_undone(
    stuck: list[tuple[Change, str]], before: CurrentState, observe: Callable[[], CurrentState]
) -> list[tuple[Change, str]]:
    """Those of the changes that could not be undone whose resource is not as it was."""
    with contextlib.suppress(Exception):  # Then all are reported.
        now = observe()
        return [(change, reason) for change, reason in stuck if differs(change, before, now)]
    return stuck


def list_lost_contents(journal: Sequence[Change]) -> list[str]:
    """What is not restored in namespaces that had ended and were created anew."""
    return [
        f"namespace {change.before.name} had to be created anew: its kernel parameters, and "
        "what else was not observed in it, are lost"
        for change in journal
        if isinstance(change.before, Netns)
    ]


def describe_unannounced(entry: Announcement) -> str:
    """That neighbours do not know of an address that moved, as a sentence."""
    what = f"{entry.address or 'the IPv6 addresses'} of {entry.link}"
    place = describe_location(entry.netns)
    return f"neighbours could not be told the MAC address of {what} {place}"


def report_left(left: Sequence[Change]) -> Unverified:
    """The error of a run that has made its changes, and after which some are left all the same."""
    listed = "; ".join(describe_change(change) for change in left[:_MAX_LISTED])
    return Unverified(f"done, but not there afterwards: {listed}")


def choose_failure(error: BaseException, is_restored: bool) -> type[Failed]:
    """The kind of error that a failed run ends with: only some are worth another try."""
    return Unverified if isinstance(error, Unverified) and is_restored else Failed


def is_reset_by_carrier(change: Change) -> bool:
    """Whether the kernel undoes a change when a link gets its carrier, which may come later."""
    return isinstance(change.resource, Sysctl) and is_ipv6_mtu(change.resource.key_path)


def follows_others(change: Change) -> bool:
    """Whether a change is due because others changed something during the run.

    Links that came or went change what forwarding needs. Another firewall that is just being
    started adds a chain after the other, and our rules belong into its last one. The kernel is
    another, too.
    """
    resource = change.resource
    if is_reset_by_carrier(change):
        return True
    if isinstance(resource, Sysctl):
        return resource.key_path.rpartition("/")[2] in (*SAVED_SYSCTLS, VALID_MARK)
    return isinstance(resource, (ForwardingEnabled, IntegratedFirewall, SavedSysctl))
