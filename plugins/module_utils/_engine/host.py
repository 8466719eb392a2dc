# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run needs of a host, real or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Protocol

from .._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from .._model.announcements import Announcement
    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.host_paths import Flow, HostPaths, Path
    from .._model.netns import Sysctl
    from .._model.probes import Probe, ProbeResult
    from .._model.processes import LabProcess
    from .._model.raw_state import RawObject, RawState
    from .._model.scope import Scope

    RunProbes = Callable[[Sequence[Probe]], list[ProbeResult]]
    """Sends the packets of probes and returns their results in order; raises ProbeFailed."""


class Intent(NamedTuple):
    """What a run is about to do, and what that endangers."""

    changes: Sequence[Change]
    current: CurrentState
    """The state before the changes."""
    lost: Sequence[Sysctl]
    """The kernel parameters that links lose with the changes."""
    states: Sequence[RawState]
    """What the namespaces have that the changes endanger."""


class Host(Protocol):
    """A host that can be observed and changed; the real one is ``LinuxHost``."""

    lab: str | None
    """The topology that a run is about, for other runs that wait."""

    @property
    def warnings(self) -> Sequence[str]:
        """What the user should know of what happened to this host's runs so far."""

    def begin(self, stage: str, total: int = 0) -> None:
        """Begin a stage of the run, and show that to the user.

        :param total: the number of changes in it, if they are counted.
        """

    def lock(self, create: bool) -> AbstractContextManager[None]:
        """Keep other runs out.

        :param create: Create what the lock needs. Check mode must not.
        """

    def recover(self, check: bool) -> list[str]:
        """Restore what a run that was killed has changed of others, except in check mode.

        :returns: What was restored, or would be, in sentences for the user.
        :raises Failed: The record of it cannot be used.
        """

    def record(self, intent: Intent) -> None:
        """Record what changes are about that others made, for the case that this run is killed.

        :raises Failed: It cannot be recorded.
        """

    def forget_record(self) -> None:
        """Remove the record: nothing is left to be restored."""

    def observe(self, scope: Scope) -> CurrentState:
        """Read the current state that a scope names.

        :raises Failed: It cannot be read. What cannot be read is never taken for absent.
        """

    def observe_paths(self, current: CurrentState) -> HostPaths:
        """Read the routing of the host, and how it reaches the places that it must not lose.

        :param current: What was observed last.
        :raises Failed: It cannot be read.
        """

    def ask_paths(self, flows: Sequence[Flow]) -> list[Path]:
        """Ask the kernel by which routes packets would leave.

        :raises Failed: It does not answer.
        """

    def apply(self, changes: Sequence[Change], journal: list[Change]) -> None:
        """Apply changes in order.

        :param journal: Receives every change that was applied, and one whose outcome is unknown.
        :raises Failed: At the first change that fails. The message names it.
        """

    def read_lost_sysctls(self, changes: Sequence[Change]) -> list[Sysctl]:
        """The kernel parameters that links lose with the changes, before these are applied."""

    def stop_keeping(self) -> None:
        """Keep no more namespaces that are removed. Those that were removed can be restored."""

    def end_removed(self) -> None:
        """Let the namespaces end that were removed. Until then, ``apply`` restores them whole."""

    def capture(self, netns: str | None) -> RawState:
        """What a namespace has, to be given back when a run fails.

        :raises Failed: It cannot be read.
        """

    def find_missing(self, state: RawState, exact: bool = True) -> frozenset[RawObject]:
        """The objects of a captured state that are not there now, or have other attributes.

        :param exact: An address that has other attributes is missing as well.
        """

    def restore(self, state: RawState, addresses_only: bool = False) -> list[str]:
        """Give back what is missing of a captured state.

        :param addresses_only: Give back only the addresses of links that exist.
        :returns: What could not be given back, in words.
        """

    def reopen(self) -> None:
        """Open namespaces and sockets anew: a process that was killed has used the same ones."""

    def restore_contents(self) -> list[str]:
        """Give links that the changes returned to the host what others had on them there.

        :returns: What could not be given back, in words.
        """

    def announce(self, announcements: Sequence[Announcement]) -> list[Announcement]:
        """Tell neighbours which MAC addresses addresses have now.

        :returns: What could not be sent.
        """

    def settle(self) -> None:
        """Record the owners of resources for the next run. Check mode must not."""

    def await_ready(self, processes: Sequence[LabProcess]) -> None:
        """Wait until processes that were started do their work.

        :raises Failed: One has ended, or is not ready in time.
        """

    def await_carrier(self) -> None:
        """Wait until the links that were last observed as up carry packets, 10 s at most."""
