# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of rules: all of a namespace in one transaction."""

from __future__ import annotations

import contextlib
from typing import Dict, List, Optional, Sequence

from .._firewall.firewall import Firewall
from .._host.netns import inside_netns
from .._host.netns_handles import NetnsHandles
from .._model.addresses import family_of
from .._model.changes import Change
from .._model.errors import Failed
from .._model.nat import Dnat, Ruleset
from .._model.rulesets import alter_ruleset, group_by_netns
from .._netlink.conntrack import forget_datagrams
from .._netlink.rtnl_replies import read_address
from .._netlink.rtnl_requests import GETADDR, dump_addresses
from .._render.actions import naming


class RulesApplier:
    """Holds changes back until those of a namespace are together. ``rulesets`` are what stands, ``backends`` what is used."""

    def __init__(self, handles: NetnsHandles, firewall: Firewall) -> None:
        self._rooms = handles
        self._firewall = firewall
        self.rulesets: Dict[Optional[str], Ruleset] = {}
        self.backends: Dict[Optional[str], str] = {}
        self._waiting: List[Change] = []

    def add(self, change: Change) -> None:
        self._waiting.append(change)

    def forget(self) -> None:
        """What was not done is not to be done any more."""
        self._waiting = []

    def flush(self, journal: List[Change]) -> None:
        """Do what was taken."""
        changes, self._waiting = self._waiting, []
        for netns, group in group_by_netns(changes):
            before = self.rulesets.get(netns)
            after = alter_ruleset(before, group, self.backends.get(netns, "nftables"))
            with naming(group[0]), inside_netns(self._rooms.get(netns).descriptor):
                try:
                    self._firewall.replace_ruleset(before, after)
                except Failed:
                    # Whoever failed may have done it before: what is there now is what has to be undone.
                    if self._note(netns, self._firewall.observe_ruleset(netns)) != before:
                        journal += group
                    raise
            self._note(netns, after)
            journal += group
            self._forget_flows(netns, group)

    def _forget_flows(self, netns: Optional[str], changes: Sequence[Change]) -> None:
        forwards = [
            resource
            for change in changes
            for resource in (change.before, change.after)
            if isinstance(resource, Dnat) and resource.protocol == "udp"
        ]
        if not forwards:
            return
        handle = self._rooms.get(netns)
        listed = filter(None, map(read_address, handle.socket.dump(GETADDR, dump_addresses())))
        own = [address.partition("/")[0] for _index, address in listed]
        published = [
            (address, resource.ports)
            for resource in forwards
            for address in own
            if resource.destination in (None, address) and family_of(address) == resource.family
        ]
        # Where the kernel does not tell its flows, they go their old way until they have rested for a while.
        with contextlib.suppress(OSError), inside_netns(handle.descriptor):
            forget_datagrams(published)

    def _note(self, netns: Optional[str], ruleset: Optional[Ruleset]) -> Optional[Ruleset]:
        if ruleset is None:
            self.rulesets.pop(netns, None)
        else:
            self.rulesets[netns] = ruleset
        return ruleset
