# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the modules that change the host."""

from __future__ import annotations

import contextlib
import gc
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Protocol, TypeVar

from .._ansiballz import cache_code
from .._engine.converge import Outcome, converge
from .._engine.linux_host import LinuxHost
from .._host.machine import require_capabilities, require_to_probe
from .._host.progress import Progress
from .._host.signals import raise_on_signals
from .._model.fast_dataclass import dataclass
from .._model.fast_typing import NamedTuple
from .._model.kinds import carry
from .._results.outcome import compose_result
from .ansible_api import PROGRESS_TOKEN, TaskModule, load_hidden, verbosity, wants_diff
from .base import open_module, parse_params, reporting_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._host.netns_handles import NetnsHandles
    from .._model.desired_state import DesiredState
    from .._model.kinds import Kind
    from .._model.probes import Probe, ProbeResult
    from .._params.specification import Specification

    RunUntilConfirmed = Callable[[DesiredState, "Run"], "Answer"]
    """Runs so that the run is undone unless it is confirmed."""

MANY_CHANGES = 1000
"""With more changes, the result has actions and commands only if they are likely to be read.

Ansible parses, copies and passes on each word of a result.
"""
VERY_VERBOSE = 3
"""From this number of ``-v`` on, Ansible shows options, and our action plugins long results."""
LONG_LIST = 100
"""Of longer lists, ``invocation`` has only the number of items."""

Params = TypeVar("Params")


def is_short(outcome: Outcome) -> bool:
    """Whether the result always has actions and commands."""
    return sum(not change.implied for change in outcome.plan.changes) <= MANY_CHANGES


def shorten(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with long lists replaced by the number of their items.

    Ansible returns the options as ``invocation``, and shows it with ``-vvv`` only.
    """
    return {
        name: f"{len(value)} items" if isinstance(value, list) and len(value) > LONG_LIST else value
        for name, value in options.items()
    }


def no_more_results(outcome: Outcome, desired: DesiredState) -> dict[str, Any]:
    """Return what most modules return in addition."""
    return {}


class Answer(NamedTuple):
    """What a run returns to its task."""

    result: dict[str, Any]
    warnings: Sequence[str]


class Confirmer(Protocol):
    """See the one of the engine. This one takes the answer to the task."""

    def begin(self) -> None: ...

    def wait(self, answer: Answer) -> None: ...


class Run(Protocol):
    """Brings the host to the desired state of a task."""

    def __call__(self, confirm: Confirmer | None = None) -> Answer:
        """Return the answer.

        :param confirm: what confirms the run, if it has to be undone without a confirmation.
        """


@dataclass(frozen=True)
class _OutcomeConfirmer:
    """Takes the outcome of the engine, for one that takes an answer."""

    confirm: Confirmer
    answer_with: Callable[[Outcome], Answer]

    def begin(self) -> None:
        self.confirm.begin()

    def wait(self, outcome: Outcome) -> None:
        self.confirm.wait(self.answer_with(outcome))


def run_module(
    spec: Specification[Params],
    parse: Callable[[Params], DesiredState],
    kinds: Sequence[Kind],
    more_results: Callable[[Outcome, DesiredState], dict[str, Any]] = no_more_results,
    run_probes: Callable[[NetnsHandles, Sequence[Probe]], list[ProbeResult]] | None = None,
    run_until_confirmed: RunUntilConfirmed | None = None,
) -> None:
    """Run a module: bring the host to the desired state that its options describe.

    :param parse: returns the desired state of validated options.
    :param kinds: the kinds of resources that the module can meet.
    :param more_results: returns what the module returns in addition.
    :param run_probes: runs the probes of the desired state, if the module has some.
    :param run_until_confirmed: runs what has to be confirmed, if the module has the option.
    """
    module, params = open_module(spec, parse)
    carry(*kinds)
    with reporting_errors(module):
        desired = parse_params(spec, params, parse)

        def run(confirm: Confirmer | None = None) -> Answer:
            return _run(module, desired, more_results, run_probes, confirm)

        needs_confirmation = desired.confirm_timeout is not None and not module.check_mode
        answer = (
            run_until_confirmed(desired, run)
            if run_until_confirmed and needs_confirmation
            else run()
        )
        for text in answer.warnings:
            module.warn(text)
        if verbosity(module) < VERY_VERBOSE:
            answer.result["invocation"] = {"module_args": shorten(module.params)}
    if not module.check_mode:
        cache_code()
    # No garbage is collected in a module (see ``_ansiballz``). Python would collect at exit.
    gc.freeze()
    module.exit_json(**answer.result)


def _run(
    module: TaskModule,
    desired: DesiredState,
    more_results: Callable[[Outcome, DesiredState], dict[str, Any]],
    run_probes: Callable[[NetnsHandles, Sequence[Probe]], list[ProbeResult]] | None,
    confirm: Confirmer | None,
) -> Answer:
    require_capabilities()
    if desired.probes:
        require_to_probe()
    with contextlib.closing(LinuxHost()) as host:
        raise_on_signals()
        if not module.check_mode:
            host.handles.progress = Progress(load_hidden(PROGRESS_TOKEN))

        def answer_with(outcome: Outcome) -> Answer:
            with_diff, level = wants_diff(module), verbosity(module)
            with_changes = (
                is_short(outcome) or module.check_mode or with_diff or level >= VERY_VERBOSE
            )
            rules = host.rules.render_commands if host.rules else None
            result = compose_result(outcome, with_diff, with_changes, rules)
            result.update(more_results(outcome, desired))
            return Answer(result, [*host.lock_warnings, *outcome.plan.warnings, *outcome.warnings])

        bound = None if run_probes is None else partial(run_probes, host.handles)
        waits = None if confirm is None else _OutcomeConfirmer(confirm, answer_with)
        return answer_with(converge(desired, host, module.check_mode, bound, waits))
