# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard: policy routing rules that drop forwarded packets while our rules are missing.

``render.py`` says what they are. They outlive a flush of the packet filter, and tell which
interfaces are isolated or were opened, so that the next run of any lab closes them again.
"""

from __future__ import annotations

import contextlib
import errno
from shlex import quote
from typing import TYPE_CHECKING

from ..._model.errors import Failed
from ..._model.guard_rules import GuardPriority, GuardRule
from ..._model.routes import SINGLE_ROUTE
from ..._netlink.guard_rules import (
    add_guard_rule,
    delete_guard_rule,
    dump_guard_rules,
    read_guard_rule,
)
from ..._netlink.socket import Request, Socket
from ..resources import FAMILIES
from .render import Guard, render_guard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..._model.resources import NatResource

_NO_POLICY_ROUTING = (errno.EOPNOTSUPP, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)
"""The errors of a kernel without policy routing, or without IPv6."""
_DONE = (0, errno.EEXIST, errno.ENOENT)


def _read_guard(socket: Socket) -> Guard:
    found: set[GuardRule] = set()
    families: list[int] = []
    for family in FAMILIES:
        try:
            messages = socket.dump(dump_guard_rules(family))
        except OSError as error:
            if error.errno in _NO_POLICY_ROUTING:
                continue
            raise
        families.append(family)
        found.update(rule for rule in map(read_guard_rule, messages) if rule is not None)
    return Guard(frozenset(found), tuple(families))


def observe_guard() -> Guard:
    """Read the guard's rules in the namespace of the calling thread."""
    socket = Socket()
    try:
        return _read_guard(socket)
    finally:
        socket.close()


def _in_order(rules: Iterable[GuardRule]) -> list[GuardRule]:
    """Order rules so that those which exempt packets from others come first."""
    return sorted(rules, key=lambda rule: (rule.action == "blackhole", -rule.priority, rule))


@contextlib.contextmanager
def open_guard() -> Iterator[Socket]:
    """Open a socket for ``replace_guard``; afterwards there may be no file descriptor left."""
    socket = Socket()
    try:
        yield socket
    finally:
        socket.close()


def replace_guard(socket: Socket, resources: Sequence[NatResource]) -> None:
    """Guard these resources, and no others.

    :raises Failed: the kernel refused; the rules are as they were before.
    """
    live = _read_guard(socket)
    _change(socket, live.rules, render_guard(resources, live.families))


def _change(socket: Socket, live: frozenset[GuardRule], wanted: frozenset[GuardRule]) -> None:
    added, removed = _in_order(wanted - live), _in_order(live - wanted)[::-1]
    requests: list[Request] = [*map(add_guard_rule, added), *map(delete_guard_rule, removed)]
    errors = [reply.errno for reply in socket.send(requests)]
    failed = [
        (error, rule) for error, rule in zip(errors, (*added, *removed)) if error not in _DONE
    ]
    if failed:
        now = _read_guard(socket).rules
        again = [*map(add_guard_rule, _in_order(live - now))]
        socket.send([*again, *map(delete_guard_rule, _in_order(now - live)[::-1])])
        error, rule = failed[0]
        name = errno.errorcode.get(error, str(error))
        raise Failed(f"the kernel refused the policy routing rule {_describe(rule)}: {name}")


def _describe(rule: GuardRule) -> str:
    """Return a rule as the arguments of ``ip rule``."""
    words = [f"pref {rule.priority}"]
    words += [f"from {rule.source}"] if rule.source else []
    words += [f"to {rule.to}"] if rule.to else []
    words += [f"iif {quote(rule.iif)}"] if rule.iif else []
    words.append(f"protocol {SINGLE_ROUTE}")
    if rule.action == "blackhole":
        mark = f"{rule.mark:#x}" if rule.mark else "0"
        words.append(f"fwmark {mark}/0xffffffff blackhole")
    elif rule.action == "goto":
        words.append(f"goto {GuardPriority.END}")
    else:
        words.append("lookup local" if rule.action == "lookup" else rule.action)
    return " ".join(words)


def render_guard_commands(
    live: Guard | None,
    before: Sequence[NatResource],
    resources: Sequence[NatResource],
    prefix: str,
) -> list[str]:
    """Return the commands for bash that guard these resources, and no others.

    :param live: the rules that are there; ``None`` for those of ``before``.
    """
    live = live or Guard(render_guard(before, FAMILIES))
    wanted = render_guard(resources, live.families)
    changes = [("add", rule) for rule in _in_order(wanted - live.rules)]
    changes += [("del", rule) for rule in _in_order(live.rules - wanted)[::-1]]
    return [
        f"{prefix}ip {'-6 ' if rule.family == 6 else ''}rule {verb} {_describe(rule)}"
        for verb, rule in changes
    ]
