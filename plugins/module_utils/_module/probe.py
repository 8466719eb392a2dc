# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_probe: asks, and changes nothing."""

from __future__ import annotations

import contextlib
from typing import List, Optional

from . import _errors, _namespaces
from ._args import Spec
from ._kernel import Kernel
from ._machine import require_to_probe
from ._module import assumes, failing, open_module
from ._probe import Probe
from ._probe_report import compose_probes, say_failed
from ._probe_wish import Params, check_netns, count_probes, matrix_of, probes_of
from ._rooms import Rooms, read_links
from ._values import check_lab_name


def _members(rooms: Rooms, lab: str, assume: bool) -> List[str]:
    """The namespaces that bear a topology's mark."""
    there = [room for room in map(rooms.enter, _namespaces.list_names()) if room is not None]
    owners = {link.netns: link.owner for link in read_links(there).values() if link.name == "lo"}
    found = [netns for netns, owner in owners.items() if netns is not None and owner == lab]
    if not found and not assume:
        known = ", ".join(sorted({owner for owner in owners.values() if owner})) or "none"
        raise _errors.Refused("matrix.lab", lab, f"no namespace bears the mark of a topology of that name; there are of: {known}")
    return found


def _wish_matrix(matrix: Params, rooms: Rooms, assume: bool) -> List[Probe]:
    if (matrix["netns"] is None) == (matrix["lab"] is None):
        raise _errors.Refused("matrix", {"netns": matrix["netns"], "lab": matrix["lab"]}, "needs either netns or lab")
    places: List[Optional[str]] = [check_netns(f"matrix.netns[{index}]", name) for index, name in enumerate(matrix["netns"] or ())]
    for index, place in enumerate(places):
        if place in places[:index]:
            raise _errors.Refused(f"matrix.netns[{index}]", place, f"stands at matrix.netns[{places.index(place)}] already")
    places += _members(rooms, check_lab_name("matrix.lab", matrix["lab"]), assume) if matrix["lab"] is not None else []
    return matrix_of([*places, *([None] if matrix["with_host"] else [])], matrix) if places or not assume else []


def wish_probes(params: Params, rooms: Rooms, assume: bool = False) -> List[Probe]:
    """All that is to be asked; of a lab the namespaces are looked up."""
    if not params["probes"] and params["matrix"] is None:
        raise _errors.Refused("probes", params["probes"], "nothing is asked; name probes, or a matrix")
    found = probes_of(params["probes"] or ())
    if params["matrix"] is not None:
        found += _wish_matrix(params["matrix"], rooms, assume)
    return count_probes("probes", found)


def run_probe(spec: Spec) -> None:
    """The whole module."""
    module, params = open_module(spec)
    with failing(module), contextlib.closing(Kernel()) as host:
        require_to_probe()
        asked = host.ask(wish_probes(params, host.rooms, assumes(module)), assumes(module))
    result = compose_probes(asked)
    if params["fail_on_unexpected"] and not result["ok"]:
        module.fail_json(msg=say_failed(asked), **result)
    module.exit_json(changed=False, **result)
