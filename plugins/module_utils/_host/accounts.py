# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The users of a host, as which processes run."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Account(NamedTuple):
    """The user of a process."""

    uid: int
    gid: int
    groups: tuple[int, ...]
    environment: Mapping[str, str]


def find_account(user: str) -> Account:
    """A user of this host.

    :raises Failed: there is none.
    """
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise Failed(f"there is no user {user} on this host") from None
    groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
    variables = {"HOME": entry.pw_dir, "USER": user, "LOGNAME": user, "SHELL": entry.pw_shell}
    return Account(entry.pw_uid, entry.pw_gid, groups, variables)


def explain_unusable(user: str) -> str | None:
    """Why no process can run as a user; None if it can."""
    try:
        account = find_account(user)
    except Failed as failure:
        return f"{failure}; create it first"
    return _explain_unmapped(account)


def _explain_unmapped(account: Account) -> str | None:
    """What the user namespace of this process has against it, see user_namespaces(7)."""
    if not _is_mapped(account.uid, "uid_map"):
        return f"root is in a user namespace that does not have its user ID {account.uid}"
    for gid in {account.gid, *account.groups}:
        if not _is_mapped(gid, "gid_map"):
            return f"root is in a user namespace that does not have its group ID {gid}"
    with open("/proc/self/setgroups", encoding="ascii") as file:
        if file.read().strip() == "deny":
            return "root is in a user namespace that does not permit setgroups(2)"
    return None


def _is_mapped(number: int, name: str) -> bool:
    with open(f"/proc/self/{name}", encoding="ascii") as lines:
        ranges = [tuple(map(int, line.split())) for line in lines]
    return any(first <= number < first + count for first, _outside, count in ranges)
