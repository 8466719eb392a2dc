# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the units of systemd that module netns_service has put into namespaces."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.declared_services import (
    ALTERED,
    MISPLACED,
    MISSING,
    NETNS,
    OUTDATED,
    find_fault,
)
from ..._model.services import ELSEWHERE
from ..findings import ERROR, WARNING, Finding, netns_location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.declared_services import DeclaredService, ServiceFault
    from ..facts.host_facts import HostFacts

_AGAIN = "run module netns_service again with restart: true"
_REMEDIES = {
    NETNS: "run the task that creates the namespace, or module netns_service with state: absent",
    MISSING: "create or unmask the unit, or run module netns_service with state: absent",
    ALTERED: _AGAIN,
    MISPLACED: _AGAIN,
    OUTDATED: _AGAIN,
}


def check_services(facts: HostFacts) -> Iterator[Finding]:
    """Units that do not run in their namespace as they should."""
    stranded = {process.unit for process in facts.stranded_processes}
    for service in facts.services:
        fault = find_fault(service)
        if fault is None:
            continue
        is_stranded = fault.kind == MISPLACED and service.state.place == ELSEWHERE
        if is_stranded and service.unit in stranded:
            continue  # check_stranded_processes knows more of it.
        yield Finding(
            fault.kind,
            WARNING if fault.kind == OUTDATED else ERROR,
            fault.subject,
            f"{service.unit} {fault.text}",
            _show_command(service, fault),
            _REMEDIES.get(fault.kind, f"journalctl -u {quote(fault.subject)}  # then: {_AGAIN}"),
            depends_on=frozenset({netns_location(service.netns)} if service.netns else ()),
        )


def _show_command(service: DeclaredService, fault: ServiceFault) -> str:
    unit = quote(service.unit)
    if fault.kind == NETNS:
        return f"ls /run/netns/{quote(service.netns or '')}: does not exist; systemctl cat {unit}"
    if fault.kind == ALTERED:
        return f"systemctl cat {unit}; systemctl show -p NetworkNamespacePath {unit}"
    if fault.kind == MISPLACED:
        return f"ip netns identify $(systemctl show --value -p MainPID {unit})"
    if fault.kind == OUTDATED:
        return f"nsenter -m -t $(systemctl show --value -p MainPID {unit}) cat /etc/resolv.conf"
    return f"systemctl status {quote(fault.subject)}"
