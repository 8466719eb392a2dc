# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of rule sets: all changes of one namespace in one transaction."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .._host.netns import inside_netns
from .._model.addresses import family_of
from .._model.fast_replace import replace
from .._model.nat import Dnat, Ruleset
from .._model.rulesets import alter_ruleset
from .._netlink.addresses import dump_addresses, read_address
from .._netlink.pyroute2_library import is_installed
from .naming import naming

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._firewall.firewall import Firewall
    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.changes import Change
    from .._model.resources import RulesetPart


class RulesetApplier:
    """Collects changes of rule sets until they are applied together.

    ``rulesets`` are the current rule sets by namespace.
    """

    def __init__(self, handles: NetnsHandles, firewall: Firewall) -> None:
        self._handles = handles
        self._firewall = firewall
        self.rulesets: dict[str | None, Ruleset] = {}
        self._backends: dict[str | None, str] = {}
        """Where a rule set is written if there is none."""
        self._had: dict[str | None, str] = {}
        """The backends that held rules before the run."""
        self._in_doubt: set[str | None] = set()
        """The namespaces whose rule set is unknown, because it could not be replaced or read."""
        self._pending: dict[str | None, list[Change]] = {}

    def begin(
        self, rulesets: Mapping[str | None, Ruleset], wanted: Mapping[str | None, str]
    ) -> None:
        """Start from what was observed.

        A rule set that is removed and restored in this run gets the backend that it had before.

        :param wanted: the backends to use where there is no rule set yet.
        """
        self.rulesets = dict(rulesets)
        self._in_doubt.clear()
        had = {netns: ruleset.backend for netns, ruleset in rulesets.items() if ruleset.backend}
        self._backends = {**wanted, **had, **self._backends}
        self._had = {**had, **self._had}

    def forget(self, netns: str) -> None:
        """Note that a namespace was removed. If it is restored, its rules are read first."""
        self.rulesets.pop(netns, None)
        self._in_doubt.add(netns)

    def add(self, part: RulesetPart, change: Change) -> None:
        """Add a change of a part of a rule set."""
        self._pending.setdefault(part.netns, []).append(change)

    def clear(self) -> None:
        """Drop the changes that were not applied."""
        self._pending = {}

    def flush(self, journal: list[Change]) -> None:
        """Apply the changes, a namespace after the other.

        :param journal: receives the changes that were made, and those in doubt.
        :raises Failed: a rule set could not be replaced.
        """
        pending, self._pending = self._pending, {}
        for netns, changes in pending.items():
            self._replace(netns, changes, journal)
            self._forget_flows(netns, changes)

    def _replace(self, netns: str | None, changes: list[Change], journal: list[Change]) -> None:
        with naming(changes[0]), inside_netns(self._handles.get(netns).descriptor):
            if netns in self._in_doubt:
                self._record(netns, self._firewall.observe_ruleset(netns))
            before = self.rulesets.get(netns)
            after = alter_ruleset(before, changes, self._backends.get(netns, "nftables"))
            if after is not None and not after.backend:
                # A failed run left only the guard of the rules, which are put back.
                after = replace(after, backend=self._had.get(netns, ""))
            try:
                self._firewall.replace_ruleset(before, after)
                self._record(netns, after)
            except BaseException:
                # It may have failed after the replacement: the rules tell.
                if self._may_differ(netns, before):
                    journal += changes
                raise
            journal += changes

    def _may_differ(self, netns: str | None, before: Ruleset | None) -> bool:
        """Whether the rules are others than before, or cannot be read."""
        try:
            return self._record(netns, self._firewall.observe_ruleset(netns)) != before
        except Exception:
            self._in_doubt.add(netns)
            return True

    def _record(self, netns: str | None, ruleset: Ruleset | None) -> Ruleset | None:
        self._in_doubt.discard(netns)
        if ruleset is None:
            self.rulesets.pop(netns, None)
        else:
            self.rulesets[netns] = ruleset
        return ruleset

    def _forget_flows(self, netns: str | None, changes: Sequence[Change]) -> None:
        """Delete the connection tracking entries of forwarded UDP ports, so that rules apply."""
        forwards = [
            resource
            for change in changes
            for resource in (change.before, change.after)
            if isinstance(resource, Dnat) and resource.protocol == "udp"
        ]
        if not forwards or not is_installed():
            return
        from .._netlink.conntrack import forget_datagrams

        handle = self._handles.get(netns)
        own = _list_addresses(handle)
        published = [
            (address, forward.ports)
            for forward in forwards
            for address in own
            if forward.destination in (None, address) and family_of(address) == forward.family
        ]
        # If the kernel does not list its entries, they apply until they expire.
        with contextlib.suppress(OSError), inside_netns(handle.descriptor):
            forget_datagrams(published)


def _list_addresses(handle: NetnsHandle) -> list[str]:
    """The addresses of all links of a namespace, without their lengths."""
    replies = map(read_address, handle.socket.dump(dump_addresses()))
    return [reply.address.partition("/")[0] for reply in replies if reply.is_listed]
