# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the doctor on this host, and the commands with which Docker sets a host up."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._doctor.diagnose import diagnose
from ansible_collections.redblue.netns.plugins.module_utils._doctor.facts.collect import (
    collect_facts,
)
from ansible_collections.redblue.netns.plugins.module_utils._doctor.findings import Finding
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._module.doctor import parse_declared

from support.netns import in_netns
from support.patience import scale
from support.snapshot import is_netns
from support.tasks import LAB

DOCKER_COMMANDS = """
ip link add docker0 type bridge
ip addr add 172.17.0.1/16 dev docker0
ip link set docker0 up
sysctl -qw net.ipv4.ip_forward=1
{0} -N DOCKER-USER
{0} -A DOCKER-USER -j RETURN
{0} -N DOCKER-ISOLATION-STAGE-1
{0} -N DOCKER-ISOLATION-STAGE-2
{0} -N DOCKER
{0} -P FORWARD DROP
{0} -A FORWARD -j DOCKER-USER
{0} -A FORWARD -j DOCKER-ISOLATION-STAGE-1
{0} -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
{0} -A FORWARD -o docker0 -j DOCKER
{0} -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
{0} -A FORWARD -i docker0 -o docker0 -j ACCEPT
{0} -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
{0} -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
{0} -t nat -N DOCKER
{0} -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
{0} -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
{0} -t nat -A DOCKER -i docker0 -j RETURN
""".format("iptables-nft")
"""The commands that Docker runs on a host when it starts."""

UNCLEAR = {("filter_unclear", "info")}
"""The finding of a rule whose effect the doctor cannot tell."""
SET_FORWARDING = "ip netns exec {} sysctl -qw net.ipv4.ip_forward={}"


def shorten_neighbour_timeouts() -> None:
    """Let the kernel report an unanswered neighbour after 0.9 seconds instead of 3.

    On a slow machine, after as many times more.
    """
    milliseconds = str(min(1000, round(1000 * scale(0.3))))
    for netns in (None, *filter(is_netns, os.listdir("/run/netns"))):
        with in_netns(netns):
            for path in Path("/proc/sys/net").glob("ipv[46]/neigh/*/retrans_time_ms"):
                # A link of a namespace that was removed goes a moment later.
                with contextlib.suppress(FileNotFoundError):
                    path.write_text(milliseconds, encoding="ascii")


def diagnose_host(topology: dict[str, Any] | None = None, patient: bool = False) -> list[Finding]:
    """Return the findings, the most severe first."""
    if not patient:
        shorten_neighbour_timeouts()
    desired = parse_declared(topology)
    host = LinuxHost()
    try:
        return diagnose(collect_facts(host.handles, desired))
    finally:
        host.close()


def check_severities() -> set[tuple[str, str]]:
    """Return (check, severity) of the findings, which are the same with and without a topology."""
    found = {(finding.check, finding.severity) for finding in diagnose_host(LAB)}
    assert found == {(finding.check, finding.severity) for finding in diagnose_host()}
    return found


def summaries(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.check, finding.severity, finding.subject) for finding in found]
