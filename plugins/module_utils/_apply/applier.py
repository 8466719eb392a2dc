# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes: netlink messages in batches, rule sets at once, all else one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .._model.changes import Change, links_in
from .._model.errors import Failed, InDoubt
from .._model.link_options import TunOptions
from .._model.links import Link, Veth
from .._model.netns import Netns, Sysctl
from .._model.processes import LabProcess
from .._model.resources import LocalResource, NetlinkResource, OvsResource, RulesetPart
from .batches import Batch, MessageQueue
from .kinds import apply_locally, apply_together, compose_messages, list_namespaces, must_wait
from .link_completion import LinkCompletion
from .link_errors import is_nothing_left
from .links import create_tun_link
from .namespaces import open_marked_socket
from .naming import naming
from .netns_worker import NetnsCreation
from .sysctls import confirm_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._host.netns_handles import NetnsHandles
    from .rule_changes import RuleChanges

_MAX_PENDING = 32
"""Changes whose messages are sent together while namespaces are created."""


class Applier:
    """Applies changes in order, with the handles of the namespaces that they need."""

    def __init__(self, handles: NetnsHandles, rules: RuleChanges) -> None:
        self.handles = handles
        self.rules = rules
        self._queue = MessageQueue(handles)
        self._netns_creation = NetnsCreation(handles)
        self._link_completion = LinkCompletion(handles)
        self._at_end: list[Callable[[], None]] = []
        self._ovs_changes: list[Change] = []

    def apply(self, changes: Sequence[Change], journal: list[Change]) -> None:
        """Apply the changes. ``journal`` receives those that were made, and those in doubt.

        :raises Failed: the first that failed. Later ones were not tried.
        """
        try:
            self._netns_creation.begin(changes, open_marked_socket)
            for change in changes:
                self._apply_change(change, journal)
                self.handles.progress.reach(len(journal))
            self._queue.flush(journal)
            self._flush_ovs(journal)
            self.rules.flush(journal)
            self._netns_creation.finish(journal)
            self._link_completion.finish()
            for finish in self._at_end:
                finish()
        finally:
            self._at_end.clear()
            self._ovs_changes.clear()
            self._netns_creation.stop(journal)
            self.rules.clear()
            self._queue.clear()

    def expect_deletion(self, name: str) -> None:
        """Note that a namespace is going to be deleted, and its links some time after that."""
        self._queue.busy_retry.deleted_netns.add(name)

    def forget_netns(self, name: str) -> None:
        """Note that a namespace was deleted."""
        self.rules.forget(name)

    def at_end(self, finish: Callable[[], None]) -> None:
        """Note what to do once when all changes are made."""
        if finish not in self._at_end:
            self._at_end.append(finish)

    def _apply_change(self, change: Change, journal: list[Change]) -> None:
        resource = change.resource
        self._link_completion.note(change)
        if self._netns_creation.is_loopback_change(change):
            self._await_namespaces(list_namespaces(resource), journal)
            return
        if self._netns_creation.pending:
            if (
                isinstance(change.after, Netns)
                and change.after.name in self._netns_creation.pending
            ):
                return
            if len(self._queue) >= _MAX_PENDING:
                # The kernel works on these while the worker creates the next namespaces.
                self._queue.flush(journal)
            self._await_namespaces(list_namespaces(resource), journal)
        if change.implied:
            self._apply_implied(change)
            return
        if isinstance(resource, OvsResource):
            self._queue.flush(journal)
            self.rules.flush(journal)
            self._ovs_changes.append(change)
            return
        self._flush_ovs(journal)
        if isinstance(resource, RulesetPart):
            self._queue.flush(journal)
            self.rules.add(resource, change)
        else:
            self.rules.flush(journal)
            if isinstance(resource, LocalResource):
                self._apply_locally(resource, change, journal)
            elif change.before is None and isinstance(resource, Link) and resource.kind == "tun":
                self._create_tun(resource, change, journal)
            elif isinstance(resource, NetlinkResource):
                self._enqueue(resource, change, journal)

    def _flush_ovs(self, journal: list[Change]) -> None:
        if self._ovs_changes:
            changes, self._ovs_changes = self._ovs_changes, []
            first = changes[0].resource
            if isinstance(first, OvsResource):
                apply_together(first, changes, journal, self.handles)

    def _await_namespaces(self, namespaces: Iterable[str | None], journal: list[Change]) -> None:
        """Wait for namespaces that the worker creates, and set up their loopbacks."""
        for link, change in self._netns_creation.await_namespaces(namespaces, journal):
            with naming(change):
                batches = self._compose_messages(link, change)
                # With an empty batch in front it is sent along with the marks of other links.
                self._queue.add_independent(change, [(None, []), *batches])

    def _apply_implied(self, change: Change) -> None:
        if change.after is None and isinstance(change.before, (Link, Veth)):
            for link in links_in([change.before]):
                # Another link may get its name in this run.
                self.handles.get(link.netns).indexes.pop(link.name, None)
        self._queue.add_independent(change, [])

    def _enqueue(self, resource: NetlinkResource, change: Change, journal: list[Change]) -> None:
        """Compose its messages, to be sent with those of other changes."""
        if len(self._queue) and must_wait(resource, change.before, change.after, self._queue):
            self._queue.flush(journal)
        try:
            with naming(change):
                batches = self._compose_messages(resource, change)
        except Failed:
            self._queue.flush(journal)  # The changes before it do not depend on it.
            raise
        self._queue.add(change, self._link_completion.join(change, batches))

    def _compose_messages(self, resource: NetlinkResource, change: Change) -> list[Batch]:
        try:
            return compose_messages(resource, change.before, change.after, self.handles)
        except OSError as error:
            if error.errno is not None and is_nothing_left(change, error.errno):
                return []  # Its link was removed, and it with it.
            raise

    def _apply_locally(
        self, resource: LocalResource, change: Change, journal: list[Change]
    ) -> None:
        self._queue.flush(journal)
        with naming(change):
            try:
                apply_locally(resource, change.before, change.after, self)
            except (OSError, Failed) as error:
                # What ran before may have ended. All else is changed completely or not at all,
                # unless the error says otherwise.
                was_running = isinstance(resource, LabProcess) and change.before is not None
                if was_running or isinstance(error, InDoubt):
                    journal.append(change)
                raise
            except BaseException:
                # It is in doubt, except that a namespace is created completely or not at all.
                if not isinstance(change.after, Netns):
                    journal.append(change)
                raise
            journal.append(change)
            if isinstance(change.after, Sysctl):
                confirm_change(change.after, self.handles)

    def _create_tun(self, link: Link, change: Change, journal: list[Change]) -> None:
        self._queue.flush(journal)
        options = link.options if isinstance(link.options, TunOptions) else TunOptions()
        with naming(change):
            create_tun_link(link, options, self.handles)
            journal.append(change)
