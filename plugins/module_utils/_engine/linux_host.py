# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Linux host on which the module runs."""

from __future__ import annotations

import contextlib
from functools import cached_property
from typing import TYPE_CHECKING

from .._host.netns_handles import NetnsHandles
from .._host.signals import signals_deferred
from .._host.state_directory import has_journal
from .._model.changes import is_from_host
from .._model.errors import Failed
from .._model.resources import PolicyPart
from .._observe.observer import Observer
from .lock import PATIENCE, lock_host
from .processes import open_processes
from .rules import open_rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from .._apply.applier import Applier
    from .._model.announcements import Announcement
    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.host_paths import Flow, HostPaths, Path
    from .._model.netns import Sysctl
    from .._model.processes import LabProcess
    from .._model.raw_state import RawObject, RawState
    from .._model.scope import Scope
    from .._observe.link_contents import TakenContents
    from .host import Intent


class LinuxHost:
    """Implements ``Host``. What only a run that changes something needs is loaded by that run."""

    def __init__(self) -> None:
        self.handles = NetnsHandles()
        self.rules = open_rules()
        self.processes = open_processes()
        self.lab: str | None = None
        self.lock_warnings: list[str] = []
        self._observer = Observer(
            self.handles,
            self.rules.observe if self.rules else None,
            self.processes.observe if self.processes else None,
        )
        self._observed: CurrentState | None = None
        self._before_policies: CurrentState | None = None
        """What was observed before a run changed policies of the host, and nothing else since."""
        self._is_recorded = False
        self._contents: TakenContents | None = None
        """What is on the links that this run takes from the host, or gives back to it."""
        self._scope: Scope | None = None
        self._is_changed = False
        """Whether something was changed since the last observation."""

    def close(self) -> None:
        self.handles.close()

    @property
    def warnings(self) -> Sequence[str]:
        from .._host.netns_mounts import mount_warnings

        return mount_warnings

    def begin(self, stage: str, total: int = 0) -> None:
        self.handles.progress.begin(stage, total)

    def lock(self, create: bool, patience: float = PATIENCE) -> AbstractContextManager[None]:
        return lock_host(create, patience, self._report_wait, self.lab)

    def _report_wait(self, holder: str) -> None:
        self.lock_warnings.append(f"waited for the lock of this host, which {holder} held")
        self.handles.progress.begin_now("lock", holder)

    def recover(self, check: bool) -> list[str]:
        if not has_journal(self.handles.host_identity):
            return []
        from .recovery import recover

        with signals_deferred():
            return recover(self.handles, check)

    def record(self, intent: Intent) -> None:
        from .journal import record

        self._is_recorded = record(self.handles, intent)
        if any(map(is_from_host, intent.changes)):
            from .._observe.link_contents import TakenContents

            self._contents = TakenContents()
            records = self._observer.owners.records
            self._contents.note(intent.changes, records, intent.states, intent.lost)

    def forget_record(self) -> None:
        if self._is_recorded:
            from .journal import forget

            forget(self.handles)

    def observe(self, scope: Scope) -> CurrentState:
        self.handles.require_host()
        before, self._before_policies = self._before_policies, None
        if before is not None and scope is self._scope:
            self._observed = self._observer.observe_policies(scope, before)
        else:
            self._observed = self._observer.observe(scope)
        self._scope, self._is_changed = scope, False
        return self._observed

    def observe_paths(self, current: CurrentState) -> HostPaths:
        from .._observe.host_paths import read_host_paths

        return read_host_paths(self.handles.get(None), current.links, current.ssh_connection)

    def ask_paths(self, flows: Sequence[Flow]) -> list[Path]:
        from .._observe.host_paths import ask_paths

        return ask_paths(self.handles.get(None), flows)

    @cached_property
    def _applier(self) -> Applier:
        from .._apply.applier import Applier
        from .._apply.rule_changes import NoRuleChanges

        return Applier(
            self.handles, self.rules.open_changes(self.handles) if self.rules else NoRuleChanges()
        )

    def apply(self, changes: Sequence[Change], journal: list[Change]) -> None:
        owners, known = self._observer.owners, len(journal)
        with signals_deferred():
            self.handles.require_host()
            from . import ledger

            contents = self._contents.by_name if self._contents is not None else {}
            ledger.expect_changes(
                owners, changes, (self._scope and self._scope.lab) or "", contents
            )
            self._is_changed, self._before_policies = True, None
            before = self._observed
            if self._observed is not None:
                # Rule sets change as a whole, so the applier starts from those observed last.
                self._applier.rules.begin(self._observed.rulesets, self._observed.backends)
                self._observed = None
            try:
                self._applier.apply(changes, journal)
                if all(map(_is_about_policies, changes)):
                    self._before_policies = before
            finally:
                ledger.note_changes(owners, journal[known:])

    def announce(self, announcements: Sequence[Announcement]) -> list[Announcement]:
        from .._apply.announcements import send_announcements

        with signals_deferred():
            return send_announcements(self.handles, announcements)

    def settle(self) -> None:
        # Without this the next run finds out what stands, so an error here is none of this run.
        with contextlib.suppress(Exception), signals_deferred():
            self._settle_owners()
            if self.rules:
                self.rules.note_rules()

    def _settle_owners(self) -> None:
        owners = self._observer.owners
        if self._scope is None or (owners.is_settled and not self._is_changed):
            return
        from . import ledger

        if self._is_changed:
            self.observe(self._scope)
        ledger.settle(owners)

    def read_lost_sysctls(self, changes: Sequence[Change]) -> list[Sysctl]:
        from .._observe.link_sysctls import read_lost_sysctls

        return read_lost_sysctls(changes, self.handles)

    def stop_keeping(self) -> None:
        self.handles.keeps_removed = False

    def end_removed(self) -> None:
        self.handles.end_removed()

    def capture(self, netns: str | None) -> RawState:
        from .._observe.raw_state import capture_state

        try:
            return capture_state(self.handles.get(netns))
        except OSError as error:
            where = "the host" if netns is None else f"namespace {netns}"
            raise Failed(f"{where} cannot be read: {error.strerror or error}") from error

    def find_missing(self, state: RawState, exact: bool = True) -> frozenset[RawObject]:
        from .._apply.restore import select_missing

        return select_missing(self.handles, state, exact)

    def restore(self, state: RawState, addresses_only: bool = False) -> list[str]:
        from .._apply.restore import restore_state

        with signals_deferred():
            return restore_state(self.handles, state, addresses_only)

    def reopen(self) -> None:
        self._before_policies = None
        self.handles.close()

    def restore_contents(self) -> list[str]:
        failed: list[str] = []
        if self._contents is not None:
            from .._apply.link_contents import give_back_contents
            from .._model.link_contents import LinkContents

            for name, text in self._contents.returned.items():
                if text:
                    with signals_deferred():
                        contents = LinkContents.from_text(text)
                        failed += give_back_contents(self.handles, name, contents)
        return failed

    def await_ready(self, processes: Sequence[LabProcess]) -> None:
        if self.processes is not None and processes:
            self.processes.await_ready(self.handles, processes)

    def await_carrier(self) -> None:
        from .._observe.carrier import await_carrier

        await_carrier(self.handles.all)


def _is_about_policies(change: Change) -> bool:
    """Whether a change is one of policies of the host: it touches no link, route or sysctl."""
    return isinstance(change.resource, PolicyPart) and change.resource.netns is None
