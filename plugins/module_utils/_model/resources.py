# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base classes of the kinds of resources: anything that a plan can change.

A kind is derived from one of the four groups, by the way in which its changes are applied. Each
stage has functions that are dispatched by the kind (``functools.singledispatch``), and are
annotated with one of these classes; ``tests/unit`` checks that they know every kind of it. What
treats all kinds of a group alike names the group: so a module ships only the kinds that it meets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import ClassVar


class Resource:
    """Anything that a plan can change. Each kind is a class of its own."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]
    """Each kind is a dataclass."""

    @property
    def key(self) -> tuple[Any, ...]:
        """What no two resources of one host have in common."""
        raise NotImplementedError


class LocalResource(Resource):
    """Applied one by one, with system calls and files."""

    __slots__ = ()


class NetlinkResource(Resource):
    """Applied with netlink messages, in batches."""

    __slots__ = ()


class OvsResource(Resource):
    """Applied by one transaction of ovs-vsctl."""

    __slots__ = ()


class RulesetPart(Resource):
    """Applied together: all changes of a namespace's rule set in one transaction."""

    __slots__ = ()
    netns: str | None


class NatResource(RulesetPart):
    """A part of a rule set that a packet filter holds."""

    __slots__ = ()

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """The place in a rule set."""
        raise NotImplementedError


class NatRule(NatResource):
    """What a task can ask for."""

    __slots__ = ()
    owner: str | None


class PolicyPart(NatRule):
    """A network policy, or what it needs beside itself."""

    __slots__ = ()
    addresses: tuple[str, ...]
