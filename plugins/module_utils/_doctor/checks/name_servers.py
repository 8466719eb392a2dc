# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the name servers of topologies, and of what their members ask."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._describe.resources import describe_resource
from ..._model.name_servers import PORT, list_queried
from ..findings import ERROR, INFO, Finding
from ..resources import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.processes import LabProcess
    from ..facts.host_facts import HostFacts


def check_name_servers(facts: HostFacts) -> Iterator[Finding]:
    """Name servers that run, and do not answer at an address that their members ask.

    One that does not run is a process that does not run.
    """
    for process, address, listens in facts.silent_servers:
        where = describe_location(process.netns)
        verb = "answer at" if listens else "listen on"
        yield Finding(
            "name_server_silent",
            ERROR,
            kinds.describe_subject(process),
            f"{describe_resource(process)} of topology {process.owner} does not {verb} port "
            f"{PORT} of {address}, which its members ask",
            f"host -W 3 localhost {address} {where}: no answer"
            if listens
            else f"ss -lnu {where}: no {address}:{PORT}",
            f"{_name_restart(process)}, and run module topology again"
            if listens
            else f"give the interface the address {address}: run module topology again",
        )


def _name_restart(process: LabProcess) -> str:
    if process.unit is not None:
        return f"systemctl restart {quote(process.unit)}"
    return f"kill {process.pid}"


def check_queried_servers(facts: HostFacts) -> Iterator[Finding]:
    """Members of a topology with a name server that ask others, who do not know its names."""
    current = facts.current
    servers: dict[str, set[str]] = {}
    for process in current.lab_processes.values():
        if process.serves is not None:
            servers.setdefault(process.owner, set()).update(list_queried(process))
    for name, netns in sorted(current.namespaces.items()):
        resolver = current.resolvers.get(name)
        own = servers.get(netns.owner or "")
        if own is None or resolver is None or own & {*resolver.nameservers}:
            continue
        queried = ", ".join(resolver.nameservers) or "no server"
        yield Finding(
            "resolver_elsewhere",
            INFO,
            name,
            f"{name} asks {queried} for names, not the name server of topology {netns.owner}, so "
            "it does not find other members by their names",
            f"cat /etc/netns/{name}/resolv.conf",
            f"remove the option nameservers of {name} from the topology, or its resolv.conf, and "
            "run module topology again",
        )
