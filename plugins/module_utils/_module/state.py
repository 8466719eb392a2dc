# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that bring a host to a desired state."""

from __future__ import annotations

import contextlib
import gc
from typing import Any, Callable, Dict, Optional

from .._describe.probes import describe_probe_step
from .._desired.common import Params
from .._engine.converge import Outcome, converge
from .._engine.linux_host import LinuxHost
from .._firewall.firewall import Firewall
from .._host.machine import require_capabilities, require_to_probe
from .._host.signals import raise_on_signals
from .._model.desired_state import DesiredState
from .._params.argspec import Spec
from .._params.src_file import naming_src
from .._render.actions import describe_change
from .._render.commands import render_commands
from .._render.diff import compose_diff
from .base import open_module, reporting_errors

MANY_CHANGES = 1000
"""Changes beyond which they are told only to somebody who looks: Ansible reads, copies and passes on each word of a result."""
LONG_LIST = 100
"""Items beyond which a list is only counted where Ansible returns what a task was given."""


def is_short(outcome: Outcome) -> bool:
    """Whether its changes are few enough to be told to nobody in particular."""
    return len(outcome.plan.changes) <= MANY_CHANGES


def compose_result(
    outcome: Outcome,
    with_diff: bool = True,
    by_name: bool = True,
    firewall: Optional[Firewall] = None,
) -> Dict[str, Any]:
    """What every module returns. ``changed``, actions, commands and diff all say the one plan.

    :param by_name: with a line for each change.
    :param firewall: that of the run, which has rendered the rules already.
    """
    changes, current = outcome.plan.changes, outcome.current
    backends = {
        netns or "host": {"backend": backend, "reason": current.backend_reasons.get(netns, "")}
        for netns, backend in current.backends.items()
    }
    told: Dict[str, Any] = {"changed": outcome.changed, "timings": outcome.timings}
    if backends:
        told["backends"] = backends
    if by_name:
        told["actions"] = [
            *outcome.plan.notes,
            *(describe_change(change) for change in changes if not change.implied),
            *map(describe_probe_step, outcome.plan.probes),
        ]
        told["commands"] = render_commands(changes, current, firewall)
    if with_diff:
        told["diff"] = compose_diff(changes)
    return told


def abridge(params: Params) -> Params:
    """A task's parameters with its long lists counted: Ansible returns them as ``invocation``, which is shown with ``-vvv`` only."""
    return {
        name: f"{len(value)} items" if isinstance(value, list) and len(value) > LONG_LIST else value
        for name, value in params.items()
    }


def no_more_results(outcome: Outcome, desired: DesiredState) -> Dict[str, Any]:
    """What most modules return besides."""
    return {}


def run_module(
    spec: Spec,
    wish_for: Callable[[Params], DesiredState],
    finish: Callable[[Outcome, DesiredState], Dict[str, Any]] = no_more_results,
) -> None:
    """A whole module: parameters to a wish, the wish converged, the outcome returned.

    :param finish: what the module returns besides.
    """
    module, params = open_module(spec)
    with reporting_errors(module):
        with naming_src(params):
            desired = wish_for(params)
        require_capabilities()
        if desired.probes:
            require_to_probe()
        with contextlib.closing(LinuxHost()) as host:
            raise_on_signals()
            outcome = converge(desired, host, module.check_mode)
        for text in outcome.plan.warnings:
            module.warn(text)
        by_name = is_short(outcome) or module.check_mode or module._diff or module._verbosity > 0
        result = {
            **compose_result(outcome, module._diff, by_name, host.firewall),
            **finish(outcome, desired),
        }
        if module._verbosity < 3:
            result["invocation"] = {"module_args": abridge(module.params)}
    # Nobody looks for garbage in a module (see ``_archive``), nor at the end, where Python would look once more.
    gc.freeze()
    module.exit_json(**result)
