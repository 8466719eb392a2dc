# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a task that is undone unless it is confirmed over a new connection."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NoReturn

from .._host.netns import identify_netns
from .._model.errors import Failed, describe_exception
from .._model.fast_dataclass import dataclass
from .base import reporting_errors
from .state import Answer, Run

if TYPE_CHECKING:
    from .._confirm.messages import Confirmation
    from .._confirm.wait import Waiting
    from .._host.background import Report
    from .._model.desired_state import DesiredState

_TOKEN_BYTES = 16


class _Reporter:
    """Takes the end of a run, as a module does, and hands it to its task.

    The task reads the first answer only. A failure after that is for who confirms the run.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._is_answered = False
        self.failure = ""

    def answer(self, answer: Answer) -> None:
        """Hand over an answer."""
        self._hand_over({"result": answer.result, "warnings": [*answer.warnings]})

    def fail_json(self, msg: str, **details: Any) -> NoReturn:
        """Hand over a failure, and end the process."""
        self.failure = msg
        self._hand_over({"failure": msg, "details": details})
        raise SystemExit(1)

    def _hand_over(self, reported: dict[str, Any]) -> None:
        if not self._is_answered:
            self._is_answered = True
            self._report(reported)


@dataclass(frozen=True)
class _Confirmer:
    """Hands over the answer, and waits for the confirmation."""

    wanted: Confirmation
    waiting: Waiting
    reporter: _Reporter

    def begin(self) -> None:
        self.waiting.open()

    def wait(self, answer: Answer) -> None:
        answer.result["confirmation"] = {**self.wanted._asdict(), "confirmed": False}
        self.reporter.answer(answer)
        self.waiting.wait()


def run_until_confirmed(desired: DesiredState, run: Run) -> Answer:
    """Run in a process that survives the task, its connection and its controller.

    That process undoes the run unless it is confirmed over another connection in time. It answers
    as soon as all is applied, and keeps the host locked until then. A second process guards it
    from before the first change, and undoes the run if the first one is killed.
    """
    # Hardly any task of topology needs these.
    from .._confirm.messages import Confirmation
    from .._confirm.wait import Waiting
    from .._host.background import run_in_background

    token = os.urandom(_TOKEN_BYTES).hex()
    wanted = Confirmation(desired.lab or "", token, desired.confirm_timeout or 0)

    def work(report: Report) -> None:
        waiting = Waiting(identify_netns(None), wanted)
        reporter = _Reporter(report)
        try:
            with reporting_errors(reporter):
                reporter.answer(run(_Confirmer(wanted, waiting, reporter)))
        except Exception as error:
            # A fault of ours, too: this process has no standard error.
            reporter.fail_json(describe_exception(error))
        finally:
            waiting.end(reporter.failure)

    title = f"redblue-netns: undoes {wanted.name} unless it is confirmed"
    reported = run_in_background(title, work)
    if "failure" in reported:
        raise Failed(reported["failure"], **reported["details"])
    return Answer(reported["result"], reported["warnings"])
