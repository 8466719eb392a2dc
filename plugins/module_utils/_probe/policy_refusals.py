# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names the policies that refused the packets of probes."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

from .._describe.policies import name_policies
from .._host.netns import inside_netns
from .._model.addresses import family_of
from .._model.fast_replace import replace
from .._model.policy_verdicts import PolicyVerdicts, traffic_of_probe
from .._observe.policy_records import read_own_addresses, read_policy_records
from .attempts import Origin
from .sockets import open_socket, socket_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandle
    from .._model.probes import Probe, ProbeResult

_EXPLAINED = ("timed_out", "refused", "reset", "prohibited", "unreachable")
"""The reasons that a policy may be behind: it drops packets, or rejects them."""
_ANY_PORT = 9


def name_refusing_policies(
    results: Sequence[ProbeResult], handles: dict[str | None, NetnsHandle]
) -> list[ProbeResult]:
    """The results, in which the message names the policies that refused the packets.

    :param handles: those of the namespaces of the probes, and of the host.
    """
    lost = [result for result in results if _may_be_refused(result)]
    rules = read_policy_records(handles[None]) if lost else []
    if not rules:
        return [*results]
    verdicts = PolicyVerdicts(rules, read_own_addresses(handles[None]))
    return [
        _explain(result, handles, verdicts) if _may_be_refused(result) else result
        for result in results
    ]


def _may_be_refused(result: ProbeResult) -> bool:
    return not result.reached and result.reply.reason in _EXPLAINED and bool(result.address)


def _explain(
    result: ProbeResult, handles: dict[str | None, NetnsHandle], verdicts: PolicyVerdicts
) -> ProbeResult:
    probe, address, port = result.probe, result.address or "", result.port
    if probe.listening is not None:
        # Behind port forwarding the policies see the address and port of the target.
        address = probe.listening.address or address
        port = probe.listening.port or port
    source = _find_source(probe, handles, result.address or "")
    if source is None:
        return result
    refusal = verdicts.find_refusal(traffic_of_probe(source, address, probe.protocol, port))
    if refusal is None:
        return result
    message = f"refused by {name_policies(refusal.policies)} ({refusal.direction})"
    return replace(
        result, replies=tuple(replace(reply, message=message) for reply in result.replies)
    )


def _find_source(probe: Probe, handles: dict[str | None, NetnsHandle], address: str) -> str | None:
    """The source address of a probe, which the kernel chooses when a socket is connected."""
    handle = handles[probe.netns]
    origin = Origin(
        probe.netns, handle.descriptor, family_of(address), probe.source, probe.interface
    )
    try:
        with (
            inside_netns(handle.descriptor),
            closing(open_socket(origin, socket.SOCK_DGRAM)) as sender,
        ):
            sender.connect(socket_address(address, _ANY_PORT, probe.interface or ""))
            return str(sender.getsockname()[0])
    except OSError:
        return None
