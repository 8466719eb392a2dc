# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watches a topology: reports what differs from it, and restores that if its file says so.

Each look at the host is a process of its own. So this one stays small, holds no namespace while
another run is at work, and is not affected by what fails there.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable

from .._ansiballz import cache_code
from .._host.child import Child
from .._host.files import read_file_state
from .._host.machine import require_capabilities
from .._host.pids import Pid, read_start_time
from .._host.signals import raise_on_signals
from .._model.errors import Failed
from .._model.netns import HostsFile, Resolver
from .._model.netns_files import path_of
from .._model.persistence import REPORT, RESTORE, RUNNER, path_of_lab
from .._model.processes import RESTART_PAUSE, RESTARTING, RUNNING
from .._model.text import unescape_name
from .._observe.scope import scope_of
from . import runs
from .fights import Fights
from .listener import Listener, Places

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.processes import LabProcess
    from .runs import Report

_QUIET, _LIMIT = 0.3, 1.0
"""Seconds: changes that come together end with a pause, and are looked at no later than this."""
_QUIET_SHARE, _LIMIT_SHARE = 2, 5
"""The same as multiples of the processor time of the last look. What changes all the time is looked
at so rarely that it costs no more than a sixth of a processor."""
_EVERYTHING = 600.0
"""Seconds after which everything is looked at, because some changes have no notification: those of
iptables-legacy and of WireGuard."""
_RESTART = 2.0 * RESTART_PAUSE
"""Seconds after which it is looked whether systemd has started a process again."""
_ABSENT = 30.0
"""Seconds after which it is looked whether a container runs again. Usually its mounts tell it."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
"""Seconds until it is tried again after a failure."""
_MAX_LINES = 20
_NOTIFIED = ("/forwarding", "/rp_filter")
"""The kernel notifies of these parameters of each link."""

Log = Callable[[str, str], None]
"""Takes an event (error, differs, restored or state), and a text."""


class Watch:
    """The service that watches one topology."""

    def __init__(self, name: str, log: Log) -> None:
        self._name, self._log = name, log
        self._listener = Listener()
        self._places = Places(files=(path_of_lab(name), RUNNER))
        self._runner = read_file_state(RUNNER)
        self._fights = Fights()
        self._child: Child | None = None
        self._used = 0.0
        """Seconds of processor that the last look took."""
        self._reported: list[str] = []
        self._mode: str | None = None
        self._failure: str | None = None
        self._pause = _FIRST_PAUSE

    def run(self) -> int:
        """Watch until a signal comes, or the topology has no file any more.

        :returns: the exit status: whether it gave up.
        """
        require_capabilities()
        raise_on_signals()
        try:
            return self._watch()
        except KeyboardInterrupt:
            if self._child is not None:
                self._child.terminate()
            return runs.DECLARED
        finally:
            self._listener.close()

    def _watch(self) -> int:
        while True:
            self._listener.begin(self._places)
            answer = self._run(_check)
            if self._is_over():
                return runs.DECLARED
            pause = self._judge(answer)
            if pause is None:
                return runs.DIFFERS
            places = answer["places"] and _read_places(answer["places"])
            if places and places != self._places:
                # What was changed there meanwhile was not heard.
                self._places, pause = places, 0.0
            self._listener.wait(pause)
            used = self._used
            self._listener.gather(
                max(_QUIET, _QUIET_SHARE * used), max(_LIMIT, _LIMIT_SHARE * used)
            )

    def _is_over(self) -> bool:
        if read_file_state(path_of_lab(self._name)) is None:
            self._log("state", "is not watched any more, because it is not persistent any more")
            return True
        if read_file_state(RUNNER) != self._runner:
            self._log("state", "is not watched any more, because redblue-netns was replaced")
            return True
        return False

    def _run(self, work: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        """Run a function in a process of its own. Namespaces that end meanwhile are let go."""

        def run() -> dict[str, Any]:
            self._listener.close()
            return work(self._name)

        self._child = Child(run)
        try:
            self._listener.wait_for(self._child)
            answer, self._used = self._child.end()
        except Failed as error:
            answer = {"error": str(error), "is_refused": False, "places": None}
        self._child = None
        return dict(answer)

    def _judge(self, answer: dict[str, Any]) -> float | None:
        """Report what a look has found, and restore it.

        :returns: seconds until the next look if nothing happens; None to give up.
        """
        if answer["error"] is not None:
            return self._note_failure(answer["error"])
        self._note_mode(answer["watch"] or REPORT)
        if not answer["differs"]:
            if self._reported or self._failure:
                self._log("state", "as declared")
            self._reported, self._failure, self._pause = [], None, _FIRST_PAUSE
            if answer["is_restarting"]:
                return _RESTART
            return _ABSENT if answer["is_incomplete"] else _EVERYTHING
        actions = answer["actions"]
        self._report(actions)
        return self._restore(actions) if self._mode == RESTORE else _EVERYTHING

    def _restore(self, actions: list[str]) -> float | None:
        """Restore what differs. To look again at once finds what was changed meanwhile."""
        answer, pause = self._run(_apply), 0.0
        if answer["error"] is None:
            actions = answer["actions"]
            self._report(actions)
            self._log_all("restored", actions)
            self._reported = []
        else:
            pause = self._note_failure(answer["error"])
            if answer["is_refused"]:  # Nothing was changed, so nothing can have undone it.
                return pause
        fought = self._fights.note(actions, time.monotonic())
        if fought is None:
            return pause
        self._log(
            "error",
            f"gives up, because something undoes each time what is restored: {fought}; find that "
            f"program, and then run: systemctl restart redblue-netns-watch@{self._name}",
        )
        return None

    def _report(self, actions: list[str]) -> None:
        """Report what differs, unless it did before."""
        self._log_all("differs", [action for action in actions if action not in self._reported])
        self._reported = actions

    def _note_mode(self, mode: str) -> None:
        if mode != self._mode:
            verb = "restored" if mode == RESTORE else "reported"
            self._log("state", f"is watched, and what differs is {verb}")
        self._mode = mode

    def _note_failure(self, error: str) -> float:
        if error != self._failure:
            self._log("error", error)
        self._failure = error
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE)
        return pause

    def _log_all(self, event: str, actions: list[str]) -> None:
        for action in actions[:_MAX_LINES]:
            self._log(event, action)
        if len(actions) > _MAX_LINES:
            self._log(event, f"{len(actions) - _MAX_LINES} more")


def _check(name: str) -> dict[str, Any]:
    return _compose(runs.check(name))


def _apply(name: str) -> dict[str, Any]:
    report = runs.apply(name, 0.0, lambda _text: None)
    cache_code()
    return _compose(report)


def _compose(report: Report) -> dict[str, Any]:
    """What the process that watches needs of a report, as JSON."""
    answer: dict[str, Any] = {
        "differs": report.status == runs.DIFFERS,
        "actions": list(report.result.get("actions", ())),
        "error": report.error,
        "is_refused": report.is_refused,
        "places": None,
        "is_restarting": False,
        "is_incomplete": False,
    }
    if report.lab and report.desired and report.outcome:
        answer["watch"] = report.lab.watch
        scope = scope_of(report.desired)
        names = sorted(name for name in scope.namespaces if name is not None)
        files = [
            unescape_name(path_of(resource))
            for resource in report.desired.present
            if isinstance(resource, (Resolver, HostsFile))
        ]
        sysctls = [ref for ref in report.outcome.current.sysctls if not ref[1].endswith(_NOTIFIED)]
        running = [
            process
            for process in report.outcome.current.lab_processes.values()
            if process.owner == report.name and process.state in (RUNNING, RESTARTING)
        ]
        answer["places"] = [
            names,
            [name for name in names if name in scope.nat],
            [path_of_lab(report.name), RUNNER, *files],
            sorted(sysctls, key=str),
            _list_processes(running) + _list_attached(report.outcome.current),
        ]
        targets = report.outcome.current.attach_targets.values()
        answer["is_incomplete"] = any(target.is_left_out for target in targets)
        answer["is_restarting"] = any(process.pid is None for process in running)
    return answer


def _list_processes(running: list[LabProcess]) -> list[Pid]:
    """What ends with processes. One that has ended meanwhile is none that runs."""
    pids = [process.pid for process in running if process.pid is not None]
    return sorted(Pid(pid, read_start_time(pid) or 0) for pid in pids)


def _list_attached(current: CurrentState) -> list[Pid]:
    """The processes whose namespaces have names."""
    targets = (target.found for target in current.attach_targets.values())
    return sorted(Pid(each.pid, each.start_time) for each in targets if each is not None)


def _read_places(value: list[Any]) -> Places:
    names, with_rules, files, sysctls, processes = value
    return Places(
        tuple(names),
        tuple(with_rules),
        tuple(files),
        tuple(map(tuple, sysctls)),
        tuple(Pid(*process) for process in processes),
    )
