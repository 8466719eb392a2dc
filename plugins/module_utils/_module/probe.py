# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_probe: asks, and changes nothing."""

from __future__ import annotations

import contextlib
from typing import List, Optional

from .._desired.probes import Params, check_netns, count_probes, matrix_of, probes_of
from .._host.machine import require_to_probe
from .._host.netns import list_netns_names
from .._host.netns_handles import NetnsHandles
from .._model.errors import Refused
from .._model.probes import Probe
from .._observe.links import read_links
from .._params.argspec import Spec
from .._params.validators import check_lab_name
from .._probe.runner import run_probes
from .._render.probes import compose_probes, describe_failed
from .base import assume_missing, open_module, reporting_errors


def _members(handles: NetnsHandles, lab: str, assume: bool) -> List[str]:
    """The namespaces that bear a topology's mark."""
    current = [handle for handle in map(handles.open, list_netns_names()) if handle is not None]
    owners = {link.netns: link.owner for link in read_links(current).values() if link.name == "lo"}
    found = [netns for netns, owner in owners.items() if netns is not None and owner == lab]
    if not found and not assume:
        known = ", ".join(sorted({owner for owner in owners.values() if owner})) or "none"
        raise Refused(
            "matrix.lab",
            lab,
            f"no namespace bears the mark of a topology of that name; there are of: {known}",
        )
    return found


def _parse_matrix(matrix: Params, handles: NetnsHandles, assume: bool) -> List[Probe]:
    if (matrix["netns"] is None) == (matrix["lab"] is None):
        raise Refused(
            "matrix", {"netns": matrix["netns"], "lab": matrix["lab"]}, "needs either netns or lab"
        )
    places: List[Optional[str]] = [
        check_netns(f"matrix.netns[{index}]", name)
        for index, name in enumerate(matrix["netns"] or ())
    ]
    for index, place in enumerate(places):
        if place in places[:index]:
            raise Refused(
                f"matrix.netns[{index}]",
                place,
                f"stands at matrix.netns[{places.index(place)}] already",
            )
    places += (
        _members(handles, check_lab_name("matrix.lab", matrix["lab"]), assume)
        if matrix["lab"] is not None
        else []
    )
    return (
        matrix_of([*places, *([None] if matrix["with_host"] else [])], matrix)
        if places or not assume
        else []
    )


def parse_probes(params: Params, handles: NetnsHandles, assume: bool = False) -> List[Probe]:
    """All that is to be asked; of a lab the namespaces are looked up."""
    if not params["probes"] and params["matrix"] is None:
        raise Refused("probes", params["probes"], "nothing is asked; name probes, or a matrix")
    found = probes_of(params["probes"] or ())
    if params["matrix"] is not None:
        found += _parse_matrix(params["matrix"], handles, assume)
    return count_probes("probes", found)


def run_probe(spec: Spec) -> None:
    """The whole module."""
    module, params = open_module(spec)
    with reporting_errors(module), contextlib.closing(NetnsHandles()) as handles:
        require_to_probe()
        asked = run_probes(
            handles, parse_probes(params, handles, assume_missing(module)), assume_missing(module)
        )
    result = compose_probes(asked)
    if params["fail_on_unexpected"] and not result["ok"]:
        module.fail_json(msg=describe_failed(asked), **result)
    module.exit_json(changed=False, **result)
