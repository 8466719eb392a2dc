# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a plan to what a module returns, and from a module's parameters to a plan."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Callable, Dict, List, Sequence, Tuple

from ansible.module_utils import basic

from ._args import Spec
from ._commands import type_commands
from ._conform import conform
from ._converge import Outcome, converge
from ._errors import Missing, NetnsError, Refused
from ._kernel import Kernel
from ._machine import require_capabilities
from ._model import Change, Thing, Veth
from ._say import say_change
from ._wish import Params, Wish


def _split(thing: Any) -> List[Any]:
    if isinstance(thing, Veth):
        return [thing.end, thing.peer]
    return [] if thing is None else [thing]


def _describe(thing: Thing) -> List[str]:
    lines = [f"{type(thing).__name__.lower()}:"]
    for one in fields(thing):
        value = getattr(thing, one.name)
        if value is None or value == () or (one.name == "netns" and value is None):
            continue
        if hasattr(value, "__dataclass_fields__"):
            value = ", ".join(f"{name} {part}" for name, part in vars(value).items() if part is not None)
        lines.append(f"  {one.name}: {value}")
    return lines


def compose_diff(changes: Sequence[Change]) -> Dict[str, str]:
    """Every thing that the plan touches, as it was and as it will be."""
    first: Dict[Tuple[Any, ...], Any] = {}
    last: Dict[Tuple[Any, ...], Any] = {}
    for change in changes:
        for thing in _split(change.before):
            first.setdefault(thing.key, thing)
            last[thing.key] = None
        for thing in _split(change.after):
            first.setdefault(thing.key, None)
            last[thing.key] = thing
    texts = {}
    for name, things in (("before", first), ("after", last)):
        texts[name] = "".join(line + "\n" for thing in things.values() if thing is not None for line in _describe(thing))
    return texts


def compose_result(outcome: Outcome) -> Dict[str, Any]:
    """What every module returns. ``changed``, actions, commands and diff all say the one plan."""
    changes = outcome.drawn.changes
    return {
        "changed": outcome.changed,
        "actions": [*outcome.drawn.notes, *(say_change(change) for change in changes if not change.implied)],
        "commands": type_commands(changes, outcome.there),
        "diff": compose_diff(changes),
        "timings": outcome.timings,
    }


def open_module(spec: Spec) -> Tuple[basic.AnsibleModule, Params]:
    """The module and its parameters, refused with the path of the option where they do not conform."""
    # The parameters as they were written: AnsibleModule turns 1e3 or no into a name.
    raw = {key: value for key, value in (basic._load_params() or {}).items() if not key.startswith("_ansible_")}
    try:
        params = conform(raw, spec) if raw else {}
    except Refused as error:
        # Ansible's own validation would stop at the same parameter, in less helpful words.
        basic.AnsibleModule(argument_spec={key: {"type": "raw"} for key in raw}, supports_check_mode=True).fail_json(msg=str(error))
    return basic.AnsibleModule(argument_spec=spec, supports_check_mode=True), params


def return_no_more(outcome: Outcome, wish: Wish) -> Dict[str, Any]:
    """What most modules return besides."""
    return {}


def run_module(spec: Spec, wish_for: Callable[[Params], Wish], finish: Callable[[Outcome, Wish], Dict[str, Any]] = return_no_more) -> None:
    """A whole module: parameters to a wish, the wish converged, the outcome returned.

    :param finish: what the module returns besides.
    """
    module, params = open_module(spec)
    try:
        wish = wish_for(params)
        require_capabilities()
        host = Kernel()
        try:
            outcome = converge(wish, host, module.check_mode)
        finally:
            host.close()
        for text in outcome.drawn.warnings:
            module.warn(text)
        result = {**compose_result(outcome), **finish(outcome, wish)}
    except Missing as error:
        module.fail_json(msg=basic.missing_required_lib(str(error)))
    except NetnsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)
