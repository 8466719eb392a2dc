# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs over this host: compare it with a topology, bring it there, or remove the topology."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from .._engine.converge import Outcome, converge
from .._engine.linux_host import LinuxHost
from .._engine.lock import PATIENCE
from .._host.files import read_file_state
from .._host.machine import require_capabilities
from .._host.signals import raise_on_signals
from .._kinds.all import ALL_KINDS
from .._model.errors import Conflict, Missing, NetnsError, Refused, Unverified, describe_exception
from .._model.fast_dataclass import dataclass, field
from .._model.kinds import carry
from .._model.persistence import path_of_lab
from .._results.outcome import compose_result
from .labs import Lab, parse_lab, parse_removal, read_lab

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._host.netns_handles import NetnsHandles
    from .._model.desired_state import DesiredState
    from .._model.probes import Probe, ProbeResult
    from .._netlink.notifications import Notifications

    RunProbes = Callable[[NetnsHandles, Sequence[Probe]], list[ProbeResult]]

DECLARED, DIFFERS, FAILED = 0, 1, 2
"""Exit statuses."""
WORDS = {DECLARED: "as declared", DIFFERS: "differs", FAILED: "failed"}
_LONGEST_WAIT = 5.0
"""Seconds after which it is tried again without a notification."""
_PAUSE = 0.1
"""Seconds in which the changes that come together end."""
Log = Callable[[str], None]


@dataclass
class Report:
    """The end of a run over one topology."""

    name: str
    status: int
    result: dict[str, Any] = field(default_factory=dict)
    """``actions``, ``commands``, ``diff``, ``warnings``."""
    error: str | None = None
    is_removed: bool = False
    is_refused: bool = False
    """Whether it was refused, so that nothing was changed."""
    lab: Lab | None = None
    desired: DesiredState | None = None
    outcome: Outcome | None = None

    @property
    def end(self) -> str:
        """The status in words."""
        return "removed" if self.is_removed else WORDS[self.status]


class _OutdatedError(Exception):
    """The file of a topology was changed while the run waited for another one."""


class _LabHost(LinuxHost):
    """The host, for a run over a topology that is still declared so when it is its turn.

    Without that, a run that waited for the removal of a topology would create it again.
    """

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab

    @contextlib.contextmanager
    def lock(self, create: bool, patience: float = PATIENCE) -> Iterator[None]:
        with super().lock(create, patience):
            if read_file_state(path_of_lab(self._lab.name)) != self._lab.state:
                raise _OutdatedError
            yield


def _converge_lab(name: str, check: bool) -> Report:
    """Converge to what is declared when it is the turn of this run."""
    carry(*ALL_KINDS)
    while True:
        lab = read_lab(name)
        desired = parse_lab(lab)
        try:
            outcome, result = converge_host(desired, check, partial(_LabHost, lab))
        except _OutdatedError:
            continue
        return Report(name, DECLARED, result, lab=lab, desired=desired, outcome=outcome)


def converge_host(
    desired: DesiredState,
    check: bool,
    open_host: Callable[[], LinuxHost] = LinuxHost,
    run_probes: RunProbes | None = None,
) -> tuple[Outcome, dict[str, Any]]:
    """Bring this host to the desired state, or only plan that. Signals roll it back.

    :param run_probes: runs the probes of the desired state, if it may have some.
    :returns: the outcome, and as a dictionary what the module topology returns of it.
    """
    require_capabilities()
    carry(*ALL_KINDS)
    with contextlib.closing(open_host()) as host:
        raise_on_signals()
        bound = None if run_probes is None else partial(run_probes, host.handles)
        outcome = converge(desired, host, check, bound)
        render = host.rules.render_commands if host.rules else None
        result = compose_result(outcome, render_rules=render)
    result["warnings"] = [*outcome.plan.warnings, *outcome.warnings]
    return outcome, result


def _reporting(name: str, run: Callable[[], Report]) -> Report:
    """The report of a run; of one that raises, its error."""
    try:
        return run()
    except Missing as error:
        return Report(name, FAILED, error=str(error))
    except (NetnsError, OSError, KeyboardInterrupt) as error:
        details = getattr(error, "details", {})
        warnings = {"warnings": details["warnings"]} if "warnings" in details else {}
        is_refused = isinstance(error, Refused)
        return Report(name, FAILED, warnings, describe_exception(error), is_refused=is_refused)


def check(name: str) -> Report:
    """Compare this host with a topology."""

    def run() -> Report:
        report = _converge_lab(name, check=True)
        # A note tells what is missing that the topology needs, and that a task assumes.
        if report.outcome and (report.outcome.changed or report.outcome.plan.notes):
            report.status = DIFFERS
        return report

    return _reporting(name, run)


def apply(name: str, patience: float, log: Log) -> Report:
    """Bring this host to what a topology declares.

    :param patience: seconds to wait for what is missing on the host, such as its uplink.
    :param log: tells that it waits, and for what.
    """
    from .._netlink.notifications import Notifications  # which a check does not need

    def run() -> Report:
        with contextlib.closing(Notifications()) as notifications:
            return _converge_patiently(name, patience, notifications, log)

    return _reporting(name, run)


def _converge_patiently(
    name: str, patience: float, notifications: Notifications, log: Log
) -> Report:
    """Converge. While it is refused for what is missing, try again after each change of links.

    The time counts from the first refusal, however long that took. A run that was undone because
    others changed the host meanwhile is tried once more: at boot, firewalls start at the same time.
    """
    deadline: float | None = None
    last, is_second = "", False
    while True:
        try:
            return _converge_lab(name, check=False)
        except Conflict:
            raise
        except Unverified as error:
            if is_second:
                raise
            is_second = True
            log(f"{name}: tries again: {error}")
            continue
        except Refused as error:
            now = time.monotonic()
            deadline = now + patience if deadline is None else deadline
            left = deadline - now
            if left <= 0:
                raise
            if str(error) != last:
                last = str(error)
                log(f"{name}: waits up to {left:.0f} s: {last}")
        notifications.wait(min(left, _LONGEST_WAIT))
        time.sleep(_PAUSE)


def remove(name: str) -> Report:
    """Remove a topology, and its file."""

    def run() -> Report:
        _outcome, result = converge_host(parse_removal(name), check=False)
        return Report(name, DECLARED, result, is_removed=True)

    return _reporting(name, run)
