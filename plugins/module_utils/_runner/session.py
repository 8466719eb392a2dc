# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Topologies that a program brings up on this host and takes down again, such as a test.

They have no file on the host: what is left of a program that is killed is removed by bringing the
same topology up and down once more.
"""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING, Any

from .._desired.probes import check_probe_count, parse_probe_list
from .._desired.topology import parse_topology
from .._host.machine import require_to_probe
from .._host.netns import inside_netns
from .._host.netns_handles import NetnsHandles
from .._host.signals import SIGNALS
from .._model.errors import Failed, Refused
from .._params.all_refusals import find_all
from .._params.specs.netns_probe_info import NETNS_PROBE_INFO_SPEC
from .._params.specs.topology import TOPOLOGY_SPEC
from .._params.src_file import read_source
from .._params.validation import validate
from .._probe.runner import run_probes
from .._render.probes import compose_probes, describe_failed
from .._results.topology import run_probes as run_probes_or_fail
from .._results.topology import topology_results
from .labs import parse_removal
from .runs import converge_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .._model.desired_state import DesiredState
    from .._model.probes import Probe

_OF_TASKS = ("persist", "confirm_timeout", "state")
"""Options that are not for a topology that ends with the program."""


class Session:
    """The topologies of a program, in the order in which they were brought up.

    :param name: of a topology that has none.
    """

    def __init__(self, name: str) -> None:
        self._default_name = name
        self._names: list[str] = []

    def bring_up(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Bring this host to a topology, and return what the module topology returns of the plan.

        :param options: those of the module topology, in ``src`` the path of a file with them.
        :raises NetnsError: it cannot be brought up. Nothing was changed, or it is undone.
        """
        named = {"name": self._default_name, **read_source(options)}
        desired = _parse_all(named, _parse_options)
        if desired.lab is not None and desired.lab not in self._names:
            self._names.append(desired.lab)
        with _restoring_handlers():
            outcome, result = converge_host(desired, check=False, run_probes=run_probes_or_fail)
        return {**result, **topology_results(outcome, desired)}

    def take_down(self) -> None:
        """Remove the topologies, the last one first.

        :raises NetnsError: one cannot be removed. The others are.
        """
        errors = []
        while self._names:
            name = self._names.pop()
            try:
                with _restoring_handlers():
                    converge_host(parse_removal(name), check=False)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]


def _parse_options(options: Mapping[str, Any]) -> DesiredState:
    for name in _OF_TASKS:
        if options.get(name) not in (None, False, "present"):
            rule = "is only for tasks of Ansible; this topology ends with the program"
            raise Refused(name, options[name], rule)
    return parse_topology(validate(options, TOPOLOGY_SPEC))


def _parse_probes(options: Mapping[str, Any]) -> list[Probe]:
    params = validate(options, NETNS_PROBE_INFO_SPEC)
    return check_probe_count("probes", parse_probe_list(params["probes"] or ()))


def _parse_all(options: Mapping[str, Any], parse: Callable[[Mapping[str, Any]], Any]) -> Any:
    """Parse options.

    :raises NetnsError: with all that is wrong in them.
    """
    try:
        return parse(options)
    except Refused as error:
        raise find_all(error, options, parse) from None


@contextlib.contextmanager
def _restoring_handlers() -> Iterator[None]:
    """Have the program handle signals afterwards as before."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def probe(probes: Sequence[Mapping[str, Any]], check: bool) -> dict[str, Any]:
    """Run probes, and return what the module netns_probe_info returns.

    :param probes: each with the options of an item of ``probes`` there.
    :param check: whether a probe that is not as expected is an error.
    :raises Failed: a probe is not as expected, with ``check``.
    :raises NetnsError: the probes cannot be run.
    """
    parsed = _parse_all({"probes": [dict(one) for one in probes]}, _parse_probes)
    require_to_probe()
    with contextlib.closing(NetnsHandles()) as handles:
        results = run_probes(handles, parsed)
    if check and not all(one.ok for one in results):
        raise Failed(describe_failed(results))
    return compose_probes(results)


@contextlib.contextmanager
def inside(netns: str) -> Iterator[None]:
    """Run the calling thread in a namespace: a socket made inside belongs to it.

    :raises FileNotFoundError: there is no such namespace.
    """
    with contextlib.closing(NetnsHandles()) as handles:
        descriptor = handles.get(netns).descriptor
        with inside_netns(descriptor):
            yield
