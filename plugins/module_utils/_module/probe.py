# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_probe_info, which changes nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .._desired.probes import (
    check_netns_or_path,
    check_probe_count,
    matrix_probes,
    parse_probe_list,
)
from .._host.machine import require_to_probe
from .._host.netns_handles import NetnsHandles
from .._host.progress import Progress
from .._model.errors import Refused
from .._observe.owners import find_namespace_owners
from .._params.names import check_lab_name
from .._params.specs.netns_probe_info import NETNS_PROBE_INFO_SPEC, MatrixParams, NetnsProbeParams
from .._params.unique import check_unique
from .._probe.runner import run_probes
from .._render.probes import compose_probes, describe_failed
from .ansible_api import PROGRESS_TOKEN, load_hidden
from .base import assume_missing, open_module, parse_params, reporting_errors

if TYPE_CHECKING:
    from .._model.probes import Probe


def _list_lab_namespaces(handles: NetnsHandles, lab: str, assume: bool) -> list[str]:
    """Return the namespaces of a topology."""
    owners = find_namespace_owners(handles)
    found = [netns for netns, owner in owners.items() if owner == lab]
    if not found and not assume:
        known = ", ".join(sorted({owner for owner in owners.values() if owner})) or "none"
        rule = f"no namespace belongs to this topology (topologies found: {known})"
        raise Refused("matrix.lab", lab, rule)
    return found


def _list_matrix_probes(matrix: MatrixParams, handles: NetnsHandles, assume: bool) -> list[Probe]:
    names = check_unique("matrix.netns", matrix["netns"] or ())
    namespaces: list[str | None] = [
        check_netns_or_path(f"matrix.netns[{index}]", name) for index, name in enumerate(names)
    ]
    if matrix["lab"] is not None:
        lab = check_lab_name("matrix.lab", matrix["lab"])
        namespaces += _list_lab_namespaces(handles, lab, assume)
    if not namespaces and assume:
        return []
    if matrix["with_host"]:
        namespaces.append(None)
    return matrix_probes(namespaces, matrix)


def _parse_listed(params: NetnsProbeParams) -> list[Probe]:
    if not params["probes"] and params["matrix"] is None:
        raise Refused("probes", params["probes"], "is empty; write probes or a matrix")
    return parse_probe_list(params["probes"] or ())


def list_probes(
    params: NetnsProbeParams, handles: NetnsHandles, assume: bool = False
) -> list[Probe]:
    """All probes of a task. The namespaces of a topology are looked up on the host.

    :param assume: whether a topology that is missing may have been created by an earlier task.
    """
    probes = _parse_listed(params)
    if params["matrix"] is not None:
        probes += _list_matrix_probes(params["matrix"], handles, assume)
    return check_probe_count("probes", probes)


def run_probe() -> None:
    """Run the module netns_probe_info."""
    module, params = open_module(NETNS_PROBE_INFO_SPEC, _parse_listed)
    with reporting_errors(module), contextlib.closing(NetnsHandles()) as handles:
        require_to_probe()
        handles.progress = Progress(load_hidden(PROGRESS_TOKEN))
        assume = assume_missing(module)
        probes = parse_params(
            NETNS_PROBE_INFO_SPEC, params, lambda options: list_probes(options, handles, assume)
        )
        results = run_probes(handles, probes, assume)
    result = compose_probes(results)
    if params["fail_on_unexpected"] and not result["ok"]:
        module.fail_json(msg=describe_failed(results), **result)
    module.exit_json(changed=False, **result)
