# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a plan to what a module returns, and from a module's parameters to a plan."""

from __future__ import annotations

import contextlib
import gc
from typing import Any, Callable, Dict, Iterator, Set, Tuple

from ansible.module_utils import basic

from . import _errors
from ._args import SECRETS, Spec
from ._commands import type_commands
from ._conform import conform
from ._converge import Outcome, converge
from ._diff import compose_diff
from ._kernel import Kernel
from ._machine import require_capabilities, require_to_probe
from ._probe_report import say_asking
from ._say import say_change
from ._signals import heed_signals
from ._source import blaming, read_source
from ._wish import Params, Wish

MANY = 1000
"""Changes beyond which they are told only to somebody who looks: Ansible reads, copies and passes on each word of a result."""
LONG = 100
"""Items beyond which a list is only counted where Ansible returns what a task was given."""


def is_short(outcome: Outcome) -> bool:
    """Whether its changes are few enough to be told to nobody in particular."""
    return len(outcome.drawn.changes) <= MANY


def compose_result(outcome: Outcome, with_diff: bool = True, by_name: bool = True) -> Dict[str, Any]:
    """What every module returns. ``changed``, actions, commands and diff all say the one plan.

    :param by_name: with a line for each change.
    """
    changes, there = outcome.drawn.changes, outcome.there
    backends = {netns or "host": {"backend": backend, "reason": there.reasons.get(netns, "")} for netns, backend in there.backends.items()}
    told: Dict[str, Any] = {"changed": outcome.changed, "timings": outcome.timings}
    if backends:
        told["backends"] = backends
    if by_name:
        told["actions"] = [*outcome.drawn.notes, *(say_change(change) for change in changes if not change.implied), *map(say_asking, outcome.drawn.probes)]
        told["commands"] = type_commands(changes, there)
    if with_diff:
        told["diff"] = compose_diff(changes)
    return told


class Module(basic.AnsibleModule):
    """One that knows the secrets among its parameters, wherever in them they are: neither its log nor its result shows them."""

    def __init__(self, spec: Spec, secrets: Set[str]) -> None:
        self._secrets = secrets
        super().__init__(argument_spec=spec, supports_check_mode=True)
        self.no_log_values.update(secrets)

    def _log_invocation(self) -> None:
        self.no_log_values.update(self._secrets)
        super()._log_invocation()


def find_secrets(value: Any, within: bool = False) -> Set[str]:
    """What nobody may see, of parameters as they were written; wrongly written, all that stands where a secret belongs."""
    if isinstance(value, list):
        return {secret for one in value for secret in find_secrets(one, within)}
    if isinstance(value, dict):
        told = [(one, within or key in SECRETS) for key, one in value.items() if within or key in SECRETS or isinstance(one, (dict, list))]
        return {secret for one, secretly in told for secret in find_secrets(one, secretly)}
    return {str(value)} if within and value is not None else set()


def open_module(spec: Spec) -> Tuple[basic.AnsibleModule, Params]:
    """The module and its parameters, refused with the path of the option where they do not conform."""
    # The parameters as they were written: AnsibleModule turns 1e3 or no into a name.
    loaded = basic._load_params()
    raw = {key: value for key, value in (loaded or {}).items() if not key.startswith("_ansible_")}
    try:
        # Where nothing was loaded, only the specification is asked for.
        with blaming(raw):
            params = {} if loaded is None else conform(read_source(raw) if "src" in spec else raw, spec)
    except _errors.Refused as error:
        # Ansible's own validation would stop at the same parameter, in less helpful words.
        Module({key: {"type": "raw"} for key in raw}, find_secrets(raw)).fail_json(msg=str(error))
    # All is checked; to Ansible, whose own validation of a thousand items takes longer than building them, it is enough to know the names.
    known = spec if loaded is None else {key: {"type": "raw"} for key in spec}
    return Module(known, find_secrets(raw)), params


def assumes(module: basic.AnsibleModule) -> bool:
    """Whether what an earlier task would have made has to be taken for granted."""
    return bool(module.check_mode)


@contextlib.contextmanager
def failing(module: basic.AnsibleModule) -> Iterator[None]:
    """What goes wrong within becomes the module's failure."""
    try:
        yield
    except _errors.Missing as error:
        module.fail_json(msg=basic.missing_required_lib(str(error)))
    except _errors.NetnsError as error:
        module.fail_json(msg=str(error), **error.details)
    except OSError as error:
        module.fail_json(msg=str(error))
    except KeyboardInterrupt as error:
        module.fail_json(msg=str(error) or "interrupted")


def abridge(params: Params) -> Params:
    """A task's parameters with its long lists counted: Ansible returns them as ``invocation``, which is shown with ``-vvv`` only."""
    return {name: f"{len(value)} items" if isinstance(value, list) and len(value) > LONG else value for name, value in params.items()}


def return_no_more(outcome: Outcome, wish: Wish) -> Dict[str, Any]:
    """What most modules return besides."""
    return {}


def run_module(spec: Spec, wish_for: Callable[[Params], Wish], finish: Callable[[Outcome, Wish], Dict[str, Any]] = return_no_more) -> None:
    """A whole module: parameters to a wish, the wish converged, the outcome returned.

    :param finish: what the module returns besides.
    """
    module, params = open_module(spec)
    with failing(module):
        with blaming(params):
            wish = wish_for(params)
        require_capabilities()
        if wish.probes:
            require_to_probe()
        with contextlib.closing(Kernel()) as host:
            heed_signals()
            outcome = converge(wish, host, module.check_mode)
        for text in outcome.drawn.warnings:
            module.warn(text)
        by_name = is_short(outcome) or module.check_mode or module._diff or module._verbosity > 0
        result = {**compose_result(outcome, module._diff, by_name), **finish(outcome, wish)}
        if module._verbosity < 3:
            result["invocation"] = {"module_args": abridge(module.params)}
    # Nobody looks for garbage in a module (see ``_archive``), nor at the end, where Python would look once more.
    gc.freeze()
    module.exit_json(**result)
