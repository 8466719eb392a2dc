# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the containers and processes whose namespaces have names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._describe.places import describe_attachment
from ..findings import ERROR, Finding, netns_location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.netns import Attachment
    from ..facts.host_facts import HostFacts


def check_attached_netns(facts: HostFacts) -> Iterator[Finding]:
    """Containers and processes that have ended while their namespace has its name still."""
    for name, attached in sorted(facts.ended_attachments.items()):
        whose = describe_attachment(attached)
        yield Finding(
            "netns_ended",
            ERROR,
            name,
            f"{whose} has ended, and its namespace keeps the name {name} and what this collection "
            "made in it",
            _show_command(attached),
            f"start it, and run the task again that attached it; or: ip netns delete {name}",
            affects=frozenset({netns_location(name)}),
        )
    for name, target in sorted(facts.current.attach_targets.items()):
        if target.is_left_out and name not in facts.current.namespaces:
            yield Finding(
                "netns_ended",
                ERROR,
                name,
                f"what had the namespace {name} is not there any more: it {target.fault}",
                f"ls -l /run/netns/{name}: does not exist",
                "start it, and run module topology again",
                affects=frozenset({netns_location(name)}),
            )


def _show_command(attached: Attachment) -> str:
    process = f"ps -p {attached.pid} -o lstart=,args=: shows nothing, or a later process"
    if attached.container is None:
        return process
    return f"{attached.engine} container inspect {attached.container}; {process}"
